SELECT id FROM jobs.imports WHERE state IN ('uploading', 'queued', 'running')
