SELECT id FROM jobs.imports WHERE by = @by AND idempotency_key = @key
