SELECT id, name, rights, created_at, revoked_at FROM gateway.systems ORDER BY created_at DESC, id
