INSERT INTO access.users (name, role, cell, phone, created_by)
VALUES (@name, @role, @cell, @phone, @created_by)
ON CONFLICT (name) DO NOTHING
RETURNING id
