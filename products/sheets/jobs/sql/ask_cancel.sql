UPDATE sheets.orders SET cancelling = true WHERE id = @id
