INSERT INTO catalogue.dictionaries (id, content)
VALUES (@id, @content)
ON CONFLICT (id) DO UPDATE
SET content = excluded.content
