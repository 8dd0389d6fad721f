package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"onemap/tiles/coverage"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

// errWKB reports bytes that are not the well-known binary that PostGIS writes.
var errWKB = errors.New("tiles: not a geometry")

// wkb reads little-endian well-known binary of two dimensions, in the plane of a
// square (metres of EPSG:3857, or longitude and latitude in degrees), onto the finest grid of a pyramid.
type wkb struct {
	square grid.Square
	b      []byte
	points []coverage.Point
	parts  [][]coverage.Point
}

const (
	wkbPoint = 1 + iota
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
)

// read returns the parts of a geometry as [pyramid.Feature] has them. They are
// valid until the next call.
func (r *wkb) read(b []byte) ([][]coverage.Point, error) {
	r.b, r.points, r.parts = b, r.points[:0], r.parts[:0]
	if cap(r.points) < len(b)/16 {
		r.points = make([]coverage.Point, 0, len(b)/8)
	}
	if err := r.geometry(0); err != nil {
		return nil, err
	}
	if len(r.b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", errWKB, len(r.b))
	}
	return r.parts, nil
}

func (r *wkb) geometry(depth int) error {
	if len(r.b) < 5 || r.b[0] != 1 || depth > 1 {
		return errWKB
	}
	kind := binary.LittleEndian.Uint32(r.b[1:])
	r.b = r.b[5:]
	switch kind {
	case wkbPoint:
		return r.part(1, false)
	case wkbLineString:
		return r.counted(func(int) error { return nil }, true)
	case wkbPolygon:
		first := len(r.parts)
		if err := r.counted(func(int) error { return r.ring() }, false); err != nil {
			return err
		}
		pyramid.Orient(r.parts[first:])
		return nil
	case wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon:
		return r.counted(func(int) error { return r.geometry(depth + 1) }, false)
	}
	return fmt.Errorf("%w: type %d", errWKB, kind)
}

// counted reads a number and then so many members, or points.
func (r *wkb) counted(member func(int) error, points bool) error {
	if len(r.b) < 4 {
		return errWKB
	}
	n := int(binary.LittleEndian.Uint32(r.b))
	r.b = r.b[4:]
	if points {
		return r.part(n, false)
	}
	if n > len(r.b)/4 {
		return errWKB
	}
	for i := range n {
		if err := member(i); err != nil {
			return err
		}
	}
	return nil
}

func (r *wkb) ring() error {
	if len(r.b) < 4 {
		return errWKB
	}
	n := int(binary.LittleEndian.Uint32(r.b))
	r.b = r.b[4:]
	return r.part(n, true)
}

// part reads n points. A ring does not repeat its first one, and a ring without
// an area is left out.
func (r *wkb) part(n int, ring bool) error {
	if n < 0 || n > len(r.b)/16 {
		return errWKB
	}
	corner, units := r.square.Corner(), pyramid.World/r.square.Side()
	first := len(r.points)
	for i := range n {
		x := math.Float64frombits(binary.LittleEndian.Uint64(r.b[16*i:]))
		y := math.Float64frombits(binary.LittleEndian.Uint64(r.b[16*i+8:]))
		if math.IsNaN(x) || math.IsNaN(y) { // an empty point
			r.b = r.b[16*n:]
			r.points = r.points[:first]
			return nil
		}
		r.points = append(r.points, coverage.Point{
			X: onGrid((x - corner[0]) * units), Y: onGrid((corner[1] - y) * units),
		})
	}
	r.b = r.b[16*n:]
	part := r.points[first:len(r.points):len(r.points)]
	if ring {
		if len(part) > 1 && part[0] == part[len(part)-1] {
			part = part[:len(part)-1]
		}
	}
	if len(part) > 0 {
		r.parts = append(r.parts, part)
	}
	return nil
}

// onGrid rounds to a unit, and brings what lies outside the world to its edge.
func onGrid(v float64) int32 {
	return int32(math.Round(min(max(v, 0), pyramid.World)))
}

// degrees is the longitude and latitude of a point of the finest grid.
func degrees(p coverage.Point) (lon, lat float64) {
	lon = float64(p.X)/pyramid.World*360 - 180
	lat = math.Atan(math.Sinh(math.Pi*(1-2*float64(p.Y)/pyramid.World))) * 180 / math.Pi
	return lon, lat
}
