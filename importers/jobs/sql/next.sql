-- the import of the layer whose turn it is, unless another has its turn
SELECT q.id
FROM jobs.imports q
WHERE q.layer = @layer AND q.state = 'queued' AND q.river_job IS NULL
  AND NOT EXISTS (SELECT FROM jobs.imports o
                  WHERE o.layer = @layer AND (o.state = 'running' OR o.state = 'queued' AND o.river_job IS NOT NULL))
ORDER BY q.queued_at, q.id
LIMIT 1
