DELETE FROM sheets.orders WHERE id = @id AND state IN ('done', 'failed', 'cancelled')
