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
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"onemap/access"
	"onemap/layers"
	"onemap/products/packages"
)

// Schema holds our tables and River's.
const Schema = "exports"

const queueName = "exports"

var (
	//go:embed sql/create.sql
	createSQL string
	//go:embed sql/record.sql
	recordSQL string
	//go:embed sql/history.sql
	historySQL string
	//go:embed sql/used.sql
	usedSQL string
	//go:embed sql/select.sql
	selectSQL string
	//go:embed sql/end.sql
	endSQL string
)

// args is what River carries: which export to make.
type args struct {
	Export int64 `json:"export"`
}

// Kind names the work for River.
func (args) Kind() string { return "export" }

// Limits are those of exports; 0 is the default.
type Limits struct {
	PerDay      int           // exports of a principal a day; 50
	BytesPerDay int64         // of the packages of a principal a day; 20 GiB
	Keep        time.Duration // how long a package is kept; 7 days
	Longest     time.Duration // how long one may take to make; 1 hour
}

func (l Limits) withDefaults() Limits {
	if l.PerDay == 0 {
		l.PerDay = 50
	}
	if l.BytesPerDay == 0 {
		l.BytesPerDay = 20 << 30
	}
	if l.Keep == 0 {
		l.Keep = 7 * 24 * time.Hour
	}
	if l.Longest == 0 {
		l.Longest = time.Hour
	}
	return l
}

// Office takes exports in, decides about them and hands packages out. It makes none; see [Worker].
type Office struct {
	db     *pgxpool.Pool
	packer *packages.Packer
	client *river.Client[pgx.Tx]
	dir    string
	limits Limits
}

// NewOffice keeps exports in db and their packages in the folder dir, which every
// server on the same database must share.
func NewOffice(db *pgxpool.Pool, packer *packages.Packer, dir string, l Limits) (*Office, error) {
	client, err := river.NewClient(riverpgxv5.New(db), &river.Config{Schema: Schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("exports: %w", err)
	}
	return &Office{db, packer, client, dir, l.withDefaults()}, nil
}

func (o *Office) folder(id int64) string { return filepath.Join(o.dir, strconv.FormatInt(id, 10)) }

// Create asks for an export. What is public is queued at once; what needs an
// approval waits for it, and must have a purpose. It needs [access.Export] and the
// rights to read what is asked for.
func (o *Office) Create(ctx context.Context, catalogue *layers.Catalogue, r packages.Request) (Export, error) {
	plan, err := o.packer.Plan(ctx, catalogue, r)
	if err != nil {
		return Export{}, err
	}
	state := Queued
	if len(plan.Needs) > 0 {
		state = Requested
		if plan.Request.Purpose == "" {
			return Export{}, fmt.Errorf("%w: %s", ErrPurpose, plan.Needs[0].EN)
		}
	} else {
		plan.Needs = []packages.Need{}
	}
	who := access.From(ctx)
	var id int64
	err = pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error {
		if err := o.count(ctx, tx, who.Name); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, createSQL, pgx.StrictNamedArgs{
			"request": plan.Request, "title": plan.Title(), "needs": plan.Needs, "by": who.Name, "rights": who.Rights, "state": state,
		}).Scan(&id)
		if err != nil {
			return err
		}
		if err := note(ctx, tx, id, who.Name, "requested", plan.Request.Purpose); err != nil || state != Queued {
			return err
		}
		return enqueue(ctx, tx, o.client, id)
	})
	if err != nil {
		return Export{}, fmt.Errorf("exports: asking for one: %w", err)
	}
	return o.read(ctx, id)
}

// count holds a principal to the day's quota; one asks at a time.
func (o *Office) count(ctx context.Context, tx pgx.Tx, by string) error {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('onemap exports of ' || $1, 0))", by); err != nil {
		return err
	}
	var n, bytes int64
	if err := tx.QueryRow(ctx, usedSQL, pgx.StrictNamedArgs{"by": by}).Scan(&n, &bytes); err != nil {
		return err
	}
	if n >= int64(o.limits.PerDay) || bytes >= o.limits.BytesPerDay {
		return fmt.Errorf("%w: %d of %d exports, %d of %d bytes", ErrQuota, n, o.limits.PerDay, bytes, o.limits.BytesPerDay)
	}
	return nil
}

func note(ctx context.Context, tx pgx.Tx, id int64, by, action, detail string) error {
	_, err := tx.Exec(ctx, recordSQL, pgx.StrictNamedArgs{"export": id, "by": by, "action": action, "detail": detail})
	return err
}

