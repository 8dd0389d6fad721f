-- a version that was not published yet is from now on
UPDATE products.versions
SET shows = @shows, publication = @publication, from_at = @from
WHERE product = @product AND number = @number AND from_at IS NULL
