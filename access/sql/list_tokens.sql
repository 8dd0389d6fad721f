SELECT id, name, rights, created_at, revoked_at
FROM access.tokens
WHERE user_id IS NULL -- those of people come and go with their phones
ORDER BY id DESC
