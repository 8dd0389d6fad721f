SELECT u.id, u.name, u.role, u.cell, u.phone, u.created_at, u.revoked_at,
       (SELECT count(*) FROM access.tokens t WHERE t.user_id = u.id AND t.revoked_at IS NULL AND t.expires_at > now()) AS sessions
FROM access.users u
ORDER BY u.id
