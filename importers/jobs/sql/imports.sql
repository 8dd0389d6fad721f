-- newest first, without their reports
SELECT id, layer, filename, size, received, options, by, state, stage, stages, rows, total, bytes, attempt, cancelling,
       version, NULL::jsonb AS report, problem, sequence, created_at, started_at, ended_at
FROM jobs.imports
WHERE (@layer::text = '' OR layer = @layer) AND (@state::text = '' OR state = @state) AND (@before::bigint = 0 OR id < @before)
ORDER BY id DESC
LIMIT @limit
