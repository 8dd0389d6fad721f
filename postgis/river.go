package postgis

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// PrepareRiver brings River's tables in a schema up to date. The schema must be
// there; see [Migrate].
func PrepareRiver(ctx context.Context, db *pgxpool.Pool, schema string) error {
	if err := prepareRiver(ctx, db, schema); err != nil {
		return fmt.Errorf("postgis: preparing River in schema %s: %w", schema, err)
	}
	return nil
}

func prepareRiver(ctx context.Context, db *pgxpool.Pool, schema string) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(db), &rivermigrate.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	conn, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	// Two programs that start at once must not both make the tables.
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended('onemap river', 0))"); err != nil {
		return err
	}
	defer conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtextextended('onemap river', 0))") //nolint:errcheck // ends with the connection at the latest
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
