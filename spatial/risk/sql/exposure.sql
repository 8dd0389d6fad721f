-- Houses and people in an area, by level and cell. Tables are filled in: {houses},
-- {grid}; {zone_rank} is the highest level of the standing zones that meet h.geom.
WITH area AS MATERIALIZED (
    SELECT ST_GeomFromWKB(@area, 4490) AS geom
), exposed AS MATERIALIZED (
    SELECT h.fid, h.geom, {dwelling} AS dwelling, {zone_rank} AS rank
    FROM {houses} h, area a
    WHERE h.geom && a.geom AND ST_Intersects(h.geom, a.geom)
), touched AS (
    SELECT g.fid FROM {grid} g, area a WHERE g.geom && a.geom AND ST_Intersects(g.geom, a.geom)
    UNION -- a house at the area's edge may stand in a cell that the area does not meet
    SELECT g.fid FROM exposed e, {grid} g WHERE g.geom && e.geom AND ST_Covers(g.geom, ST_PointOnSurface(e.geom))
), cells AS MATERIALIZED (
    SELECT g.code, g.people::float8 AS people, g.geom
    FROM {grid} g JOIN touched USING (fid)
), homes AS MATERIALIZED (
    -- every house of those cells once, in the cell that its point on the surface lies in
    SELECT DISTINCT ON (h.fid) h.fid, c.code, {dwelling} AS dwelling,
           coalesce(h.weight::float8, ST_Area(h.geom::geography)) AS weight
    FROM cells c JOIN {houses} h ON h.geom && c.geom AND ST_Covers(c.geom, ST_PointOnSurface(h.geom))
    ORDER BY h.fid, c.code
), weights AS (
    SELECT code, sum(weight) AS weight FROM homes WHERE dwelling GROUP BY code HAVING sum(weight) > 0
), counted AS (
    SELECT o.code, e.rank, 1 AS houses, e.dwelling::int AS dwellings,
           CASE WHEN e.dwelling THEN c.people * o.weight / w.weight ELSE 0 END AS people
    FROM exposed e LEFT JOIN homes o USING (fid) LEFT JOIN weights w USING (code) LEFT JOIN cells c USING (code)
    UNION ALL
    -- where nobody's house is known, people are spread over the cell
    SELECT c.code, NULL, 0, 0, c.people * ST_Area(ST_Intersection(c.geom, a.geom)::geography) / nullif(ST_Area(c.geom::geography), 0)
    FROM cells c CROSS JOIN area a
    WHERE NOT EXISTS (SELECT 1 FROM weights w WHERE w.code = c.code)
)
SELECT coalesce(left(code, @digits), '') AS cell, coalesce(rank, 0) AS rank,
       sum(houses)::int AS houses, sum(dwellings)::int AS dwellings, coalesce(sum(people), 0)::float8 AS people
FROM counted
GROUP BY 1, 2
HAVING sum(houses) > 0 OR sum(people) > 0
ORDER BY 1, 2 DESC
