SELECT kind, layer, state, size, attempt, cancelling, river_job FROM jobs.imports WHERE id = @id FOR UPDATE
