package stored

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// errWKB reports bytes that are not the well-known binary that PostGIS writes.
var errWKB = errors.New("stored: not a geometry")

// wkb reads little-endian well-known binary of two dimensions and takes it to the
// plane's system on the way.
type wkb struct {
	plane
	b      []byte
	points []orb.Point // room for those of the whole geometry
}

// geometry returns nil for an empty one.
func (r *wkb) geometry(depth int) (orb.Geometry, error) {
	if len(r.b) < 5 || r.b[0] != 1 || depth > 2 {
		return nil, errWKB
	}
	kind := binary.LittleEndian.Uint32(r.b[1:])
	r.b = r.b[5:]
	if r.points == nil {
		r.points = make([]orb.Point, 0, len(r.b)/16)
	}
	switch kind {
	case 1:
		line, err := r.read(1)
		if err != nil || math.IsNaN(line[0][0]) {
			return nil, err
		}
		return line[0], nil
	case 2:
		line, err := r.line()
		if err != nil || len(line) == 0 {
			return nil, err
		}
		return orb.LineString(line), nil
	case 3:
		return r.polygon()
	case 4, 5, 6, 7:
		return r.several(kind, depth)
	}
	return nil, fmt.Errorf("%w: type %d", errWKB, kind)
}

func (r *wkb) count() (int, error) {
	if len(r.b) < 4 {
		return 0, errWKB
	}
	n := int(binary.LittleEndian.Uint32(r.b))
	r.b = r.b[4:]
	if n > len(r.b)/4 {
		return 0, errWKB
	}
	return n, nil
}

func (r *wkb) line() ([]orb.Point, error) {
	n, err := r.count()
	if err != nil {
		return nil, err
	}
	return r.read(n)
}

func (r *wkb) read(n int) ([]orb.Point, error) {
	if n > len(r.b)/16 {
		return nil, errWKB
	}
	first := len(r.points)
	for i := range n {
		x := math.Float64frombits(binary.LittleEndian.Uint64(r.b[16*i:]))
		y := math.Float64frombits(binary.LittleEndian.Uint64(r.b[16*i+8:]))
		if r.down {
			x, y = r.left+x*r.unit, r.top-y*r.unit
		}
		r.points = append(r.points, orb.Point{x, y})
	}
	r.b = r.b[16*n:]
	return r.points[first:len(r.points):len(r.points)], nil
}

func (r *wkb) polygon() (orb.Geometry, error) {
	n, err := r.count()
	if err != nil || n == 0 {
		return nil, err
	}
	p := make(orb.Polygon, 0, n)
	for range n {
		ring, err := r.line()
		if err != nil {
			return nil, err
		}
		p = append(p, ring)
	}
	return p, nil
}

// several reads a multi geometry; of a collection, which a cut may leave, what is
// of the first member's kind.
func (r *wkb) several(kind uint32, depth int) (orb.Geometry, error) {
	n, err := r.count()
	if err != nil {
		return nil, err
	}
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	for range n {
		g, err := r.geometry(depth + 1)
		if err != nil {
			return nil, err
		}
		switch g := g.(type) {
		case orb.Point:
			points = append(points, g)
		case orb.LineString:
			lines = append(lines, g)
		case orb.Polygon:
			polygons = append(polygons, g)
		case orb.MultiPolygon:
			polygons = append(polygons, g...)
		}
	}
	switch {
	case len(polygons) == 1:
		return polygons[0], nil
	case len(polygons) > 0:
		return polygons, nil
	case len(lines) > 0:
		return lines, nil
	case len(points) > 0:
		return points, nil
	}
	return nil, nil
}
