UPDATE jobs.imports SET state = 'queued', queued_at = clock_timestamp() WHERE id = @id AND state = 'uploading'
