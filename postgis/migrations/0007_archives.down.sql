DROP TABLE catalogue.archives;
