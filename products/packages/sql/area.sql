SELECT EXISTS (SELECT FROM {table} f WHERE f.code = @code)
