-- newest first
SELECT id, request, by, title, filename, state, stage, done, total, bytes, attempt, cancelling, problem, sequence, created_at, started_at, ended_at, expires_at
FROM sheets.orders
WHERE @by::text = '' OR by = @by
ORDER BY created_at DESC, id
LIMIT @limit
