WITH foot AS (
    SELECT ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) AS point
), all_of_it AS (
    SELECT f.*, ST_Distance(f.geom::geography, foot.point::geography) AS metres
    FROM {table} f, foot
    WHERE f.river = @river OR f.fid = @fid
)
-- A chief of a higher tier answers for the river in the whole of that division.
SELECT DISTINCT ON (a.tier)
       a.fid, coalesce(a.seg_code, '') AS code, coalesce(a.seg_name, '') AS name, coalesce(a.tier, '') AS tier,
       coalesce(a.chief_name, '') AS chief_name, coalesce(a.chief_phone, '') AS chief_phone, a.metres <= 50 AS covers
FROM all_of_it a,
     LATERAL (SELECT CASE a.tier WHEN '1' THEN 2 WHEN '2' THEN 4 WHEN '3' THEN 6 ELSE 9 END AS n) d
WHERE a.fid = @fid OR a.metres <= 50
   OR a.tier < @tier AND left(a.town, d.n) = left(@town, d.n)
ORDER BY a.tier, a.fid = @fid DESC, a.metres, a.fid
