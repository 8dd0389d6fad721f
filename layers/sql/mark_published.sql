WITH marked AS (
    UPDATE catalogue.versions SET state = 'published', published_at = now()
    WHERE layer = @layer AND number = @number
    RETURNING layer, number
)
UPDATE catalogue.layers l SET published = marked.number
FROM marked
WHERE l.id = marked.layer
