package gridcode

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// Cover lists the codes of the cells of a level that have something of a shape
// inside them, sorted; touching a cell's edge doesn't count. The shape is in
// EPSG:4490, its edges straight in longitude and latitude, and doesn't cross the
// date line. More cells than most are an [ErrTooMany], found out at the price of
// that many. The time is that of cells times vertices.
func (s Scheme) Cover(shape orb.MultiPolygon, level, most int) ([]string, error) {
	if err := s.check(level); err != nil {
		return nil, err
	}
	seen, found := map[string]bool{}, []string{}
	var queue []string
	push := func(codes ...string) {
		for _, code := range codes {
			if !seen[code] {
				seen[code] = true
				queue = append(queue, code)
			}
		}
	}
	next := func() error {
		for len(queue) > 0 {
			code := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			c, err := s.decode(code)
			if err != nil {
				return err
			}
			if !meets(c, shape) {
				continue
			}
			if found = append(found, code); len(found) > most {
				return fmt.Errorf("%w: more than %d at level %d of %s", ErrTooMany, most, level, s.ID)
			}
			around, err := s.neighbour(c)
			if err != nil {
				return err
			}
			push(around...)
		}
		return nil
	}
	// Each part is found from any of its vertices, whose cell or one beside it has
	// something of the part.
	for _, part := range shape {
		if len(part) == 0 || len(part[0]) == 0 {
			continue
		}
		code, err := s.Encode(part[0][0], level)
		if err != nil {
			return nil, err
		}
		around, err := s.Neighbours(code)
		if err != nil {
			return nil, err
		}
		push(append(around, code)...)
		if err := next(); err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return found, nil
}

// meets tells whether a cell's inside has something of the shape.
func meets(c Cell, shape orb.MultiPolygon) bool {
	box := c.Corners.Bound()
	for _, part := range shape {
		for _, ring := range part {
			for i := 1; i < len(ring); i++ {
				a, b := ring[i-1], ring[i]
				if min(a[0], b[0]) < box.Max[0] && max(a[0], b[0]) > box.Min[0] && min(a[1], b[1]) < box.Max[1] && max(a[1], b[1]) > box.Min[1] && passes(a, b, c.Corners) {
					return true
				}
			}
		}
	}
	return planar.MultiPolygonContains(shape, c.Centre)
}

// passes tells whether the segment from a to b goes through the inside of a
// convex ring that runs counter-clockwise.
func passes(a, b orb.Point, ring orb.Ring) bool {
	from, to := 0.0, 1.0
	for i := 1; i < len(ring); i++ {
		p, q := ring[i-1], ring[i]
		dx, dy := q[0]-p[0], q[1]-p[1]
		start, end := dx*(a[1]-p[1])-dy*(a[0]-p[0]), dx*(b[1]-p[1])-dy*(b[0]-p[0])
		// A hair, so that a segment along an edge isn't inside by rounding.
		hair := 1e-9 * (dx*dx + dy*dy)
		switch start, end = start-hair, end-hair; {
		case start <= 0 && end <= 0:
			return false
		case start < 0:
			from = math.Max(from, start/(start-end))
		case end < 0:
			to = math.Min(to, start/(start-end))
		}
	}
	return from < to
}
