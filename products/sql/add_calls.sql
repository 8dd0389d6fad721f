INSERT INTO products.calls (day, product, service, caller, kind, calls)
SELECT * FROM unnest(@days::date[], @products::text[], @services::text[], @callers::text[], @kinds::text[], @counts::bigint[])
ON CONFLICT (product, day, service, caller) DO UPDATE SET calls = calls.calls + excluded.calls
