package jobs

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
)

var (
	//go:embed sql/claim.sql
	claimSQL string
	//go:embed sql/progress.sql
	progressSQL string
	//go:embed sql/requeue.sql
	requeueSQL string
	//go:embed sql/version_of.sql
	versionOfSQL string
)

// DefaultWorkers is how many imports run at once in one server: few, so that
// whoever looks at the map does not notice.
const DefaultWorkers = 2

// Connections is how many database connections a worker pool of n needs: two
// an import, for its rows and for its progress, and one for looking after them.
func Connections(n int) int { return 2*n + 1 }

// riverConnections are for River itself: one listens.
const riverConnections = 4

// mostAttempts is how often an import is begun before it is given up: one that
// ends its server each time must not do so for ever.
const mostAttempts = 3

// progressEvery is how often at most an import's progress is written.
const progressEvery = 500 * time.Millisecond

// Worker runs imports.
type Worker struct {
	queue  *Queue
	db     *pgxpool.Pool
	river  *pgxpool.Pool
	store  importers.Store
	client *river.Client[pgx.Tx]
	log    *slog.Logger

	options WorkerOptions
}

// WorkerOptions are what a worker needs beside its queue and database.
type WorkerOptions struct {
	AtOnce int                      // imports that run at the same time; 0 is [DefaultWorkers]
	Log    *slog.Logger             // nil is nowhere
	Adjust func(*importers.Options) // adds what only the operator knows; nil adds nothing
}

// NewWorker runs imports of the queue. db should be a pool of its own with
// [Connections], so that imports take none from those who look at the map.
func NewWorker(q *Queue, db *pgxpool.Pool, o WorkerOptions) (*Worker, error) {
	if o.AtOnce <= 0 {
		o.AtOnce = DefaultWorkers
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &Worker{queue: q, db: db, store: importers.Into(layers.NewStore(db)), log: o.Log, options: o}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(w.work)); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	var err error
	if w.river, err = riverPool(db); err != nil {
		return nil, err
	}
	w.client, err = river.NewClient(riverpgxv5.New(w.river), &river.Config{
		Schema: schema, Queues: map[string]river.QueueConfig{queueName: {MaxWorkers: o.AtOnce}}, Workers: workers,
		JobTimeout: -1, RescueStuckJobsAfter: 24 * time.Hour, // an import may take long; dead ones are found by their lock
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.river.Close()
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return w, nil
}

// riverPool opens River's own connections. It interrupts its listening many
// times a minute by ending a context, which must cost no round trip.
func riverPool(db *pgxpool.Pool) (*pgxpool.Pool, error) {
	config := db.Config()
	config.MaxConns, config.MinConns, config.AfterConnect = riverConnections, 0, nil
	config.ConnConfig.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config) // connects when it is first used
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return pool, nil
}

// Run works until ctx ends; then it takes back what is half loaded, puts those
// imports back into the queue, and returns. It can be run once.
func (w *Worker) Run(ctx context.Context) error {
	defer w.river.Close()
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: starting: %w", err)
	}
	w.tend(ctx)
	return w.stop(context.WithoutCancel(ctx))
}

// How long a database may take to show that it is there, and how long River may
// take to stop without it: it would try for ten seconds to tell the others.
const (
	presence      = 500 * time.Millisecond
	lonelyGoodbye = time.Second
)

// stop ends River. Without a database there is nobody to say goodbye to: what
// ran is found by the next start.
func (w *Worker) stop(ctx context.Context) error {
	ping, done := context.WithTimeout(ctx, presence)
	defer done()
	lonely, grace := w.river.Ping(ping) != nil, 3*patience
	if lonely {
		grace = lonelyGoodbye
	}
	stop, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := w.client.StopAndCancel(stop); err != nil && !lonely {
		return fmt.Errorf("jobs: stopping: %w", err)
	}
	return nil
}

// errCutOff reports an import that was neither refused nor done: its server
// stops, it was cancelled, or the connection that holds its lock is gone.
var errCutOff = errors.New("jobs: import was cut off")

// work runs one job. Whatever becomes of the import stands in its row; River
// hears of no error, so that it never begins the import by itself.
func (w *Worker) work(ctx context.Context, job *river.Job[args]) error {
	id := job.Args.Import
	conn, err := w.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("jobs: import %d: %w", id, err) // the row is as it was: recovery finds it
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
		return fmt.Errorf("jobs: import %d: %w", id, err)
	}
	one, err := w.queue.read(ctx, id)
	if err != nil {
		return err
	}
	started := time.Now()
	report, runErr := w.run(access.With(ctx, access.Principal{Name: one.By, Rights: rights}), conn, one, job.ID)
	return w.conclude(ctx, one, report, runErr, time.Since(started))
}

