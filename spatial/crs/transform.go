package crs

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Transformer brings geometries from one system to EPSG:4490, longitude first.
// Many goroutines may use it at once.
//
// But for [NewTransformerWith] only projections and the shifts of GCJ-02 and BD-09 are undone: source and
// target have one datum, or are CGCS2000 and WGS 84, which count as one. So a
// change of datum, which PROJ might call "ballpark", can't occur. The formulas
// are our own because PROJ, through godal, takes twice as long for a point, every point of
// an import passes here, and it writes to stderr what it can't do; PROJ is the
// referee in the tests, to a millimetre.
type Transformer struct {
	source System
	undo   unproject                                 // of a projected system
	shift  func(lon, lat float64) (float64, float64) // of GCJ-02 and BD-09
}

// NewTransformer returns the way from a system to EPSG:4490.
func NewTransformer(source System) (*Transformer, error) {
	t := &Transformer{source: source}
	switch {
	case source.IsZero():
		return nil, unknown()
	case source.NeedsParameters():
		return nil, needsParameters(source, source.id)
	case source == GCJ02:
		t.shift = fromGCJ02
	case source == BD09:
		t.shift = fromBD09
	case !source.Geographic():
		if t.undo = projectionOf(source); t.undo == nil {
			return nil, unsupported(source.String())
		}
	}
	return t, nil
}

// ErrOutOfReach reports a position that the system's projection can't undo.
var ErrOutOfReach = errors.New("crs: position outside the projection")

// Transform returns g in EPSG:4490, longitude and latitude in degrees. It works
// in place: g must not be used afterwards. A position that is not a number, or
// that the projection can't undo, is an [ErrOutOfReach].
func (t *Transformer) Transform(g orb.Geometry) (orb.Geometry, error) {
	if p, ok := g.(orb.Point); ok {
		return t.point(p)
	}
	return g, eachLine(g, func(points []orb.Point) (err error) {
		for i, p := range points {
			if points[i], err = t.point(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Transformer) point(p orb.Point) (orb.Point, error) {
	ok := !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1]) // neither NaN nor infinite
	if ok {
		switch {
		case t.undo != nil:
			var undone orb.Point
			if undone, ok = t.undo(p); ok {
				return undone, nil
			}
		case t.shift != nil:
			p[0], p[1] = t.shift(p[0], p[1])
			return p, nil
		default:
			return p, nil
		}
	}
	return p, fmt.Errorf("%w: %v, %v in %s", ErrOutOfReach, p[0], p[1], t.source)
}
