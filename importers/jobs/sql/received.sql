UPDATE jobs.imports SET received = @received WHERE id = @id AND state = 'uploading'
