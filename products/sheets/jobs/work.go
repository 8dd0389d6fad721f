package jobs

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products/sheets/orders"
)

var (
	//go:embed sql/claim.sql
	claimSQL string
	//go:embed sql/progress.sql
	progressSQL string
	//go:embed sql/requeue.sql
	requeueSQL string
)

const (
	// mostAttempts is how often an order is begun before it is given up: one that
	// ends its server each time must not do so for ever.
	mostAttempts = 3
	// longest is how long an order may be drawn.
	longest = 30 * time.Minute
	// riverConnections are for River itself: one listens.
	riverConnections = 3
	// patience is how long the last words of an order may take when its own context has ended.
	patience = 10 * time.Second
	// progressEvery is how often at most an order's progress is written.
	progressEvery = 300 * time.Millisecond
)

// Connections is how many database connections a worker of n orders at once needs:
// four read layers at the same time, one holds the order's lock, one looks after them.
func Connections(n int) int { return 5*n + 2 }

// WorkerOptions are what a worker needs beside its queue and database.
type WorkerOptions struct {
	AtOnce int          // orders that are drawn at the same time; 0 is 1
	Log    *slog.Logger // nil is nowhere
	// Explain words an error for whoever ordered; false is for one that is ours.
	Explain func(error) (Problem, bool)
}

// Worker draws orders.
type Worker struct {
	queue   *Queue
	db      *pgxpool.Pool
	river   *pgxpool.Pool
	desk    *orders.Desk
	client  *river.Client[pgx.Tx]
	options WorkerOptions
}

// NewWorker draws orders of the queue with a desk of its own, whose database
// should be a pool with [Connections], so that sheets take none from those who look
// at the map.
func NewWorker(q *Queue, desk *orders.Desk, o WorkerOptions) (*Worker, error) {
	if o.AtOnce <= 0 {
		o.AtOnce = 1
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Explain == nil {
		o.Explain = func(error) (Problem, bool) { return Problem{}, false }
	}
	w := &Worker{queue: q, db: desk.DB, desk: desk, options: o}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(w.work)); err != nil {
		return nil, fmt.Errorf("sheets: jobs: %w", err)
	}
	var err error
	if w.river, err = postgis.ClosingPool(w.db, riverConnections); err != nil {
		return nil, fmt.Errorf("sheets: jobs: %w", err)
	}
	w.client, err = river.NewClient(riverpgxv5.New(w.river), &river.Config{
		Schema: schema, Queues: map[string]river.QueueConfig{queueName: {MaxWorkers: o.AtOnce}}, Workers: workers,
		JobTimeout: longest, RescueStuckJobsAfter: 24 * time.Hour, // dead ones are found by their lock
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.river.Close()
		return nil, fmt.Errorf("sheets: jobs: %w", err)
	}
	return w, nil
}

// Run works until ctx ends; then orders that are being drawn go back into the
// queue. It can be run once.
func (w *Worker) Run(ctx context.Context) error {
	defer w.river.Close()
	if err := os.MkdirAll(w.queue.dir, 0o700); err != nil {
		return fmt.Errorf("sheets: jobs: %w", err)
	}
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("sheets: jobs: starting: %w", err)
	}
	w.tend(ctx)
	return w.stop(context.WithoutCancel(ctx))
}

// How long a database may take to show that it is there, and how long River may
// take to stop without it.
const (
	presence      = 500 * time.Millisecond
	lonelyGoodbye = 300 * time.Millisecond
)

// stop ends River. Without a database there is nobody to say goodbye to: what ran
// is found by the next start.
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
		return fmt.Errorf("sheets: jobs: stopping: %w", err)
	}
	return nil
}

// work draws one order. Whatever becomes of it stands in its row; River hears of
// no error, so that it never begins the order by itself.
func (w *Worker) work(ctx context.Context, job *river.Job[args]) error {
	id := job.Args.Order
	conn, err := w.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("sheets: jobs: order %s: %w", id, err) // the row is as it was: recovery finds it
	}
	defer conn.Release()
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock("+lockKey+")", id).Scan(&free); err != nil || !free {
		return err
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+lockKey+")", id); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the lock ends with the connection
		}
	}()
	one, rights, err := w.claim(ctx, conn, id, job.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // cancelled, or another job's by now
	}
	if err != nil {
		return err
	}
	start := time.Now()
	bytes, err := w.draw(access.With(ctx, access.Principal{Name: one.By, Rights: rights}), conn, one, job.ID)
	return w.conclude(ctx, one, bytes, err, time.Since(start))
}

