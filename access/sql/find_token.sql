SELECT name, rights
FROM access.tokens
WHERE secret_sha256 = @secret_sha256 AND revoked_at IS NULL
