INSERT INTO jobs.imports (kind, layer, of_version, manifest, parts, filename, size, options, by, rights, idempotency_key)
VALUES (@kind, @layer, @of_version, @manifest, @parts, @filename, @size, @options, @by, @rights, @key)
ON CONFLICT (by, idempotency_key) DO NOTHING
RETURNING id
