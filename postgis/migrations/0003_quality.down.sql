DROP SCHEMA quarantine CASCADE;
DROP TABLE catalogue.outline;
DROP TABLE catalogue.quality;
