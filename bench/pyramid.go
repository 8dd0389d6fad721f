package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/postgis"
)

const (
	// pyramidSeconds is the bar for all zooms of the bench city's parcels on 2 cores.
	pyramidSeconds = 28
	// parcelsPerSecond is the same bar for any number of parcels: ten times tippecanoe 2.82.
	parcelsPerSecond = 17_500
	// pyramidMB is the bar for the builder's memory.
	pyramidMB = 1000
)

// pyramids measures the building of the parcels' archive, reading them from
// PostGIS included, and checks that every build gives the same bytes.
func pyramids(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	parcels, err := l.parcels(ctx)
	if err != nil {
		return nil, err
	}
	const rounds = 3
	var seconds, rates, peaks []float64
	var first string
	for i := range rounds + 1 {
		cmd := exec.CommandContext(ctx, l.program, "tiles", "build", "dltb")
		cmd.Env = append(os.Environ(), "ONEMAP_DATA="+l.dataDir())
		start := time.Now()
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("mapserver tiles build: %w", err)
		}
		took := time.Since(start).Seconds()
		words := strings.Fields(string(out))
		if file := words[len(words)-1]; i == 0 { // the first round fills PostgreSQL's buffers
			first = file
			continue
		} else if file != first {
			return nil, fmt.Errorf("one build gave %s, another %s", first, file)
		}
		usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		seconds = append(seconds, took)
		rates = append(rates, float64(parcels.Published.FeatureCount)/took)
		peaks = append(peaks, float64(usage.Maxrss)/1024)
	}
	name := fmt.Sprintf("pyramid of %d parcels", parcels.Published.FeatureCount)
	return []result{
		compareTimes(name, "the bar at bench scale", "s", 1, seconds, []float64{pyramidSeconds}),
		compareRates(name, "the bar", "/s", 1, rates, []float64{parcelsPerSecond}),
		compareTimes("peak memory", "the bar", "MB", 1, peaks, []float64{pyramidMB}),
	}, nil
}

// parcels is the published layer of parcels.
func (l *laboratory) parcels(ctx context.Context) (layers.Layer, error) {
	cluster, err := l.cluster(ctx)
	if err != nil {
		return layers.Layer{}, err
	}
	defer cluster.Close(ctx) //nolint:errcheck // only read from
	var db *pgxpool.Pool
	if db, err = postgis.Open(ctx, cluster.URL(), postgis.Options{}); err != nil {
		return layers.Layer{}, err
	}
	defer db.Close()
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return layers.Layer{}, err
	}
	return catalogue.PublishedLayer("dltb")
}
