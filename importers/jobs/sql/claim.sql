-- a worker takes the import that its job names; an import that was given to another job is not its own
UPDATE jobs.imports
SET state = 'running', attempt = attempt + 1, started_at = coalesce(started_at, clock_timestamp()),
    stage = '', stages = '[]', rows = 0, total = 0, bytes = 0, part = 0
WHERE id = @id AND river_job = @job AND state = 'queued'
RETURNING rights
