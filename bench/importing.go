package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/data/demo"
	"onemap/postgis"
)

// importing compares the import of a zipped GBK Shapefile in EPSG:4525 into a
// checked and indexed draft with ogr2ogr's of the same file into the same database.
func importing(ctx context.Context, l *laboratory) ([]result, error) {
	dir, manifest, err := l.city(ctx)
	if err != nil {
		return nil, err
	}
	parcels, err := delivery(manifest, "dltb")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, parcels.File)
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
	const rounds = 3
	var every, but, theirs, peaks []float64
	for i := range rounds + 1 {
		one, err := l.importRound(ctx, db, cluster, file, parcels.SourceLayer, i == 0)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first round warms the disk's cache and is checked
			every, but, theirs = append(every, one.every.seconds), append(but, one.but.seconds), append(theirs, one.theirs)
			peaks = append(peaks, max(one.every.peakMB, one.but.peakMB))
		}
	}
	name := fmt.Sprintf("%d parcels, ", parcels.Rows)
	results := []result{
		compareTimes(name+"no overlap, gap", "ogr2ogr", "s", 2, but, theirs),
		compareTimes(name+"every rule", "ogr2ogr", "s", 1/1.5, every, theirs),
		compareTimes("peak memory", "the bar", "MB", 1, peaks, []float64{mostMB}),
	}
	if l.scale != demo.Bench {
		return results, nil
	}
	growth, err := l.growth(ctx, db, parcels.Rows, every)
	return append(results, growth), err
}

// importRound is one import each: ours under every rule, ours without those about
// the coverage, and the peer's.
type importRound struct {
	every, but taken
	theirs     float64 // seconds
}

func (l *laboratory) importRound(ctx context.Context, db *pgxpool.Pool, cluster *postgis.Cluster, file, layer string, check bool) (r importRound, err error) {
	if r.but, err = l.imported(ctx, file, "--skip", "overlap,gap"); err != nil {
		return r, err
	}
	if err := dropDrafts(ctx, db, "dltb"); err != nil {
		return r, err
	}
	if r.theirs, err = timed(func() error { return ogr2ogr(ctx, cluster, file, layer) }); err != nil {
		return r, err
	}
	if r.every, err = l.imported(ctx, file); err != nil {
		return r, err
	}
	if check {
		if err := sameParcels(ctx, db); err != nil {
			return r, err
		}
	}
	return r, dropDrafts(ctx, db, "dltb")
}

// mostMB is the bar for the importer's memory, whatever the file's size.
const mostMB = 300

// growth compares the times of the large file with those of the demonstration
// city's, as if that were repeated to its length: 1 is linear.
func (l *laboratory) growth(ctx context.Context, db *pgxpool.Pool, rows int, large []float64) (result, error) {
	small, err := newLaboratory(string(demo.Demo))
	if err != nil {
		return result{}, err
	}
	dir, manifest, err := small.city(ctx)
	if err != nil {
		return result{}, err
	}
	parcels, err := delivery(manifest, "dltb")
	if err != nil {
		return result{}, err
	}
	var repeated []float64
	for range len(large) {
		one, err := l.imported(ctx, filepath.Join(dir, parcels.File))
		if err != nil {
			return result{}, err
		}
		repeated = append(repeated, one.seconds*float64(rows)/float64(parcels.Rows))
		if err := dropDrafts(ctx, db, "dltb"); err != nil {
			return result{}, err
		}
	}
	name := fmt.Sprintf("%d parcels as %d", rows, parcels.Rows)
	return compareTimes(name, "the smaller file, repeated", "s", 1/1.1, large, repeated), nil
}

// taken is what an import took.
type taken struct{ seconds, peakMB float64 }

// importsDir is a data directory for imports alone: with a published version to
// compare with they would do more than the peer.
func (l *laboratory) importsDir() string { return filepath.Join(l.dir, "imports") }

// imported runs an import of parcels to its end.
func (l *laboratory) imported(ctx context.Context, file string, flags ...string) (taken, error) {
	return l.importedInto(ctx, "dltb", file, flags...)
}

// importedInto runs an import into a layer to its end, in a process of its own.
func (l *laboratory) importedInto(ctx context.Context, layer, file string, flags ...string) (taken, error) {
	cmd := exec.CommandContext(ctx, l.program, append([]string{"import", file, "--layer", layer}, flags...)...)
	cmd.Env = append(os.Environ(), "ONEMAP_DATA="+l.importsDir())
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return taken{}, fmt.Errorf("mapserver import: %w: %s", err, bytes.TrimSpace(out))
	}
	r := taken{seconds: time.Since(start).Seconds()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peakMB = float64(usage.Maxrss) / 1024
	}
	return r, nil
}

func timed(work func() error) (float64, error) {
	start := time.Now()
	err := work()
	return time.Since(start).Seconds(), err
}

func ogr2ogr(ctx context.Context, cluster *postgis.Cluster, file, layer string) error {
	cmd := exec.CommandContext(ctx, "ogr2ogr", "-f", "PostgreSQL", "PG:"+cluster.URL(), "/vsizip/"+file, "-nln", "public.bench_ogr", "-overwrite",
		"-t_srs", "EPSG:4490", "--config", "PG_USE_COPY", "YES", "--config", "SHAPE_ENCODING", "GBK", "-nlt", "PROMOTE_TO_MULTI", "-lco", "GEOMETRY_NAME=geom")
	cmd.Env = append(os.Environ(), "PGCLIENTENCODING=UTF8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("ogr2ogr of %s: %w: %s", layer, err, bytes.TrimSpace(out))
	}
	return nil
}

// sameParcels checks that both sides stored the same parcels: as many, covering
// the same area, with the same names.
func sameParcels(ctx context.Context, db *pgxpool.Pool) error {
	var newest string
	err := db.QueryRow(ctx, "SELECT format('features.dltb_v%s', max(number)) FROM catalogue.versions WHERE layer = 'dltb'").Scan(&newest)
	if err != nil {
		return err
	}
	const measure = "SELECT count(*) || ' parcels, ' || round(sum(ST_Area(geom::geography))::numeric, -2) || ' m², ' || md5(string_agg(bsm || dlmc, ',' ORDER BY bsm)) FROM "
	var ours, theirs string
	if err := db.QueryRow(ctx, measure+newest).Scan(&ours); err != nil {
		return err
	}
	if err := db.QueryRow(ctx, measure+"public.bench_ogr").Scan(&theirs); err != nil {
		return err
	}
	if ours != theirs {
		return fmt.Errorf("the sides differ: ours %s, ogr2ogr's %s", ours, theirs)
	}
	return nil
}

// dropDrafts takes the measured versions away again.
func dropDrafts(ctx context.Context, db *pgxpool.Pool, layer string) error {
	measured := "FROM catalogue.versions WHERE layer = '" + layer + "' AND state <> 'published'" // the name is ours
	rows, err := db.Query(ctx, "SELECT format('DROP TABLE features.%I_v%s', layer, number) "+measured)
	if err != nil {
		return err
	}
	drops, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	drops = append(drops, "DELETE "+measured, "DROP TABLE IF EXISTS public.bench_ogr")
	_, err = db.Exec(ctx, strings.Join(drops, "; "), pgxSimple)
	return err
}
