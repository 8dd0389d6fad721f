SELECT number, report FROM catalogue.versions WHERE import = @id AND layer = @layer
