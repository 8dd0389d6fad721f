SELECT state FROM quarantine.rows WHERE delivery = @delivery AND row = @row
