INSERT INTO catalogue.publications (layer, version, replaced, action, by, unchecked)
VALUES (@layer, @version, @replaced, @action, @by, @unchecked)