// claim makes an order this job's. What stops the server meanwhile does not stop
// this: who has claimed an order knows it, and puts it back.
func (w *Worker) claim(ctx context.Context, conn *pgxpool.Conn, id string, job int64) (one Order, rights []access.Right, err error) {
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

// draw plans the order anew, as the map is now, and writes its file.
func (w *Worker) draw(ctx context.Context, conn *pgxpool.Conn, one Order, job int64) (bytes int64, err error) {
	catalogue, err := layers.LoadCatalogue(ctx, w.db)
	if err != nil {
		return 0, err
	}
	plan, err := w.desk.Plan(ctx, catalogue, one.Request)
	if err != nil {
		return 0, err
	}
	half := w.queue.file(one.ID) + ".unfinished"
	file, err := os.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer os.Remove(half) //nolint:errcheck // it has been renamed, or the sweep finds it
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	out := &limited{to: bufio.NewWriterSize(file, 1<<18), left: w.queue.limits.MaxBytes}
	var told time.Time
	err = plan.Write(ctx, out, func(done int, next string) {
		if time.Since(told) < progressEvery {
			return
		}
		told = time.Now()
		if _, err := conn.Exec(ctx, progressSQL, pgx.StrictNamedArgs{"id": one.ID, "job": job, "done": done, "stage": next}); err != nil {
			lost(err) // and with the connection the lock: another may take it up
		}
	})
	if err == nil {
		err = out.to.Flush()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return w.queue.limits.MaxBytes - out.left, os.Rename(half, w.queue.file(one.ID))
}

// limited writes no more than so many bytes.
type limited struct {
	to   *bufio.Writer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= int64(len(b)); l.left < 0 {
		return 0, ErrTooLarge
	}
	return l.to.Write(b)
}

var _ io.Writer = (*limited)(nil)

// conclude writes what became of an order.
func (w *Worker) conclude(ctx context.Context, one Order, bytes int64, drawErr error, took time.Duration) error {
	cutOff := ctx.Err()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := pgx.BeginFunc(ctx, w.db, func(tx pgx.Tx) error {
		now, err := lockOrder(ctx, tx, one.ID)
		if err != nil || now.state != Running {
			return err
		}
		switch {
		case now.cancelling:
			return w.queue.end(ctx, tx, one.ID, Cancelled, 0, nil)
		case drawErr == nil:
			return w.queue.end(ctx, tx, one.ID, Done, bytes, nil)
		case errors.Is(cutOff, context.DeadlineExceeded):
			return w.queue.end(ctx, tx, one.ID, Failed, 0, &Problem{
				"took-too-long", fmt.Sprintf("绘制超过 %.0f 分钟，已停止；请减少图幅、图层或分辨率", longest.Minutes()),
				fmt.Sprintf("drawing took longer than %.0f minutes and was stopped; take fewer sheets, layers or dpi", longest.Minutes()),
			})
		case cutOff != nil, errors.Is(drawErr, context.Canceled):
			return w.again(ctx, tx, one.ID, now)
		}
		problem := w.wording(drawErr)
		return w.queue.end(ctx, tx, one.ID, Failed, 0, &problem)
	})
	w.options.Log.InfoContext(ctx, "sheets drawn", "order", one.ID, "by", one.By, "pages", one.Total, "bytes", bytes, "seconds", took.Seconds(), "error", drawErr)
	if errors.Is(err, ErrUnknownOrder) {
		return nil
	}
	return err // recovery goes on from here
}

// again puts an order that was cut off back into the queue, or gives it up.
func (w *Worker) again(ctx context.Context, tx pgx.Tx, id string, now standing) error {
	if now.attempt >= mostAttempts {
		return w.queue.end(ctx, tx, id, Failed, 0, &Problem{
			"interrupted", fmt.Sprintf("绘制 %d 次都被中断（服务或数据库停止），已放弃；请检查服务日志与内存后重新提交", now.attempt),
			fmt.Sprintf("drawing was cut off %d times by the end of the server or the database and is given up; look at the server's log and memory, then order it again", now.attempt),
		})
	}
	if _, err := tx.Exec(ctx, requeueSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
		return err
	}
	return give(ctx, tx, w.client, id)
}

func (w *Worker) wording(err error) Problem {
	if errors.Is(err, ErrTooLarge) {
		most := w.queue.limits.MaxBytes >> 20
		return Problem{"file-too-large", fmt.Sprintf("结果文件超过 %d MiB；请减少图幅或分辨率", most), fmt.Sprintf("the file has more than %d MiB; take fewer sheets or dpi", most)}
	}
	if p, ok := w.options.Explain(err); ok {
		return p
	}
	w.options.Log.Error("sheets not drawn", "error", err)
	return Problem{"internal", "绘制失败，原因已写入服务日志", "drawing failed; the reason is in the server's log"}
}
