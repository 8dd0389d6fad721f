WITH old AS ( -- a few at a time, so that no call waits for a big clean-up
    DELETE FROM gateway.nonces WHERE (system, nonce) IN (
        SELECT system, nonce FROM gateway.nonces WHERE expires_at < @now ORDER BY expires_at LIMIT 20 FOR UPDATE SKIP LOCKED)
), spent AS (
    INSERT INTO gateway.nonces (system, nonce, expires_at) VALUES (@system, @nonce, @expires_at)
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT 1 FROM spent)
