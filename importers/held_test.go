package importers_test

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers"
	"onemap/layers"
)

func TestShapesOfRowsInQuarantine(t *testing.T) {
	at := func(x, y float64) []byte {
		text, err := wkb.Marshal(orb.Point{x, y})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for sentence, c := range map[string]struct {
		system string
		shape  []byte
		want   orb.Geometry
	}{
		"in degrees":                            {"EPSG:4490", at(112, 23), orb.Point{112, 23}},
		"in a national grid with a zone number": {"EPSG:4525", at(37500000, 2544544.37), orb.Point{111, 23}},
		"without a shape":                       {"EPSG:4490", nil, nil},
		"cut off":                               {"EPSG:4490", at(112, 23)[:9], nil},
		"of a system that needs parameters":     {"EPSG:2361", at(37500000, 2544544), nil},
		"of no system":                          {"", at(112, 23), nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := importers.ShapesOf(layers.Delivery{SourceCRS: c.system}).Of(layers.QuarantinedRow{Geometry: c.shape})
			want, ok := c.want.(orb.Point)
			if !ok {
				if got != nil {
					t.Errorf("got %v", got)
				}
				return
			}
			p, ok := got.(orb.Point)
			if !ok || math.Abs(p[0]-want[0]) > 1e-4 || math.Abs(p[1]-want[1]) > 1e-4 {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
