UPDATE products.products SET number = @number WHERE id = @id
