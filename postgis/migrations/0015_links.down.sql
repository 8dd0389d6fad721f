DROP TABLE catalogue.links;
