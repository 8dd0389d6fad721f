package postgis_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis"
	"onemap/postgis/postgistest"
)

func TestMigrationsGoUpAndDownAgain(t *testing.T) {
	db := postgistest.Pool(t, postgistest.EmptyURL(t))
	newest, err := postgis.Migrate(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	before := schemaOf(t, db)
	for version := newest - 1; version >= 0; version-- {
		if _, err := postgis.MigrateTo(t.Context(), db, version); err != nil {
			t.Fatalf("down to %d: %v", version, err)
		}
	}
	if left := schemaOf(t, db); left != "" {
		t.Errorf("after going down to 0 these are left: %s", left)
	}
	if _, err := postgis.Migrate(t.Context(), db); err != nil {
		t.Fatalf("up again: %v", err)
	}
	if after := schemaOf(t, db); after != before {
		t.Errorf("up, down, up gives\n%s\nbut up gave\n%s", after, before)
	}
}

func schemaOf(t *testing.T, db *pgxpool.Pool) string {
	t.Helper()
	var text string
	err := db.QueryRow(t.Context(), `SELECT coalesce(string_agg(format('%s.%s.%s %s', table_schema, table_name, column_name, data_type), ', '
		ORDER BY table_schema, table_name, ordinal_position), '')
		FROM information_schema.columns WHERE table_schema IN ('catalogue', 'features', 'staging', 'access')`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestADatabaseNewerThanTheProgramIsRefused(t *testing.T) {
	db := postgistest.DB(t)
	if _, err := db.Exec(t.Context(), "UPDATE public.onemap_schema SET version = 9999"); err != nil {
		t.Fatal(err)
	}
	if _, err := postgis.Migrate(t.Context(), db); !errors.Is(err, postgis.ErrMigration) {
		t.Errorf("got %v, want an ErrMigration", err)
	}
}

func TestOpenSaysWhereButNeverThePassword(t *testing.T) {
	_, err := postgis.Open(t.Context(), "postgres://keeper:hunter2@127.0.0.1:1/onemap?connect_timeout=1", postgis.Options{})
	if !errors.Is(err, postgis.ErrUnreachable) || !strings.Contains(err.Error(), "user keeper") {
		t.Errorf("got %v, want an ErrUnreachable that names the user", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the password is in the message: %v", err)
	}
}

func TestACancelledQueryKeepsItsConnection(t *testing.T) {
	db := postgistest.DB(t)
	conn, err := db.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	var before, after int
	if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&before); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(20)"); err == nil {
		t.Fatal("a query of 20 s ended without an error under a limit of 50 ms")
	}
	if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&after); err != nil {
		t.Fatalf("the connection is gone: %v", err)
	}
	if before != after {
		t.Errorf("connection %d was replaced by %d", before, after)
	}
}

// TestPrivateCluster makes, shares, stops and restarts a private cluster.
func TestPrivateCluster(t *testing.T) {
	if os.Getenv(postgistest.Variable) == "" && os.Getenv("CI") != "true" {
		t.Skip("makes a PostgreSQL cluster; runs where the other database tests run")
	}
	dir, err := os.MkdirTemp("", "onemap-cluster-test-") // t.TempDir is closed to PostgreSQL's own user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(dir, strings.Repeat("a-long-name-", 6), "db") // longer than a socket's path may be
	ctx := t.Context()

	first, err := postgis.StartCluster(ctx, deep, postgis.ClusterOptions{Disposable: true})
	if err != nil {
		t.Fatal(err)
	}
	second, err := postgis.StartCluster(ctx, deep, postgis.ClusterOptions{Disposable: true})
	if err != nil {
		t.Fatalf("a second user of a running cluster: %v", err)
	}
	db := postgistest.Pool(t, first.URL())
	if _, err := postgis.Migrate(ctx, db); err != nil {
		t.Fatal(err)
	}
	var super bool
	if err := db.QueryRow(ctx, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&super); err != nil {
		t.Fatal(err)
	}
	if super {
		t.Error("the one map works as a superuser; it must not be able to read files through SQL")
	}
	if err := first.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(ctx); err != nil {
		t.Errorf("the first user's leaving stopped the cluster under the second: %v", err)
	}
	db.Close()
	if err := second.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := postgis.Open(ctx, second.URL(), postgis.Options{}); !errors.Is(err, postgis.ErrUnreachable) {
		t.Errorf("after the last user left, the cluster still answers: %v", err)
	}
	third, err := postgis.StartCluster(ctx, deep, postgis.ClusterOptions{Disposable: true})
	if err != nil {
		t.Fatalf("starting it again: %v", err)
	}
	defer third.Close(ctx) //nolint:errcheck // the test's end
	again := postgistest.Pool(t, third.URL())
	if version, err := postgis.Migrate(ctx, again); err != nil || version == 0 {
		t.Errorf("after a restart the schema is at %d, %v", version, err)
	}
}
