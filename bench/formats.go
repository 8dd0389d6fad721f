package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis"
)

// formatRows is how many rows the larger file of each format has; the smaller
// one has a tenth. BENCH_ROWS sets another number, BENCH_FORMATS the formats.
const formatRows = 300_000

// formatted is a file format under measurement.
type formatted struct {
	name  string
	make  func(ctx context.Context, dir string, rows int) (file string, err error)
	flags []string // of the import
}

// formats imports the same rows in every format that is read, in two sizes of
// which the larger is ten times the smaller, into checked drafts: memory has to
// stay below the bar and be much the same for both, time to grow with the rows.
func formats(ctx context.Context, l *laboratory) ([]result, error) {
	rows := formatRows
	if text := os.Getenv("BENCH_ROWS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 {
			return nil, fmt.Errorf("BENCH_ROWS=%s is no number of rows from 100 up", text)
		}
		rows = n
	}
	cluster, err := postgis.StartCluster(ctx, filepath.Join(l.importsDir(), "postgis"), postgis.ClusterOptions{})
	if err != nil {
		return nil, err
	}
	defer cluster.Close(ctx) //nolint:errcheck // the figures are taken
	db, err := postgis.Open(ctx, cluster.URL(), postgis.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	wanted := strings.FieldsFunc(os.Getenv("BENCH_FORMATS"), func(r rune) bool { return r == ',' })
	var results []result
	for _, f := range everyFormat() {
		if len(wanted) > 0 && !slices.Contains(wanted, f.name) {
			continue
		}
		of, err := l.twoSizes(ctx, db, f, rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		results = append(results, of...)
	}
	return results, nil
}

// twoSizes imports the smaller and the larger file of a format.
func (l *laboratory) twoSizes(ctx context.Context, db *pgxpool.Pool, f formatted, rows int) ([]result, error) {
	var small, large taken
	for _, one := range []struct {
		rows int
		to   *taken
	}{{rows / 10, &small}, {rows, &large}} {
		dir := filepath.Join(l.dir, "formats", strconv.Itoa(one.rows))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		file, err := f.make(ctx, dir, one.rows)
		if err != nil {
			return nil, err
		}
		if *one.to, err = l.importedInto(ctx, "water_body", file, f.flags...); err != nil {
			return nil, err
		}
		if err := haveRows(ctx, db, one.rows); err != nil {
			return nil, err
		}
		if err := dropDrafts(ctx, db, "water_body"); err != nil {
			return nil, err
		}
	}
	name := func(what string) string { return fmt.Sprintf("%s, %d rows, %s", f.name, rows, what) }
	fmt.Fprintf(os.Stderr, "bench: %-12s %4.0f MB %6.1f s, a tenth %4.0f MB %6.1f s\n", f.name, large.peakMB, large.seconds, small.peakMB, small.seconds)
	return []result{
		compareTimes(name("memory"), "the bar", "MB", 1, []float64{large.peakMB}, []float64{mostMB}),
		compareTimes(name("memory"), "a tenth of the rows", "MB", 0.5, []float64{large.peakMB}, []float64{small.peakMB}),
		compareTimes(name("time"), "a tenth, ten times", "s", 1/1.1, []float64{large.seconds}, []float64{10 * small.seconds}),
	}, nil
}

// haveRows checks that the newest version has all rows.
func haveRows(ctx context.Context, db *pgxpool.Pool, rows int) error {
	var stored int
	err := db.QueryRow(ctx, "SELECT feature_count FROM catalogue.versions WHERE layer = 'water_body' ORDER BY number DESC LIMIT 1").Scan(&stored)
	if err == nil && stored != rows {
		err = fmt.Errorf("%d rows of %d were stored", stored, rows)
	}
	return err
}
