package jobs

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
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

// Channel is the PostgreSQL notification channel that tells of every change of an
// order; the payload is its id.
const Channel = "onemap_sheets"

const (
	schema    = "sheets" // our table and River's
	queueName = "sheets"
	// mostOpen is how many orders of one principal may wait or be drawn.
	mostOpen = 8
)

var (
	//go:embed sql/create.sql
	createSQL string
	//go:embed sql/order.sql
	orderSQL string
	//go:embed sql/orders.sql
	ordersSQL string
	//go:embed sql/assign.sql
	assignSQL string
	//go:embed sql/for_update.sql
	forUpdateSQL string
	//go:embed sql/ask_cancel.sql
	askCancelSQL string
	//go:embed sql/end.sql
	endSQL string
	//go:embed sql/remove.sql
	removeSQL string
)

// Prepare brings River's tables up to date. The database must be migrated.
func Prepare(ctx context.Context, db *pgxpool.Pool) error {
	return postgis.PrepareRiver(ctx, db, schema)
}

// args is what River carries: which order to draw.
type args struct {
	Order string `json:"order"`
}

// Kind names the work for River.
func (args) Kind() string { return "sheet" }

// Limits say how long and how much is kept.
type Limits struct {
	Keep     time.Duration // a file is kept so long; 0 is 7 days
	MaxBytes int64         // of one file; 0 is 1 GiB
	Room     int64         // bytes of all files together; 0 is 20 GiB
}

func (l Limits) withDefaults() Limits {
	if l.Keep == 0 {
		l.Keep = 7 * 24 * time.Hour
	}
	if l.MaxBytes == 0 {
		l.MaxBytes = 1 << 30
	}
	if l.Room == 0 {
		l.Room = 20 << 30
	}
	return l
}

// Queue takes orders in and tells how far they are. It draws none; see [Worker].
type Queue struct {
	db     *pgxpool.Pool
	desk   *orders.Desk
	client *river.Client[pgx.Tx]
	dir    string
	limits Limits
}

// NewQueue keeps orders in db and their files in the folder dir, which every
// server on the same database must share. desk plans what comes in.
func NewQueue(db *pgxpool.Pool, desk *orders.Desk, dir string, l Limits) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(db), &river.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("sheets: jobs: %w", err)
	}
	return &Queue{db: db, desk: desk, client: client, dir: dir, limits: l.withDefaults()}, nil
}

// Create plans a request for the context's principal and queues it. What can be
// known to fail is refused here: with the errors of [orders.Desk.Plan], or an
// [ErrTooMany].
func (q *Queue) Create(ctx context.Context, catalogue *layers.Catalogue, r orders.Request) (Order, error) {
	plan, err := q.desk.Plan(ctx, catalogue, r)
	if err != nil {
		return Order{}, err
	}
	who := access.From(ctx)
	var secret [16]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return Order{}, fmt.Errorf("sheets: jobs: %w", err)
	}
	id := hex.EncodeToString(secret[:])
	err = pgx.BeginFunc(ctx, q.db, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, createSQL, pgx.StrictNamedArgs{
			"id": id, "request": r, "by": who.Name, "rights": who.Rights, "title": plan.Title(), "filename": plan.FileName(), "total": plan.Count(), "most": mostOpen,
		}).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: %d of %s", ErrTooMany, mostOpen, who.Name)
		}
		if err != nil {
			return err
		}
		return give(ctx, tx, q.client, id)
	})
	if err != nil {
		return Order{}, fmt.Errorf("sheets: jobs: making an order: %w", err)
	}
	return q.read(ctx, id)
}

// Plan plans a request for the context's principal and queues nothing; its errors
// are those of [orders.Desk.Plan].
func (q *Queue) Plan(ctx context.Context, catalogue *layers.Catalogue, r orders.Request) (*orders.Plan, error) {
	return q.desk.Plan(ctx, catalogue, r)
}

// give hands an order to River. One attempt: what a retry needs is decided by the
// order's row, not by River.
func give(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], id string) error {
	job, err := client.InsertTx(ctx, tx, args{id}, &river.InsertOpts{Queue: queueName, MaxAttempts: 1})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, assignSQL, pgx.StrictNamedArgs{"id": id, "job": job.Job.ID})
	return err
}

// Order returns an order of the context's principal; who may administer sees all.
// Any other is an [ErrUnknownOrder].
func (q *Queue) Order(ctx context.Context, id string) (Order, error) {
	one, err := q.read(ctx, id)
	if err != nil {
		return Order{}, err
	}
	if who := access.From(ctx); one.By != who.Name && !who.May(access.Administer) {
		return Order{}, fmt.Errorf("%w: %.40s", ErrUnknownOrder, id)
	}
	return one, nil
}

