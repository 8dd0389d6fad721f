-- only where no token was ever made: a revoked one counts, or losing the last would open the door again
INSERT INTO access.tokens (name, secret_sha256, rights)
SELECT @name, @secret_sha256, @rights
WHERE NOT EXISTS (SELECT FROM access.tokens)
RETURNING id
