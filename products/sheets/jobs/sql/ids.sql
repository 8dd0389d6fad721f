SELECT id FROM sheets.orders
