INSERT INTO products.versions (product, number, content, cause, shows, publication, from_at, made_by, why)
VALUES (@product, @number, @content, @cause, @shows, @publication, @from, @by, @why)
