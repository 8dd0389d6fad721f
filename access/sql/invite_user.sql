-- a new link ends the links before it
WITH ended AS (
    UPDATE access.invitations SET expires_at = now()
    WHERE user_id = (SELECT id FROM access.users WHERE name = @name) AND used_at IS NULL AND expires_at > now()
)
INSERT INTO access.invitations (code_sha256, user_id, expires_at)
SELECT @code_sha256, id, now() + @valid::interval
FROM access.users
WHERE name = @name AND revoked_at IS NULL
RETURNING expires_at
