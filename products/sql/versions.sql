WHERE p.id = @id AND (@all OR v.from_at IS NOT NULL) AND (@before = 0 OR v.number < @before)
ORDER BY v.number DESC
LIMIT @limit
