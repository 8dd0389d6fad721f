DROP TABLE catalogue.differences;
DROP SCHEMA differences CASCADE;
DROP INDEX catalogue.publications_by_time;
ALTER TABLE catalogue.publications DROP COLUMN unchecked;
ALTER TABLE catalogue.versions DROP CONSTRAINT versions_state_check;
UPDATE catalogue.versions SET state = 'draft' WHERE state = 'checked';
ALTER TABLE catalogue.versions
    ADD CONSTRAINT versions_state_check CHECK (state IN ('draft', 'published', 'retired'));
