INSERT INTO catalogue.layers (id, theme, position, definition)
VALUES (@id, @theme, @position, @definition)
ON CONFLICT (id) DO UPDATE
SET theme = excluded.theme, position = excluded.position, definition = excluded.definition