// enqueue gives an export to River.
func enqueue(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], id int64) error {
	// One attempt: whether it is begun again is decided by the export's row.
	job, err := client.InsertTx(ctx, tx, args{id}, &river.InsertOpts{Queue: queueName, MaxAttempts: 1})
	if err == nil {
		_, err = tx.Exec(ctx, "UPDATE exports.exports SET state = 'queued', river_job = $2 WHERE id = $1", id, job.Job.ID)
	}
	return err
}

func (o *Office) read(ctx context.Context, id int64) (Export, error) {
	rows, err := o.db.Query(ctx, selectSQL+" WHERE id = $1", id)
	if err != nil {
		return Export{}, fmt.Errorf("exports: %d: %w", id, err)
	}
	one, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Export])
	if errors.Is(err, pgx.ErrNoRows) {
		return Export{}, fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	if err != nil {
		return Export{}, fmt.Errorf("exports: %d: %w", id, err)
	}
	return one, nil
}

// seesAll tells whether a principal sees the exports of others: who approves does.
func seesAll(ctx context.Context) bool { return access.From(ctx).May(access.Approve) }

func mayLook(ctx context.Context) error {
	if seesAll(ctx) {
		return nil
	}
	return access.Require(ctx, access.Export)
}

// Export returns an export of one's own, or to who approves any; else an [ErrUnknown].
func (o *Office) Export(ctx context.Context, id int64) (Export, error) {
	if err := mayLook(ctx); err != nil {
		return Export{}, err
	}
	one, err := o.read(ctx, id)
	if err == nil && one.By != access.From(ctx).Name && !seesAll(ctx) {
		return Export{}, fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	return one, err
}

// List returns exports, newest first, without their passports; state "" is any,
// before 0 begins with the newest.
func (o *Office) List(ctx context.Context, state State, before int64, limit int) ([]Export, error) {
	if err := mayLook(ctx); err != nil {
		return nil, err
	}
	rows, err := o.db.Query(ctx, strings.Replace(selectSQL, "passport,", "NULL::jsonb AS passport,", 1)+
		" WHERE (by = $1 OR $2) AND ($3 = '' OR state = $3) AND ($4::bigint = 0 OR id < $4) ORDER BY id DESC LIMIT $5",
		access.From(ctx).Name, seesAll(ctx), string(state), before, limit)
	if err != nil {
		return nil, fmt.Errorf("exports: listing: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Export])
	if err != nil {
		return nil, fmt.Errorf("exports: listing: %w", err)
	}
	return all, nil
}

// Record returns what happened with an export, the first first.
func (o *Office) Record(ctx context.Context, id int64) ([]Step, error) {
	if _, err := o.Export(ctx, id); err != nil {
		return nil, err
	}
	rows, err := o.db.Query(ctx, historySQL, pgx.StrictNamedArgs{"export": id})
	if err != nil {
		return nil, fmt.Errorf("exports: record of %d: %w", id, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Step])
}

// Decide approves or refuses an export that waits for it, with a reason. It needs
// [access.Approve]; nobody decides about an export of their own.
func (o *Office) Decide(ctx context.Context, id int64, approved bool, reason string) (Export, error) {
	if err := access.Require(ctx, access.Approve); err != nil {
		return Export{}, err
	}
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 1 || n > 500 {
		return Export{}, fmt.Errorf("%w of 1 to 500 characters, not %d", ErrReason, n)
	}
	who := access.From(ctx).Name
	err := pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error {
		now, err := lock(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case now.by == who:
			return fmt.Errorf("%w: %d was asked for by %s", ErrOwn, id, who)
		case now.state != Requested:
			return fmt.Errorf("%w: %d is %s", ErrNotWaiting, id, now.state)
		}
		if _, err := tx.Exec(ctx, "UPDATE exports.exports SET decided_by = $2, decided_at = clock_timestamp(), reason = $3 WHERE id = $1", id, who, reason); err != nil {
			return err
		}
		if approved {
			if err := note(ctx, tx, id, who, "approved", reason); err != nil {
				return err
			}
			return enqueue(ctx, tx, o.client, id)
		}
		if err := note(ctx, tx, id, who, "refused", reason); err != nil {
			return err
		}
		return o.end(ctx, tx, id, ending{state: Refused})
	})
	if err != nil {
		return Export{}, fmt.Errorf("exports: deciding about %d: %w", id, err)
	}
	return o.read(ctx, id)
}

// standing is what decides about an export, read under a lock on its row.
type standing struct {
	by         string
	state      State
	attempt    int
	cancelling bool
	job        *int64
}

func lock(ctx context.Context, tx pgx.Tx, id int64) (s standing, err error) {
	err = tx.QueryRow(ctx, "SELECT by, state, attempt, cancelling, river_job FROM exports.exports WHERE id = $1 FOR UPDATE", id).
		Scan(&s.by, &s.state, &s.attempt, &s.cancelling, &s.job)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	return s, err
}

// ending is how an export ends.
type ending struct {
	state   State
	problem *Problem
	result  packages.Result
}

func (o *Office) end(ctx context.Context, tx pgx.Tx, id int64, e ending) error {
	var passport *packages.Passport
	if e.state == Done {
		passport = &e.result.Passport
	}
	_, err := tx.Exec(ctx, endSQL, pgx.StrictNamedArgs{
		"id": id, "state": string(e.state), "problem": e.problem, "bytes": e.result.Bytes, "sha256": e.result.SHA256, "passport": passport, "keep": o.limits.Keep,
	})
	return err
}

// lockKey is the advisory lock that the worker of an export holds.
const lockKey = "hashtextextended('onemap export ' || $1::bigint, 0)"

// Remove cancels an export that hasn't ended, and takes away the package of one
// that is done. Its record stays.
func (o *Office) Remove(ctx context.Context, id int64) (Export, error) {
	if _, err := o.Export(ctx, id); err != nil {
		return Export{}, err
	}
	who := access.From(ctx).Name
	err := pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error {
		now, err := lock(ctx, tx, id)
		switch {
		case err != nil || now.state.Final() && now.state != Done:
			return err
		case now.state == Done:
			done, err := tx.Exec(ctx, "UPDATE exports.exports SET removed_at = clock_timestamp() WHERE id = $1 AND removed_at IS NULL", id)
			if err != nil || done.RowsAffected() == 0 {
				return err
			}
			return note(ctx, tx, id, who, "removed", "")
		}
		if now.job != nil {
			if _, err := o.client.JobCancelTx(ctx, tx, *now.job); err != nil && !errors.Is(err, river.ErrNotFound) {
				return err
			}
		}
		if now.state == Running {
			var free bool
			if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock("+lockKey+")", id).Scan(&free); err != nil {
				return err
			}
			if !free { // its worker ends it
				_, err := tx.Exec(ctx, "UPDATE exports.exports SET cancelling = true WHERE id = $1", id)
				return errors.Join(err, note(ctx, tx, id, who, "cancel", ""))
			}
		}
		if err := note(ctx, tx, id, who, "cancelled", ""); err != nil {
			return err
		}
		return o.end(ctx, tx, id, ending{state: Cancelled})
	})
	if err != nil {
		return Export{}, fmt.Errorf("exports: removing %d: %w", id, err)
	}
	one, err := o.read(ctx, id)
	if err == nil && one.State.Final() {
		err = os.RemoveAll(o.folder(id))
	}
	return one, err
}

