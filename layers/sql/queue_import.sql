-- imports of one layer wait for one another; publishing does not wait for them
SELECT pg_advisory_xact_lock(hashtextextended('onemap import ' || @layer, 0))
