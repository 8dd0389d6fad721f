-- what became of a delivery's layers so far, and which is under way
UPDATE jobs.imports
SET part = @part, parts = @parts, stage = '', rows = 0, total = 0, bytes = 0
WHERE id = @id AND state = 'running' AND river_job = @job