// run does the import, writing its progress through conn.
func (w *Worker) run(ctx context.Context, conn *pgxpool.Conn, one Import, job int64) (importers.Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var shown time.Time
	var stage importers.Stage
	progress := func(p importers.Progress) {
		if p.Stage == stage && time.Since(shown) < progressEvery || p.Stage == importers.Done {
			return
		}
		stage, shown = p.Stage, time.Now()
		brief, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer stop()
		_, err := conn.Exec(brief, progressSQL, pgx.StrictNamedArgs{
			"id": one.ID, "job": job, "stage": p.Stage, "rows": p.Rows, "total": p.Total, "bytes": p.Bytes,
		})
		if err != nil {
			cancel(err) // and with it the lock: another may take the import up
		}
	}
	o := one.Options.Of(filepath.Join(w.queue.folder(one.ID), one.Filename), one.Layer)
	o.Progress, o.TempDir = progress, w.queue.folder(one.ID)
	if w.options.Adjust != nil {
		w.options.Adjust(&o)
	}
	report, err := importers.Run(ctx, claimed{w.store, one.ID}, o)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w: %w", errCutOff, context.Cause(ctx), err)
	}
	return report, err
}

// claimed is a store whose drafts become the version of one import, at most one.
type claimed struct {
	importers.Store
	id int64
}

// BeginDraft starts a version of the layer.
func (c claimed) BeginDraft(ctx context.Context, layer string) (importers.Draft, error) {
	draft, err := c.Store.BeginDraft(ctx, layer)
	if err != nil {
		return nil, err
	}
	return claimedDraft{draft, c.id}, nil
}

type claimedDraft struct {
	importers.Draft
	id int64
}

// Finish makes the rows a version that names its import.
func (d claimedDraft) Finish(ctx context.Context, s layers.DraftSummary) (layers.Version, error) {
	s.Import = &d.id
	return d.Draft.Finish(ctx, s)
}

// conclude writes what became of an import.
func (w *Worker) conclude(ctx context.Context, one Import, report importers.Report, runErr error, took time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	again := false
	err := inQueue(ctx, w.db, one.Layer, func(tx pgx.Tx) error {
		now, err := lockImport(ctx, tx, one.ID)
		if err != nil || now.state != Running {
			return err
		}
		if runErr == nil && one.Options.DryRun {
			return finish(ctx, tx, w.client, one.ID, ending{state: Done, report: reportText(report)})
		}
		e, over, err := w.ending(ctx, tx, one.ID, now, report, runErr)
		if err != nil {
			return err
		}
		if over {
			return finish(ctx, tx, w.client, one.ID, e)
		}
		again = true
		if _, err := tx.Exec(ctx, requeueSQL, pgx.StrictNamedArgs{"id": one.ID}); err != nil {
			return err
		}
		return dispatch(ctx, tx, w.client, now.layer)
	})
	if err != nil {
		return fmt.Errorf("jobs: ending import %d: %w", one.ID, err) // recovery goes on from here
	}
	if !again {
		w.queue.removeFile(one.ID)
	}
	w.log.InfoContext(ctx, "import ended", "import", one.ID, "layer", one.Layer, "by", one.By, "again", again, "accepted", report.Accepted,
		"rejected", report.Rejected, "seconds", took.Seconds(), "error", runErr)
	return nil
}

// ending decides how an import ends; not over says that it is to be begun again.
func (w *Worker) ending(ctx context.Context, tx pgx.Tx, id int64, now standing, report importers.Report, runErr error) (e ending, over bool, err error) {
	// The version is the truth: an import may have died between making it and saying so.
	var number int
	var stored []byte
	err = tx.QueryRow(ctx, versionOfSQL, pgx.StrictNamedArgs{"id": id}).Scan(&number, &stored)
	if err == nil {
		return ending{state: Done, report: stored, version: &number}, true, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return ending{}, false, err
	}
	var refused *importers.Problem
	known := errors.As(runErr, &refused)
	switch {
	case now.cancelling:
		return ending{state: Cancelled, report: reportText(report)}, true, nil
	case runErr == nil, errors.Is(runErr, errCutOff), errors.Is(runErr, importers.ErrDatabaseLost):
		if now.attempt >= mostAttempts {
			return ending{state: Failed, problem: interrupted(now.attempt)}, true, nil
		}
		return ending{}, false, nil
	case known:
		return ending{state: Failed, report: reportText(report), problem: &Problem{refused.Code, refused.ZH, refused.EN}}, true, nil
	case errors.Is(runErr, access.ErrForbidden), errors.Is(runErr, access.ErrUnauthenticated):
		return ending{state: Failed, problem: &Problem{
			"forbidden", "提交导入的用户没有所需权限", "who asked for the import lacks the right that it needs",
		}}, true, nil
	default:
		w.log.ErrorContext(ctx, "import failed", "import", id, "error", runErr)
		return ending{state: Failed, report: reportText(report), problem: &Problem{
			"internal", fmt.Sprintf("服务内部错误，已记录；请把导入编号 %d 告诉管理员，已发布的数据未受影响", id),
			fmt.Sprintf("internal error, recorded; tell the operator the import's number %d; what is published is untouched", id),
		}}, true, nil
	}
}

func interrupted(attempts int) *Problem {
	return &Problem{
		"interrupted", fmt.Sprintf("导入 %d 次都被中断（服务或数据库停止），已放弃；请检查服务日志与内存、磁盘后重新上传，已发布的数据未受影响", attempts),
		fmt.Sprintf("the import was cut off %d times by the end of the server or the database and is given up; look at the server's log, memory and disk, then upload it again; what is published is untouched", attempts),
	}
}

func reportText(r importers.Report) []byte {
	text, err := json.Marshal(r)
	if err != nil {
		return nil // a report is plain data: it can always be written
	}
	return text
}
