-- imports that are said to run, or were given to a job that is no more
SELECT i.id
FROM jobs.imports i
WHERE i.state = 'running'
   OR i.state = 'queued' AND i.river_job IS NOT NULL AND i.changed_at < clock_timestamp() - interval '30 seconds'
      AND NOT EXISTS (SELECT FROM jobs.river_job r
                      WHERE r.id = i.river_job AND r.state IN ('available', 'pending', 'scheduled', 'retryable'))
ORDER BY i.id
