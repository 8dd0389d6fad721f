SELECT id, title, source, date, synthetic, file, bytes, bounds, resolution_m, step_m, min_zoom, max_zoom, tiles, lowest_m, highest_m, loaded_by, loaded_at
FROM catalogue.terrain
-- the widest first: it is the one that maps are shaded with
ORDER BY (bounds[3] - bounds[1]) * (bounds[4] - bounds[2]) DESC, resolution_m, id
