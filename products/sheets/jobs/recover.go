package jobs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

var (
	//go:embed sql/stranded.sql
	strandedSQL string
	//go:embed sql/expired.sql
	expiredSQL string
	//go:embed sql/ids.sql
	idsSQL string
)

// How often dead orders are looked for, and how often old files.
const (
	recoverEvery = 10 * time.Second
	sweepEvery   = 10 * time.Minute
)

// tend looks after orders until ctx ends: first at once, then now and then.
func (w *Worker) tend(ctx context.Context) {
	ticks := time.NewTicker(recoverEvery)
	defer ticks.Stop()
	var swept time.Time
	for {
		err := w.recover(ctx)
		if err == nil && time.Since(swept) > sweepEvery {
			if err = w.sweep(ctx); err == nil {
				swept = time.Now()
			}
		}
		if err != nil && ctx.Err() == nil {
			w.options.Log.WarnContext(ctx, "orders of sheets cannot be looked after; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

func (w *Worker) ids(ctx context.Context, sql string, args pgx.StrictNamedArgs) ([]string, error) {
	rows, err := w.db.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// recover finds orders whose worker died with its server or its connection, and
// queues them again, or ends them where that is the right thing.
func (w *Worker) recover(ctx context.Context) error {
	ids, err := w.ids(ctx, strandedSQL, pgx.StrictNamedArgs{})
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := pgx.BeginFunc(ctx, w.db, func(tx pgx.Tx) error {
			if dead, err := workerIsDead(ctx, tx, id); err != nil || !dead {
				return err
			}
			now, err := lockOrder(ctx, tx, id)
			if err != nil || now.state.Final() {
				return err
			}
			if now.job != nil { // the dead job; if it is not quite dead, it finds the order given to another
				if _, err := w.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
					return err
				}
			}
			if now.cancelling {
				return w.queue.end(ctx, tx, id, Cancelled, 0, nil)
			}
			return w.again(ctx, tx, id, now)
		})
		if err != nil && !errors.Is(err, ErrUnknownOrder) {
			return fmt.Errorf("sheets: jobs: recovering order %s: %w", id, err)
		}
	}
	return nil
}

// sweep removes orders that have expired, the oldest ones beyond the room for
// files, and files of no order.
func (w *Worker) sweep(ctx context.Context) error {
	old, err := w.ids(ctx, expiredSQL, pgx.StrictNamedArgs{"room": w.queue.limits.Room})
	if err != nil {
		return err
	}
	for _, id := range old {
		if _, err := w.db.Exec(ctx, removeSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(w.queue.dir)
	if err != nil {
		return err
	}
	ids, err := w.ids(ctx, idsSQL, pgx.StrictNamedArgs{}) // after the files: an order has its row before its file
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, f := range files {
		id := strings.TrimSuffix(f.Name(), ".unfinished")
		if known[id] || len(id) != 32 {
			continue // still needed, or not one of ours
		}
		if err := os.Remove(filepath.Join(w.queue.dir, f.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
