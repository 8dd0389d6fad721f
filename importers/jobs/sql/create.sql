INSERT INTO jobs.imports (layer, filename, size, options, by, rights, idempotency_key)
VALUES (@layer, @filename, @size, @options, @by, @rights, @key)
ON CONFLICT (by, idempotency_key) DO NOTHING
RETURNING id
