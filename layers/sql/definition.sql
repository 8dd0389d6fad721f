SELECT definition FROM catalogue.layers WHERE id = @layer
