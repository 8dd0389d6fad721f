// Package jobs builds tile archives in the background: whenever a published
// version has no archive, because it was just published, rolled back to, defined
// anew, or because its file is gone, a job builds one. A version that was edited
// gets another archive that holds the edits, once there are no more for a while.
//
// It stands beside tiles, which builds; River carries the jobs from whichever
// server sees the need to one that has time. A server that dies leaves its job to
// another, which goes on with the blocks that are missing.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// Schema holds River's tables of these jobs.
const Schema = "tile_jobs"

const (
	queueName = "pyramids"
	// riverConnections are for River itself: one listens.
	riverConnections = 3
	// cutOff is after how long a job is looked at again: one that still runs holds
	// its lock, and the second look ends at it.
	cutOff = 2 * time.Minute
	// lookEvery is how often the archives are looked over when nothing is published.
	lookEvery = 5 * time.Minute
	// mostAttempts is how often a build that fails is begun.
	mostAttempts = 3
	// breath is the least time between two of these.
	breath = time.Second
	// tryAgain is how soon the archives are looked over again when that failed.
	tryAgain = 2 * time.Second
	// defaultQuiet and defaultLatest are those of [Options].
	defaultQuiet  = 10 * time.Second
	defaultLatest = 2 * time.Minute
	// rest is how long an archive must have been there before edits are folded into
	// the next, in times of what it took to build: half of one server's time at most.
	rest = 1
)

// args is what River carries: which archive to build.
type args struct {
	Layer       string `json:"layer" river:"unique"`
	Version     int    `json:"version" river:"unique"`
	Grid        string `json:"grid" river:"unique"` // [grid.Square.String]
	Fingerprint string `json:"fingerprint" river:"unique"`
	Edited      int64  `json:"edited"` // the last edit that it is to hold; 0 is none
}

// Kind names the work for River.
func (args) Kind() string { return "pyramid" }

// Keeper sees to it that every published version has its archive.
type Keeper struct {
	db       *pgxpool.Pool
	river    *pgxpool.Pool
	client   *river.Client[pgx.Tx]
	archives *tiles.Archives
	options  Options
	wake     chan struct{}
}

// Options are what a keeper needs beside its archives.
type Options struct {
	Memory  int64 // bytes for features that wait; 0 is the builder's default
	Workers int   // blocks that are built at once; 0 is one for each core
	Log     *slog.Logger
	// Built is told of every archive that this server built, and of every failure; may be nil.
	Built func(r tiles.ArchiveRecord, err error)
	// Edits are folded into a new archive when there were none for Quiet, and Latest
	// after the first at the latest; 0 is 10 s and 2 min.
	Quiet, Latest time.Duration
}

// NewKeeper keeps the archives of a database; [postgis.PrepareRiver] must have run.
func NewKeeper(db *pgxpool.Pool, archives *tiles.Archives, o Options) (*Keeper, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Built == nil {
		o.Built = func(tiles.ArchiveRecord, error) {}
	}
	o.Quiet, o.Latest = cmp.Or(o.Quiet, defaultQuiet), cmp.Or(o.Latest, defaultLatest)
	k := &Keeper{db: db, archives: archives, options: o, wake: make(chan struct{}, 1)}
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, river.WorkFunc(k.work)); err != nil {
		return nil, fmt.Errorf("tiles: jobs: %w", err)
	}
	var err error
	if k.river, err = postgis.ClosingPool(db, riverConnections); err != nil {
		return nil, fmt.Errorf("tiles: jobs: %w", err)
	}
	k.client, err = river.NewClient(riverpgxv5.New(k.river), &river.Config{
		Schema: Schema, Queues: map[string]river.QueueConfig{queueName: {MaxWorkers: 1}}, Workers: workers, MaxAttempts: mostAttempts,
		JobTimeout: -1, RescueStuckJobsAfter: cutOff, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		k.river.Close()
		return nil, fmt.Errorf("tiles: jobs: %w", err)
	}
	return k, nil
}

// Wake says that something was published. It does not wait.
func (k *Keeper) Wake() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends. A build that is under way is given up then; its
// finished blocks wait for the next start.
func (k *Keeper) Run(ctx context.Context) error {
	defer k.river.Close()
	if err := k.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("tiles: jobs: starting: %w", err)
	}
	for {
		again, err := k.look(ctx)
		if err != nil && ctx.Err() == nil {
			again = tryAgain
			k.options.Log.WarnContext(ctx, "tile archives cannot be looked over; trying again", "error", err)
		}
		rested := time.After(breath) // edits come faster than there is anything to do about them
		select {
		case <-ctx.Done():
		case <-k.wake:
		case <-time.After(again):
		}
		select {
		case <-ctx.Done():
			return k.stop(context.WithoutCancel(ctx))
		case <-rested:
		}
	}
}

