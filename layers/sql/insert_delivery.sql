INSERT INTO quarantine.deliveries (layer, source_crs, fields) VALUES (@layer, @source_crs, @fields) RETURNING id
