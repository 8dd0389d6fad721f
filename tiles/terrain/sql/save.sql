-- the file that the model had before is returned: nobody new will ask for it
WITH before AS (
    SELECT file FROM catalogue.terrain WHERE id = @id
), saved AS (
    INSERT INTO catalogue.terrain AS t (id, title, source, date, synthetic, file, bytes, bounds, resolution_m, step_m, min_zoom, max_zoom, tiles, lowest_m, highest_m, loaded_by)
    VALUES (@id, @title, @source, @date, @synthetic, @file, @bytes, @bounds, @resolution_m, @step_m, @min_zoom, @max_zoom, @tiles, @lowest_m, @highest_m, @loaded_by)
    ON CONFLICT (id) DO UPDATE SET
        title = excluded.title, source = excluded.source, date = excluded.date, synthetic = excluded.synthetic, file = excluded.file, bytes = excluded.bytes,
        bounds = excluded.bounds, resolution_m = excluded.resolution_m, step_m = excluded.step_m, min_zoom = excluded.min_zoom, max_zoom = excluded.max_zoom,
        tiles = excluded.tiles, lowest_m = excluded.lowest_m, highest_m = excluded.highest_m, loaded_by = excluded.loaded_by, loaded_at = now()
    RETURNING t.id
)
SELECT coalesce((SELECT file FROM before), ''), pg_notify('onemap_terrain', s.id)::text
FROM saved s
