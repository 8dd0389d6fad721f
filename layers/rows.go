package layers

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// oneRow returns the only row of a query; where there is none, the error missing.
func oneRow[T any](ctx context.Context, db querier, missing error, read pgx.RowToFunc[T], sql string, args pgx.StrictNamedArgs) (T, error) {
	var none T
	rows, err := db.Query(ctx, sql, args)
	if err != nil {
		return none, err
	}
	one, err := pgx.CollectExactlyOneRow(rows, read)
	if errors.Is(err, pgx.ErrNoRows) {
		return none, missing
	}
	return one, err
}

// cutPage takes from rows, of which one more than the limit was asked for, the
// page, and returns the number to continue after: 0 is the last page.
func cutPage[T any](rows []T, limit int, number func(T) int64) ([]T, int64) {
	if len(rows) <= limit {
		return rows, 0
	}
	return rows[:limit], number(rows[limit-1])
}
