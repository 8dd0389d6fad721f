UPDATE exports.exports SET removed_at = clock_timestamp()
WHERE state = 'done' AND removed_at IS NULL AND expires_at < clock_timestamp()
RETURNING id
