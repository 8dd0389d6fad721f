WHERE p.id = @id AND v.number = p.number
