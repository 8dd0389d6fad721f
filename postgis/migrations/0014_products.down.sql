UPDATE access.tokens
SET rights = ARRAY(SELECT r FROM unnest(rights) AS r WHERE r <> ALL (ARRAY['compose', 'approve']))
WHERE rights @> ARRAY['administer'];
DROP INDEX catalogue.publications_of_layer;
DROP SCHEMA products CASCADE;
