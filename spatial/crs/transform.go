package crs

import (
	"errors"
	"fmt"
	"math"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
)

// Transformer brings geometries from one system to EPSG:4490, longitude first.
// It is for one goroutine at a time; [Transformer.Close] frees it.
//
// PROJ only ever undoes the projection here: source and target have one datum
// each, or are CGCS2000 and WGS 84, which count as one. So a transformation
// between datums, which PROJ might call "ballpark", can't occur.
type Transformer struct {
	source System
	proj   *godal.Transform                          // for projected systems
	shift  func(lon, lat float64) (float64, float64) // for GCJ-02 and BD-09
	x, y   []float64                                 // scratch
	ok     []bool                                    // scratch
	one    [1]orb.Point                              // scratch
}

// NewTransformer returns the way from a system to EPSG:4490.
func NewTransformer(source System) (*Transformer, error) {
	t := &Transformer{source: source}
	switch {
	case source.IsZero():
		return nil, unknown()
	case source == GCJ02:
		t.shift = fromGCJ02
		return t, nil
	case source == BD09:
		t.shift = fromBD09
		return t, nil
	case source.Geographic():
		return t, nil
	}
	target := 4490
	if _, isGrid := gaussKruger(source.code); !isGrid {
		target = 4326 // the datum of 3857 and of UTM
	}
	// godal sets the traditional axis order: x is easting or longitude.
	from, err := godal.NewSpatialRefFromEPSG(source.code)
	if err != nil {
		return nil, fmt.Errorf("crs: %s: %w", source, err)
	}
	defer from.Close()
	to, err := godal.NewSpatialRefFromEPSG(target)
	if err != nil {
		return nil, fmt.Errorf("crs: EPSG:%d: %w", target, err)
	}
	defer to.Close()
	if t.proj, err = godal.NewTransform(from, to); err != nil {
		return nil, fmt.Errorf("crs: %s to EPSG:%d: %w", source, target, err)
	}
	return t, nil
}

// Close frees the transformer. It may be called more than once.
func (t *Transformer) Close() {
	if t.proj != nil {
		t.proj.Close()
		t.proj = nil
	}
}

// ErrOutOfReach reports a position that the system's projection can't undo.
var ErrOutOfReach = errors.New("crs: position outside the projection")

// Transform returns g in EPSG:4490, longitude and latitude in degrees. It works
// in place: g must not be used afterwards. A position that is not a number, or
// that the projection can't undo, is an [ErrOutOfReach].
func (t *Transformer) Transform(g orb.Geometry) (orb.Geometry, error) {
	if p, ok := g.(orb.Point); ok {
		t.one[0] = p
		err := t.points(t.one[:])
		return t.one[0], err
	}
	return g, eachLine(g, t.points)
}

func (t *Transformer) points(points []orb.Point) error {
	for _, p := range points {
		if math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1]) { // NaN or infinite
			return fmt.Errorf("%w: %v, %v", ErrOutOfReach, p[0], p[1])
		}
	}
	switch {
	case t.shift != nil:
		for i, p := range points {
			points[i][0], points[i][1] = t.shift(p[0], p[1])
		}
		return nil
	case t.proj == nil || len(points) == 0:
		return nil
	}
	t.x, t.y, t.ok = t.x[:0], t.y[:0], t.ok[:0]
	for _, p := range points {
		t.x, t.y, t.ok = append(t.x, p[0]), append(t.y, p[1]), append(t.ok, false)
	}
	err := t.proj.TransformEx(t.x, t.y, nil, t.ok)
	for i := range points {
		if !t.ok[i] || math.IsInf(t.x[i], 0) {
			return fmt.Errorf("%w: %v, %v in %s", ErrOutOfReach, points[i][0], points[i][1], t.source)
		}
		points[i] = orb.Point{t.x[i], t.y[i]}
	}
	if err != nil {
		return fmt.Errorf("crs: %s to EPSG:4490: %w", t.source, err)
	}
	return nil
}
