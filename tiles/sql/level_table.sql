-- One zoom of a version as its archive draws it, with what tiles carry of each
-- feature. What two blocks of the archive hold of a feature is put together, so
-- that no seam is drawn.
CREATE TABLE {level} AS
WITH piece AS (
    SELECT fid, geom FROM tile_pieces WHERE zoom = {zoom}
), several AS (
    SELECT fid FROM piece GROUP BY fid HAVING count(*) > 1
), whole AS (
    SELECT fid, geom FROM piece WHERE fid NOT IN (SELECT fid FROM several)
    UNION ALL
    SELECT fid, ST_Multi({joined}) FROM piece WHERE fid IN (SELECT fid FROM several) GROUP BY fid
)
SELECT f.fid, {importance}::float8 AS importance, whole.geom{columns}
FROM whole JOIN {table} f USING (fid)
ORDER BY whole.geom -- along a Hilbert curve: a tile's rows lie together
