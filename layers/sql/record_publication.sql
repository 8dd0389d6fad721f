INSERT INTO catalogue.publications (layer, version, replaced, action, by)
VALUES (@layer, @version, @replaced, @action, @by)
