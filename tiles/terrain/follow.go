package terrain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"onemap/postgis"
)

// Ground is all models that are open at a moment, the widest first. It never changes.
type Ground struct{ models []*model }

// Views are the models as the context's principal may see them, the widest first.
func (g *Ground) Views(ctx context.Context) []View {
	var views []View
	for _, m := range g.models {
		if v, ok := viewOf(ctx, m); ok {
			views = append(views, v)
		}
	}
	return views
}

// View is one model as the context's principal may see it; an [ErrUnknown] where
// there is none of that id, or it may not be seen at all.
func (g *Ground) View(ctx context.Context, id string) (View, error) {
	for _, v := range g.Views(ctx) {
		if v.ID == id {
			return v, nil
		}
	}
	return View{}, fmt.Errorf("%w: %.60q", ErrUnknown, id)
}

// Widest is the model that maps are shaded with, as the context's principal may
// see it; false where there is none.
func (g *Ground) Widest(ctx context.Context) (View, bool) {
	views := g.Views(ctx)
	if len(views) == 0 {
		return View{}, false
	}
	return views[0], true
}

// At is the height of a position in EPSG:4490 degrees, longitude first, from the
// finest model that has one there; false where none has.
func (g *Ground) At(ctx context.Context, at orb.Point) (metres float64, from View, ok bool, err error) {
	for _, v := range g.Views(ctx) {
		if ok && v.Seen() >= from.Seen() {
			continue
		}
		h, has, err := v.Height(at)
		if err != nil {
			return 0, View{}, false, err
		}
		if has {
			metres, from, ok = h, v, true
		}
	}
	return metres, from, ok, nil
}

// Watcher keeps the models open. One that is loaded or removed anywhere is so here
// within a moment.
type Watcher struct {
	store   *Store
	told    func(error)
	taking  sync.Mutex // an older picture must not come after a newer one
	current atomic.Pointer[Ground]
	ended   chan struct{}
}

// NewWatcher opens the models once; [Watcher.Run] follows them. told hears of
// failures and of models whose file is missing or damaged, which are left out; it may be nil.
func NewWatcher(ctx context.Context, store *Store, told func(error)) (*Watcher, error) {
	if told == nil {
		told = func(error) {}
	}
	w := &Watcher{store: store, told: told, ended: make(chan struct{})}
	w.current.Store(&Ground{})
	return w, w.Refresh(ctx)
}

// Ground is the newest picture. It is never nil.
func (w *Watcher) Ground() *Ground { return w.current.Load() }

// Refresh looks for models that were loaded or removed.
func (w *Watcher) Refresh(ctx context.Context) error {
	w.taking.Lock()
	defer w.taking.Unlock()
	records, err := w.store.List(ctx)
	if err != nil {
		return err
	}
	now := &Ground{}
	var damaged error
	for _, r := range records {
		opened := w.known(r)
		if opened == nil {
			if opened, err = open(w.store.folder, r); err != nil {
				damaged = errors.Join(damaged, err)
				continue
			}
		}
		now.models = append(now.models, opened)
	}
	// Those that went stay mapped: somebody may be sending a tile of theirs.
	w.current.Store(now)
	if damaged != nil {
		w.told(damaged)
	}
	return nil
}

// known is a model that is open already.
func (w *Watcher) known(r Record) *model {
	for _, m := range w.current.Load().models {
		if m.File == r.File && m.ID == r.ID && m.LoadedAt.Equal(r.LoadedAt) {
			return m
		}
	}
	return nil
}

// Run follows the database until ctx ends, once. While it is away the last picture
// stays, and it tries again every second.
func (w *Watcher) Run(ctx context.Context) {
	defer close(w.ended)
	for ctx.Err() == nil {
		err := postgis.Listen(ctx, w.store.db, Channel, func(string) error { return w.Refresh(ctx) })
		if ctx.Err() != nil {
			return
		}
		w.told(err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// Ended is closed when [Watcher.Run] has ended.
func (w *Watcher) Ended() <-chan struct{} { return w.ended }
