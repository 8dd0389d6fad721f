-- what came, went and changed in one tile; what went is drawn where it was
SELECT ST_AsMVT(t, 'difference', 4096, 'geom', 'n'), count(*)
FROM (
    SELECT d.n, d.kind, d.key, d.geometry AS geometry_changed, array_to_string(d.fields, ',') AS fields,
           ST_AsMVTGeom(ST_Simplify(f.geom_3857, @tolerance, true), ST_TileEnvelope(@z, @x, @y), 4096, 64, true) AS geom
    FROM (
        SELECT d.n, a.geom_3857
        FROM {table} a JOIN {difference} d ON d.fid = a.fid
        WHERE a.geom_3857 && ST_TileEnvelope(@z, @x, @y, margin => 0.015625)
        UNION ALL
        SELECT d.n, b.geom_3857
        FROM {base} b JOIN {difference} d ON d.base_fid = b.fid AND d.fid IS NULL
        WHERE b.geom_3857 && ST_TileEnvelope(@z, @x, @y, margin => 0.015625)
    ) f
    JOIN {difference} d USING (n)
    ORDER BY d.n -- the same rows must give the same bytes
    LIMIT @limit
) t
