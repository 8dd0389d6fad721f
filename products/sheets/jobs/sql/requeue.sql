UPDATE sheets.orders SET state = 'queued', river_job = NULL, done = 0, stage = '' WHERE id = @id AND state IN ('queued', 'running')
