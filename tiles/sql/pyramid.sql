-- Every feature of a version, once. The order does not matter: see tiles/pyramid.
SELECT f.fid, ST_AsBinary(f.{geom}, 'NDR'), {rank}{columns}
FROM {table} f
