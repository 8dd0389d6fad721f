SELECT state, attempt, cancelling, river_job FROM sheets.orders WHERE id = @id FOR UPDATE
