package warnings

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/postgis"
	"onemap/spatial/geodesic"
)

// ErrNotLoaded reports that the warnings were not read yet.
var ErrNotLoaded = errors.New("warnings: not loaded yet")

// Board keeps the warnings that hold, or will, in memory and tells who waits that
// there is a revision. It follows the database, so that every process agrees
// within a moment.
type Board struct {
	store   *Store
	db      *pgxpool.Pool
	told    func(error)
	current atomic.Pointer[[]posted]
	ended   chan struct{}

	mu      sync.Mutex
	waiting map[chan struct{}]bool
}

// posted is a warning and its area, made ready.
type posted struct {
	Warning
	shape *geodesic.Shape
}

// NewBoard keeps the warnings of a store; [Board.Run] loads and follows them. told
// hears of failures; it may be nil.
func NewBoard(db *pgxpool.Pool, store *Store, told func(error)) *Board {
	if told == nil {
		told = func(error) {}
	}
	return &Board{store: store, db: db, told: told, ended: make(chan struct{}), waiting: map[chan struct{}]bool{}}
}

// Refresh reads the warnings now.
func (b *Board) Refresh(ctx context.Context) error {
	var now []posted
	for _, state := range []State{Active, Upcoming} {
		all, err := b.store.List(ctx, Query{At: time.Now().Add(time.Second), State: state, Limit: 100_000, Shapes: true}) // the database's clock may be ahead of ours
		if err != nil {
			return err
		}
		for _, w := range all {
			now = append(now, posted{w, geodesic.NewShape(w.Area)})
		}
	}
	b.current.Store(&now)
	b.wake()
	return nil
}

// Run follows the database until ctx ends, once. While it is away the last
// picture stays, and it tries again every second.
func (b *Board) Run(ctx context.Context) {
	defer close(b.ended)
	for ctx.Err() == nil {
		err := postgis.Listen(ctx, b.db, Channel, func(string) error { return b.Refresh(ctx) })
		if ctx.Err() != nil {
			return
		}
		b.told(err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// Ended is closed when following has ended and nobody will be told any more.
func (b *Board) Ended() <-chan struct{} { return b.ended }

// Subscribe returns a channel that receives after revisions, several of which may
// be one receipt. stop ends it.
func (b *Board) Subscribe() (changes <-chan struct{}, stop func()) {
	one := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[one] = true
	return one, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, one)
	}
}

func (b *Board) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for one := range b.waiting {
		select {
		case one <- struct{}{}:
		default: // it has not yet looked at the revision before
		}
	}
}

// At returns the warnings that hold at a place, EPSG:4490, at this moment: about a
// microsecond, and some 5 ns for each vertex of an area whose box holds the place.
func (b *Board) At(place orb.Point) ([]Warning, error) {
	all := b.current.Load()
	if all == nil {
		return nil, ErrNotLoaded
	}
	now := time.Now()
	var found []Warning
	for _, p := range *all {
		if p.stateAt(now) == Active && p.shape.Covers(place) {
			w := p.Warning
			w.State = Active
			found = append(found, w)
		}
	}
	return found, nil
}
