UPDATE access.tokens
SET revoked_at = now()
WHERE secret_sha256 = @secret_sha256 AND user_id IS NOT NULL AND revoked_at IS NULL
