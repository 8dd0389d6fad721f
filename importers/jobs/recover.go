package jobs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

var (
	//go:embed sql/stranded.sql
	strandedSQL string
	//go:embed sql/waiting_layers.sql
	waitingLayersSQL string
	//go:embed sql/forgotten.sql
	forgottenSQL string
	//go:embed sql/living.sql
	livingSQL string
)

// How often dead imports are looked for, how often old files, and how old an
// upload becomes that nobody goes on with.
const (
	recoverEvery = 10 * time.Second
	sweepEvery   = time.Hour
	forgetAfter  = 7 * 24 * time.Hour
)

// tend looks after imports until ctx ends: first at once, then now and then.
func (w *Worker) tend(ctx context.Context) {
	ticks := time.NewTicker(recoverEvery)
	defer ticks.Stop()
	var swept time.Time
	for {
		if err := w.recover(ctx); err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "imports cannot be looked after; trying again", "error", err)
		}
		if time.Since(swept) > sweepEvery {
			if err := w.sweep(ctx); err != nil && ctx.Err() == nil {
				w.log.WarnContext(ctx, "old uploads cannot be removed; trying again", "error", err)
			} else {
				swept = time.Now()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// recover finds imports whose worker died with its server or its connection,
// and queues them again, or ends them where that is the right thing.
func (w *Worker) recover(ctx context.Context) error {
	ids, err := w.ids(ctx, strandedSQL, pgx.StrictNamedArgs{})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.recoverOne(ctx, id); err != nil {
			return fmt.Errorf("jobs: recovering import %d: %w", id, err)
		}
	}
	rows, err := w.db.Query(ctx, waitingLayersSQL)
	if err != nil {
		return err
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, layer := range waiting {
		if err := inQueue(ctx, w.db, layer, func(tx pgx.Tx) error { return dispatch(ctx, tx, w.client, layer) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) recoverOne(ctx context.Context, id int64) error {
	one, err := w.queue.read(ctx, id)
	if err != nil {
		return err
	}
	over := false
	err = inQueue(ctx, w.db, one.Layer, func(tx pgx.Tx) error {
		if free, err := tryLock(ctx, tx, id); err != nil || !free {
			return err // its worker lives
		}
		now, err := lockImport(ctx, tx, id)
		if err != nil || now.state != Running && (now.state != Queued || now.job == nil) {
			return err
		}
		if now.job != nil { // the dead job; if it is not quite dead, it finds the import given to another
			if _, err := w.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
				return err
			}
		}
		e, ended, err := w.fate(ctx, tx, id, now)
		if err != nil {
			return err
		}
		w.log.InfoContext(ctx, "import was cut off", "import", id, "layer", now.layer, "attempt", now.attempt, "given up", ended)
		if over = ended; over {
			return finish(ctx, tx, w.client, id, e)
		}
		if _, err := tx.Exec(ctx, requeueSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
			return err
		}
		return dispatch(ctx, tx, w.client, now.layer)
	})
	if err == nil && over {
		w.queue.removeFile(id)
	}
	return err
}

// fate decides about an import that was cut off.
func (w *Worker) fate(ctx context.Context, tx pgx.Tx, id int64, now standing) (e ending, over bool, err error) {
	e, over, err = madeVersion(ctx, tx, id, now)
	switch {
	case over || err != nil:
		return e, over, err
	case now.cancelling:
		return ending{state: Cancelled}, true, nil
	case now.attempt >= mostAttempts:
		return ending{state: Failed, problem: interrupted(now.attempt)}, true, nil
	case now.kind != Retry && !w.queue.fileIsWhole(id, now.size):
		return ending{state: Failed, problem: &Problem{
			"upload-lost", "导入被中断，且上传的文件已不在数据目录中；请重新上传，已发布的数据未受影响",
			"the import was cut off and its uploaded file is no longer in the data directory; upload it again; what is published is untouched",
		}}, true, nil
	}
	return ending{}, false, nil
}

func (q *Queue) fileIsWhole(id, size int64) bool {
	files, err := os.ReadDir(q.folder(id))
	if err != nil {
		return false
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.Mode().IsRegular() && info.Size() == size {
			return true
		}
	}
	return false
}

func (w *Worker) ids(ctx context.Context, sql string, args pgx.StrictNamedArgs) ([]int64, error) {
	rows, err := w.db.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// sweep ends uploads that nobody has gone on with for a week, and removes the
// files of imports that have ended.
func (w *Worker) sweep(ctx context.Context) error {
	forgotten, err := w.ids(ctx, forgottenSQL, pgx.StrictNamedArgs{"age": forgetAfter})
	if err != nil {
		return err
	}
	for _, id := range forgotten {
		one, err := w.queue.read(ctx, id)
		if err != nil {
			return err
		}
		err = inQueue(ctx, w.db, one.Layer, func(tx pgx.Tx) error {
			return finish(ctx, tx, w.client, id, ending{state: Failed, problem: &Problem{
				"upload-abandoned", "上传中断超过 7 天，已清除；请重新上传", "the upload was not gone on with for 7 days and was removed; upload it again",
			}})
		})
		if err != nil {
			return err
		}
	}
	folders, err := os.ReadDir(w.queue.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	living := map[string]bool{} // read after the folders: an import has its row before its folder
	ids, err := w.ids(ctx, livingSQL, pgx.StrictNamedArgs{})
	if err != nil {
		return err
	}
	for _, id := range ids {
		living[strconv.FormatInt(id, 10)] = true
	}
	for _, folder := range folders {
		if _, err := strconv.ParseInt(folder.Name(), 10, 64); err != nil || living[folder.Name()] {
			continue // not one of ours, or still needed
		}
		if err := os.RemoveAll(filepath.Join(w.queue.dir, folder.Name())); err != nil {
			return err
		}
	}
	return nil
}
