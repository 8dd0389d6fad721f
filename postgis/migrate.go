package postgis

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrMigration reports a migration that failed; the schema is as it was before it.
var ErrMigration = errors.New("postgis: migration failed")

//go:embed migrations/*.sql
var migrationFiles embed.FS

type migration struct {
	number   int
	name     string
	up, down string
}

// migrationLock is the advisory lock that keeps two servers from migrating at once.
const migrationLock = 0x6f6e656d6170 // "onemap"

// Migrate brings the schema to the newest version and returns its number.
func Migrate(ctx context.Context, db *pgxpool.Pool) (int, error) {
	all, err := migrations()
	if err != nil {
		return 0, err
	}
	return MigrateTo(ctx, db, all[len(all)-1].number)
}

// MigrateTo brings the schema up or down to the given version, each step in a
// transaction of its own; version 0 is an empty database. It returns the
// version reached, also with an error.
func MigrateTo(ctx context.Context, db *pgxpool.Pool, target int) (int, error) {
	all, err := migrations()
	if err != nil {
		return 0, err
	}
	if target < 0 || target > all[len(all)-1].number {
		return 0, fmt.Errorf("%w: there is no version %d, the newest is %d", ErrMigration, target, all[len(all)-1].number)
	}
	conn, err := db.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMigration, err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock)) //nolint:errcheck // the lock ends with the connection at the latest
	current, err := schemaVersion(ctx, conn.Conn())
	if err != nil {
		return 0, err
	}
	if current > all[len(all)-1].number {
		return current, fmt.Errorf("%w: the database is at version %d, newer than this program knows (%d): use the newer program", ErrMigration, current, all[len(all)-1].number)
	}
	for current != target {
		step, next := all[max(current, 1)-1], current-1
		text := step.down
		if target > current {
			step, next = all[current], current+1
			text = step.up
		}
		err := pgx.BeginFunc(ctx, conn.Conn(), func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE public.onemap_schema SET version = $1", next)
			return err
		})
		if err != nil {
			return current, fmt.Errorf("%w: %04d_%s to version %d: %w", ErrMigration, step.number, step.name, next, err)
		}
		current = next
	}
	db.Reset() // connections opened before PostGIS was there do not know its types
	return current, nil
}

func schemaVersion(ctx context.Context, c *pgx.Conn) (int, error) {
	const create = `CREATE TABLE IF NOT EXISTS public.onemap_schema (version int NOT NULL);
INSERT INTO public.onemap_schema SELECT 0 WHERE NOT EXISTS (SELECT FROM public.onemap_schema)`
	if _, err := c.Exec(ctx, create, pgx.QueryExecModeSimpleProtocol); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMigration, err)
	}
	var version int
	if err := c.QueryRow(ctx, "SELECT version FROM public.onemap_schema").Scan(&version); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrMigration, err)
	}
	return version, nil
}

// migrations lists the steps in order; they are numbered from 1 without gaps.
func migrations() ([]migration, error) {
	ups, err := fs.Glob(migrationFiles, "migrations/*.up.sql")
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(ups))
	for i, up := range ups {
		stem := strings.TrimSuffix(strings.TrimPrefix(up, "migrations/"), ".up.sql")
		digits, name, _ := strings.Cut(stem, "_")
		number, err := strconv.Atoi(digits)
		if err != nil || number != i+1 {
			return nil, fmt.Errorf("%w: file %s is not number %d", ErrMigration, up, i+1)
		}
		upText, err := migrationFiles.ReadFile(up)
		if err != nil {
			return nil, err
		}
		downText, err := migrationFiles.ReadFile("migrations/" + stem + ".down.sql")
		if err != nil {
			return nil, err
		}
		all[i] = migration{number, name, string(upText), string(downText)}
	}
	return all, nil
}

// SchemaFingerprint is the text of all migrations up: the same schema has the
// same fingerprint. Test templates are named by it.
func SchemaFingerprint() (string, error) {
	all, err := migrations()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, m := range all {
		text.WriteString(m.up)
	}
	return text.String(), nil
}
