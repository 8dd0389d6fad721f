package layers

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// isCode tells whether PostgreSQL refused with that SQLSTATE.
func isCode(err error, code string) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == code
}
