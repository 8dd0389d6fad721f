SELECT i.id, i.client_id, i.kind, i.source, i.text, ST_X(i.place) AS lon, ST_Y(i.place) AS lat, i.given_x, i.given_y, i.given_crs, i.accuracy_m,
       i.cell, i.cell_name, i.chain, i.beidou, i.reported_at, i.received_at, i.reporter, i.state, i.version, i.department, i.role, i.synthetic
FROM incidents.incidents i
-- who handles incidents sees all, others their own and those of their cell
WHERE (@all OR i.reporter = @me OR (@my_cell <> '' AND @my_cell = ANY (i.chain)))
