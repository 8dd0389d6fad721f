-- orders that are said to run, or were given to a job that is no more
SELECT o.id
FROM sheets.orders o
WHERE o.state = 'running'
   OR o.state = 'queued'
      AND NOT EXISTS (SELECT FROM sheets.river_job r
                      WHERE r.id = o.river_job AND r.state IN ('available', 'pending', 'scheduled', 'retryable', 'running'))
ORDER BY o.created_at, o.id
