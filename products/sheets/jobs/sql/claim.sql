-- a worker takes the order that its job names; an order that was given to another job is not its own
UPDATE sheets.orders
SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, clock_timestamp()), done = 0, stage = ''
WHERE id = @id AND river_job = @job AND state = 'queued'
RETURNING rights
