package jobs

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
)

// schema holds our table and River's.
const schema = "jobs"

// queueName is River's queue of imports.
const queueName = "imports"

// DefaultMaxBytes is the largest file that may be uploaded: 4 GiB.
const DefaultMaxBytes = 4 << 30

var (
	//go:embed sql/import.sql
	importSQL string
	//go:embed sql/imports.sql
	importsSQL string
	//go:embed sql/queue.sql
	queueSQL string
	//go:embed sql/lock_queue.sql
	lockQueueSQL string
	//go:embed sql/next.sql
	nextSQL string
	//go:embed sql/assign.sql
	assignSQL string
	//go:embed sql/end.sql
	endSQL string
	//go:embed sql/ask_cancel.sql
	askCancelSQL string
	//go:embed sql/cancel_parts.sql
	cancelPartsSQL string
	//go:embed sql/for_update.sql
	forUpdateSQL string
)

// Prepare brings River's tables up to date. The database must be migrated.
func Prepare(ctx context.Context, db *pgxpool.Pool) error {
	return postgis.PrepareRiver(ctx, db, schema)
}

// args is what River carries: which import to run.
type args struct {
	Import int64 `json:"import"`
}

// Kind names the work for River.
func (args) Kind() string { return "import" }

// Queue takes imports in and tells how far they are. It runs none; see [Worker].
type Queue struct {
	db       *pgxpool.Pool
	store    *layers.Store
	client   *river.Client[pgx.Tx]
	dir      string
	maxBytes int64
}

// NewQueue keeps imports in db and their files in the folder dir, which every
// server on the same database must share. maxBytes is the largest file, 0
// means [DefaultMaxBytes].
func NewQueue(db *pgxpool.Pool, dir string, maxBytes int64) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(db), &river.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	if maxBytes == 0 {
		maxBytes = DefaultMaxBytes
	}
	return &Queue{db: db, store: layers.NewStore(db), client: client, dir: dir, maxBytes: maxBytes}, nil
}

// MostBytes is the largest file that may be uploaded.
func (q *Queue) MostBytes() int64 { return q.maxBytes }

// Import returns one import; else an [ErrUnknownImport]. It needs the right [access.Import].
func (q *Queue) Import(ctx context.Context, id int64) (Import, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return Import{}, err
	}
	return q.read(ctx, id)
}

func (q *Queue) read(ctx context.Context, id int64) (Import, error) {
	rows, err := q.db.Query(ctx, importSQL, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return Import{}, fmt.Errorf("jobs: import %d: %w", id, err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Import])
	if errors.Is(err, pgx.ErrNoRows) {
		return Import{}, fmt.Errorf("%w: %d", ErrUnknownImport, id)
	}
	if err != nil {
		return Import{}, fmt.Errorf("jobs: import %d: %w", id, err)
	}
	return one, nil
}

// ListQuery chooses imports; zero values choose all.
type ListQuery struct {
	Layer  string
	State  State
	By     string // who made them; "" is anybody
	Before int64  // only ids below it
	Limit  int    // 1 or more
}

// List returns imports, newest first, without their reports. It needs the right [access.Import].
func (q *Queue) List(ctx context.Context, l ListQuery) ([]Import, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return nil, err
	}
	rows, err := q.db.Query(ctx, importsSQL, pgx.StrictNamedArgs{"layer": l.Layer, "state": l.State, "by": l.By, "before": l.Before, "limit": l.Limit})
	if err != nil {
		return nil, fmt.Errorf("jobs: listing imports: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Import])
	if err != nil {
		return nil, fmt.Errorf("jobs: listing imports: %w", err)
	}
	return all, nil
}

// Start queues an import whose bytes have all arrived; see [Queue.Upload],
// which does so by itself. Starting twice is starting once. It needs the right
// [access.Import].
func (q *Queue) Start(ctx context.Context, id int64) (Import, error) {
	one, err := q.Import(ctx, id)
	if err != nil {
		return Import{}, err
	}
	if one.State == Uploading && one.Received < one.Size {
		return Import{}, fmt.Errorf("%w: import %d has %d of %d bytes", ErrIncomplete, id, one.Received, one.Size)
	}
	err = inQueue(ctx, q.db, one.Layer, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, queueSQL, pgx.StrictNamedArgs{"id": id})
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return dispatch(ctx, tx, q.client, one.Layer)
	})
	if err != nil {
		return Import{}, fmt.Errorf("jobs: starting import %d: %w", id, err)
	}
	return q.read(ctx, id)
}

