package jobs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products/packages"
)

var (
	//go:embed sql/claim.sql
	claimSQL string
	//go:embed sql/progress.sql
	progressSQL string
	//go:embed sql/stranded.sql
	strandedSQL string
	//go:embed sql/expired.sql
	expiredSQL string
)

const (
	riverConnections = 3
	mostAttempts     = 3
	progressEvery    = 500 * time.Millisecond
	tendEvery        = 10 * time.Second
	patience         = 10 * time.Second // for the last words about an export
	lonelyGoodbye    = 300 * time.Millisecond
)

// Worker makes packages, one at a time.
type Worker struct {
	office *Office
	river  *pgxpool.Pool
	client *river.Client[pgx.Tx]
	log    *slog.Logger
}

// NewWorker makes the packages of an office; [postgis.PrepareRiver] must have run. log may be nil.
func NewWorker(o *Office, log *slog.Logger) (*Worker, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &Worker{office: o, log: log}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(w.work)); err != nil {
		return nil, fmt.Errorf("exports: %w", err)
	}
	var err error
	if w.river, err = postgis.ClosingPool(o.db, riverConnections); err != nil {
		return nil, fmt.Errorf("exports: %w", err)
	}
	w.client, err = river.NewClient(riverpgxv5.New(w.river), &river.Config{
		Schema: Schema, Queues: map[string]river.QueueConfig{queueName: {MaxWorkers: 1}}, Workers: workers,
		JobTimeout: -1, RescueStuckJobsAfter: 24 * time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.river.Close()
		return nil, fmt.Errorf("exports: %w", err)
	}
	return w, nil
}

// Run works until ctx ends; what runs then is queued again. It can be run once.
func (w *Worker) Run(ctx context.Context) error {
	defer w.river.Close()
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("exports: starting: %w", err)
	}
	ticks := time.NewTicker(tendEvery)
	defer ticks.Stop()
	for ctx.Err() == nil {
		if err := w.tend(ctx); err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "exports cannot be looked after; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticks.C:
		}
	}
	return w.stop(context.WithoutCancel(ctx))
}

func (w *Worker) stop(ctx context.Context) error {
	ping, done := context.WithTimeout(ctx, 500*time.Millisecond)
	defer done()
	lonely, grace := w.river.Ping(ping) != nil, 3*patience
	if lonely {
		grace = lonelyGoodbye
	}
	stop, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := w.client.StopAndCancel(stop); err != nil && !lonely {
		return fmt.Errorf("exports: stopping: %w", err)
	}
	return nil
}

// work makes one package. Whatever becomes of the export stands in its row.
func (w *Worker) work(ctx context.Context, job *river.Job[args]) error {
	id := job.Args.Export
	conn, err := w.office.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("exports: %d: %w", id, err) // the row is as it was: recovery finds it
	}
	defer conn.Release()
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock("+lockKey+")", id).Scan(&free); err != nil || !free {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock("+lockKey+")", id); err != nil {
			_ = conn.Conn().Close(ctx) // the lock ends with the connection
		}
	}()
	var rights []access.Right
	err = conn.QueryRow(ctx, claimSQL, pgx.StrictNamedArgs{"id": id, "job": job.ID}).Scan(&rights)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // cancelled, or given to another job
	}
	if err != nil {
		return fmt.Errorf("exports: %d: %w", id, err)
	}
	started := time.Now()
	one, result, runErr := w.run(ctx, conn, id, job.ID, rights)
	err = w.conclude(ctx, id, result, runErr)
	w.log.InfoContext(ctx, "export ended", "export", id, "by", one.By, "format", string(one.Request.Format), "bytes", result.Bytes,
		"features", result.Passport.Features, "seconds", time.Since(started).Seconds(), "error", runErr)
	return err
}

// run makes the package as who asked for it.
func (w *Worker) run(ctx context.Context, conn *pgxpool.Conn, id, job int64, rights []access.Right) (one Export, r packages.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.office.limits.Longest)
	defer cancel()
	if one, err = w.office.read(ctx, id); err != nil {
		return one, r, err
	}
	ctx = access.With(ctx, access.Principal{Name: one.By, Rights: rights})
	catalogue, err := layers.LoadCatalogue(ctx, w.office.db)
	if err != nil {
		return one, r, err
	}
	plan, err := w.office.packer.Plan(ctx, catalogue, one.Request)
	if err != nil {
		return one, r, err
	}
	order := packages.Order{Export: id, By: one.By, At: one.CreatedAt}
	if one.DecidedAt != nil {
		order.Approval = &packages.Approval{By: one.DecidedBy, At: *one.DecidedAt, Reason: one.Reason}
	}
	if len(plan.Needs) > 0 && order.Approval == nil {
		return one, r, errMoreSecret
	}
	folder := w.office.folder(id)
	if err := os.RemoveAll(folder); err != nil { // of an attempt before
		return one, r, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return one, r, err
	}
	var told time.Time
	r, err = w.office.packer.Pack(ctx, catalogue, plan, order, folder, func(p packages.Progress) {
		if time.Since(told) < progressEvery {
			return
		}
		told = time.Now()
		if _, err := conn.Exec(ctx, progressSQL, pgx.StrictNamedArgs{"id": id, "job": job, "layer": p.Layer, "features": p.Features, "total": p.Total}); err != nil {
			cancel() // with the connection the lock is gone
		}
	})
	return one, r, err
}

