SELECT published FROM catalogue.layers WHERE id = @layer
