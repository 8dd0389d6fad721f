INSERT INTO products.transitions (product, revision, version, from_state, to_state, by, why)
VALUES (@product, @revision, @version, @from, @to, @by, @why)
