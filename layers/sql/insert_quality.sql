INSERT INTO catalogue.quality (layer, version, errors, warnings, notes, completeness, validity, consistency, timeliness, trust, area_m2)
VALUES (@layer, @version, @errors, @warnings, @notes, @completeness, @validity, @consistency, @timeliness, @trust, @area_m2)
