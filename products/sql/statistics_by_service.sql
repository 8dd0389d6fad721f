SELECT service, sum(calls)::bigint AS calls
FROM products.calls
WHERE product = @product AND day BETWEEN @from AND @to
GROUP BY service
ORDER BY calls DESC, service
