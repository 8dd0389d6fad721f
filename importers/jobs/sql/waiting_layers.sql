SELECT DISTINCT layer FROM jobs.imports WHERE state = 'queued' AND river_job IS NULL
