package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers/follow"
	"onemap/spatial"
)

// settled is how long measuring ahead waits after a start or a publication:
// whoever comes then wants tiles and answers first.
const settled = 20 * time.Second

// measureAhead keeps what of each published layer lies in which division
// measured, until ctx ends. What fails is tried again after the next publication;
// a question measures what it needs and is not there.
func measureAhead(ctx context.Context, db *pgxpool.Pool, source follow.Source) {
	changes, stop := source.Subscribe()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(settled):
		}
		select {
		case <-changes: // the catalogue below has it
		default:
		}
		began := time.Now()
		if err := spatial.MeasureAhead(ctx, db, source.Catalogue()); err != nil && ctx.Err() == nil {
			slog.Warn("layers are not measured by divisions; summaries will be slower", "error", err)
		} else if took := time.Since(began); took > time.Second {
			slog.Info("layers measured by divisions", "milliseconds", took.Milliseconds())
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		}
	}
}
