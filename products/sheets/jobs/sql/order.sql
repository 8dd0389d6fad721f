SELECT id, request, by, title, filename, state, stage, done, total, bytes, attempt, cancelling, problem, sequence, created_at, started_at, ended_at, expires_at
FROM sheets.orders
WHERE id = @id
