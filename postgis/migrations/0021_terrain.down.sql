DROP TABLE catalogue.terrain;
