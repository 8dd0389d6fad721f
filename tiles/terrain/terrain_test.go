package terrain_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/postgis/postgistest"
	"onemap/tiles/terrain"
)

// hill is a land whose height is known everywhere: it rises to the north-east, and
// has nothing in its south-east quarter.
type hill struct {
	resolution float64
	raised     float64
}

var bounds = [4]float64{111.5, 22.5, 112.3, 23.1}

func (hill) Bounds() [4]float64 { return bounds }

func (h hill) Resolution() float64 { return h.resolution }

func (h hill) at(lon, lat float64) float64 {
	if lon > 111.9 && lat < 22.8 || lon < bounds[0] || lon > bounds[2] || lat < bounds[1] || lat > bounds[3] {
		return math.NaN()
	}
	return h.raised + 500*(lon-111.5) + 800*(lat-22.5)
}

func (h hill) Warp(ctx context.Context, box orb.Bound, side int, heights []float32) error {
	const radius = 6378137
	pixel := (box.Max[0] - box.Min[0]) / float64(side)
	for y := range side {
		lat := math.Atan(math.Sinh((box.Max[1]-(float64(y)+0.5)*pixel)/radius)) * 180 / math.Pi
		for x := range side {
			heights[y*side+x] = float32(h.at((box.Min[0]+(float64(x)+0.5)*pixel)/radius*180/math.Pi, lat))
		}
	}
	return ctx.Err()
}

func about(id string) terrain.About { return terrain.About{ID: id, Title: "试验", Source: "test"} }

func TestTheSameHeightsGiveTheSameBytes(t *testing.T) {
	var names []string
	for range 2 {
		built, err := terrain.Build(t.Context(), hill{resolution: 250}, about("ground"), t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, built.File)
		if built.MinZoom != 5 || built.MaxZoom != 9 || built.Tiles < 8 || math.Abs(built.High-880) > 3 || built.Low < 0 || built.Low > 2 {
			t.Errorf("%+v", built)
		}
	}
	if names[0] != names[1] {
		t.Errorf("%q and %q", names[0], names[1])
	}
}

func TestABuildThatFailsLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for sentence, one := range map[string]struct {
		ctx    context.Context
		source terrain.Source
		want   error
	}{
		"cancelled":       {ctx, hill{resolution: 250}, context.Canceled},
		"without heights": {t.Context(), hill{resolution: 250, raised: math.NaN()}, terrain.ErrNoHeights},
		"far too fine":    {t.Context(), wide{}, terrain.ErrTooLarge},
	} {
		if _, err := terrain.Build(one.ctx, one.source, about("ground"), folder, nil); !errors.Is(err, one.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// wide is a continent in steps of 5 m.
type wide struct{ hill }

func (wide) Bounds() [4]float64  { return [4]float64{70, 5, 140, 55} }
func (wide) Resolution() float64 { return 5 }

// ground is a store with its watcher; the operator loads.
func ground(t *testing.T) (ctx context.Context, store *terrain.Store, watcher *terrain.Watcher, folder string) {
	t.Helper()
	db := postgistest.DB(t)
	folder = filepath.Join(t.TempDir(), "terrain")
	store, err := terrain.NewStore(db, folder)
	if err != nil {
		t.Fatal(err)
	}
	ctx = access.With(t.Context(), access.Operator("test"))
	watcher, err = terrain.NewWatcher(ctx, store, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	return ctx, store, watcher, folder
}

func TestHeightsAreFoundAgain(t *testing.T) {
	ctx, store, watcher, folder := ground(t)
	land := hill{resolution: 250}
	record, err := store.Load(ctx, land, about("ground"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	g := watcher.Ground()
	for _, at := range []orb.Point{{111.6, 22.6}, {111.75, 22.99}, {112.2, 23.05}, {111.501, 22.9}} {
		got, err := g.Answer(ctx, at)
		if err != nil || got.Height == nil || math.Abs(*got.Height-land.at(at[0], at[1])) > 0.3 || *got.Resolution != 250 || *got.Model != "ground" {
			t.Errorf("%v: %+v, %v; want %g m", at, got, err, land.at(at[0], at[1]))
		}
	}
	for _, at := range []orb.Point{{112.1, 22.6}, {110, 22}, {111.6, 24}, {111.6, math.NaN()}} {
		if got, err := g.Answer(ctx, at); err != nil || got.Height != nil {
			t.Errorf("%v: %+v, %v; want nothing", at, got, err)
		}
	}
	v, err := g.View(ctx, "ground")
	if err != nil {
		t.Fatal(err)
	}
	tile, err := v.Tile(maptile.New(415, 223, 9))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(tile))
	if err != nil || picture.Bounds().Dx() != terrain.Side {
		t.Fatalf("the tile: %v", err)
	}
	if tile, err = v.Tile(maptile.New(0, 0, 9)); err != nil || len(tile) == 0 || len(tile) > 10_000 {
		t.Errorf("a tile without heights has %d bytes, %v", len(tile), err)
	}
	for _, no := range []maptile.Tile{maptile.New(0, 0, 10), maptile.New(0, 0, 4), maptile.New(600, 0, 9)} {
		if _, err := v.Tile(no); !errors.Is(err, terrain.ErrOutside) {
			t.Errorf("%v: %v", no, err)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 || left[0].Name() != record.File {
		t.Errorf("the folder has %v, want %s alone; %v", left, record.File, err)
	}
}

func TestAModelTakesThePlaceOfTheOneBefore(t *testing.T) {
	ctx, store, watcher, folder := ground(t)
	if _, err := store.Load(ctx, hill{resolution: 500}, about("ground"), nil); err != nil {
		t.Fatal(err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := watcher.Ground().View(ctx, "ground")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(ctx, hill{resolution: 500, raised: 100}, about("ground"), nil); err != nil {
		t.Fatal(err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := watcher.Ground().View(ctx, "ground")
	if err != nil {
		t.Fatal(err)
	}
	at := orb.Point{111.7, 22.9}
	a, _, errA := before.Height(at)
	b, _, errB := after.Height(at)
	if errA != nil || errB != nil || math.Abs(b-a-100) > 0.5 || before.Tag() == after.Tag() {
		t.Errorf("before %g m %s %v, after %g m %s %v", a, before.Tag(), errA, b, after.Tag(), errB)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 || left[0].Name() != after.File {
		t.Errorf("the folder has %v, %v", left, err)
	}
	if err := store.Remove(ctx, "ground"); err != nil {
		t.Fatal(err)
	}
	if err := store.Remove(ctx, "ground"); !errors.Is(err, terrain.ErrUnknown) {
		t.Errorf("removed twice: %v", err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if _, ok := watcher.Ground().Widest(ctx); ok {
		t.Error("a removed model is still there")
	}
	if h, ok, err := after.Height(at); err != nil || !ok || math.Abs(h-b) > 1e-6 {
		t.Errorf("who had it open: %g, %v, %v", h, ok, err)
	}
}

func TestFineGridsAreNotForEverybody(t *testing.T) {
	ctx, store, watcher, _ := ground(t)
	small := small{hill{resolution: 30}}
	if _, err := store.Load(ctx, small, about("fine"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(ctx, hill{resolution: 250}, about("coarse"), nil); err != nil {
		t.Fatal(err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	g := watcher.Ground()
	anybody := access.With(t.Context(), access.Anonymous())
	at := orb.Point{111.65, 22.65}
	for sentence, one := range map[string]struct {
		ctx   context.Context
		finer float64 // the distance of heights that must not be passed
		top   int
	}{"staff": {ctx, 0, 12}, "anybody": {anybody, terrain.PublicMetres, 9}} {
		v, err := g.View(one.ctx, "fine")
		if err != nil {
			t.Fatalf("%s: %v", sentence, err)
		}
		answer, err := g.Answer(one.ctx, at)
		if err != nil || answer.Height == nil || *answer.Resolution < one.finer || v.Top() != one.top {
			t.Errorf("%s sees zoom %d, answer %+v, %v", sentence, v.Top(), answer, err)
		}
		_, err = v.Tile(maptile.At(at, maptile.Zoom(12)))
		if allowed := err == nil; allowed != (one.top == 12) {
			t.Errorf("%s: the finest tile: %v", sentence, err)
		}
	}
	if widest, ok := g.Widest(anybody); !ok || widest.ID != "coarse" {
		t.Errorf("maps are shaded with %v", widest.ID)
	}
	nobody := context.Background()
	if views := g.Views(nobody); len(views) != 0 {
		t.Errorf("who has no right sees %d models", len(views))
	}
	if _, err := store.Load(anybody, small, about("fine"), nil); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody loads: %v", err)
	}
	if err := store.Remove(anybody, "fine"); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody removes: %v", err)
	}
}

// small is a corner of the hill.
type small struct{ hill }

func (small) Bounds() [4]float64 { return [4]float64{111.6, 22.6, 111.7, 22.7} }

func TestWordsThatCannotBeKeptAreRefused(t *testing.T) {
	long := string(bytes.Repeat([]byte("长"), 201))
	day := "yesterday"
	for sentence, a := range map[string]terrain.About{
		"an id that leads elsewhere": {ID: "../x", Title: "t"},
		"no title":                   {ID: "ground"},
		"a long title":               {ID: "ground", Title: long},
		"a date in words":            {ID: "ground", Title: "t", Date: &day},
		"bytes that are no text":     {ID: "ground", Title: "t", Source: "\xff"},
	} {
		var wrong *terrain.AboutError
		if err := a.Check(); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestAPatchIsContinuousAcrossTiles(t *testing.T) {
	ctx, store, watcher, _ := ground(t)
	if _, err := store.Load(ctx, hill{resolution: 250}, about("ground"), nil); err != nil {
		t.Fatal(err)
	}
	if err := watcher.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	v, err := watcher.Ground().View(ctx, "ground")
	if err != nil {
		t.Fatal(err)
	}
	x, y := terrain.Pixel(9, orb.Point{111.7, 22.95})
	left, top := int(x)-100, int(y)-100
	p, err := v.Patch(9, left, top, 300, 200)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		px := float64(left) + 2 + 2.9*float64(i)
		linear, smooth := p.Linear(px, y), p.Smooth(px, y)
		lon := (px+0.5)/(terrain.Side*512)*360 - 180
		if want := (hill{}).at(lon, 22.95); math.Abs(float64(linear)-want) > 0.3 || math.Abs(float64(smooth)-want) > 0.3 {
			t.Errorf("at %g: %g and %g m, want %g", lon, linear, smooth, want)
		}
	}
	if _, err := v.Patch(9, 0, 0, 1<<20, 1<<20); !errors.Is(err, terrain.ErrPatch) {
		t.Errorf("a patch of the whole world: %v", err)
	}
}
