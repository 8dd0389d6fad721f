// Package follow keeps values in memory that are made of published versions:
// the indexes that answer where something lies in microseconds.
//
// It comes after layers, whose watcher hears of every publication and rollback
// on any node by LISTEN/NOTIFY, and before what asks the indexes. What a value
// is, and how it is made of the tables, is the affair of whoever follows; see
// spatial/cells for one. It keeps nothing on disk.
package follow

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"onemap/layers"
)

// ErrNotLoaded reports that the value was never made yet: the process has just
// started, or the database could not be read since.
var ErrNotLoaded = errors.New("follow: the index is not loaded yet")

// retry is how long a failed build waits for the next.
const retry = time.Second

// Source is what this package needs of [layers.Watcher].
type Source interface {
	Catalogue() *layers.Catalogue
	Subscribe() (changes <-chan struct{}, stop func())
}

// Build makes the value of the versions that the catalogue has published. It
// must read their own tables, [layers.Layer.Table], and no view: versions never
// change, so what it makes is of one moment however long it takes. last is the
// value before, the zero T at first; parts of versions that stayed may be taken
// over from it, but last itself must not be changed: readers have it.
type Build[T any] func(ctx context.Context, catalogue *layers.Catalogue, last T) (T, error)

// Follower holds the newest value. Readers take it once a question with
// [Follower.Get], never wait, and keep what they took as long as they like.
type Follower[T any] struct {
	source Source
	of     []string
	build  Build[T]
	told   func(Status, error)

	making  sync.Mutex
	current atomic.Pointer[made[T]]
	failure atomic.Pointer[error] // of the newest attempt; nil after a success
	tried   chan struct{}         // closed when the first attempt has ended
	once    sync.Once
}

// made is a value and what it was made of.
type made[T any] struct {
	value    T
	versions map[string]int
	at       time.Time
	took     time.Duration
}

// New follows the layers named. told hears of every build that was made or
// failed, for the log; it may be nil. Nothing is loaded before [Follower.Run]
// or [Follower.Refresh].
func New[T any](source Source, of []string, build Build[T], told func(Status, error)) *Follower[T] {
	if told == nil {
		told = func(Status, error) {}
	}
	return &Follower[T]{source: source, of: of, build: build, told: told, tried: make(chan struct{})}
}

// Get returns the newest value, or an [ErrNotLoaded].
func (f *Follower[T]) Get() (T, error) {
	m := f.current.Load()
	if m == nil {
		var none T
		return none, ErrNotLoaded
	}
	return m.value, nil
}

// Status is how a value stands, as /readyz tells it.
type Status struct {
	Loaded     bool           `json:"loaded"`
	Current    bool           `json:"current"`               // made of what is published now
	Failing    bool           `json:"failing"`               // the newest attempt failed, and is repeated
	Versions   map[string]int `json:"versions"`              // that the value is made of, by layer; layers without one are left out
	LoadedAt   *time.Time     `json:"loaded_at,omitempty"`   //
	AgeSeconds float64        `json:"age_seconds,omitempty"` // since it was made
	TookMS     float64        `json:"took_ms,omitempty"`     // to make it, milliseconds
}

// Status tells how the value stands.
func (f *Follower[T]) Status() Status {
	s := Status{Failing: f.failure.Load() != nil, Versions: map[string]int{}}
	if m := f.current.Load(); m != nil {
		s.Loaded, s.Versions, s.LoadedAt = true, m.versions, &m.at
		s.AgeSeconds, s.TookMS = time.Since(m.at).Seconds(), float64(m.took.Microseconds())/1000
		s.Current = maps.Equal(m.versions, f.published(f.source.Catalogue()))
	}
	return s
}

// Tried is closed when the first attempt to load has ended, well or not.
func (f *Follower[T]) Tried() <-chan struct{} { return f.tried }

// published are the numbers of the versions that the value is to be made of.
func (f *Follower[T]) published(c *layers.Catalogue) map[string]int {
	versions := map[string]int{}
	for _, id := range f.of {
		if l, err := c.PublishedLayer(id); err == nil {
			versions[id] = l.Published.Number
		}
	}
	return versions
}

// Refresh makes the value anew if other versions are published than it is made
// of, and puts it in the place of the one before at once. After an error the
// value before stays.
func (f *Follower[T]) Refresh(ctx context.Context) error {
	f.making.Lock()
	defer f.making.Unlock()
	defer f.once.Do(func() { close(f.tried) })
	catalogue := f.source.Catalogue()
	versions := f.published(catalogue)
	var last T
	if m := f.current.Load(); m != nil {
		if maps.Equal(m.versions, versions) {
			f.failure.Store(nil)
			return nil
		}
		last = m.value
	}
	start := time.Now()
	value, err := f.build(ctx, catalogue, last)
	if err != nil {
		f.failure.Store(&err)
	} else {
		f.failure.Store(nil)
		f.current.Store(&made[T]{value, versions, time.Now(), time.Since(start)})
	}
	if err == nil || ctx.Err() == nil { // who stops knows that nothing is loaded any more
		f.told(f.Status(), err)
	}
	return err
}

// Run loads the value and follows the catalogue until ctx ends. The watcher
// reads the catalogue again when its connection is back, so what was published
// meanwhile is not missed. A build that fails is repeated every second.
func (f *Follower[T]) Run(ctx context.Context) {
	changes, stop := f.source.Subscribe()
	defer stop()
	for {
		var again <-chan time.Time
		if err := f.Refresh(ctx); err != nil {
			again = time.After(retry)
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		case <-again:
		}
	}
}
