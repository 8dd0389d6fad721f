UPDATE catalogue.links SET used_on = current_date WHERE id = @id RETURNING state
