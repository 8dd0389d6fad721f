package follow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/postgis/postgistest"
)

const pond = `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "P1"},
	"geometry": {"type": "Point", "coordinates": [112.08, 22.90]}}]}`

// followed is a layer of a database, its watcher, and a follower that makes the
// version's number, or fails as often as it is told.
type followed struct {
	t        *testing.T
	ctx      context.Context
	store    *layers.Store
	follower *follow.Follower[int]
	fails    chan error
	builds   chan int // the value before, of every build
}

func newFollowed(t *testing.T) *followed {
	t.Helper()
	db := postgistest.DB(t)
	ctx, stop := context.WithCancel(access.With(context.Background(), access.Operator("test")))
	f := &followed{t: t, ctx: ctx, store: layers.NewStore(db), fails: make(chan error, 10), builds: make(chan int, 100)}
	err := f.store.Define(ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}},
		Layers: []layers.Definition{{
			ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Point, Key: []string{"code"},
			MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test",
			Fields: []layers.Field{{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	watcher, err := layers.NewWatcher(ctx, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.follower = follow.New(watcher, []string{"pond"}, func(_ context.Context, c *layers.Catalogue, last int) (int, error) {
		select {
		case err := <-f.fails:
			return 0, err
		default:
		}
		f.builds <- last
		l, err := c.PublishedLayer("pond")
		if err != nil {
			return -1, nil
		}
		return l.Published.Number, nil
	}, nil)
	ended := make(chan struct{}, 2)
	t.Cleanup(func() { stop(); <-ended; <-ended })
	go func() { watcher.Watch(ctx); ended <- struct{}{} }()
	go func() { f.follower.Run(ctx); ended <- struct{}{} }()
	return f
}

func (f *followed) publish() {
	f.t.Helper()
	file := filepath.Join(f.t.TempDir(), "pond.geojson")
	if err := os.WriteFile(file, []byte(pond), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if _, err := importers.Run(f.ctx, importers.Into(f.store), importers.Options{File: file, Layer: "pond", Publish: true}); err != nil {
		f.t.Fatal(err)
	}
}

// becomes waits for a value.
func (f *followed) becomes(want int, within time.Duration) {
	f.t.Helper()
	end := time.Now().Add(within)
	for {
		got, err := f.follower.Get()
		if err == nil && got == want {
			return
		}
		if time.Now().After(end) {
			f.t.Fatalf("after %s: %d, %v; want %d", within, got, err, want)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestAFollowerHasWhatIsPublished(t *testing.T) {
	f := newFollowed(t)
	<-f.follower.Tried()
	f.becomes(-1, time.Second)
	f.publish()
	f.becomes(1, time.Second)
	f.publish()
	f.becomes(2, time.Second)
	if _, err := f.store.Rollback(f.ctx, "pond"); err != nil {
		t.Fatal(err)
	}
	f.becomes(1, time.Second)
	s := f.follower.Status()
	if !s.Loaded || !s.Current || s.Failing || s.Versions["pond"] != 1 || s.LoadedAt == nil {
		t.Errorf("%+v", s)
	}
	for i, want := range []int{0, -1, 1, 2} { // each build has the value before
		if got := <-f.builds; got != want {
			t.Errorf("build %d: after %d, want %d", i, got, want)
		}
	}
}

func TestAFailedBuildKeepsTheValueAndIsRepeated(t *testing.T) {
	f := newFollowed(t)
	f.becomes(-1, time.Second)
	f.fails <- errors.New("no connection")
	f.publish()
	deadline := time.Now().Add(900 * time.Millisecond)
	for !f.follower.Status().Failing {
		if time.Now().After(deadline) {
			t.Fatal("the failure is not told")
		}
		time.Sleep(time.Millisecond)
	}
	if got, err := f.follower.Get(); got != -1 || err != nil {
		t.Errorf("meanwhile: %d, %v", got, err)
	}
	if f.follower.Status().Current {
		t.Error("said to be current")
	}
	f.becomes(1, 3*time.Second)
	if s := f.follower.Status(); s.Failing || !s.Current {
		t.Errorf("%+v", s)
	}
}

// stillSource never changes and tells nobody.
type stillSource struct{}

func (stillSource) Catalogue() *layers.Catalogue         { return &layers.Catalogue{} }
func (stillSource) Subscribe() (<-chan struct{}, func()) { return nil, func() {} }

func TestBeforeTheFirstBuild(t *testing.T) {
	f := follow.New(stillSource{}, nil, func(context.Context, *layers.Catalogue, int) (int, error) { return 7, nil }, nil)
	if _, err := f.Get(); !errors.Is(err, follow.ErrNotLoaded) {
		t.Errorf("got %v", err)
	}
	if err := f.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestWhoStopsIsNotToldOfAFailure(t *testing.T) {
	told := 0
	ctx, stop := context.WithCancel(t.Context())
	failing := func(context.Context, *layers.Catalogue, int) (int, error) { return 0, errors.New("gone") }
	f := follow.New(stillSource{}, nil, failing, func(follow.Status, error) { told++ })
	if err := f.Refresh(ctx); err == nil || told != 1 {
		t.Errorf("a failure is told %d times, %v", told, err)
	}
	stop()
	if err := f.Refresh(ctx); err == nil || told != 1 {
		t.Errorf("after the end it is told %d times, %v", told, err)
	}
}
