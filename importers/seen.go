package importers

import (
	"slices"

	"github.com/paulmach/orb"

	"onemap/layers"
)

// seen is what rows that are taken are together; the zero value is of none.
type seen struct {
	any       bool
	bounds    [4]float64 // west, south, east, north: EPSG:4490 degrees
	synthetic bool
}

// add takes what was seen elsewhere.
func (s *seen) add(other seen) {
	switch {
	case !other.any:
		return
	case !s.any:
		*s = other
		return
	}
	a, b := &s.bounds, other.bounds
	*a = [4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
	s.synthetic = s.synthetic || other.synthetic
}

// row takes a row's geometry, a Multi one, and whether it is of demonstration data.
func (s *seen) row(g orb.Geometry, synthetic bool) {
	s.synthetic = s.synthetic || synthetic
	switch g := g.(type) {
	case orb.MultiPoint:
		s.points(g)
	case orb.MultiLineString:
		for _, line := range g {
			s.points(line)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			if len(polygon) > 0 {
				s.points(polygon[0]) // holes lie within
			}
		}
	}
}

func (s *seen) points(points []orb.Point) {
	if !s.any && len(points) > 0 {
		s.any, s.bounds = true, [4]float64{points[0][0], points[0][1], points[0][0], points[0][1]}
	}
	west, south, east, north := s.bounds[0], s.bounds[1], s.bounds[2], s.bounds[3]
	for _, p := range points {
		west, south, east, north = min(west, p[0]), min(south, p[1]), max(east, p[0]), max(north, p[1])
	}
	s.bounds = [4]float64{west, south, east, north}
}

// syntheticIndex is the place of the field that marks demonstration data, or -1.
func syntheticIndex(d layers.Definition) int {
	return slices.IndexFunc(d.Fields, func(f layers.Field) bool { return f.Name == layers.SyntheticField && f.Type == layers.Boolean })
}
