DELETE FROM products.products WHERE id = @id
