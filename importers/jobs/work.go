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
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/crs"
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
	store  *layers.Store
	client *river.Client[pgx.Tx]
	log    *slog.Logger

	options WorkerOptions
}

// WorkerOptions are what a worker needs beside its queue and database.
type WorkerOptions struct {
	AtOnce int          // imports that run at the same time; 0 is [DefaultWorkers]
	Log    *slog.Logger // nil is nowhere

	SevenParameters *crs.SevenParameters // the operator's, for imports that come without; nil is none
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
	w := &Worker{queue: q, db: db, store: layers.NewStore(db), log: o.Log, options: o}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(w.work)); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	var err error
	if w.river, err = postgis.ClosingPool(db, riverConnections); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
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
	lonelyGoodbye = 300 * time.Millisecond
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
	one, rights, err := w.claim(ctx, conn, id, job.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // cancelled, or given to another job
	}
	if err != nil {
		return fmt.Errorf("jobs: import %d: %w", id, err)
	}
	started := time.Now()
	made, runErr := w.run(access.With(ctx, access.Principal{Name: one.By, Rights: rights}), conn, one, job.ID)
	return w.conclude(ctx, one, made, runErr, time.Since(started))
}

// claim makes an import this job's. What stops the server meanwhile does not stop
// this: who has claimed an import knows it, and puts it back.
func (w *Worker) claim(ctx context.Context, conn *pgxpool.Conn, id, job int64) (one Import, rights []access.Right, err error) {
	if err := ctx.Err(); err != nil {
		return one, nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := conn.QueryRow(ctx, claimSQL, pgx.StrictNamedArgs{"id": id, "job": job}).Scan(&rights); err != nil {
		return one, nil, err
	}
	one, err = w.queue.read(ctx, id)
	return one, rights, err
}

// outcome is what a worker made of an import.
type outcome struct {
	report             []byte
	accepted, rejected int64 // rows
}

func outcomeOf(r importers.Report) outcome { return outcome{reportText(r), r.Accepted, r.Rejected} }

// run does the import, writing its progress through conn.
func (w *Worker) run(ctx context.Context, conn *pgxpool.Conn, one Import, job int64) (made outcome, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &teller{conn: conn, id: one.ID, job: job, lost: cancel}
	if err := w.queue.tidy(one); err != nil {
		return made, err
	}
	seven, err := w.queue.parameters(one.ID)
	if err != nil {
		return made, err
	}
	switch one.Kind {
	case Delivery:
		made, err = w.deliver(ctx, t, one, seven)
	case Retry:
		made, err = w.retry(ctx, t, one, seven)
	default:
		o := one.Options.Of(filepath.Join(w.queue.folder(one.ID), one.Filename), one.Layer)
		var report importers.Report
		report, err = w.importFile(ctx, t, one, o, seven)
		made = outcomeOf(report)
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w: %w", errCutOff, context.Cause(ctx), err)
	}
	return made, err
}

// importFile imports one file into one layer.
func (w *Worker) importFile(ctx context.Context, t *teller, one Import, o importers.Options, seven *crs.SevenParameters) (importers.Report, error) {
	o.Import, o.TempDir, o.Progress = &one.ID, w.queue.folder(one.ID), func(p importers.Progress) { t.tell(ctx, p) }
	o.SevenParameters = w.sevenParameters(seven)
	o.ParametersOffered = seven == nil || one.Kind == Delivery
	return importers.Run(ctx, importers.Into(w.store), o)
}

// sevenParameters are those that came with an import, else the operator's.
func (w *Worker) sevenParameters(given *crs.SevenParameters) *crs.SevenParameters {
	if given != nil {
		return given
	}
	return w.options.SevenParameters
}

// teller writes how far an import is.
type teller struct {
	conn  *pgxpool.Conn
	id    int64
	job   int64
	lost  context.CancelCauseFunc // ends the import, and with it its lock: another may take it up
	shown time.Time
	stage importers.Stage
}

func (t *teller) tell(ctx context.Context, p importers.Progress) {
	if p.Stage == t.stage && time.Since(t.shown) < progressEvery || p.Stage == importers.Done {
		return
	}
	t.stage, t.shown = p.Stage, time.Now()
	t.write(ctx, progressSQL, pgx.StrictNamedArgs{
		"id": t.id, "job": t.job, "stage": p.Stage, "rows": p.Rows, "total": p.Total, "bytes": p.Bytes,
	})
}

func (t *teller) write(ctx context.Context, sql string, args pgx.StrictNamedArgs) {
	brief, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	if _, err := t.conn.Exec(brief, sql, args); err != nil {
		t.lost(err)
	}
}

// conclude writes what became of an import.
func (w *Worker) conclude(ctx context.Context, one Import, made outcome, runErr error, took time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	again := false
	err := inQueue(ctx, w.db, one.Layer, func(tx pgx.Tx) error {
		now, err := lockImport(ctx, tx, one.ID)
		if err != nil || now.state != Running {
			return err
		}
		if runErr == nil && (one.Options.DryRun || one.Kind == Delivery) {
			return finish(ctx, tx, w.client, one.ID, ending{state: Done, report: made.report})
		}
		e, over, err := w.ending(ctx, tx, one.ID, now, made, runErr)
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
	w.log.InfoContext(ctx, "import ended", "import", one.ID, "layer", one.Layer, "by", one.By, "again", again, "kind", one.Kind, "accepted", made.accepted,
		"rejected", made.rejected, "seconds", took.Seconds(), "error", runErr)
	return nil
}

// ending decides how an import ends; not over says that it is to be begun again.
func (w *Worker) ending(ctx context.Context, tx pgx.Tx, id int64, now standing, made outcome, runErr error) (e ending, over bool, err error) {
	if e, over, err := madeVersion(ctx, tx, id, now); over || err != nil {
		return e, over, err
	}
	switch {
	case now.cancelling:
		return ending{state: Cancelled, report: made.report}, true, nil
	case runErr == nil, errors.Is(runErr, errCutOff), errors.Is(runErr, importers.ErrDatabaseLost):
		if now.attempt >= mostAttempts {
			return ending{state: Failed, problem: interrupted(now.attempt)}, true, nil
		}
		return ending{}, false, nil
	default:
		return ending{state: Failed, report: made.report, problem: w.wording(ctx, id, runErr)}, true, nil
	}
}

// madeVersion ends an import that has made its version: that is the truth, and an
// import may have died between making it and saying so. A delivery makes several,
// and ends when its worker says so.
func madeVersion(ctx context.Context, tx pgx.Tx, id int64, now standing) (e ending, over bool, err error) {
	if now.kind == Delivery {
		return e, false, nil
	}
	var number int
	err = tx.QueryRow(ctx, versionOfSQL, pgx.StrictNamedArgs{"id": id, "layer": now.layer}).Scan(&number, &e.report)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, false, nil
	}
	e.state, e.version = Done, &number
	return e, err == nil, err
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
