package stored_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/postgis/postgistest"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles/terrain"
)

// plain rises evenly to the north-east.
type plain struct{}

func (plain) Bounds() [4]float64  { return [4]float64{111.9, 22.7, 112.3, 23.1} }
func (plain) Resolution() float64 { return 100 }

func (plain) at(p orb.Point) float64 { return 500*(p[0]-111.9) + 900*(p[1]-22.7) }

func (l plain) Warp(ctx context.Context, box orb.Bound, side int, heights []float32) error {
	back, err := crs.NewTransformer(crs.WebMercator)
	if err != nil {
		return err
	}
	pixel := (box.Max[0] - box.Min[0]) / float64(side)
	for i := range heights {
		p, err := back.Transform(orb.Point{box.Min[0] + (float64(i%side)+0.5)*pixel, box.Max[1] - (float64(i/side)+0.5)*pixel})
		if err != nil {
			return err
		}
		heights[i] = float32(l.at(p.(orb.Point)))
	}
	return ctx.Err()
}

func TestHeightsOfAFrameLieWhereTheyBelong(t *testing.T) {
	ctx := access.With(t.Context(), access.Operator("test"))
	db := postgistest.DB(t)
	store, err := terrain.NewStore(db, filepath.Join(t.TempDir(), "terrain"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(ctx, plain{}, terrain.About{ID: "ground", Title: "坡"}, nil); err != nil {
		t.Fatal(err)
	}
	watcher, err := terrain.NewWatcher(ctx, store, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	view, ok := watcher.Ground().Widest(ctx)
	if !ok {
		t.Fatal("there is no model")
	}
	source := stored.New(db, nil, nil).OnGround(view)
	gauss, err := crs.Parse("EPSG:4546")
	if err != nil {
		t.Fatal(err)
	}
	for sentence, f := range map[string]render.Frame{
		"degrees":          {System: crs.CGCS2000, Extent: orb.Bound{Min: orb.Point{112.0, 22.8}, Max: orb.Point{112.2, 22.95}}, Width: 200, Height: 150, DPI: 96},
		"Web Mercator":     {System: crs.WebMercator, Extent: orb.Bound{Min: orb.Point{12_470_000, 2_606_000}, Max: orb.Point{12_480_000, 2_616_000}}, Width: 300, Height: 300, DPI: 96},
		"a grid, at a dpi": {System: gauss, Extent: orb.Bound{Min: orb.Point{605_000, 2_525_000}, Max: orb.Point{607_500, 2_527_000}}, Width: 500, Height: 400, DPI: 300},
		"far out":          {System: crs.CGCS2000, Extent: orb.Bound{Min: orb.Point{100, 15}, Max: orb.Point{125, 30}}, Width: 125, Height: 75, DPI: 96},
	} {
		heights, err := source.Heights(t.Context(), "onemap:ground", f)
		if err != nil || len(heights) != (f.Width+2)*(f.Height+2) {
			t.Errorf("%s: %d heights, %v", sentence, len(heights), err)
			continue
		}
		back, err := crs.NewTransformer(f.System)
		if err != nil {
			t.Fatal(err)
		}
		pixel, known := f.Pixel(), 0
		for i, h := range heights {
			if h != h {
				continue
			}
			known++
			at, err := back.Transform(orb.Point{f.Extent.Min[0] + (float64(i%(f.Width+2))-0.5)*pixel[0], f.Extent.Max[1] - (float64(i/(f.Width+2))-0.5)*pixel[1]})
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 0.2
			if sentence == "far out" {
				tolerance = 40 // a pixel is 20 km: the mean of many heights at the model's edge
			}
			if want := (plain{}).at(at.(orb.Point)); math.Abs(float64(h)-want) > tolerance {
				t.Errorf("%s: %v is %g m, want %g", sentence, at, h, want)
				break
			}
		}
		if sentence != "far out" && known != len(heights) || known == 0 {
			t.Errorf("%s: %d of %d heights are known", sentence, known, len(heights))
		}
	}
	if _, err := source.Picture(ctx, "onemap:ground", render.Frame{}); !errors.Is(err, stored.ErrNoPictures) {
		t.Errorf("pictures: %v", err)
	}
}
