package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis"
)

// pgxSimple sends several statements at once.
const pgxSimple = pgx.QueryExecModeSimpleProtocol

// liveTile compares tiles over HTTP, compressed and never cached, with pgbench
// letting PostGIS make the same tiles by prepared SQL.
func liveTile(ctx context.Context, l *laboratory) ([]result, error) {
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
	url, _, stop, err := l.serve(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.settled(ctx); err != nil {
		return nil, errors.Join(err, stop())
	}
	results, err := measureTiles(ctx, l, cluster, db, parcels, url)
	return results, errors.Join(err, stop())
}

func measureTiles(ctx context.Context, l *laboratory, cluster *postgis.Cluster, db *pgxpool.Pool, parcels layers.Layer, url string) ([]result, error) {
	var results []result
	for _, zoom := range []maptile.Zoom{11, 13, 15} {
		list := tilesOver(parcels.Published.Bounds, zoom)
		script := filepath.Join(l.dir, fmt.Sprintf("tiles-%d.sql", zoom))
		if err := os.WriteFile(script, []byte(pgbenchScript(parcels, list)), 0o644); err != nil {
			return nil, err
		}
		if err := sameTiles(ctx, db, parcels, url, list); err != nil {
			return nil, err
		}
		const rounds, passes = 5, 3
		var ours, theirs []float64
		for i := range rounds + 1 {
			start := time.Now()
			for range passes {
				for _, t := range list {
					if _, err := fetch(ctx, url, t); err != nil {
						return nil, err
					}
				}
			}
			our := time.Since(start).Seconds() * 1000 / passes / float64(len(list))
			their, err := pgbench(ctx, cluster, script, passes)
			if err != nil {
				return nil, err
			}
			if i > 0 { // the first round fills PostgreSQL's buffers
				ours, theirs = append(ours, our), append(theirs, their/float64(len(list)))
			}
		}
		results = append(results, compareTimes(fmt.Sprintf("live tile of parcels, zoom %d", zoom), "pgbench, ST_AsMVT", "ms", 0.8, ours, theirs))
	}
	return results, nil
}

// tilesOver picks at most 24 tiles of a zoom, spread over the bounds.
func tilesOver(bounds []float64, zoom maptile.Zoom) []maptile.Tile {
	const most = 24
	var all []maptile.Tile
	low, high := maptile.At([2]float64{bounds[0], bounds[3]}, zoom), maptile.At([2]float64{bounds[2], bounds[1]}, zoom)
	for x := low.X; x <= high.X; x++ {
		for y := low.Y; y <= high.Y; y++ {
			all = append(all, maptile.New(x, y, zoom))
		}
	}
	step := max(1, len(all)/most)
	var some []maptile.Tile
	for i := step / 2; i < len(all) && len(some) < most; i += step {
		some = append(some, all[i])
	}
	return some
}

var placeholder = regexp.MustCompile(`@[a-z]+`)

// pgbenchScript asks for every tile of the list once. pgbench binds its
// variables, so the statement is prepared once there too.
func pgbenchScript(l layers.Layer, list []maptile.Tile) string {
	var script strings.Builder
	for _, t := range list {
		sql, args := reference(l, t)
		for _, name := range slices.Sorted(maps.Keys(args)) {
			switch value := args[name].(type) {
			case int:
				fmt.Fprintf(&script, "\\set %s %d\n", name, value)
			case float64:
				fmt.Fprintf(&script, "\\set %s %s\n", name, strconv.FormatFloat(value, 'f', 9, 64))
			}
		}
		var lines []string
		for _, line := range strings.Split(sql, "\n") { // pgbench keeps comments, and their words would become variables
			before, _, _ := strings.Cut(line, "--")
			lines = append(lines, before)
		}
		sql = placeholder.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(name string) string {
			if text, ok := args[name[1:]].(string); ok {
				return "'" + text + "'"
			}
			return ":" + name[1:]
		})
		fmt.Fprintf(&script, "%s;\n", strings.TrimSpace(sql))
	}
	return script.String()
}

var latency = regexp.MustCompile(`latency average = ([0-9.]+) ms`)

// pgbench runs the script and returns the milliseconds of one pass.
func pgbench(ctx context.Context, cluster *postgis.Cluster, script string, passes int) (float64, error) {
	program := "pgbench"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		program = found[len(found)-1]
	}
	cmd := exec.CommandContext(ctx, program, "-n", "-M", "prepared", "-c", "1", "-t", strconv.Itoa(passes), "-f", script, cluster.URL())
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c jit=off")
	out, err := cmd.CombinedOutput()
	found := latency.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, bytes.TrimSpace(out))
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// sameTiles checks that tiles over HTTP have the features that PostGIS gives them.
func sameTiles(ctx context.Context, db *pgxpool.Pool, l layers.Layer, url string, list []maptile.Tile) error {
	for _, t := range list {
		served, err := fetch(ctx, url, t)
		if err == nil {
			err = sameFeatures(ctx, db, l, t, served)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fetch gets a tile as a browser does, compressed, and unpacks it.
func fetch(ctx context.Context, url string, t maptile.Tile) ([]byte, error) {
	address := fmt.Sprintf("%s/tiles/dltb/%d/%d/%d.mvt", url, t.Z, t.X, t.Y)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK && got.StatusCode != http.StatusNoContent {
		return nil, fmt.Errorf("%s: %s", address, got.Status)
	}
	return io.ReadAll(got.Body)
}
