UPDATE access.tokens SET rights = array_remove(rights, 'compose') WHERE rights @> ARRAY['administer'];
DROP SCHEMA styles CASCADE;
