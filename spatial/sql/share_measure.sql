INSERT INTO catalogue.division_shares (set_id, division, fid, counts, measure)
WITH divisions AS MATERIALIZED (
    SELECT d.code, d.geom FROM {divisions} d
), pieces AS MATERIALIZED (
    -- of a border with tens of thousands of points each feature meets few
    SELECT code, ST_Subdivide(geom, 64) AS geom FROM divisions WHERE @kind <> 'point'
), met AS MATERIALIZED (
    -- the division comes first, so that PostGIS prepares it once for all its features
    SELECT d.code, f.fid, ST_Covers(d.geom, f.geom) AS inside, ST_Intersects(d.geom, ST_PointOnSurface(f.geom)) AS here,
           CASE WHEN @kind <> 'point' THEN f.geom END AS whole
    FROM divisions d JOIN {table} f ON f.geom && d.geom AND ST_Intersects(d.geom, f.geom)
), parts AS MATERIALIZED (
    SELECT code, fid, CASE @kind WHEN 'polygon' THEN ST_Area(whole::geography) WHEN 'line' THEN ST_Length(whole::geography) END AS measure
    FROM met WHERE inside
    UNION ALL
    SELECT m.code, m.fid,
           CASE @kind WHEN 'polygon' THEN ST_Area(ST_CollectionExtract(ST_Intersection(m.whole, p.geom), 3)::geography)
                      ELSE ST_Length(ST_CollectionExtract(ST_Intersection(m.whole, p.geom), 2)::geography) END
    FROM met m JOIN pieces p ON p.code = m.code AND p.geom && m.whole
    WHERE NOT m.inside
), counted AS MATERIALIZED (
    -- a middle on a common border counts in the first of the divisions alone
    SELECT code, fid, here AND code = min(code) FILTER (WHERE here) OVER (PARTITION BY fid) AS counts FROM met
)
-- Added up and not joined: of a join of the two, the planner knows no sizes.
SELECT @set::bigint, code, fid, bool_or(counts), sum(measure)
FROM (SELECT code, fid, counts, NULL AS measure FROM counted UNION ALL SELECT code, fid, false, measure FROM parts) both_kinds
GROUP BY code, fid
HAVING bool_or(counts) OR sum(measure) > 0
