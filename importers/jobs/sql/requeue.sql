UPDATE jobs.imports SET state = 'queued', river_job = NULL WHERE id = @id AND state IN ('queued', 'running')
