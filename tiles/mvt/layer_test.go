package mvt_test

import (
	"reflect"
	"testing"

	"github.com/paulmach/orb"
	decoder "github.com/paulmach/orb/encoding/mvt"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
)

// TestAnotherDecoderReadsWhatWasWritten lets orb read a tile of every kind of
// geometry and value.
func TestAnotherDecoderReadsWhatWasWritten(t *testing.T) {
	d := mvt.NewDictionary()
	l := mvt.NewLayer("地类", d)
	attributes := func(pairs ...any) (list []mvt.Attribute) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, mvt.Attribute{Key: d.Key(pairs[i].(string)), Value: d.Value(pairs[i+1].(mvt.Value))})
		}
		return list
	}
	for range 2 { // the second tile must not know of the first
		l.Reset()
		l.Points(7, attributes("name", mvt.Text("云城")), []coverage.Point{{X: 25, Y: 17}})
		l.Lines(8, attributes("km", mvt.Real(2.5), "level", mvt.Integer(-3)), [][]coverage.Point{{{X: 0, Y: 0}, {X: -64, Y: 4160}}})
		l.Polygons(9, attributes("name", mvt.Text("云城"), "n", mvt.Integer(300), "wet", mvt.Boolean(true)), [][]coverage.Point{
			{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 10, Y: 10}, {X: 0, Y: 10}}, {{X: 2, Y: 2}, {X: 2, Y: 4}, {X: 4, Y: 4}},
		})
	}
	layers, err := decoder.Unmarshal(l.AppendTo(nil))
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	got := layers[0]
	if got.Name != "地类" || got.Version != 2 || got.Extent != 4096 || len(got.Features) != 3 || l.Count() != 3 {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct {
		id         float64
		geometry   orb.Geometry
		properties map[string]any
	}{
		{7, orb.Point{25, 17}, map[string]any{"name": "云城"}},
		{8, orb.LineString{{0, 0}, {-64, 4160}}, map[string]any{"km": 2.5, "level": -3.0}},
		{9, orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 4}, {4, 4}, {2, 2}}}, map[string]any{"name": "云城", "n": 300.0, "wet": true}},
	} {
		f := got.Features[i]
		if f.ID != want.id || !orb.Equal(f.Geometry, want.geometry) || !reflect.DeepEqual(map[string]any(f.Properties), want.properties) {
			t.Errorf("got %v %v %v, want %v", f.ID, f.Geometry, f.Properties, want)
		}
	}
}

func TestALayerWithoutFeaturesIsNotWritten(t *testing.T) {
	if tile := mvt.NewLayer("river", mvt.NewDictionary()).AppendTo(nil); len(tile) != 0 {
		t.Errorf("%d bytes", len(tile))
	}
}
