INSERT INTO sheets.orders (id, request, by, rights, title, filename, total)
SELECT @id, @request, @by, @rights, @title, @filename, @total
WHERE (SELECT count(*) FROM sheets.orders WHERE by = @by AND state IN ('queued', 'running')) < @most
RETURNING id
