UPDATE sheets.orders SET done = @done, stage = @stage WHERE id = @id AND state = 'running' AND river_job = @job
