package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Listen hears the notifications of a channel, whose name must be an identifier,
// on a connection of its own, until ctx ends, heard fails or the database goes
// away; it always returns an error. heard is first called with "" once the channel
// is listened to, so that what happened before is looked up and not missed, then
// with the payload of each notification.
func Listen(ctx context.Context, db *pgxpool.Pool, channel string, heard func(payload string) error) error {
	config := db.Config().ConnConfig.Copy()
	// Waiting is not a query that could be cancelled: the end of ctx closes the connection.
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing is lost with it
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return fmt.Errorf("postgis: listening to %s: %w", channel, err)
	}
	if err := heard(""); err != nil {
		return err
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("postgis: listening to %s: %w", channel, err)
		}
		if err := heard(n.Payload); err != nil {
			return err
		}
	}
}
