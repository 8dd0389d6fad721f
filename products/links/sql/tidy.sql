DELETE FROM catalogue.links
WHERE id IN (SELECT id FROM catalogue.links ORDER BY used_on DESC, id OFFSET @most)
