package importers

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"
)

// shapes decodes the WKB that package gdal hands on, little-endian and in two
// dimensions, into memory of its own: what it returns is good until the next
// call. A delivery is mostly polygons, so a row costs no memory.
type shapes struct {
	points   []orb.Point
	rings    []orb.Ring
	polygons []orb.Polygon
	lines    []orb.LineString

	rest []byte
}

// read returns a geometry; false is one that it doesn't know or that breaks off,
// for which the general decoder is there.
func (s *shapes) read(wkb []byte) (orb.Geometry, bool) {
	s.points, s.rings, s.polygons, s.lines = s.points[:0], s.rings[:0], s.polygons[:0], s.lines[:0]
	s.rest = wkb
	kind, ok := s.kind()
	if !ok {
		return nil, false
	}
	switch kind {
	case wkbPoint:
		if len(s.rest) < 16 {
			return nil, false
		}
		return s.run(1)[0], true
	case wkbLineString:
		line, ok := s.line()
		return orb.LineString(line), ok
	case wkbPolygon:
		polygon, ok := s.polygon()
		return polygon, ok
	case wkbMultiLineString:
		ok := s.parts(wkbLineString, func() bool {
			line, ok := s.line()
			s.lines = append(s.lines, line)
			return ok
		})
		return orb.MultiLineString(s.lines), ok
	case wkbMultiPolygon:
		ok := s.parts(wkbPolygon, func() bool {
			polygon, ok := s.polygon()
			s.polygons = append(s.polygons, polygon)
			return ok
		})
		return orb.MultiPolygon(s.polygons), ok
	}
	return nil, false
}

func (s *shapes) parts(kind uint32, part func() bool) bool {
	n, ok := s.count(9)
	for range n {
		if k, known := s.kind(); !known || k != kind || !part() {
			return false
		}
	}
	return ok
}

func (s *shapes) polygon() (orb.Polygon, bool) {
	n, ok := s.count(4)
	from := len(s.rings)
	for range n {
		ring, ok := s.line()
		if !ok {
			return nil, false
		}
		s.rings = append(s.rings, ring)
	}
	return s.rings[from:len(s.rings):len(s.rings)], ok
}

func (s *shapes) line() ([]orb.Point, bool) {
	n, ok := s.count(16)
	return s.run(n), ok
}

// run reads n points that are there.
func (s *shapes) run(n int) []orb.Point {
	if cap(s.points)-len(s.points) < n {
		s.points = make([]orb.Point, 0, max(n, 2*cap(s.points), 256)) // what was handed out keeps the old one
	}
	from := len(s.points)
	to := s.points[from : from+n : from+n]
	for i := range to {
		at := s.rest[16*i : 16*i+16]
		to[i] = orb.Point{math.Float64frombits(binary.LittleEndian.Uint64(at)), math.Float64frombits(binary.LittleEndian.Uint64(at[8:]))}
	}
	s.points, s.rest = s.points[:from+n], s.rest[16*n:]
	return to
}

// kind reads the byte order, which must be little-endian, and the type.
func (s *shapes) kind() (uint32, bool) {
	if len(s.rest) < 5 || s.rest[0] != 1 {
		return 0, false
	}
	kind := binary.LittleEndian.Uint32(s.rest[1:])
	s.rest = s.rest[5:]
	return kind, true
}

// count reads how many things follow, of at least so many bytes each; without
// room for them it is not ok.
func (s *shapes) count(least int) (int, bool) {
	if len(s.rest) < 4 {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(s.rest)
	s.rest = s.rest[4:]
	if uint64(n)*uint64(least) > uint64(len(s.rest)) {
		return 0, false
	}
	return int(n), true
}
