package postgis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnreachable reports a database that does not answer or turns the login away.
var ErrUnreachable = errors.New("postgis: database cannot be reached")

// ErrUnsuitable reports a database that answers but cannot hold the one map,
// as one without PostGIS.
var ErrUnsuitable = errors.New("postgis: database is unsuitable")

// Options are what a pool needs beside the address.
type Options struct {
	MaxConns         int           // most connections at once; 0 leaves the driver's default
	StatementTimeout time.Duration // longest time of one statement; 0 is without limit
}

// Open connects to the database at url, a libpq address as
// "postgres://user@host/db" or "host=/run/x user=u dbname=d".
//
// A cancelled context cancels the running query and keeps the connection, so
// that a viewer who pans away costs no reconnect. Errors never carry the
// password.
func Open(ctx context.Context, url string, o Options) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: the address is not a PostgreSQL connection string", ErrUnreachable)
	}
	if o.MaxConns > 0 {
		config.MaxConns = int32(o.MaxConns)
	}
	config.ConnConfig.RuntimeParams["application_name"] = "onemap"
	config.ConnConfig.RuntimeParams["jit"] = "off" // compiling costs more than the short queries of a map take
	if o.StatementTimeout > 0 {
		config.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(o.StatementTimeout.Milliseconds(), 10)
	}
	config.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 5 * time.Second}
	}
	config.AfterConnect = registerGeometry
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, where(config.ConnConfig), err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, where(config.ConnConfig), err)
	}
	return pool, nil
}

func where(c *pgx.ConnConfig) string {
	return fmt.Sprintf("%s:%d, database %s, user %s", c.Host, c.Port, c.Database, c.User)
}

// registerGeometry teaches a connection the type geometry, as EWKB bytes, so
// that features can be copied in binary. Before the first migration the type
// does not exist yet; such a connection is only good for migrating.
func registerGeometry(ctx context.Context, c *pgx.Conn) error {
	var oid *uint32
	if err := c.QueryRow(ctx, "SELECT to_regtype('geometry')::oid").Scan(&oid); err != nil {
		return err
	}
	if oid != nil {
		c.TypeMap().RegisterType(&pgtype.Type{Name: "geometry", OID: *oid, Codec: pgtype.ByteaCodec{}})
	}
	return nil
}

// connectOnce opens one plain connection, with a short patience.
func connectOnce(ctx context.Context, url string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return pgx.Connect(ctx, url)
}
