UPDATE products.versions
SET content = @content, made_at = clock_timestamp(), made_by = @by, why = @why
WHERE product = @product AND number = @number AND from_at IS NULL
