  AND i.id = @id
