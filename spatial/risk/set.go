package risk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
)

// loaded is a version of a layer in memory. It never changes.
type loaded struct {
	layer  layers.Layer
	source Source
	index  *index
}

// picture is all that is in memory at a moment. It never changes.
type picture struct {
	shelters *loaded
	sources  []*loaded
	missing  []string // layers of the rules of which nothing is published
	at       time.Time
}

// Set keeps the published dangers and shelters in memory. Readers never wait;
// a publication replaces the layers that it changed, all in one moment.
type Set struct {
	db      *pgxpool.Pool
	rules   Rules
	current atomic.Pointer[picture]
}

// catalogueSource is what this package needs of [layers.Watcher].
type catalogueSource interface {
	Catalogue() *layers.Catalogue
}

// NewSet loads what a catalogue says is published; later changes are for
// [Set.Follow]. Loading takes about a second for 100,000 dangers.
func NewSet(ctx context.Context, db *pgxpool.Pool, rules Rules, catalogue *layers.Catalogue) (*Set, error) {
	s := &Set{db: db, rules: rules}
	s.current.Store(&picture{})
	return s, s.Load(ctx, catalogue)
}

// Rules are the rules that the set was made with.
func (s *Set) Rules() Rules { return s.rules }

// Load brings the set to what a catalogue says. Layers that have not changed are
// kept as they are. After an error everything is as before.
func (s *Set) Load(ctx context.Context, catalogue *layers.Catalogue) error {
	before, now := s.current.Load(), &picture{at: time.Now()}
	keep := slices.Concat(before.sources, []*loaded{before.shelters})
	read := func(source Source) (*loaded, error) {
		l, err := catalogue.PublishedLayer(source.Layer)
		if errors.Is(err, layers.ErrUnknownLayer) || errors.Is(err, layers.ErrNotPublished) {
			now.missing = append(now.missing, source.Layer)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(keep, func(old *loaded) bool { return old != nil && sameVersion(old.layer, l) }); i >= 0 {
			return keep[i], nil
		}
		return loadLayer(ctx, s.db, l, source, catalogue.Dictionaries)
	}
	for _, source := range s.rules.Sources {
		one, err := read(source)
		if err != nil {
			return err
		}
		if one != nil {
			now.sources = append(now.sources, one)
		}
	}
	var err error
	if now.shelters, err = read(s.rules.shelterSource()); err != nil {
		return err
	}
	s.current.Store(now)
	return nil
}

func loadLayer(ctx context.Context, db *pgxpool.Pool, l layers.Layer, source Source, dictionaries map[string]layers.Dictionary) (*loaded, error) {
	items, err := load(ctx, db, l, source, dictionaries, nil)
	if err != nil {
		return nil, err
	}
	return &loaded{l, source, newIndex(items)}, nil
}

// sameVersion tells whether two layers show the same features under the same definition.
func sameVersion(a, b layers.Layer) bool {
	return a.Definition.ID == b.Definition.ID && a.Published.Number == b.Published.Number && a.Published.ContentHash == b.Published.ContentHash
}

// Follow loads the set anew whenever changed receives, until ctx ends; failed is
// told what could not be loaded, which is tried again after a second.
func (s *Set) Follow(ctx context.Context, source catalogueSource, changed <-chan struct{}, failed func(error)) {
	for {
		var again <-chan time.Time
		if err := s.Load(ctx, source.Catalogue()); err != nil && ctx.Err() == nil {
			failed(fmt.Errorf("risk: following the catalogue: %w", err))
			again = time.After(time.Second)
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again:
		}
	}
}

// Age tells how long ago the set was last brought up to date, and how many
// features it holds.
func (s *Set) Age() (age time.Duration, features int) {
	p := s.current.Load()
	for _, one := range slices.Concat(p.sources, []*loaded{p.shelters}) {
		if one != nil {
			features += len(one.index.items)
		}
	}
	return time.Since(p.at), features
}

// open tells whether the context's principal may read the layer.
func (l *loaded) open(ctx context.Context) bool {
	return l != nil && access.Require(ctx, l.layer.Definition.ReadRight()) == nil
}
