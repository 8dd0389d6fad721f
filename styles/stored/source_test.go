package stored_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
)

const ponds = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "properties": {"code": "P1", "name": "榃滨", "area": 12.5, "deep": true}, "geometry": {"type": "Polygon", "coordinates": [[[112.00, 22.80], [112.10, 22.80], [112.10, 22.92], [112.00, 22.92], [112.00, 22.80]]]}},
	{"type": "Feature", "properties": {"code": "P2"}, "geometry": {"type": "Polygon", "coordinates": [[[112.10, 22.80], [112.22, 22.80], [112.22, 22.92], [112.10, 22.92], [112.10, 22.80]]]}}]}`

// pond is a published layer of two polygons that share a border, and its archive.
func pond(t *testing.T) (context.Context, *pgxpool.Pool, *tiles.Archives, layers.Layer) {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	definition := layers.Definition{
		ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Polygon, Key: []string{"code"}, Label: "name",
		MinZoom: 6, MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test",
		Fields: []layers.Field{
			{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Required: true, InTiles: true},
			{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text, InTiles: true},
			{Name: "area", Label: "面积", LabelEN: "Area", Type: layers.Real, InTiles: true},
			{Name: "deep", Label: "深", LabelEN: "Deep", Type: layers.Boolean, InTiles: true},
		},
	}
	if err := store.Define(ctx, layers.Definitions{Themes: []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}}, Layers: []layers.Definition{definition}}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pond.geojson")
	if err := os.WriteFile(file, []byte(ponds), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "pond", Publish: true}); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.Open(ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	archives, err := tiles.NewArchives(db, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archives.Build(ctx, l, tiles.PyramidOptions{}); err != nil {
		t.Fatal(err)
	}
	return ctx, db, archives, l
}

func TestFeaturesComeFromLevelsWhereTheScaleAllows(t *testing.T) {
	ctx, db, archives, l := pond(t)
	if err := archives.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := archives.Level(l, 8); !ok {
		t.Fatal("the archive has no level of zoom 8")
	}
	whole := orb.Bound{Min: orb.Point{111, 22}, Max: orb.Point{113, 24}}
	for sentence, q := range map[string]render.Query{
		"from a level":          {Zoom: 8.4, System: crs.WebMercator},
		"from the metres":       {Zoom: 15, System: crs.WebMercator},
		"from the degrees":      {Zoom: 15, System: crs.CGCS2000},
		"a level, for a degree": {Zoom: 8.4, System: crs.CGCS2000},
	} {
		q.Source, q.SourceLayer, q.Box, q.Fields = "pond", "pond", whole, []string{"name", "area", "unknown", "deep"}
		var names []any
		err := stored.New(db, archives, []layers.Layer{l}).Features(ctx, q, func(f *render.Feature) error {
			names = append(names, append([]any{f.ID}, f.Values...)...)
			area := planar.Area(f.Geometry)
			want := map[uint64]float64{1: 0.1 * 0.12, 2: 0.12 * 0.12}[f.ID]
			if f.System == crs.WebMercator {
				want *= math.Pow(math.Pi/180*6378137, 2) / math.Cos(22.86*math.Pi/180)
			}
			if math.Abs(area-want) > want/100 {
				t.Errorf("%s: feature %d has area %g in %v, want %g", sentence, f.ID, area, f.System, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []any{uint64(1), "榃滨", 12.5, nil, true, uint64(2), nil, nil, nil, nil}
		if len(names) != len(want) {
			t.Fatalf("%s: %v", sentence, names)
		}
		for i := range want {
			if names[i] != want[i] {
				t.Errorf("%s: %v, want %v", sentence, names, want)
				break
			}
		}
	}
}

func TestShapesAreCutAtTheBoxUnlessTheyAreWantedWhole(t *testing.T) {
	ctx, db, _, l := pond(t)
	source := stored.New(db, nil, []layers.Layer{l})
	box := orb.Bound{Min: orb.Point{112.05, 22.85}, Max: orb.Point{112.07, 22.87}}
	for whole, want := range map[bool]float64{false: 0.02, true: 0.1} {
		count := 0
		q := render.Query{Source: "pond", SourceLayer: "pond", Box: box, Zoom: 16, System: crs.CGCS2000, Whole: whole}
		if err := source.Features(ctx, q, func(f *render.Feature) error {
			count++
			if b := f.Geometry.Bound(); math.Abs(b.Max[0]-b.Min[0]-want) > 1e-9 {
				t.Errorf("whole %v: %v is %g wide, want %g", whole, b, b.Max[0]-b.Min[0], want)
			}
			return nil
		}); err != nil || count != 1 {
			t.Errorf("whole %v: %d features, %v", whole, count, err)
		}
	}
}

func TestLabelPointsLieInTheirPolygons(t *testing.T) {
	ctx, db, archives, l := pond(t)
	source := stored.New(db, archives, []layers.Layer{l})
	for _, zoom := range []float64{9, 15} {
		count := 0
		q := render.Query{Source: "pond", SourceLayer: "pond_label", Box: orb.Bound{Min: orb.Point{111, 22}, Max: orb.Point{113, 24}}, Zoom: zoom, System: crs.WebMercator}
		if err := source.Features(ctx, q, func(f *render.Feature) error {
			count++
			if p, ok := f.Geometry.(orb.Point); !ok || p[0] < 12_467_000 || p[0] > 12_493_000 {
				t.Errorf("zoom %g: label of %d at %v", zoom, f.ID, f.Geometry)
			}
			return nil
		}); err != nil || count != 2 {
			t.Errorf("zoom %g: %d labels, %v", zoom, count, err)
		}
	}
	q := render.Query{Source: "pond", SourceLayer: "lake", Zoom: 9}
	if err := source.Features(ctx, q, nil); !errors.Is(err, stored.ErrUnknownSource) {
		t.Errorf("a layer that isn't there: %v", err)
	}
}
