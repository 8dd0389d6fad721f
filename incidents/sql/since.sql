SELECT t.seq, t.incident, t.version, t.from_state, t.to_state, t.at, t.by, t.why, t.department, t.role, i.kind, i.cell, ST_X(i.place) AS lon, ST_Y(i.place) AS lat
FROM incidents.transitions t
JOIN incidents.incidents i ON i.id = t.incident
WHERE (@all OR i.reporter = @me OR (@my_cell <> '' AND @my_cell = ANY (i.chain)))
  AND t.seq > @after
ORDER BY t.seq
LIMIT @limit
