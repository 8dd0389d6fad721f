package pyramid

import (
	"context"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
)

// Kind is the family of shapes of a layer.
type Kind int

// The kinds that can be built.
const (
	Points Kind = iota
	Lines
	Polygons
)

// worldBits is the width of the world in bits of the finest grid, on which
// features are given: a unit is that of a tile of zoom 18, about 4 cm at the equator.
const (
	worldBits   = 30
	finestZoom  = 18
	extentBits  = 12 // 1<<12 is mvt.Extent
	bufferUnits = 64 // how far a tile reaches over its edge, in its units
)

// World is the number of units of the finest grid across the world.
const World = 1 << worldBits

// HighestZoom is the highest zoom that a pyramid can have.
const HighestZoom = 16

// Feature is one feature as it comes from its source.
type Feature struct {
	ID uint64
	// Parts are the feature's rings (outer ones with a positive area by the
	// surveyor's formula, holes with a negative one; see [Orient]), lines or
	// points, on the finest grid: x from 0 at the west edge of the world to
	// [World], y from 0 at the north edge.
	Parts [][]coverage.Point
	// Values are the values of the layer's fields in their order; "" is none.
	Values []mvt.Value
	// Rank is the feature's importance beside others of its layer: more is kept
	// longer. Polygons and lines with the same rank are kept by area and length.
	Rank float64
}

// Source gives the features of a version, each once and in any order. The
// feature and what it points to may be used until take returns. take may be called from several
// goroutines at once.
type Source interface {
	Read(ctx context.Context, take func(Feature) error) error
}

// Field is an attribute that the tiles carry.
type Field struct {
	Name  string
	Class bool // names the feature's class: small polygons are merged into neighbours of the same
}

// Layer says what the features are and how they are drawn.
type Layer struct {
	Name     string // of the layer in the tiles
	Label    string // name of the layer of label points, "" for none; polygons only
	Kind     Kind
	Fields   []Field
	MinZoom  int
	MaxZoom  int // of the pyramid, at most [HighestZoom]
	Features int // about how many there are, for the size of blocks

	ShapesTop int // highest zoom of which [Options.Shape] wants to know; -1 for none
}

// Orient brings a polygon's rings, the first of them the outer one, into the
// direction that tiles have, in place.
func Orient(rings [][]coverage.Point) {
	for i, r := range rings {
		if outer := i == 0; outer != (coverage.DoubleArea(r) > 0) {
			for a, b := 0, len(r)-1; a < b; a, b = a+1, b-1 {
				r[a], r[b] = r[b], r[a]
			}
		}
	}
}
