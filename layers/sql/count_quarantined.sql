SELECT state, count(*) FROM quarantine.rows WHERE delivery = @delivery GROUP BY state
