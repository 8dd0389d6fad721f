SELECT pg_advisory_xact_lock(hashtextextended('onemap queue of ' || @layer, 0))
