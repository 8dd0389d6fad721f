package importers

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// The types of geometry in EWKB, and the bit that says a system's number follows.
const (
	wkbPoint, wkbLineString, wkbPolygon                = 1, 2, 3
	wkbMultiPoint, wkbMultiLineString, wkbMultiPolygon = 4, 5, 6
	ewkbSRID                                           = 0x20000000
)

// appendEWKB appends a Multi geometry as PostGIS takes it: little-endian EWKB
// with its system's number. Every point passes through project, if that is given.
func appendEWKB(to []byte, g orb.Geometry, srid uint32, project func(orb.Point) orb.Point) []byte {
	e := ewkb{to, project}
	switch g := g.(type) {
	case orb.MultiPoint:
		appendParts(&e, wkbMultiPoint, wkbPoint, srid, g, e.point)
	case orb.MultiLineString:
		appendParts(&e, wkbMultiLineString, wkbLineString, srid, g, func(line orb.LineString) { e.points(line) })
	case orb.MultiPolygon:
		appendParts(&e, wkbMultiPolygon, wkbPolygon, srid, g, func(polygon orb.Polygon) {
			e.count(len(polygon))
			for _, ring := range polygon {
				e.points(ring)
			}
		})
	}
	return e.bytes
}

// appendParts appends a Multi geometry of a kind, whose parts are of another.
func appendParts[P any](e *ewkb, whole, part, srid uint32, parts []P, write func(P)) {
	e.kind(whole | ewkbSRID)
	e.bytes = binary.LittleEndian.AppendUint32(e.bytes, srid)
	e.count(len(parts))
	for _, p := range parts {
		e.kind(part)
		write(p)
	}
}

type ewkb struct {
	bytes   []byte
	project func(orb.Point) orb.Point
}

func (e *ewkb) kind(kind uint32) {
	e.bytes = append(e.bytes, 1) // little-endian
	e.bytes = binary.LittleEndian.AppendUint32(e.bytes, kind)
}

func (e *ewkb) count(n int) { e.bytes = binary.LittleEndian.AppendUint32(e.bytes, uint32(n)) }

func (e *ewkb) point(p orb.Point) {
	if e.project != nil {
		p = e.project(p)
	}
	e.bytes = binary.LittleEndian.AppendUint64(e.bytes, math.Float64bits(p[0]))
	e.bytes = binary.LittleEndian.AppendUint64(e.bytes, math.Float64bits(p[1]))
}

func (e *ewkb) points(points []orb.Point) {
	e.count(len(points))
	n := len(e.bytes)
	e.bytes = slices.Grow(e.bytes, 16*len(points))[:n+16*len(points)]
	at := e.bytes[n:]
	for i, p := range points {
		if e.project != nil {
			p = e.project(p)
		}
		binary.LittleEndian.PutUint64(at[16*i:], math.Float64bits(p[0]))
		binary.LittleEndian.PutUint64(at[16*i+8:], math.Float64bits(p[1]))
	}
}