// errMoreSecret reports that what was public when it was asked for isn't any more.
var errMoreSecret = errors.New("exports: what is exported has become more secret since it was asked for")

// conclude writes what became of an export.
func (w *Worker) conclude(ctx context.Context, id int64, r packages.Result, runErr error) error {
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	keep := false
	err := pgx.BeginFunc(ctx, w.office.db, func(tx pgx.Tx) error {
		now, err := lock(ctx, tx, id)
		if err != nil || now.state != Running {
			return err
		}
		e := ending{state: Done, result: r}
		switch {
		case runErr == nil:
			keep = true
		case now.cancelling:
			e = ending{state: Cancelled}
		case stopped && now.attempt < mostAttempts:
			return enqueue(ctx, tx, w.client, id)
		default:
			e = ending{state: Failed, problem: problemOf(runErr)}
		}
		detail := ""
		if e.problem != nil {
			detail = e.problem.EN
		}
		if err := note(ctx, tx, id, now.by, string(e.state), detail); err != nil {
			return err
		}
		return w.office.end(ctx, tx, id, e)
	})
	if err == nil && !keep {
		err = os.RemoveAll(w.office.folder(id))
	}
	if err != nil {
		return fmt.Errorf("exports: ending %d: %w", id, err) // recovery goes on from here
	}
	return nil
}

// problemOf words an error for who asked. What is ours is told without its text.
func problemOf(err error) *Problem {
	for _, known := range []struct {
		err      error
		code, zh string
	}{
		{packages.ErrTooMany, "too-many-features", "要素数超过上限；请缩小范围或减少图层"},
		{packages.ErrTooBig, "package-too-large", "文件超过上限；请缩小范围或减少图层"},
		{packages.ErrEmpty, "nothing-to-export", "范围或条件内没有数据"},
		{packages.ErrArea, "unknown-area", "没有这个行政区或网格"},
		{errMoreSecret, "more-secret", "数据密级在申请后提高，须重新申请"},
		{layers.ErrUnknownLayer, "unknown-layer", "图层已不存在"},
		{layers.ErrNotPublished, "layer-not-published", "图层已不再发布"},
		{access.ErrForbidden, "forbidden", "申请人无权读取其中的数据"},
		{context.DeadlineExceeded, "took-too-long", "导出超过时限；请缩小范围或减少图层"},
	} {
		if errors.Is(err, known.err) {
			return &Problem{known.code, known.zh, err.Error()}
		}
	}
	return &Problem{"export-failed", "导出失败，详情见服务日志；请重试或告知管理员", "the export failed; the server's log says why: " + fmt.Sprintf("%.200v", err)}
}

// tend begins again what a dead worker left, and takes away what has expired.
func (w *Worker) tend(ctx context.Context) error {
	ids, err := w.ids(ctx, strandedSQL)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.recover(ctx, id); err != nil {
			return fmt.Errorf("exports: recovering %d: %w", id, err)
		}
	}
	if ids, err = w.ids(ctx, expiredSQL); err != nil {
		return err
	}
	for _, id := range ids {
		if err := pgx.BeginFunc(ctx, w.office.db, func(tx pgx.Tx) error { return note(ctx, tx, id, "system", "expired", "") }); err != nil {
			return err
		}
	}
	return w.sweep(ctx)
}

func (w *Worker) ids(ctx context.Context, sql string) ([]int64, error) {
	rows, err := w.office.db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func (w *Worker) recover(ctx context.Context, id int64) error {
	return pgx.BeginFunc(ctx, w.office.db, func(tx pgx.Tx) error {
		var free bool
		if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock("+lockKey+")", id).Scan(&free); err != nil || !free {
			return err // its worker lives
		}
		now, err := lock(ctx, tx, id)
		switch {
		case err != nil || now.state != Running && now.state != Queued:
			return err
		case now.cancelling:
			return w.office.end(ctx, tx, id, ending{state: Cancelled})
		case now.attempt >= mostAttempts:
			return w.office.end(ctx, tx, id, ending{state: Failed, problem: &Problem{
				"interrupted", "导出多次被中断（服务或数据库停止），已放弃；请重新申请", "the export was cut off again and again and is given up; ask for it anew",
			}})
		}
		if now.job != nil {
			if _, err := w.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
				return err
			}
		}
		return enqueue(ctx, tx, w.client, id)
	})
}

// sweep removes the folders of exports that have nothing to keep.
func (w *Worker) sweep(ctx context.Context) error {
	folders, err := os.ReadDir(w.office.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range folders {
		id, err := strconv.ParseInt(f.Name(), 10, 64)
		if err != nil {
			continue // not one of ours
		}
		var keep bool
		err = w.office.db.QueryRow(ctx, "SELECT EXISTS (SELECT FROM exports.exports WHERE id = $1 AND (state IN ('queued', 'running') OR state = 'done' AND removed_at IS NULL))", id).Scan(&keep)
		if err != nil {
			return err
		}
		if !keep {
			if err := os.RemoveAll(filepath.Join(w.office.dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
