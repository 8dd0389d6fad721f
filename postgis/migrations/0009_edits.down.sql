UPDATE access.tokens SET rights = array_remove(rights, 'edit');
ALTER TABLE catalogue.archives DROP COLUMN edited;
ALTER TABLE catalogue.versions DROP COLUMN edited, DROP COLUMN edited_at, DROP COLUMN edits;
DROP TABLE catalogue.edits;
