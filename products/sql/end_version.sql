UPDATE products.versions
SET until_at = @until
WHERE product = @product AND number = @number AND from_at IS NOT NULL AND until_at IS NULL
