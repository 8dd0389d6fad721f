package main

import (
	"context"
	"log/slog"
	"time"

	"onemap/postgis"
)

// keepDatabase has a private database started again whenever it dies, until ctx
// ends or letGo is called, which waits for that. Meanwhile /readyz is 503. A
// database of DATABASE_URL is its operator's to keep.
func keepDatabase(ctx context.Context, d *database) (letGo func()) {
	if d.cluster == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.cluster.Keep(ctx, postgis.Revival{
			Died: func() {
				slog.Warn("数据库已意外停止，正在重新启动 / the database has died; starting it again")
			},
			Back: func(away time.Duration) {
				slog.Info("数据库已恢复 / the database is back", "seconds", away.Seconds())
			},
			Failed: func(err error, again time.Duration) {
				slog.Error("数据库无法启动，稍后再试 / the database cannot be started; trying again", "error", err, "again_seconds", again.Seconds())
			},
		})
	}()
	return func() { cancel(); <-ended }
}
