package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ClosingPool opens further connections to the database of db that are closed
// when a context ends during a query. River interrupts its listening many times a
// minute that way, which must cost no cancel request and no round trip. It
// connects when it is first used.
func ClosingPool(db *pgxpool.Pool, connections int) (*pgxpool.Pool, error) {
	config := db.Config()
	config.MaxConns, config.MinConns, config.AfterConnect = int32(connections), 0, nil
	config.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("postgis: further connections: %w", err)
	}
	return pool, nil
}
