package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/data/demo"
	"onemap/layers"
	"onemap/postgis"
)

// crowded measures what somebody who looks at the map notices of ten imports at
// once, of the ten largest layers: the time of tiles alone, and meanwhile.
func crowded(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
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
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return nil, err
	}
	parcels, err := catalogue.PublishedLayer("dltb")
	if err != nil {
		return nil, err
	}
	list := append(tilesOver(parcels.Published.Bounds, 13), tilesOver(parcels.Published.Bounds, 15)...)
	const rounds = 3
	var middleAlone, middleMeanwhile, slowAlone, slowMeanwhile []float64
	for i := range rounds + 1 {
		alone, meanwhile, err := l.crowd(ctx, db, list)
		if err != nil {
			return nil, err
		}
		if i == 0 { // it fills PostgreSQL's buffers
			continue
		}
		middleAlone, middleMeanwhile = append(middleAlone, percentile(alone, 50)), append(middleMeanwhile, percentile(meanwhile, 50))
		slowAlone, slowMeanwhile = append(slowAlone, percentile(alone, 95)), append(slowMeanwhile, percentile(meanwhile, 95))
	}
	return []result{
		compareTimes("tile, median, ten imports", "no import", "ms", 1.0/3, middleMeanwhile, middleAlone),
		compareTimes("tile, 95 of 100, ten imports", "no import", "ms", 1.0/3, slowMeanwhile, slowAlone),
	}, nil
}

// crowd hands in ten imports while nobody serves, so that they all wait when the
// server starts, and measures tiles until the last has ended, and then alone.
func (l *laboratory) crowd(ctx context.Context, db *pgxpool.Pool, list []maptile.Tile) (alone, meanwhile []float64, err error) {
	before, err := l.submitTen(ctx, db)
	if err != nil {
		return nil, nil, err
	}
	url, _, stop, err := l.serve(ctx)
	if err != nil {
		return nil, nil, err
	}
	const passes = 3
	meanwhile, err = times(ctx, url, list, func(int) (bool, error) { return imports(ctx, db, before) })
	if err == nil {
		alone, err = times(ctx, url, list, func(pass int) (bool, error) { return pass < passes, nil })
	}
	return alone, meanwhile, errors.Join(err, stop(), dropUnpublished(ctx, db))
}

// times fetches the tiles one after another, again and again while more says so,
// and returns the milliseconds of each. A pass that begins ends.
func times(ctx context.Context, url string, list []maptile.Tile, more func(pass int) (bool, error)) ([]float64, error) {
	var all []float64
	for pass := 0; ; pass++ {
		on, err := more(pass)
		if err != nil || !on {
			return all, err
		}
		for _, t := range list {
			took, err := timed(func() error { _, err := fetch(ctx, url, t); return err })
			if err != nil {
				return nil, err
			}
			all = append(all, took*1000)
		}
	}
}

// percentile is the value that n of 100 are not above.
func percentile(values []float64, n int) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)*n/100, len(sorted)-1)]
}

// submitTen hands in the ten largest deliveries of different layers, and returns
// the number of the last import before them.
func (l *laboratory) submitTen(ctx context.Context, db *pgxpool.Pool) (before int64, err error) {
	dir, manifest, err := l.city(ctx)
	if err != nil {
		return 0, err
	}
	if err := db.QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM jobs.imports").Scan(&before); err != nil {
		return 0, err
	}
	largest := slices.SortedFunc(slices.Values(manifest.Deliveries), func(a, b demo.Delivery) int { return cmp.Compare(b.Rows, a.Rows) })
	for _, d := range largest[:min(10, len(largest))] {
		args := []string{"imports", "submit", filepath.Join(dir, d.File), "--layer", d.Layer}
		if d.SourceLayer != "" {
			args = append(args, "--source-layer", d.SourceLayer)
		}
		if d.CRS != "" {
			args = append(args, "--crs", d.CRS)
		}
		if err := l.mapserver(ctx, args...); err != nil {
			return 0, err
		}
	}
	return before, nil
}

// imports reports whether imports after the given one are still under way. One
// that failed makes the figures void.
func imports(ctx context.Context, db *pgxpool.Pool, after int64) (underWay bool, err error) {
	var open, failed int
	err = db.QueryRow(ctx, "SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FILTER (WHERE state = 'failed') FROM jobs.imports WHERE id > $1", after).Scan(&open, &failed)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d imports failed", failed)
	}
	return open > 0, err
}

// dropUnpublished takes the versions away that measuring made.
func dropUnpublished(ctx context.Context, db *pgxpool.Pool) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	const measured = "SELECT layer, number FROM catalogue.versions WHERE state IN ('draft', 'checked')"
	if _, err := db.Exec(ctx, "DELETE FROM catalogue.differences WHERE (layer, version) IN ("+measured+")"); err != nil {
		return err
	}
	rows, err := db.Query(ctx, "DELETE FROM catalogue.versions WHERE state IN ('draft', 'checked') RETURNING layer, number")
	if err != nil {
		return err
	}
	made, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct {
		Layer  string
		Number int
	}])
	if err != nil {
		return err
	}
	for _, v := range made {
		_, err := db.Exec(ctx, fmt.Sprintf("DROP TABLE IF EXISTS %s, %s", layers.Table(v.Layer, v.Number).Sanitize(), layers.DifferenceTable(v.Layer, v.Number).Sanitize()))
		if err != nil {
			return err
		}
	}
	return nil
}
