package coverage

// Prover tells polygons that are surely valid from those that may not be, exactly
// and in little more than the time it takes to read them. It is not safe for use
// by several goroutines at once; its zero value is ready.
//
// It is importers/repair's proof on whole units: here every sign is exact, where
// that one, on degrees, must know how far rounding can turn it.
type Prover struct {
	sides []side
	runs  []Box // of runLength sides each
	rings []span
}

// side is a straight piece of a ring.
type side struct {
	a, b Point
	box  Box
	ring int32
}

// span is a ring: sides[from:to].
type span struct {
	from, to int
	box      Box
}

const (
	runLength = 8
	mostSides = 8192 // beyond it [EvenOdd] is as quick
)

// Valid reports whether rings, each outer one followed by its holes, are valid
// polygons for certain: no two sides meet but neighbours in their common point, holes
// lie in their outer ring and outside one another, and the boxes of the outer rings are apart.
// outer are the numbers of the outer rings. Which way rings run does not count; they
// don't repeat their first point.
func (v *Prover) Valid(rings [][]Point, outer []int) bool {
	v.sides, v.runs, v.rings = v.sides[:0], v.runs[:0], v.rings[:0]
	for _, ring := range rings {
		if !v.add(ring) {
			return false
		}
	}
	if !v.apart() {
		return false
	}
	for i, first := range outer {
		end := len(rings)
		if i+1 < len(outer) {
			end = outer[i+1]
		}
		if !v.nested(first, end) {
			return false
		}
		for _, other := range outer[:i] {
			if v.rings[first].box.Meets(v.rings[other].box) {
				return false
			}
		}
	}
	return true
}

// add takes a ring's sides and compares neighbours.
func (v *Prover) add(ring []Point) bool {
	n := len(ring)
	if n < 3 || len(v.sides)+n > mostSides {
		return false
	}
	from, number := len(v.sides), int32(len(v.rings))
	whole := Box{ring[0], ring[0]}
	before, a := ring[n-2], ring[n-1]
	for _, b := range ring {
		if a == b || cross(before, a, b) == 0 && !onward(before, a, b) {
			return false
		}
		whole.take(b)
		v.sides = append(v.sides, side{a, b, Box{Point{min(a.X, b.X), min(a.Y, b.Y)}, Point{max(a.X, b.X), max(a.Y, b.Y)}}, number})
		before, a = a, b
	}
	v.rings = append(v.rings, span{from, len(v.sides), whole})
	return true
}

// onward reports whether b→c, which is in line with a→b, goes the same way.
func onward(a, b, c Point) bool {
	return int64(b.X-a.X)*int64(c.X-b.X)+int64(b.Y-a.Y)*int64(c.Y-b.Y) > 0
}

// apart reports whether no two sides that aren't neighbours meet.
func (v *Prover) apart() bool {
	for from := 0; from < len(v.sides); from += runLength {
		run := v.sides[from:min(from+runLength, len(v.sides))]
		whole := run[0].box
		for i := range run {
			whole.take(run[i].box.Min)
			whole.take(run[i].box.Max)
			if !v.clear(&run[i], run[:i], from, from+i) {
				return false
			}
		}
		for n := range v.runs {
			if !whole.Meets(v.runs[n]) {
				continue
			}
			others := v.sides[n*runLength : (n+1)*runLength]
			for i := range run {
				if run[i].box.Meets(v.runs[n]) && !v.clear(&run[i], others, n*runLength, from+i) {
					return false
				}
			}
		}
		v.runs = append(v.runs, whole)
	}
	return true
}

// clear reports whether a side, of the number self, meets none of the sides from
// the number first on that aren't its neighbours.
func (v *Prover) clear(s *side, others []side, first, self int) bool {
	for i := range others {
		o := &others[i]
		if !s.box.Meets(o.box) {
			continue
		}
		if o.ring == s.ring {
			at, ring := first+i, &v.rings[s.ring]
			if at+1 == self || at == ring.from && self == ring.to-1 {
				continue // neighbours were compared before
			}
		}
		if !beside(s.a, s.b, o.a, o.b) && !beside(o.a, o.b, s.a, s.b) {
			return false
		}
	}
	return true
}

// beside tells whether c and d lie on the same side of the line through a and b, and not on it.
func beside(a, b, c, d Point) bool {
	s, t := cross(a, b, c), cross(a, b, d)
	return s > 0 && t > 0 || s < 0 && t < 0
}

// nested reports whether the rings from the number first+1 to end lie in the
// first, and not in one another. Their sides being apart, one point of each tells.
func (v *Prover) nested(first, end int) bool {
	for i := first + 1; i < end; i++ {
		at := v.sides[v.rings[i].from].a
		if !v.contains(first, at) {
			return false
		}
		for j := first + 1; j < i; j++ {
			if v.rings[i].box.Meets(v.rings[j].box) && (v.contains(j, at) || v.contains(i, v.sides[v.rings[j].from].a)) {
				return false
			}
		}
	}
	return true
}

// contains counts how often a ray from p eastward crosses a ring that p is not on.
func (v *Prover) contains(ring int, p Point) (inside bool) {
	r := v.rings[ring]
	for i := r.from; i < r.to; i++ {
		s := &v.sides[i]
		if (s.a.Y > p.Y) != (s.b.Y > p.Y) && (cross(s.a, s.b, p) > 0) == (s.b.Y > s.a.Y) {
			inside = !inside
		}
	}
	return inside
}
