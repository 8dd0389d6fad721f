SELECT f.fid, {columns}, {rank} AS rank, ST_X(f.at), ST_Y(f.at), ST_XMin(f.box), ST_YMin(f.box), ST_XMax(f.box), ST_YMax(f.box), {shape} AS shape
FROM (SELECT t.*, ST_PointOnSurface(t.geom) AS at, Box2D(t.geom) AS box FROM {table} t OFFSET 0) f -- OFFSET: the point is made once
WHERE f.at IS NOT NULL AND NOT ST_IsEmpty(f.at)
ORDER BY {order}
