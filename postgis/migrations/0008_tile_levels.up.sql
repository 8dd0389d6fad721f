-- The shapes that an archive draws at its lower zooms, for live tiles at those
-- zooms: one table a zoom, written with the archive and dropped with it.
CREATE SCHEMA levels;

ALTER TABLE catalogue.archives ADD COLUMN levels int[] NOT NULL DEFAULT '{}'; -- zooms that have a table
