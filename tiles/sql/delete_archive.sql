DELETE FROM catalogue.archives WHERE file = @file
