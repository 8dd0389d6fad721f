package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/importers/jobs"
	"onemap/postgis"
)

// backgroundImports are the queue of imports and the worker that runs them,
// beside the server and on database connections of their own.
type backgroundImports struct {
	queue   *jobs.Queue
	watcher *jobs.Watcher
	pool    *pgxpool.Pool
	cancel  context.CancelFunc
	ended   chan error
}

// uploads is the folder where files wait for their import.
func (o *options) uploads() string { return filepath.Join(o.dataDir, "uploads") }

// startImports runs imports until the context ends or stop is called.
// parameters is a file of seven parameters, "" is none.
func (o *options) startImports(ctx context.Context, d *database, atOnce int, maxBytes int64, parameters string) (*backgroundImports, error) {
	seven, err := readParameters(parameters)
	if err != nil {
		return nil, err
	}
	queue, err := jobs.NewQueue(d.pool, o.uploads(), maxBytes)
	if err != nil {
		return nil, err
	}
	pool, err := postgis.Open(ctx, d.url, postgis.Options{MaxConns: jobs.Connections(max(atOnce, 1))})
	if err != nil {
		return nil, err
	}
	worker, err := jobs.NewWorker(queue, pool, jobs.WorkerOptions{
		AtOnce: atOnce, Log: slog.Default(), SevenParameters: seven,
	})
	if err != nil {
		pool.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &backgroundImports{queue: queue, watcher: jobs.NewWatcher(queue), pool: pool, cancel: cancel, ended: make(chan error, 1)}
	go b.watcher.Watch(ctx)
	go func() { b.ended <- worker.Run(ctx) }()
	return b, nil
}

// stop takes back what is half imported, for the next start to begin again.
func (b *backgroundImports) stop() error {
	b.cancel()
	err := <-b.ended
	<-b.watcher.Ended()
	b.pool.Close()
	return err
}
