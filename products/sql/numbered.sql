WHERE p.id = @id AND v.number = @number
