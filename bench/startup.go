package main

import (
	"context"
	"time"
)

// startup compares a start of the whole service on a loaded city, database
// included, with a start of its PostgreSQL alone: what is between the two is ours.
func startup(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	const rounds = 7
	const limit = 5.0 // seconds that a second start may take
	var ours, theirs, limits []float64
	for i := range rounds + 1 {
		_, ready, stop, err := l.serve(ctx)
		if err != nil {
			return nil, err
		}
		if err := stop(); err != nil {
			return nil, err
		}
		start := time.Now()
		cluster, err := l.cluster(ctx)
		if err != nil {
			return nil, err
		}
		alone := time.Since(start)
		if err := cluster.Close(ctx); err != nil {
			return nil, err
		}
		if i > 0 { // the first round warms the disk's cache
			ours, theirs, limits = append(ours, ready.Seconds()), append(theirs, alone.Seconds()), append(limits, limit)
		}
	}
	return []result{
		compareTimes("second start within its limit", "limit of 5 s", "s", 1, ours, limits),
		compareTimes("second start, ready to serve", "PostgreSQL alone", "s", 0.5, ours, theirs),
	}, nil
}

// load brings the city into the database of the data directory, once.
func (l *laboratory) load(ctx context.Context) error {
	dir, _, err := l.city(ctx)
	if err != nil {
		return err
	}
	return l.mapserver(ctx, "demo", "load", "--missing", dir)
}
