UPDATE jobs.imports SET cancelling = true WHERE id = @id
