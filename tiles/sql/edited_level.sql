(
        -- A level with edits that its archive does not hold. Columns are the level's.
        SELECT f.fid, f.importance, f.geom{columns}
        FROM {level} f
        WHERE f.fid NOT IN {edited}
        UNION ALL
        -- Simplified each by itself, and in units of the zoom's tiles, y downward.
        SELECT f.fid, ({importance})::float8, ST_SetSRID(ST_Affine(ST_Simplify(f.geom_3857, {tolerance}, true), {scale}, 0, 0, -{scale}, {half}, {half}), 0){columns}
        FROM {from} f
        WHERE f.fid IN {edited} AND f.geom_3857 && ST_TileEnvelope(@z, @x, @y, margin => 0.015625)
    )