// How long a database may take to show that it is there, and how long River may
// take to stop with it and without.
const (
	presence      = 500 * time.Millisecond
	goodbye       = 10 * time.Second
	lonelyGoodbye = 300 * time.Millisecond
)

func (k *Keeper) stop(ctx context.Context) error {
	ping, done := context.WithTimeout(ctx, presence)
	defer done()
	lonely, grace := k.river.Ping(ping) != nil, goodbye
	if lonely {
		grace = lonelyGoodbye
	}
	stop, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := k.client.StopAndCancel(stop); err != nil && !lonely {
		return fmt.Errorf("tiles: jobs: stopping: %w", err)
	}
	return nil
}

// look takes in what others built, orders what is missing and what lacks edits,
// and removes what nobody needs. It returns how soon it wants to look again.
func (k *Keeper) look(ctx context.Context) (again time.Duration, err error) {
	damaged := k.archives.Reload(ctx)
	c, err := layers.LoadCatalogue(ctx, k.db)
	if err != nil {
		return 0, err
	}
	for _, m := range k.archives.Missing(c) {
		if err := k.order(ctx, m); err != nil {
			return 0, err
		}
	}
	again = lookEvery
	for _, s := range k.archives.Stale(c) {
		if wait := time.Until(k.due(s)); wait > 0 {
			again = min(again, wait)
			continue
		}
		if err := k.order(ctx, s.MissingArchive); err != nil {
			return 0, err
		}
	}
	return again, errors.Join(damaged, k.archives.Sweep(ctx, c))
}

// due is when edits are to be folded in.
func (k *Keeper) due(s tiles.StaleArchive) time.Time {
	due := s.Last.Add(k.options.Quiet)
	if latest := s.First.Add(k.options.Latest); latest.Before(due) {
		due = latest
	}
	if rested := s.BuiltAt.Add(time.Duration(rest * s.Seconds * float64(time.Second))); rested.After(due) {
		due = rested
	}
	return due
}

// order has an archive built, by whichever server has time.
func (k *Keeper) order(ctx context.Context, m tiles.MissingArchive) error {
	v := m.Layer.Published
	_, err := k.client.Insert(ctx, args{m.Layer.Definition.ID, v.Number, m.Square.String(), tiles.Fingerprint(m.Layer, m.Square), v.Edited}, &river.InsertOpts{
		Queue: queueName,
		// A build that failed for good is not ordered again until something changes.
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable,
			rivertype.JobStateScheduled, rivertype.JobStateDiscarded,
		}},
	})
	if err != nil {
		return fmt.Errorf("tiles: jobs: ordering %s in %v: %w", m.Layer.Definition.ID, m.Square, err)
	}
	return nil
}

// work builds one archive, unless it is there, is not wanted any more, or is
// being built.
func (k *Keeper) work(ctx context.Context, job *river.Job[args]) error {
	a := job.Args
	conn, err := k.db.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	const lock = "(hashtextextended('onemap pyramid ' || $1, 0))"
	var free bool
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock"+lock, a.Layer).Scan(&free); err != nil {
		return err
	}
	if !free {
		return river.JobSnooze(cutOff)
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock"+lock, a.Layer); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the lock ends with the connection
		}
	}()
	c, err := layers.LoadCatalogue(ctx, k.db)
	if err != nil {
		return err
	}
	l, err := c.PublishedLayer(a.Layer)
	g, unknown := grid.Named(a.Grid)
	if err != nil || unknown != nil || l.Published.Number != a.Version || tiles.FingerprintAt(l, g.Square, a.Edited) != a.Fingerprint {
		return nil // another is published by now, and ordered
	}
	if err := k.archives.Reload(ctx); err == nil || errors.Is(err, tiles.ErrLost) {
		if r, err := k.archives.RecordIn(g.Square, l); err == nil && r.Edited >= a.Edited {
			return nil
		}
	}
	r, err := k.archives.Build(ctx, l, tiles.PyramidOptions{Square: g.Square, Memory: k.options.Memory, Workers: k.options.Workers})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	k.options.Built(r, err)
	if err != nil {
		k.options.Log.ErrorContext(ctx, "tile archive not built", "layer", a.Layer, "version", a.Version, "grid", a.Grid, "attempt", job.Attempt, "error", err)
		return err
	}
	k.options.Log.InfoContext(ctx, "tile archive built", "layer", a.Layer, "version", a.Version, "grid", a.Grid, "file", r.File, "bytes", r.Bytes, "edited", r.Edited, "seconds", r.Seconds)
	return nil
}
