-- one statement, so that of two who come at once one gets in
UPDATE access.invitations i
SET used_at = now()
FROM access.users u
WHERE u.id = i.user_id AND i.code_sha256 = @code_sha256 AND i.used_at IS NULL AND i.expires_at > now() AND u.revoked_at IS NULL
RETURNING u.id, u.name, u.role, u.cell
