package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

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
	cluster, err := l.cluster(ctx)
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
	var ours, theirs []float64
	for i := range rounds + 1 {
		our, err := timed(func() error { return l.mapserver(ctx, "import", file, "--layer", "dltb") })
		if err != nil {
			return nil, err
		}
		their, err := timed(func() error { return ogr2ogr(ctx, cluster, file, parcels.SourceLayer) })
		if err != nil {
			return nil, err
		}
		if i == 0 { // the first round warms the disk's cache and is checked
			if err := sameParcels(ctx, db); err != nil {
				return nil, err
			}
			continue
		}
		ours, theirs = append(ours, our), append(theirs, their)
	}
	name := fmt.Sprintf("import of %d parcels", parcels.Rows)
	return []result{compareTimes(name, "ogr2ogr", "s", 2, ours, theirs)}, dropDrafts(ctx, db)
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

// dropDrafts takes the measured drafts away again.
func dropDrafts(ctx context.Context, db *pgxpool.Pool) error {
	rows, err := db.Query(ctx, "SELECT format('DROP TABLE features.%I_v%s', layer, number) FROM catalogue.versions WHERE state = 'draft'")
	if err != nil {
		return err
	}
	var drops []string
	for rows.Next() {
		var drop string
		if err := rows.Scan(&drop); err != nil {
			return err
		}
		drops = append(drops, drop)
	}
	drops = append(drops, "DELETE FROM catalogue.versions WHERE state = 'draft'", "DROP TABLE IF EXISTS public.bench_ogr")
	_, err = db.Exec(ctx, strings.Join(drops, "; "), pgxSimple)
	return err
}