// inQueue runs a transaction that has the queue of a layer for itself. The
// queue is locked before any import in it, so that two of these never wait for
// each other.
func inQueue(ctx context.Context, db *pgxpool.Pool, layer string, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockQueueSQL, pgx.StrictNamedArgs{"layer": layer}); err != nil {
			return err
		}
		return do(tx)
	})
}

// dispatch gives the layer's next import to River, if it is its turn. So one
// import of a layer at a time is a job, in the order in which they were queued,
// and those that wait hold no worker. The transaction is one of inQueue.
func dispatch(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], layer string) error {
	var id int64
	err := tx.QueryRow(ctx, nextSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	// One attempt: what a retry needs is decided by the import's row, not by River.
	job, err := client.InsertTx(ctx, tx, args{id}, &river.InsertOpts{Queue: queueName, MaxAttempts: 1})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, assignSQL, pgx.StrictNamedArgs{"id": id, "job": job.Job.ID})
	return err
}

// ending is how an import ends.
type ending struct {
	state   State
	report  []byte
	problem *Problem
	version *int
}

// finish ends an import and gives the next one of its layer its turn. The
// transaction is one of inQueue.
func finish(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], id int64, e ending) error {
	if e.state != Done {
		if _, err := tx.Exec(ctx, cancelPartsSQL, pgx.StrictNamedArgs{"id": id, "state": e.state}); err != nil {
			return err
		}
	}
	var layer string
	err := tx.QueryRow(ctx, endSQL, pgx.StrictNamedArgs{
		"id": id, "state": e.state, "report": e.report, "problem": e.problem, "version": e.version,
	}).Scan(&layer)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // has ended already
	}
	if err != nil {
		return err
	}
	return dispatch(ctx, tx, client, layer)
}

// Cancel ends an import that has not ended: at once while it waits, as soon as
// its worker hears of it while it runs. What it has loaded is taken back. An
// import that has ended otherwise is an [ErrEnded]. It needs the right [access.Import].
func (q *Queue) Cancel(ctx context.Context, id int64) (Import, error) {
	one, err := q.Import(ctx, id)
	if err != nil {
		return Import{}, err
	}
	err = inQueue(ctx, q.db, one.Layer, func(tx pgx.Tx) error {
		now, err := lockImport(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case now.state == Cancelled:
			return nil
		case now.state.Final():
			return fmt.Errorf("%w: import %d is %s", ErrEnded, id, now.state)
		}
		if now.job != nil {
			if _, err := q.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
				return err
			}
		}
		if now.state != Running {
			return finish(ctx, tx, q.client, id, ending{state: Cancelled})
		}
		if _, err := tx.Exec(ctx, askCancelSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
			return err
		}
		// A worker that died can't hear of it.
		if free, err := tryLock(ctx, tx, id); err != nil || !free {
			return err
		}
		return finish(ctx, tx, q.client, id, ending{state: Cancelled})
	})
	if err != nil {
		return Import{}, fmt.Errorf("jobs: cancelling import %d: %w", id, err)
	}
	one, err = q.read(ctx, id)
	if err == nil && one.State.Final() {
		q.removeFile(id)
	}
	return one, err
}

// standing is what decides about an import, read under a lock on its row.
type standing struct {
	kind       Kind
	layer      string
	state      State
	size       int64
	attempt    int
	cancelling bool
	job        *int64
}

func lockImport(ctx context.Context, tx pgx.Tx, id int64) (standing, error) {
	var s standing
	err := tx.QueryRow(ctx, forUpdateSQL, pgx.StrictNamedArgs{"id": id}).Scan(&s.kind, &s.layer, &s.state, &s.size, &s.attempt, &s.cancelling, &s.job)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: %d", ErrUnknownImport, id)
	}
	return s, err
}

// lockKey is the advisory lock that the worker of an import holds.
const lockKey = "hashtextextended('onemap import job ' || $1::bigint, 0)"

// tryLock takes the lock of an import's worker for the transaction; false says
// that a worker lives.
func tryLock(ctx context.Context, tx pgx.Tx, id int64) (bool, error) {
	var free bool
	err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock("+lockKey+")", id).Scan(&free)
	return free, err
}

// patience is how long the last words of an import may take when its own
// context has ended.
const patience = 10 * time.Second
