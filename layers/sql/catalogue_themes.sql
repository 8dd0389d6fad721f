SELECT id, name, name_en FROM catalogue.themes ORDER BY position
