-- Edits that are not known yet and where they lie: the feature's box before and
-- after, in EPSG:4490 and in EPSG:3857. Of a version only the newest.
SELECT e.layer, e.version, e.id, e.at,
       CASE WHEN e.before IS NOT NULL THEN ARRAY[ST_XMin(e.before_geom), ST_YMin(e.before_geom), ST_XMax(e.before_geom), ST_YMax(e.before_geom)] END AS before,
       CASE WHEN e.after IS NOT NULL THEN ARRAY[ST_XMin(e.after_geom), ST_YMin(e.after_geom), ST_XMax(e.after_geom), ST_YMax(e.after_geom)] END AS after,
       CASE WHEN e.before IS NOT NULL THEN ARRAY[ST_XMin(e.before_geom_3857), ST_YMin(e.before_geom_3857), ST_XMax(e.before_geom_3857), ST_YMax(e.before_geom_3857)] END AS before_mercator,
       CASE WHEN e.after IS NOT NULL THEN ARRAY[ST_XMin(e.after_geom_3857), ST_YMin(e.after_geom_3857), ST_XMax(e.after_geom_3857), ST_YMax(e.after_geom_3857)] END AS after_mercator
FROM catalogue.versions v
LEFT JOIN unnest(@layers::text[], @versions::int[], @known::bigint[]) AS k (layer, version, known) ON k.layer = v.layer AND k.version = v.number
CROSS JOIN LATERAL (
    SELECT *
    FROM catalogue.edits e
    WHERE e.layer = v.layer AND e.version = v.number AND e.id > coalesce(k.known, 0)
    ORDER BY e.id DESC
    LIMIT @most
) e
WHERE v.edited > coalesce(k.known, 0)
ORDER BY e.id
