package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/data"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/cells"
	"onemap/spatial/names"
	"onemap/spatial/search"
)

// followCells keeps the index of grid cells that the service asks.
func followCells(db *pgxpool.Pool, source follow.Source) *follow.Follower[*cells.Index] {
	build := func(ctx context.Context, c *layers.Catalogue, last *cells.Index) (*cells.Index, error) {
		return cells.Load(ctx, db, c, last)
	}
	return follow.New(source, cells.Layers(), build, logIndex("cells"))
}

// followNames keeps the index of names that the service searches, and the table they are read by.
func followNames(db *pgxpool.Pool, source follow.Source) (*follow.Follower[*search.Index], *names.Table, error) {
	table, err := names.NewTable(data.Files)
	if err != nil {
		return nil, nil, err
	}
	build := func(ctx context.Context, c *layers.Catalogue, last *search.Index) (*search.Index, error) {
		return search.Load(ctx, db, table, c, last)
	}
	return follow.New(source, search.Layers(source.Catalogue()), build, logIndex("search")), table, nil
}

// logIndex tells the log of every time that an index is loaded.
func logIndex(name string) func(follow.Status, error) {
	return func(s follow.Status, err error) {
		if err != nil {
			slog.Warn("an index cannot be loaded; trying again", "index", name, "error", err)
			return
		}
		slog.Info("index loaded", "index", name, "versions", s.Versions, "milliseconds", int64(s.TookMS))
	}
}
