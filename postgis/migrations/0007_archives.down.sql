DROP SCHEMA tile_jobs CASCADE;
DROP TABLE catalogue.archives;
