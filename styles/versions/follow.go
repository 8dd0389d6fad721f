package versions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"onemap/layers"
	"onemap/postgis"
	"onemap/styles"
)

// Current is the looks that are in force at a moment. It never changes.
type Current struct {
	versions  map[string]Version // the newest, by layer
	fragments map[string]styles.Fragment
}

// Fragments are the looks that were edited, by layer; for [styles.Look].
func (c *Current) Fragments() map[string]styles.Fragment { return maps.Clone(c.fragments) }

// Version is the newest version of a layer's look; 0 where it never was edited.
func (c *Current) Version(layer string) Version {
	if v, ok := c.versions[layer]; ok {
		return v
	}
	return Version{Layer: layer}
}

// Look is the look of a layer that is in force.
func (c *Current) Look(layer layers.Definition) (styles.Fragment, error) {
	if f, ok := c.fragments[layer.ID]; ok {
		return f, nil
	}
	return styles.Shipped(layer)
}

// Load reads the looks that are in force. One that can't be drawn any more, since
// its layer is defined otherwise now, is left out, so that the map is drawn with
// what the layer comes with; unusable tells of all such.
func (s *Store) Load(ctx context.Context, catalogue *layers.Catalogue) (current *Current, unusable, err error) {
	newest, err := s.newest(ctx)
	if err != nil {
		return nil, nil, err
	}
	current = &Current{versions: map[string]Version{}, fragments: map[string]styles.Fragment{}}
	dictionaries := styles.DictionariesOf(catalogue)
	for _, v := range newest {
		current.versions[v.Layer] = v
		l, err := catalogue.Layer(v.Layer)
		if err != nil || v.Fragment == nil {
			continue
		}
		f, err := styles.ReadFragment(l.Definition, v.Fragment)
		if err == nil {
			err = styles.Composable(l.Definition, dictionaries, f)
		}
		if err != nil {
			unusable = errors.Join(unusable, fmt.Errorf("the look of %s, version %d, is not used: %w", v.Layer, v.Number, err))
			continue
		}
		current.fragments[v.Layer] = f
	}
	return current, unusable, nil
}

// catalogueSource is what this package needs of [layers.Watcher].
type catalogueSource interface {
	Catalogue() *layers.Catalogue
}

// Watcher keeps the looks that are in force in memory. An edit anywhere replaces
// them within a moment, in this process and every other one on the same database.
type Watcher struct {
	store     *Store
	catalogue catalogueSource
	told      func(error)
	current   atomic.Pointer[Current]
	ended     chan struct{}
}

// NewWatcher loads the looks once; [Watcher.Run] follows them. told hears of
// failures and of looks that can't be used; it may be nil.
func NewWatcher(ctx context.Context, store *Store, catalogue catalogueSource, told func(error)) (*Watcher, error) {
	if told == nil {
		told = func(error) {}
	}
	w := &Watcher{store: store, catalogue: catalogue, told: told, ended: make(chan struct{})}
	return w, w.Refresh(ctx)
}

// Current is the newest picture. It is never nil.
func (w *Watcher) Current() *Current { return w.current.Load() }

// Refresh reads the looks now.
func (w *Watcher) Refresh(ctx context.Context) error {
	current, unusable, err := w.store.Load(ctx, w.catalogue.Catalogue())
	if err != nil {
		return err
	}
	if unusable != nil {
		w.told(unusable)
	}
	w.current.Store(current)
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
