SELECT id, name, rights, created_at, revoked_at
FROM access.tokens
ORDER BY id DESC
