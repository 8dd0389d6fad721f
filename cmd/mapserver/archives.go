package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis"
	"onemap/tiles"
	"onemap/tiles/grid"
	tilejobs "onemap/tiles/jobs"
	"onemap/web"
)

// archiveConnections are for building archives: a lock, a reading, and the catalogue.
const archiveConnections = 4

// backgroundArchives builds tile archives beside the server, on connections of their own.
type backgroundArchives struct {
	keeper   *tilejobs.Keeper
	archives *tiles.Archives
	pool     *pgxpool.Pool
	cancel   context.CancelFunc
	ended    chan error
}

// foldable is what archives are built in, and how long after an edit they are built anew.
type foldable struct {
	squares []grid.Square
	quiet   time.Duration
}

func (o *options) keepArchives(ctx context.Context, d *database, archives *tiles.Archives, quiet time.Duration, metrics *web.Metrics) (*backgroundArchives, error) {
	if err := archives.Reload(ctx); err != nil {
		slog.Warn("some tile archives cannot be read; their tiles are live until they are built again", "error", err)
	}
	pool, err := postgis.Open(ctx, d.url, postgis.Options{MaxConns: archiveConnections})
	if err != nil {
		return nil, err
	}
	keeper, err := tilejobs.NewKeeper(pool, archives, tilejobs.Options{Log: slog.Default(), Built: metrics.Archive, Quiet: quiet})
	if err != nil {
		pool.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &backgroundArchives{keeper: keeper, archives: archives, pool: pool, cancel: cancel, ended: make(chan error, 1)}
	go func() { b.ended <- keeper.Run(ctx) }()
	return b, nil
}

// wake is told of every reading of the catalogue. Tiles with edits are live from
// its end on.
func (b *backgroundArchives) wake(ctx context.Context, err error) {
	if err != nil {
		return
	}
	if err := b.archives.ReloadEdits(ctx); err != nil && ctx.Err() == nil {
		slog.Warn("edits cannot be read; trying again", "error", err)
	}
	b.keeper.Wake() // it reads them too, until that works
}

// stop gives up what is half built; its finished blocks wait for the next start.
func (b *backgroundArchives) stop() error {
	b.cancel()
	err := <-b.ended
	b.pool.Close()
	return err
}
