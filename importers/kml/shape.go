package kml

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// shape is a placemark's geometry as it is read: x = longitude, y = latitude,
// degrees.
type shape struct {
	points   orb.MultiPoint
	lines    orb.MultiLineString
	polygons orb.MultiPolygon
	order    []byte // of the parts: p, l or a

	high     bool  // an altitude is other than 0
	track    bool  // it has one
	unclosed int64 // rings that were closed
}

func (s *shape) reset() { *s = shape{order: s.order[:0]} }

func (s *shape) parts() int { return len(s.order) }

func (s *shape) point(text []byte) {
	if at := s.positions(text); len(at) > 0 {
		s.points, s.order = append(s.points, at[0]), append(s.order, 'p')
	}
}

func (s *shape) line(text []byte) {
	if at := s.positions(text); len(at) > 0 {
		s.lines, s.order = append(s.lines, at), append(s.order, 'l')
	}
}

func (s *shape) beginTrack() {
	s.track = true
	s.lines, s.order = append(s.lines, nil), append(s.order, 'l')
}

func (s *shape) trackPoint(text []byte) {
	at := s.positions(bytes.Join(bytes.Fields(text), []byte(",")))
	last := len(s.lines) - 1
	s.lines[last] = append(s.lines[last], at...)
}

func (s *shape) beginPolygon() {
	s.polygons, s.order = append(s.polygons, nil), append(s.order, 'a')
}

// ring adds a ring to the last polygon, the outer one before the others.
func (s *shape) ring(text []byte, outer bool) {
	ring := orb.Ring(s.positions(text))
	if len(ring) == 0 {
		return
	}
	if ring[0] != ring[len(ring)-1] && !math.IsNaN(ring[0][0]) && !math.IsNaN(ring[len(ring)-1][0]) {
		ring = append(ring, ring[0])
		s.unclosed++
	}
	last := len(s.polygons) - 1
	if s.polygons[last] = append(s.polygons[last], ring); outer {
		rings := s.polygons[last]
		copy(rings[1:], rings)
		rings[0] = ring
	}
}

// geometry is what was read: one part as itself, several of a kind as the kind's
// collection, others as a collection in their order. nil is none.
func (s *shape) geometry() orb.Geometry {
	switch n := len(s.order); {
	case n == 0:
		return nil
	case len(s.points) == n:
		if n == 1 {
			return s.points[0]
		}
		return s.points
	case len(s.lines) == n:
		if n == 1 {
			return s.lines[0]
		}
		return s.lines
	case len(s.polygons) == n:
		if n == 1 {
			return s.polygons[0]
		}
		return s.polygons
	}
	var all orb.Collection
	var p, l, a int
	for _, kind := range s.order {
		switch kind {
		case 'p':
			all = append(all, s.points[p])
			p++
		case 'l':
			all = append(all, s.lines[l])
			l++
		default:
			all = append(all, s.polygons[a])
			a++
		}
	}
	return all
}

// positions reads "lon,lat[,altitude]" between blanks; blanks beside the commas
// do no harm. A tuple that isn't two or three numbers is NaN, NaN, which the
// importer refuses.
func (s *shape) positions(text []byte) []orb.Point {
	var all []orb.Point
	for {
		text = skipBlanks(text)
		if len(text) == 0 {
			return all
		}
		var at [3]float64
		n := 0
		for more := true; more; n++ {
			var number []byte
			number, text = cutNumber(text)
			value, err := strconv.ParseFloat(string(number), 64)
			if err != nil {
				value = math.NaN()
				if len(number) == 0 && n == 2 { // a comma behind the last number
					value = 0
				}
			}
			if n < len(at) {
				at[n] = value
			}
			text = skipBlanks(text)
			if more = len(text) > 0 && text[0] == ','; more {
				text = skipBlanks(text[1:])
			}
		}
		if n < 2 || n > 3 || at[0]+at[1]+at[2] != at[0]+at[1]+at[2] {
			at[0], at[1] = math.NaN(), math.NaN()
		}
		s.high = s.high || at[2] != 0 && !math.IsNaN(at[2])
		all = append(all, orb.Point{at[0], at[1]})
	}
}

// cutNumber returns what stands before the next comma or blank.
func cutNumber(text []byte) (number, rest []byte) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c == ',' || blank(text[i:]) > 0 {
			return text[:i], text[i:]
		}
	}
	return text, nil
}

func skipBlanks(text []byte) []byte {
	for len(text) > 0 {
		n := blank(text)
		if n == 0 {
			break
		}
		text = text[n:]
	}
	return text
}

// blank returns how many bytes the blank at the text's beginning has: XML's own,
// those that are glued or full-width, and byte order marks. 0 is no blank.
func blank(text []byte) int {
	switch c := text[0]; {
	case c == ' ' || c >= '\t' && c <= '\r':
		return 1
	case c < utf8.RuneSelf:
		return 0
	}
	switch r, n := utf8.DecodeRune(text); r {
	case '\u00a0', '\u3000', '\ufeff':
		return n
	}
	return 0
}
