package repair

import (
	"math"

	"github.com/paulmach/orb"
)

// prover tells polygons that are surely valid from those that GEOS must judge.
// Nearly all of a delivery is plainly valid, and a proof costs a tenth of what
// GEOS takes. A proof is never wrong; without one, nothing is said.
//
// It shows that no two edges meet but neighbours in their common point, by exact
// comparison of their boxes and by signs of areas that rounding can't have
// turned, and that holes lie inside their shell and outside one another.
type prover struct {
	edges []edge
	runs  []box  // of runLength edges each
	rings []span // of the polygon
}

type box struct{ minX, minY, maxX, maxY float64 }

type edge struct {
	a, b orb.Point
	box
	ring int32
}

// span is a ring: edges[from:to].
type span struct {
	from, to int
	box
}

const (
	runLength = 8
	mostEdges = 4096 // of a polygon; for more, GEOS's index is the better way
)

// valid reports whether the polygons make a valid MultiPolygon for certain.
func (v *prover) valid(polygons orb.MultiPolygon) bool {
	for i, polygon := range polygons {
		if !v.polygon(polygon) {
			return false
		}
		if len(polygons) == 1 {
			return true
		}
		own := boxOf(polygon[0])
		for _, other := range polygons[:i] {
			if own.meets(boxOf(other[0])) {
				return false // they may be apart all the same: for GEOS to say
			}
		}
	}
	return true
}

func (v *prover) polygon(polygon orb.Polygon) bool {
	v.edges, v.runs, v.rings = v.edges[:0], v.runs[:0], v.rings[:0]
	for _, ring := range polygon {
		if !v.add(ring) {
			return false
		}
	}
	return v.apart() && v.nested()
}

// add takes a ring's edges, without those of no length, and compares neighbours.
func (v *prover) add(ring orb.Ring) bool {
	if len(v.edges)+len(ring) > mostEdges {
		return false
	}
	from, number := len(v.edges), int32(len(v.rings))
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		if a != b {
			v.edges = append(v.edges, edge{a, b, box{min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])}, number})
		}
	}
	edges := v.edges[from:]
	if len(edges) < 3 || edges[0].a != edges[len(edges)-1].b {
		return false
	}
	whole := edges[0].box
	before := &edges[len(edges)-1]
	for i := range edges {
		at := &edges[i]
		if !continues(before.a, at.a, at.b) {
			return false
		}
		whole = whole.with(at.box)
		before = at
	}
	v.rings = append(v.rings, span{from, len(v.edges), whole})
	return true
}

// continues reports whether the edges from a to b and from b to c have no other
// point than b in common for certain.
func continues(a, b, c orb.Point) bool {
	return a[0] < b[0] && b[0] < c[0] || a[0] > b[0] && b[0] > c[0] ||
		a[1] < b[1] && b[1] < c[1] || a[1] > b[1] && b[1] > c[1] || side(a, b, c) != 0
}

// apart reports whether no two edges that aren't neighbours meet.
func (v *prover) apart() bool {
	for from := 0; from < len(v.edges); from += runLength {
		run := v.edges[from:min(from+runLength, len(v.edges))]
		whole := run[0].box
		for i := range run {
			whole = whole.with(run[i].box)
			if !v.clear(&run[i], run[:i], from, from+i) {
				return false
			}
		}
		for n, other := range v.runs {
			if !whole.meets(other) {
				continue
			}
			others := v.edges[n*runLength : (n+1)*runLength]
			for i := range run {
				if run[i].meets(other) && !v.clear(&run[i], others, n*runLength, from+i) {
					return false
				}
			}
		}
		v.runs = append(v.runs, whole)
	}
	return true
}

// clear reports whether an edge, of the number self, meets none of the edges
// from the number first on that aren't its neighbours.
func (v *prover) clear(e *edge, others []edge, first, self int) bool {
	for i := range others {
		o := &others[i]
		if !e.meets(o.box) {
			continue
		}
		if o.ring == e.ring {
			at := first + i
			ring := v.rings[e.ring]
			if at+1 == self || at == ring.from && self == ring.to-1 {
				continue // neighbours were compared before
			}
		}
		if s := side(e.a, e.b, o.a); s != 0 && s == side(e.a, e.b, o.b) {
			continue
		}
		if s := side(o.a, o.b, e.a); s != 0 && s == side(o.a, o.b, e.b) {
			continue
		}
		return false
	}
	return true
}

// nested reports whether holes lie in the shell, and not in one another. Their
// edges being apart, one point of each tells.
func (v *prover) nested() bool {
	for i := 1; i < len(v.rings); i++ {
		at := v.edges[v.rings[i].from].a
		if inside, sure := v.contains(0, at); !inside || !sure {
			return false
		}
		for j := 1; j < i; j++ {
			if !v.rings[i].meets(v.rings[j].box) {
				continue
			}
			in, sure := v.contains(j, at)
			if in || !sure {
				return false
			}
			if in, sure = v.contains(i, v.edges[v.rings[j].from].a); in || !sure {
				return false
			}
		}
	}
	return true
}

// contains counts how often a ray from p eastward crosses a ring.
func (v *prover) contains(ring int, p orb.Point) (inside, sure bool) {
	r := v.rings[ring]
	for i := r.from; i < r.to; i++ {
		e := &v.edges[i]
		if (e.a[1] > p[1]) == (e.b[1] > p[1]) || e.maxX < p[0] {
			continue
		}
		if e.minX > p[0] {
			inside = !inside
			continue
		}
		s := side(e.a, e.b, p)
		if s == 0 {
			return false, false
		}
		if (s > 0) == (e.b[1] > e.a[1]) { // p is west of the edge
			inside = !inside
		}
	}
	return inside, true
}

// side tells on which side of the line from a to b the point c lies: 1 is left,
// -1 right, and 0 that double precision can't tell. The bound is Shewchuk's for
// the rounding of the determinant; the conversions keep compilers from fusing.
func side(a, b, c orb.Point) int {
	const bound, tiny = (3 + 16*0x1p-53) * 0x1p-53, 1e-280
	left := float64((a[0] - c[0]) * (b[1] - c[1]))
	right := float64((a[1] - c[1]) * (b[0] - c[0]))
	det := left - right
	if limit := bound*(math.Abs(left)+math.Abs(right)) + tiny; det > limit {
		return 1
	} else if -det > limit {
		return -1
	}
	return 0
}

func (b *box) meets(o box) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}

func (b box) with(o box) box {
	return box{min(b.minX, o.minX), min(b.minY, o.minY), max(b.maxX, o.maxX), max(b.maxY, o.maxY)}
}

func boxOf(ring orb.Ring) box {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range ring {
		b = b.with(box{p[0], p[1], p[0], p[1]})
	}
	return b
}
