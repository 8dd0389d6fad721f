UPDATE products.versions
SET publication = @publication
WHERE product = @product AND number = @number
