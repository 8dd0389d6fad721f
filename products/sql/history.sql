SELECT seq, revision, version, from_state, to_state, at, by, why
FROM products.transitions
WHERE product = @product
ORDER BY seq
