ALTER TABLE catalogue.versions DROP COLUMN import;
DROP SCHEMA jobs CASCADE;
