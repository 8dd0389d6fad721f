UPDATE products.products
SET state = @state, number = @number, revision = @revision, changed_at = clock_timestamp(), changed_by = @by
WHERE id = @id
