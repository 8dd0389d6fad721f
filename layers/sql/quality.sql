SELECT errors, warnings, notes, completeness, validity, consistency, timeliness, trust, area_m2
FROM catalogue.quality
WHERE layer = @layer AND version = @version
