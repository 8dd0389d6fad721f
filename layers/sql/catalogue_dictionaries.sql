SELECT content FROM catalogue.dictionaries ORDER BY id
