-- locks the layer's row and says which number its next version has
SELECT coalesce((SELECT max(v.number) FROM catalogue.versions v WHERE v.layer = l.id), 0) + 1
FROM catalogue.layers l
WHERE l.id = @layer
FOR UPDATE
