UPDATE access.tokens
SET rights = array_remove(rights, 'export')
WHERE rights @> ARRAY['administer'];
DROP SCHEMA exports CASCADE;
