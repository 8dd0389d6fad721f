INSERT INTO products.products (id, state, number, synthetic, created_by, changed_by)
VALUES (@id, @state, 1, @synthetic, @by, @by)
ON CONFLICT (id) DO NOTHING -- somebody else has taken the id
