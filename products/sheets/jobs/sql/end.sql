UPDATE sheets.orders
SET state = @state, stage = '', bytes = @bytes, problem = @problem, river_job = NULL, ended_at = clock_timestamp(),
    expires_at = clock_timestamp() + @keep::interval, done = CASE WHEN @state = 'done' THEN total ELSE done END
WHERE id = @id AND state IN ('queued', 'running')
