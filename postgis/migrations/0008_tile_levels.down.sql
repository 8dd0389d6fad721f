ALTER TABLE catalogue.archives DROP COLUMN levels;
DROP SCHEMA levels CASCADE;
