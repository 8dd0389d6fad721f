WITH divisions AS MATERIALIZED (
    SELECT code, name, geom FROM {divisions} WHERE code LIKE @within::text || '%'
), met AS MATERIALIZED (
    -- the division comes first, so that PostGIS prepares it once for all its features
    SELECT d.code, f.fid, {value} AS value, ST_Intersects(d.geom, ST_PointOnSurface(f.geom)) AS here,
           CASE WHEN @kind = 'point' THEN NULL
                WHEN ST_Covers(d.geom, f.geom) THEN f.geom
                ELSE ST_CollectionExtract(ST_Intersection(f.geom, d.geom), CASE WHEN @kind = 'polygon' THEN 3 ELSE 2 END) END AS part
    FROM divisions d JOIN {table} f ON f.geom && d.geom AND ST_Intersects(d.geom, f.geom)
), placed AS (
    -- a middle on a common border counts in the first of the divisions alone
    SELECT *, here AND code = min(code) FILTER (WHERE here) OVER (PARTITION BY fid) AS counts FROM met
)
SELECT d.code AS division, coalesce(min(d.name), '') AS name, p.value, count(*) FILTER (WHERE p.counts) AS count,
       CASE WHEN @kind = 'polygon' THEN sum(ST_Area(p.part::geography)) END AS area_m2,
       CASE WHEN @kind = 'line' THEN sum(ST_Length(p.part::geography)) END AS length_m
FROM placed p JOIN divisions d USING (code)
GROUP BY d.code, p.value
HAVING count(*) FILTER (WHERE p.counts) > 0 OR bool_or(p.part IS NOT NULL AND NOT ST_IsEmpty(p.part))
ORDER BY d.code, p.value NULLS LAST
