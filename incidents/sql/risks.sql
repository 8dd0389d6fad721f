SELECT risks FROM incidents.incidents WHERE id = @id
