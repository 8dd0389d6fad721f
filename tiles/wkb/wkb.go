// Package wkb reads the well-known binary in which PostGIS sends geometries.
//
// Tiles are made of what it reads, ahead of time (see tiles/pyramid) and live (see
// tiles/draw), so it is made for reading many small shapes into memory that is used again. It knows
// the six plain kinds in two dimensions and little-endian bytes, with or without
// PostGIS's note of the system; it writes nothing and judges no shape.
package wkb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrMalformed reports bytes that are not well-known binary of a kind that is read here.
var ErrMalformed = errors.New("wkb: not a geometry")

// Kind is the family of a shape.
type Kind byte

// The kinds of shapes; a shape without any part may be of any.
const (
	Points Kind = iota
	Lines
	Polygons
)

// Point is a place in the plane of whoever wrote it: easting or longitude, northing or latitude.
type Point struct{ X, Y float64 }

// Shape is a geometry of one or several parts: points, lines, or rings.
type Shape struct {
	Kind   Kind
	Points []Point // of all parts, one behind the other; rings repeat their first point
	Ends   []int   // of each part in Points
	Outer  []int   // of each polygon: the number of its outer ring, which its holes follow
}

// Part is the part of a number, from 0 to len(s.Ends)-1.
func (s *Shape) Part(i int) []Point {
	begin := 0
	if i > 0 {
		begin = s.Ends[i-1]
	}
	return s.Points[begin:s.Ends[i]]
}

// Codes of the kinds in their bytes.
const (
	PointCode = 1 + iota
	LineStringCode
	PolygonCode
	MultiPointCode
	MultiLineStringCode
	MultiPolygonCode
)

// noted in the code says that the number of the system follows.
const noted = 0x20000000

// Reader reads one shape after another. Its zero value is ready; it is not safe
// for use by several goroutines at once.
type Reader struct {
	b     []byte
	shape Shape
}

// Read reads a shape, which is valid until the next call. Parts without points
// are left out. What is not a geometry, or holds a number that is none, is an [ErrMalformed]. It
// takes no more memory than twice the bytes, whatever they claim.
func (r *Reader) Read(b []byte) (*Shape, error) {
	r.b = b
	r.shape = Shape{Points: r.shape.Points[:0], Ends: r.shape.Ends[:0], Outer: r.shape.Outer[:0]}
	if err := r.geometry(0); err != nil {
		return nil, err
	}
	if len(r.b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes too many", ErrMalformed, len(r.b))
	}
	return &r.shape, nil
}

// geometry reads one; depth is how many collections it lies in.
func (r *Reader) geometry(depth int) error {
	if len(r.b) < 5 || r.b[0] != 1 {
		return fmt.Errorf("%w: it begins otherwise", ErrMalformed)
	}
	code := binary.LittleEndian.Uint32(r.b[1:])
	r.b = r.b[5:]
	if code&noted != 0 && len(r.b) >= 4 {
		code &^= noted
		r.b = r.b[4:]
	}
	switch {
	case code == PointCode:
		return r.part(Points, 1)
	case code == LineStringCode:
		n, err := r.count(16)
		if err != nil {
			return err
		}
		return r.part(Lines, n)
	case code == PolygonCode:
		return r.polygon()
	case code >= MultiPointCode && code <= MultiPolygonCode && depth == 0:
		n, err := r.count(5)
		for i := 0; i < n && err == nil; i++ {
			err = r.geometry(depth + 1)
		}
		return err
	}
	return fmt.Errorf("%w: type %d", ErrMalformed, code)
}

// count reads how many members follow, each of so many bytes at least.
func (r *Reader) count(each int) (int, error) {
	if len(r.b) < 4 {
		return 0, fmt.Errorf("%w: it ends early", ErrMalformed)
	}
	n := uint64(binary.LittleEndian.Uint32(r.b))
	r.b = r.b[4:]
	if n*uint64(each) > uint64(len(r.b)) {
		return 0, fmt.Errorf("%w: %d members in %d bytes", ErrMalformed, n, len(r.b))
	}
	return int(n), nil
}

func (r *Reader) polygon() error {
	rings, err := r.count(4)
	outer := len(r.shape.Ends)
	for i := 0; i < rings && err == nil; i++ {
		var n int
		if n, err = r.count(16); err == nil {
			err = r.part(Polygons, n)
		}
		if i == 0 && len(r.shape.Ends) > outer {
			r.shape.Outer = append(r.shape.Outer, outer)
		}
		if i == 0 && len(r.shape.Ends) == outer && rings > 1 {
			err = fmt.Errorf("%w: holes in nothing", ErrMalformed)
		}
	}
	return err
}

// part reads n points.
func (r *Reader) part(kind Kind, n int) error {
	if len(r.b) < 16*n {
		return fmt.Errorf("%w: it ends early", ErrMalformed)
	}
	if len(r.shape.Ends) > 0 && kind != r.shape.Kind {
		return fmt.Errorf("%w: of several kinds", ErrMalformed)
	}
	r.shape.Kind = kind
	if n == 0 {
		return nil
	}
	b := r.b[:16*n]
	r.b = r.b[16*n:]
	if kind == Points && none(b) { // an empty point
		return nil
	}
	sum := 0.0 // is a number if all are
	for ; len(b) >= 16; b = b[16:] {
		p := Point{math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))}
		sum += 0*p.X + 0*p.Y
		r.shape.Points = append(r.shape.Points, p)
	}
	if sum != 0 {
		return fmt.Errorf("%w: a coordinate that is no number", ErrMalformed)
	}
	r.shape.Ends = append(r.shape.Ends, len(r.shape.Points))
	return nil
}

// none tells whether a point is the empty one, whose coordinates are no numbers.
func none(b []byte) bool {
	return math.IsNaN(math.Float64frombits(binary.LittleEndian.Uint64(b))) && math.IsNaN(math.Float64frombits(binary.LittleEndian.Uint64(b[8:])))
}