func (q *Queue) read(ctx context.Context, id string) (Order, error) {
	rows, err := q.db.Query(ctx, orderSQL, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return Order{}, fmt.Errorf("sheets: jobs: order %.40s: %w", id, err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Order])
	if errors.Is(err, pgx.ErrNoRows) {
		return Order{}, fmt.Errorf("%w: %.40s", ErrUnknownOrder, id)
	}
	if err != nil {
		return Order{}, fmt.Errorf("sheets: jobs: order %.40s: %w", id, err)
	}
	return one, nil
}

// List returns the orders of the context's principal, newest first; who may
// administer sees all. Orders of nobody in particular aren't listed: their ids are
// all that guards them.
func (q *Queue) List(ctx context.Context, limit int) ([]Order, error) {
	who := access.From(ctx)
	by := who.Name
	switch {
	case who.May(access.Administer):
		by = ""
	case by == access.Anonymous().Name:
		return nil, nil
	}
	rows, err := q.db.Query(ctx, ordersSQL, pgx.StrictNamedArgs{"by": by, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("sheets: jobs: listing orders: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Order])
	if err != nil {
		return nil, fmt.Errorf("sheets: jobs: listing orders: %w", err)
	}
	return all, nil
}

// Open opens the file of an order that is done; else an [ErrNotDone].
func (q *Queue) Open(ctx context.Context, id string) (Order, *os.File, error) {
	one, err := q.Order(ctx, id)
	if err != nil {
		return Order{}, nil, err
	}
	if one.State != Done {
		return Order{}, nil, fmt.Errorf("%w: %s is %s", ErrNotDone, one.ID, one.State)
	}
	file, err := os.Open(q.file(one.ID))
	if errors.Is(err, os.ErrNotExist) {
		return Order{}, nil, fmt.Errorf("%w: %s: its file is gone", ErrNotDone, one.ID)
	}
	return one, file, err
}

// file is where an order's file is; ids are hexadecimal.
func (q *Queue) file(id string) string { return filepath.Join(q.dir, id) }

// standing is what decides about an order, read under a lock on its row.
type standing struct {
	state      State
	attempt    int
	cancelling bool
	job        *int64
}

func lockOrder(ctx context.Context, tx pgx.Tx, id string) (s standing, err error) {
	err = tx.QueryRow(ctx, forUpdateSQL, pgx.StrictNamedArgs{"id": id}).Scan(&s.state, &s.attempt, &s.cancelling, &s.job)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: %.40s", ErrUnknownOrder, id)
	}
	return s, err
}

// lockKey is the advisory lock that the worker of an order holds.
const lockKey = "hashtextextended('onemap sheet ' || $1::text, 0)"

// workerIsDead takes the lock of an order's worker for the transaction, if it is free.
func workerIsDead(ctx context.Context, tx pgx.Tx, id string) (free bool, err error) {
	err = tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock("+lockKey+")", id).Scan(&free)
	return free, err
}

func (q *Queue) end(ctx context.Context, tx pgx.Tx, id string, state State, bytes int64, problem *Problem) error {
	_, err := tx.Exec(ctx, endSQL, pgx.StrictNamedArgs{"id": id, "state": state, "bytes": bytes, "problem": problem, "keep": q.limits.Keep})
	return err
}

// Cancel ends an order that has not ended: at once while it waits, as soon as its
// worker hears of it while it is drawn. One that has ended is removed with its
// file, and gone is true.
func (q *Queue) Cancel(ctx context.Context, id string) (one Order, gone bool, err error) {
	if one, err = q.Order(ctx, id); err != nil {
		return Order{}, false, err
	}
	err = pgx.BeginFunc(ctx, q.db, func(tx pgx.Tx) error {
		now, err := lockOrder(ctx, tx, id)
		if err != nil {
			return err
		}
		if now.state.Final() {
			gone = true
			_, err := tx.Exec(ctx, removeSQL, pgx.StrictNamedArgs{"id": id})
			return err
		}
		if now.job != nil {
			if _, err := q.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
				return err
			}
		}
		if now.state == Running {
			if _, err := tx.Exec(ctx, askCancelSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
				return err
			}
			if dead, err := workerIsDead(ctx, tx, id); err != nil || !dead {
				return err
			}
		}
		return q.end(ctx, tx, id, Cancelled, 0, nil)
	})
	if err != nil {
		return Order{}, false, fmt.Errorf("sheets: jobs: cancelling order %s: %w", id, err)
	}
	if gone {
		_ = os.Remove(q.file(id)) // the sweep finds what is left
		return one, true, nil
	}
	one, err = q.read(ctx, id)
	return one, false, err
}
