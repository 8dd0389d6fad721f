UPDATE exports.exports
SET state = @state, problem = @problem, bytes = @bytes, sha256 = @sha256, passport = @passport, layer = '', ended_at = clock_timestamp(), river_job = NULL,
    expires_at = CASE WHEN @state = 'done' THEN clock_timestamp() + @keep::interval END
WHERE id = @id AND state IN ('requested', 'queued', 'running')
