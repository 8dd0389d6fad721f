package tiles_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
)

// memoryShelf is a second level that fails, or has damaged values, when it is told to.
type memoryShelf struct {
	mu     sync.Mutex
	values map[string][]byte
	fails  bool
}

func (s *memoryShelf) Get(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails {
		return nil, false, errors.New("no shelf")
	}
	v, ok := s.values[key]
	return v, ok, nil
}

func (s *memoryShelf) Put(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails {
		return errors.New("no shelf")
	}
	s.values[key] = bytes.Clone(value)
	return nil
}

// found counts what an observer is told of the cache.
type found struct {
	built
	counts map[string]int
}

func (f *found) Cache(where string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[where]++
}

func TestALiveTileIsBuiltOnceAndKept(t *testing.T) {
	url := postgistest.URL(t)
	db, sent := counted(t, url)
	set := setOf([]layers.Layer{published(t, postgistest.Pool(t, url), "shape", "square")})
	second := &memoryShelf{values: map[string][]byte{}}
	elsewhere := maptile.New(100, 100, 12) // an empty tile
	var first []byte
	for _, step := range []struct {
		does       string
		fresh      bool // the server has been started anew
		before     func()
		statements int32
		told       map[string]int
	}{
		{"the first time both are built", true, func() {}, 2, map[string]int{"none": 2}},
		{"then they are in memory", false, func() {}, 0, map[string]int{"memory": 2}},
		{"after a restart they are on the shelf, the empty one too", true, func() {}, 0, map[string]int{"second": 2}},
		{"a shelf that fails costs no tile", true, func() { second.fails = true }, 2, map[string]int{"none": 2, "error": 4}},
		{"nor does one with other values", true, func() {
			second.fails = false
			for key := range second.values {
				second.values[key] = []byte("junk")
			}
		}, 2, map[string]int{"none": 2, "error": 2}},
		{"which are put right", true, func() {}, 0, map[string]int{"second": 2}},
	} {
		var builder *tiles.Builder
		observer := &found{counts: map[string]int{}}
		step.before()
		cache, err := tiles.NewCache(1<<20, second)
		if err != nil {
			t.Fatal(err)
		}
		builder = tiles.NewBuilder(db, nil, observer)
		builder.UseCache(cache)
		if !step.fresh { // what memory holds must come from this server
			for _, address := range []maptile.Tile{yunfu, elsewhere} {
				if _, err := builder.Build(t.Context(), set, address); err != nil {
					t.Fatal(err)
				}
			}
			observer.counts = map[string]int{}
		}
		sent.sent.Store(0)
		got, err := builder.Build(t.Context(), set, yunfu)
		if err != nil || got.Empty() || first != nil && !bytes.Equal(first, got.Packed) {
			t.Errorf("%s: %d bytes, %v", step.does, len(got.Packed), err)
		}
		first = got.Packed
		if none, err := builder.Build(t.Context(), set, elsewhere); err != nil || !none.Empty() {
			t.Errorf("%s: elsewhere are %d bytes, %v", step.does, len(none.Packed), err)
		}
		if n := sent.sent.Load(); n != step.statements {
			t.Errorf("%s: %d statements, want %d", step.does, n, step.statements)
		}
		for where, n := range step.told {
			if observer.counts[where] != n {
				t.Errorf("%s: the metrics say %v, want %v", step.does, observer.counts, step.told)
			}
		}
	}
}
