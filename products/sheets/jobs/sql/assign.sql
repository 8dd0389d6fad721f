UPDATE sheets.orders SET river_job = @job WHERE id = @id
