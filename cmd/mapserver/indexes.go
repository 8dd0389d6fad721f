package main

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/cells"
)

// followCells keeps the index of grid cells that the service asks.
func followCells(db *pgxpool.Pool, source follow.Source) *follow.Follower[*cells.Index] {
	build := func(ctx context.Context, c *layers.Catalogue, last *cells.Index) (*cells.Index, error) {
		return cells.Load(ctx, db, c, last)
	}
	return follow.New(source, cells.Layers(), build, logIndex("cells"))
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
