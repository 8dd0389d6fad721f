WITH cell AS MATERIALIZED (
    -- ST_SetSRID changes nothing, but its result is out of TOAST: else the cell is unpacked for every feature
    SELECT ST_SetSRID(geom, 4490) AS geom FROM {cells} WHERE code = @code ORDER BY fid LIMIT 1
), near AS MATERIALIZED (
    -- the cell first: PostGIS prepares it once for all features
    SELECT f.geom, ST_Covers(c.geom, f.geom) AS whole
    FROM cell c JOIN {table} f ON f.geom && c.geom AND ST_Intersects(c.geom, f.geom)
), found AS (
    SELECT n.geom, n.whole, c.geom AS cell FROM near n, cell c
    -- a polygon that only shares a border with the cell isn't in it
    WHERE n.whole OR @kind <> 'polygon' OR NOT ST_Touches(c.geom, n.geom)
), measured AS (
    SELECT CASE WHEN NOT @measure::bool THEN NULL
                WHEN @kind = 'polygon' THEN ST_Area((CASE WHEN whole THEN geom ELSE ST_CollectionExtract(ST_Intersection(geom, cell), 3) END)::geography)
                WHEN @kind = 'line' THEN ST_Length((CASE WHEN whole THEN geom ELSE ST_CollectionExtract(ST_Intersection(geom, cell), 2) END)::geography)
           END AS size
    FROM found
)
SELECT count(*) AS count, sum(size) AS size FROM measured
