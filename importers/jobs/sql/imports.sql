-- newest first, without their reports
SELECT id, kind, layer, of_version, part, parts, NULL::jsonb AS manifest, filename, size, received, options, by, state, stage, stages, rows, total, bytes, attempt, cancelling,
       version, NULL::jsonb AS report, problem, sequence, created_at, started_at, ended_at
FROM jobs.imports
WHERE (@layer::text = '' OR layer = @layer OR parts @> jsonb_build_array(jsonb_build_object('layer', @layer::text))) AND (@state::text = '' OR state = @state) AND (@by::text = '' OR by = @by) AND (@before::bigint = 0 OR id < @before)
ORDER BY id DESC
LIMIT @limit
