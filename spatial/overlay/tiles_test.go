package overlay

import (
	"testing"

	"github.com/paulmach/orb"
)

func box(west, south, east, north float64) orb.Polygon {
	return orb.Polygon{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}
}

func TestTiles(t *testing.T) {
	whole := orb.MultiPolygon{box(0, 0, 4, 4)}
	clockwise := orb.Polygon{{{2, 0}, {2, 4}, {4, 4}, {4, 0}, {2, 0}}}
	ring := orb.Polygon{box(0, 0, 4, 4)[0], box(1, 1, 3, 3)[0]}
	for sentence, c := range map[string]struct {
		shape  orb.MultiPolygon
		pieces []orb.Geometry
		want   bool
	}{
		"itself":                             {whole, []orb.Geometry{box(0, 0, 4, 4)}, true},
		"two halves, one the other way":      {whole, []orb.Geometry{box(0, 0, 2, 4), clockwise}, true},
		"a piece in the hole of another":     {whole, []orb.Geometry{ring, box(1, 1, 3, 3)}, true},
		"a shape with a hole":                {orb.MultiPolygon{ring}, []orb.Geometry{ring}, true},
		"two parts in one piece":             {whole, []orb.Geometry{orb.MultiPolygon{box(0, 0, 1, 4), box(3, 0, 4, 4)}, box(1, 0, 3, 4)}, true},
		"a gap":                              {whole, []orb.Geometry{box(0, 0, 2, 4), box(2.5, 0, 4, 4)}, false},
		"a hole left open":                   {whole, []orb.Geometry{ring}, false},
		"an overlap":                         {whole, []orb.Geometry{box(0, 0, 2.5, 4), box(2, 0, 4, 4)}, false},
		"twice":                              {whole, []orb.Geometry{box(0, 0, 4, 4), box(0, 0, 4, 4)}, false},
		"a shifted piece: gap and overlap":   {whole, []orb.Geometry{box(0, 0, 1, 4), box(1.5, 0, 3.5, 4), box(3, 0, 4, 4)}, false},
		"a corner of a neighbour's side":     {whole, []orb.Geometry{box(0, 0, 2, 2), box(0, 2, 2, 4), box(2, 0, 4, 4)}, false}, // can't tell
		"outside":                            {whole, []orb.Geometry{box(0, 0, 4, 4), box(9, 9, 10, 10)}, false},
		"nothing":                            {whole, nil, false},
		"a piece of the hole that isn't one": {orb.MultiPolygon{ring}, []orb.Geometry{box(0, 0, 4, 4)}, false},
	} {
		var pieces []Piece
		for _, g := range c.pieces {
			pieces = append(pieces, Piece{Geometry: g})
		}
		if got := tiles(c.shape, pieces); got != c.want {
			t.Errorf("%s: %v", sentence, got)
		}
	}
}
