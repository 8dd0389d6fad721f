// Package postgistest gives each test a PostGIS database of its own.
//
// A database is cloned from a migrated template, which takes about a fifth of
// a second, and dropped after the test. Only tests import this package.
package postgistest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis"
)

// Variable names the environment variable with the address of a PostgreSQL
// whose role may create databases.
const Variable = "TEST_DATABASE_URL"

// DB returns a pool on an empty, migrated database that lives as long as the
// test. Without TEST_DATABASE_URL the test is skipped; with CI=true it fails,
// so that no pipeline passes by testing nothing.
func DB(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return Pool(t, URL(t))
}

// URL returns the address of an empty, migrated database, for tests that start
// programs or pools of their own.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, true)
}

// EmptyURL returns the address of a database without any schema of ours.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return clone(t, false)
}

// Pool opens a pool that is closed after the test.
func Pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgis.Open(t.Context(), url, postgis.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func clone(t testing.TB, migrated bool) string {
	t.Helper()
	server := os.Getenv(Variable)
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set: in CI no database test may be skipped", Variable)
		}
		t.Skipf("%s is not set; `make test` starts a PostGIS and sets it", Variable)
	}
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	defer admin.Close(ctx) //nolint:errcheck // nothing is lost with it
	from := "template1"
	if migrated {
		from = template(t, admin, server)
	}
	name := "onemap_test_" + random(t)
	if _, err := admin.Exec(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, from)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := pgx.Connect(ctx, server)
		if err != nil {
			return // the server is gone, and the database with it
		}
		defer admin.Close(ctx) //nolint:errcheck // nothing is lost with it
		if _, err := admin.Exec(ctx, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			t.Errorf("dropping the test database: %v", err)
		}
	})
	return withDatabase(server, name)
}

// template makes, once a schema, the database that tests are cloned from.
func template(t testing.TB, admin *pgx.Conn, server string) string {
	t.Helper()
	ctx := context.Background()
	fingerprint, err := postgis.SchemaFingerprint()
	if err != nil {
		t.Fatal(err)
	}
	h := fnv.New64a()
	h.Write([]byte(fingerprint))
	name := fmt.Sprintf("onemap_template_%x", h.Sum64())
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		t.Fatal(err)
	}
	defer admin.Exec(ctx, "SELECT pg_advisory_unlock(hashtext($1))", name) //nolint:errcheck // ends with the connection
	var exists bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if exists {
		return name
	}
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	pool, err := postgis.Open(ctx, withDatabase(server, name), postgis.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = postgis.Migrate(ctx, pool)
	pool.Close()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true"); err != nil {
		t.Fatal(err)
	}
	return name
}

// withDatabase puts another database into a libpq address of either form.
func withDatabase(server, name string) string {
	if strings.HasPrefix(server, "postgres://") || strings.HasPrefix(server, "postgresql://") {
		u, err := url.Parse(server)
		if err == nil {
			u.Path = "/" + name
			return u.String()
		}
	}
	return server + " dbname=" + name
}

func random(t testing.TB) string {
	t.Helper()
	b := make([]byte, 6)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b)
}
