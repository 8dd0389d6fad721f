SELECT f.fid,
       ST_AsGeoJSON(f.geom, 7, 0)::json AS geometry,
       (SELECT row_to_json(p) FROM (SELECT {columns}) p) AS properties
FROM {table} f
WHERE f.fid = @fid
