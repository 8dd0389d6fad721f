SELECT id, kind, layer, of_version, part, parts, manifest, filename, size, received, options, by, state, stage, stages, rows, total, bytes, attempt, cancelling,
       version, report, problem, sequence, created_at, started_at, ended_at
FROM jobs.imports
WHERE id = @id
