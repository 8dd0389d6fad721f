-- a worker takes the export that its job names; one that was given to another job is not its own
UPDATE exports.exports
SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, clock_timestamp()), layer = '', features = 0, total = 0
WHERE id = @id AND river_job = @job AND state = 'queued'
RETURNING rights
