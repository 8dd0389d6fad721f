SELECT ST_IsValid(g) AS valid, coalesce(reason(d), '') AS reason, coalesce(ST_X(location(d)), 0) AS x, coalesce(ST_Y(location(d)), 0) AS y,
       ST_Area(g::geography) AS area_m2
FROM (SELECT g, ST_IsValidDetail(g) AS d FROM (SELECT ST_GeomFromWKB(@area, 4490) AS g) one) two
