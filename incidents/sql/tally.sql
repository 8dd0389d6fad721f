SELECT i.state, i.kind, count(*)
FROM incidents.incidents i
WHERE (@all OR i.reporter = @me OR (@my_cell <> '' AND @my_cell = ANY (i.chain)))
