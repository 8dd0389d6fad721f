INSERT INTO gateway.systems (id, name, sealed, rights) VALUES (@id, @name, @sealed, @rights)
ON CONFLICT DO NOTHING
