SELECT id, width, height, length(jpeg) AS bytes, added_at, added_by FROM incidents.photos WHERE incident = @id ORDER BY id
