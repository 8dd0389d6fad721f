WITH here AS (
    SELECT ST_SetSRID(ST_MakePoint(@lon::float8, @lat::float8), 4490) AS point
)
-- On a border between two areas of a tier the lowest code answers, as it does for grid cells.
SELECT DISTINCT ON (a.tier)
       a.fid, coalesce(a.area_code, '') AS code, coalesce(a.area_name, '') AS name, coalesce(a.tier, '') AS tier,
       coalesce(a.chief_name, '') AS chief_name, coalesce(a.chief_phone, '') AS chief_phone,
       coalesce(a.supervisor_name, '') AS supervisor_name, coalesce(a.supervisor_phone, '') AS supervisor_phone,
       coalesce(a.ranger_name, '') AS ranger_name, coalesce(a.ranger_phone, '') AS ranger_phone
FROM {table} a, here
WHERE ST_Covers(a.geom, here.point)
ORDER BY a.tier, a.area_code COLLATE "C", a.fid
