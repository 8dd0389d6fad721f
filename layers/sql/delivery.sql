SELECT id, source_crs, fields FROM quarantine.deliveries WHERE layer = @layer AND version = @version
