  AND (@before::bigint = 0 OR i.id < @before)
ORDER BY i.id DESC
LIMIT @limit
