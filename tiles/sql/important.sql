(
        SELECT f.*
        FROM {table} f
        WHERE f.{geom} && ST_TileEnvelope(@z, @x, @y, margin => 0.015625{square})
        ORDER BY {importance} DESC NULLS LAST, f.fid
        LIMIT @most
    )
