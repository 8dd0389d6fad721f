WITH removed AS (
    DELETE FROM catalogue.terrain WHERE id = @id RETURNING id, file
)
SELECT r.file, pg_notify('onemap_terrain', r.id)::text
FROM removed r
