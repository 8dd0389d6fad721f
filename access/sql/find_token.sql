SELECT t.name, t.rights, coalesce(u.cell, '') AS cell, t.user_id IS NOT NULL AS person
FROM access.tokens t
LEFT JOIN access.users u ON u.id = t.user_id
WHERE t.secret_sha256 = @secret_sha256 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.revoked_at IS NULL
