UPDATE jobs.imports SET river_job = @job WHERE id = @id
