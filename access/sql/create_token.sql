INSERT INTO access.tokens (name, secret_sha256, rights)
VALUES (@name, @secret_sha256, @rights)
RETURNING id
