INSERT INTO catalogue.links (id, state) VALUES (@id, @state)
ON CONFLICT (id) DO UPDATE SET used_on = current_date
RETURNING state
