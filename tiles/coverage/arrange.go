package coverage

import (
	"cmp"
	"slices"
)

// arrange puts each outer ring in front of its holes. A hole without an outer
// ring, which only faulty polygons have, is left out.
func arrange(rings [][]Point) [][]Point {
	if len(rings) < 2 {
		if len(rings) == 1 && DoubleArea(rings[0]) < 0 {
			return nil
		}
		return rings
	}
	var outer, holes [][]Point
	for _, r := range rings {
		if DoubleArea(r) > 0 {
			outer = append(outer, r)
		} else {
			holes = append(holes, r)
		}
	}
	switch {
	case len(holes) == 0 || len(outer) == 0:
		return outer
	case len(outer) == 1:
		return append(outer, holes...)
	}
	owned := make([][][]Point, len(outer))
	bySize := make([]int, len(outer))
	for i := range bySize {
		bySize[i] = i
	}
	slices.SortStableFunc(bySize, func(a, b int) int { return cmp.Compare(DoubleArea(outer[a]), DoubleArea(outer[b])) })
	for _, h := range holes {
		for _, i := range bySize { // the smallest ring that holds it
			if DoubleArea(outer[i]) > -DoubleArea(h) && holds(outer[i], h) {
				owned[i] = append(owned[i], h)
				break
			}
		}
	}
	arranged := make([][]Point, 0, len(rings))
	for i, r := range outer {
		arranged = append(append(arranged, r), owned[i]...)
	}
	return arranged
}

// holds tells whether the hole lies in the ring, given that their borders do
// not cross: some point of it is inside or, if all are on the border, some middle is.
func holds(ring, hole []Point) bool {
	for _, p := range hole {
		if side := locate(ring, Point{2 * p.X, 2 * p.Y}); side != 0 {
			return side > 0
		}
	}
	for i, p := range hole {
		q := hole[(i+1)%len(hole)]
		if side := locate(ring, Point{p.X + q.X, p.Y + q.Y}); side != 0 {
			return side > 0
		}
	}
	return true
}

// locate is 1 for a place inside the ring, -1 outside, 0 on its border. The
// place is given in half units.
func locate(ring []Point, p Point) int {
	inside := false
	for i, from := range ring {
		to := ring[(i+1)%len(ring)]
		a, b := Point{2 * from.X, 2 * from.Y}, Point{2 * to.X, 2 * to.Y}
		turn := cross(a, b, p)
		if turn == 0 && p.X >= min(a.X, b.X) && p.X <= max(a.X, b.X) && p.Y >= min(a.Y, b.Y) && p.Y <= max(a.Y, b.Y) {
			return 0
		}
		if (a.Y > p.Y) != (b.Y > p.Y) && (turn > 0) == (b.Y > a.Y) {
			inside = !inside
		}
	}
	if inside {
		return 1
	}
	return -1
}
