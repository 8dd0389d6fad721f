package jobs

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"time"
	"unicode"

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
	//go:embed sql/create.sql
	createSQL string
	//go:embed sql/by_key.sql
	byKeySQL string
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

// Request asks for an import. Without a layer the file is a delivery of several:
// the manifest says which, or else one within the file does.
type Request struct {
	Layer    string
	Manifest *importers.Manifest
	Filename string // as its author calls it; no path
	Size     int64  // bytes
	Options  Options
	Key      string // the same principal's same key gives the same import; "" is none

	// SevenParameters are kept beside the upload and go with it; no answer and no
	// table of the database has them.
	SevenParameters *crs.SevenParameters
}

// Create makes an import that awaits its bytes. Where the idempotency key was
// used before for the same request, that import is returned and created is
// false. It needs the right [access.Import], and [access.Publish] to publish.
func (q *Queue) Create(ctx context.Context, r Request) (one Import, created bool, err error) {
	if err := q.check(ctx, &r); err != nil {
		return Import{}, false, err
	}
	wanted := Import{Kind: OneFile, Layer: r.Layer, Filename: r.Filename, Size: r.Size, Options: r.Options, Manifest: r.Manifest}
	if r.Layer == "" {
		wanted.Kind = Delivery
		if r.Manifest != nil {
			wanted.Parts = partsOf(*r.Manifest)
		}
	}
	one, created, err = q.insert(ctx, wanted, r.Key)
	if created && err == nil {
		err = q.keepParameters(one.ID, r.SevenParameters)
	}
	return one, created, err
}

// insert makes the row of an import, or finds the one that the key stands for.
func (q *Queue) insert(ctx context.Context, wanted Import, key string) (one Import, created bool, err error) {
	var given *string
	if key != "" {
		given = &key
	}
	if wanted.Parts == nil {
		wanted.Parts = []Part{}
	}
	who := access.From(ctx)
	var id int64
	err = q.db.QueryRow(ctx, createSQL, pgx.StrictNamedArgs{
		"kind": wanted.Kind, "layer": wanted.Layer, "of_version": wanted.OfVersion, "manifest": wanted.Manifest, "parts": wanted.Parts,
		"filename": wanted.Filename, "size": wanted.Size, "options": wanted.Options, "by": who.Name, "rights": who.Rights, "key": given,
	}).Scan(&id)
	created = err == nil
	if errors.Is(err, pgx.ErrNoRows) {
		err = q.db.QueryRow(ctx, byKeySQL, pgx.StrictNamedArgs{"by": who.Name, "key": key}).Scan(&id)
	}
	if err == nil {
		one, err = q.read(ctx, id)
	}
	if err != nil {
		return Import{}, false, fmt.Errorf("jobs: making an import: %w", err)
	}
	if !one.asks(wanted) {
		return Import{}, false, fmt.Errorf("%w: %.64s, import %d", ErrKeyReused, key, one.ID)
	}
	return one, created, nil
}

// asks tells whether two imports were asked for in the same words.
func (one Import) asks(other Import) bool {
	a, err1 := json.Marshal([]any{one.Kind, one.Layer, one.OfVersion, one.Manifest, one.Filename, one.Size, one.Options})
	b, err2 := json.Marshal([]any{other.Kind, other.Layer, other.OfVersion, other.Manifest, other.Filename, other.Size, other.Options})
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

func (q *Queue) check(ctx context.Context, r *Request) error {
	if err := access.Require(ctx, access.Import); err != nil {
		return err
	}
	if r.Options.Publish {
		if err := access.Require(ctx, access.Publish); err != nil {
			return err
		}
	}
	if len(r.Options.Map) == 0 {
		r.Options.Map = nil // as it comes back from the row
	}
	if err := q.checkLayers(ctx, r); err != nil {
		return err
	}
	r.Filename = safeName(r.Filename)
	switch {
	case r.Size <= 0:
		return fmt.Errorf("%w: size is %d, it must be the file's bytes", ErrInvalid, r.Size)
	case r.Size > q.maxBytes:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, r.Size, q.maxBytes)
	case len(r.Key) > 200:
		return fmt.Errorf("%w: idempotency key is longer than 200 bytes", ErrInvalid)
	}
	return q.checkRoom(r.Size)
}

// checkLayers refuses layers that aren't there, and options that a delivery's
// manifest has for each layer.
func (q *Queue) checkLayers(ctx context.Context, r *Request) error {
	if r.Layer != "" {
		if r.Manifest != nil {
			return fmt.Errorf("%w: give a layer or a manifest, not both", ErrInvalid)
		}
		if len(r.Layer) > 64 {
			return fmt.Errorf("%w: %.64s…", layers.ErrUnknownLayer, r.Layer)
		}
		_, err := q.store.Definition(ctx, r.Layer)
		return err
	}
	all := Options{Publish: r.Options.Publish, Unchecked: r.Options.Unchecked, DryRun: r.Options.DryRun}
	if !reflect.DeepEqual(r.Options, all) {
		return fmt.Errorf("%w: without a layer the file is a delivery; its options are publish, accept_errors and dry_run, the others belong to the items of its manifest", ErrInvalid)
	}
	if r.Manifest == nil {
		return nil
	}
	if err := r.Manifest.Check(); err != nil {
		return err
	}
	for _, one := range r.Manifest.Deliveries {
		if _, err := q.store.Definition(ctx, one.Layer); err != nil {
			return err
		}
	}
	return nil
}

// safeName keeps of a file's name what can do no harm as one: letters of any
// script, digits and a few signs, the ending included.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._- ()（）", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, ". ")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[len(runes)-60:])
	}
	if name == "" {
		return "upload"
	}
	return name
}

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
	Before int64 // only ids below it
	Limit  int   // 1 or more
}

// List returns imports, newest first, without their reports. It needs the right [access.Import].
func (q *Queue) List(ctx context.Context, l ListQuery) ([]Import, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return nil, err
	}
	rows, err := q.db.Query(ctx, importsSQL, pgx.StrictNamedArgs{"layer": l.Layer, "state": l.State, "before": l.Before, "limit": l.Limit})
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
