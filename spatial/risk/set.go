package risk

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/layers/follow"
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
}

// Set keeps the published dangers and shelters in memory. Readers never wait;
// a publication replaces the layers that it changed, all in one moment.
type Set struct {
	db       *pgxpool.Pool
	rules    Rules
	follower *follow.Follower[*picture]
}

// NewSet keeps what source says is published, once [Set.Run] or [Set.Refresh]
// loads it; told hears of every load, and may be nil.
func NewSet(db *pgxpool.Pool, rules Rules, source follow.Source, told func(follow.Status, error)) *Set {
	s := &Set{db: db, rules: rules}
	s.follower = follow.New(source, rules.layers(), s.build, told)
	return s
}

// Rules are the rules that the set was made with.
func (s *Set) Rules() Rules { return s.rules }

// Run loads the set and follows what is published until ctx ends.
func (s *Set) Run(ctx context.Context) { s.follower.Run(ctx) }

// Refresh loads what has changed now. It takes about a second for 100,000 dangers.
func (s *Set) Refresh(ctx context.Context) error { return s.follower.Refresh(ctx) }

// Status tells which versions the set holds, and since when.
func (s *Set) Status() follow.Status { return s.follower.Status() }

// Tried is closed when the first attempt to load has ended, well or not.
func (s *Set) Tried() <-chan struct{} { return s.follower.Tried() }

// build makes the picture of a catalogue; layers that have not changed are those
// of the last one.
func (s *Set) build(ctx context.Context, catalogue *layers.Catalogue, last *picture) (*picture, error) {
	now := &picture{}
	var keep []*loaded
	if last != nil {
		keep = slices.Concat(last.sources, []*loaded{last.shelters})
	}
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
			return nil, err
		}
		if one != nil {
			now.sources = append(now.sources, one)
		}
	}
	var err error
	now.shelters, err = read(s.rules.shelterSource())
	return now, err
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

// open tells whether the context's principal may read the layer.
func (l *loaded) open(ctx context.Context) bool {
	return l != nil && access.Require(ctx, l.layer.Definition.ReadRight()) == nil
}
