-- The version of each layer that is published, and how far publications go.
SELECT coalesce((SELECT jsonb_object_agg(l.id, l.published) FROM catalogue.layers l
                 WHERE l.id = ANY (@layers) AND l.published IS NOT NULL), '{}'),
       coalesce((SELECT max(id) FROM catalogue.publications), 0)
