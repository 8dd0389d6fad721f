package overlay

import (
	"math"

	"github.com/paulmach/orb"
)

// edge is a side of a ring, with the ring's inside on its left.
type edge struct{ from, to orb.Point }

// tiles tells whether pieces cover a shape without gap or overlap for certain. It
// says no where it can't tell.
//
// Sides that two pieces have in common, in opposite directions, cancel. What is
// left bounds the places where one piece more lies on the left than on the right.
// If that is the shape's own outline, cut at some points, then exactly one piece
// covers each place of the shape, and none another: how many cover a place follows
// from the outline, and far away none does.
func tiles(shape orb.MultiPolygon, pieces []Piece) bool {
	left := map[edge]int{}
	for _, p := range pieces {
		eachEdge(Polygons(p.Geometry), func(e edge) {
			if back := (edge{e.to, e.from}); left[back] > 1 {
				left[back]--
			} else if left[back] == 1 {
				delete(left, back)
			} else {
				left[e]++
			}
		})
	}
	next := map[orb.Point][]orb.Point{}
	for e, times := range left {
		if times > 1 {
			return false // two pieces on the same side
		}
		next[e.from] = append(next[e.from], e.to)
	}
	follows := true
	eachEdge(shape, func(e edge) { follows = follows && follow(next, e) })
	for _, rest := range next {
		follows = follows && len(rest) == 0
	}
	return follows
}

// follow takes the sides away that lead along an edge from end to end.
func follow(next map[orb.Point][]orb.Point, e edge) bool {
	for at := e.from; at != e.to; {
		found := -1
		for i, to := range next[at] {
			if along(at, to, e.to) {
				found = i
			}
		}
		if found < 0 {
			return false
		}
		to := next[at][found]
		next[at] = append(next[at][:found], next[at][found+1:]...)
		at = to
	}
	return true
}

// straight is how far beside a line a cut point may lie, in degrees: a micrometre.
const straight = 1e-11

// along tells whether a point lies on the way from one to another, or is its end.
func along(from, point, to orb.Point) bool {
	dx, dy := to[0]-from[0], to[1]-from[1]
	px, py := point[0]-from[0], point[1]-from[1]
	length := math.Hypot(dx, dy)
	forward := (px*dx + py*dy) / length
	return point == to || forward > 0 && forward < length && math.Abs(px*dy-py*dx) <= straight*length
}

// eachEdge calls do for the edges of polygons, outlines counter-clockwise and holes
// clockwise, whichever way they are written.
func eachEdge(polygons orb.MultiPolygon, do func(edge)) {
	for _, polygon := range polygons {
		for i, ring := range polygon {
			forward := (turn(ring) > 0) == (i == 0)
			for j := 1; j < len(ring); j++ {
				a, b := ring[j-1], ring[j]
				if !forward {
					a, b = b, a
				}
				if a != b {
					do(edge{a, b})
				}
			}
		}
	}
}

// turn is positive for a ring that turns counter-clockwise.
func turn(ring orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(ring); i++ {
		sum += (ring[i-1][0] - ring[0][0]) * (ring[i][1] - ring[0][1])
		sum -= (ring[i][0] - ring[0][0]) * (ring[i-1][1] - ring[0][1])
	}
	return sum
}