// Content opens the package of an export, to be closed by the caller. first says
// that a download begins, which goes on record. Who asked for it may have it, and
// who holds [access.Administer].
func (o *Office) Content(ctx context.Context, id int64, first bool) (*os.File, Export, error) {
	one, err := o.Export(ctx, id)
	if err != nil {
		return nil, one, err
	}
	who := access.From(ctx)
	switch {
	case one.By != who.Name && !who.May(access.Administer):
		return nil, one, access.Require(ctx, access.Administer)
	case one.State != Done:
		return nil, one, fmt.Errorf("%w: export %d is %s", ErrNotDone, id, one.State)
	case one.RemovedAt != nil || one.ExpiresAt != nil && time.Now().After(*one.ExpiresAt):
		return nil, one, fmt.Errorf("%w: export %d", ErrGone, id)
	}
	file, err := os.Open(filepath.Join(o.folder(id), "package.zip"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, one, fmt.Errorf("%w: export %d", ErrGone, id)
	}
	if err != nil {
		return nil, one, fmt.Errorf("exports: content of %d: %w", id, err)
	}
	if first {
		err = pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error { return note(ctx, tx, id, who.Name, "downloaded", "") })
	}
	if err != nil {
		return nil, one, errors.Join(fmt.Errorf("exports: content of %d: %w", id, err), file.Close())
	}
	return file, one, nil
}
