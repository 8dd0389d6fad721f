INSERT INTO catalogue.themes (id, name, name_en, position)
VALUES (@id, @name, @name_en, @position)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, name_en = excluded.name_en, position = excluded.position
