-- exports that are said to run, or were given to a job that is no more
SELECT e.id
FROM exports.exports e
WHERE e.state = 'running'
   OR e.state = 'queued' AND NOT EXISTS (SELECT FROM exports.river_job r
                                         WHERE r.id = e.river_job AND r.state IN ('available', 'pending', 'scheduled', 'retryable', 'running'))
ORDER BY e.id
