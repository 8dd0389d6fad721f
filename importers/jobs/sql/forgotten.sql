-- uploads that nobody has gone on with
SELECT id FROM jobs.imports WHERE state = 'uploading' AND changed_at < clock_timestamp() - @age::interval
