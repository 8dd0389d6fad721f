DROP TABLE catalogue.division_shares;
DROP TABLE catalogue.division_share_sets;
