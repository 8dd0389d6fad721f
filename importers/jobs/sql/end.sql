UPDATE jobs.imports
SET state = @state, report = @report, problem = @problem, version = @version, ended_at = clock_timestamp(), river_job = NULL
WHERE id = @id AND state IN ('uploading', 'queued', 'running')
RETURNING layer
