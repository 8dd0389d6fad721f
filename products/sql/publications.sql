SELECT id, layer, version, action, at, by
FROM catalogue.publications
WHERE layer = ANY (@layers) AND id > @after
ORDER BY at, id
