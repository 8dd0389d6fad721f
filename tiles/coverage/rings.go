package coverage

import "math"

// Face is the rings of one face: each outer ring, which has a positive
// [DoubleArea], followed by its holes. No ring crosses or touches itself, and
// none repeats its first point.
type Face struct {
	Face  int32
	Rings [][]Point
}

// Faces traces the rings of every face of the map, in the order of the faces'
// numbers. A face that has closed to nothing is left out. n is the number of faces.
func (m *Map) Faces(n int) []Face {
	t := tracer{m: m}
	t.sort(n)
	faces := make([]Face, 0, n)
	for f := range n {
		if t.start[f] == t.start[f+1] {
			continue
		}
		if rings := t.rings(t.halves[t.start[f]:t.start[f+1]]); len(rings) > 0 {
			faces = append(faces, Face{int32(f), rings})
		}
	}
	return faces
}

// half is a straight piece of a face's border, in the direction of its rings.
type half struct {
	from, to int32
	used     bool
}

type tracer struct {
	m      *Map
	start  []int32 // of each face in halves, and the end of the last
	halves []half
	walk   []int32
	at     map[int32]int32
}

func (t *tracer) sort(n int) {
	t.start = make([]int32, n+1)
	each := func(do func(face int32, h half)) {
		for _, e := range t.m.edges {
			if e.ahead != Nothing {
				do(e.ahead, half{from: e.a, to: e.b})
			}
			if e.behind != Nothing {
				do(e.behind, half{from: e.b, to: e.a})
			}
		}
	}
	each(func(face int32, _ half) { t.start[face+1]++ })
	for i := 1; i < len(t.start); i++ {
		t.start[i] += t.start[i-1]
	}
	t.halves = make([]half, t.start[n])
	next := append([]int32(nil), t.start[:n]...)
	each(func(face int32, h half) {
		t.halves[next[face]] = h
		next[face]++
	})
}

// rings follows the halves of one face round, and cuts the walks where they
// meet themselves.
func (t *tracer) rings(halves []half) [][]Point {
	sortHalves(halves)
	var rings [][]Point
	for i := range halves {
		if halves[i].used {
			continue
		}
		t.walk = t.walk[:0]
		begin := halves[i].from
		for h := &halves[i]; ; {
			h.used = true
			t.walk = append(t.walk, h.from)
			next := t.follow(halves, h)
			if next == nil || h.to == begin && next == &halves[i] {
				break
			}
			h = next
		}
		rings = t.cut(rings, t.walk)
	}
	return arrange(rings)
}

// sortHalves sorts by start, then end. Most faces have a few dozen.
func sortHalves(halves []half) {
	if len(halves) > 64 {
		radixSort(halves, func(h half) uint64 { return uint64(h.from)<<32 | uint64(uint32(h.to)) })
		return
	}
	for i := 1; i < len(halves); i++ {
		h := halves[i]
		j := i
		for ; j > 0 && (halves[j-1].from > h.from || halves[j-1].from == h.from && halves[j-1].to > h.to); j-- {
			halves[j] = halves[j-1]
		}
		halves[j] = h
	}
}

// follow returns the half that continues the border: where several leave the
// same point, the one that turns most to the inside, so that the walk stays
// round one piece of the face.
func (t *tracer) follow(halves []half, h *half) *half {
	lo, hi := 0, len(halves)
	for lo < hi {
		mid := (lo + hi) / 2
		if halves[mid].from < h.to {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	var best *half
	var bestTurn float64
	for i := lo; i < len(halves) && halves[i].from == h.to; i++ {
		if halves[i].used {
			continue
		}
		if best == nil && (i+1 == len(halves) || halves[i+1].from != h.to) {
			return &halves[i]
		}
		turn := t.turn(h.from, h.to, halves[i].to)
		if best == nil || turn > bestTurn {
			best, bestTurn = &halves[i], turn
		}
	}
	return best
}

// turn is the angle from a→b to b→c in radians, positive to the inside.
func (t *tracer) turn(a, b, c int32) float64 {
	p, q, r := t.m.points[a], t.m.points[b], t.m.points[c]
	ux, uy := float64(q.X-p.X), float64(q.Y-p.Y)
	vx, vy := float64(r.X-q.X), float64(r.Y-q.Y)
	return math.Atan2(ux*vy-uy*vx, ux*vx+uy*vy)
}

// cut splits a closed walk into rings that meet no point twice.
func (t *tracer) cut(rings [][]Point, walk []int32) [][]Point {
	if !t.repeats(walk) {
		return t.add(rings, walk)
	}
	if t.at == nil {
		t.at = map[int32]int32{}
	}
	clear(t.at)
	var stack []int32
	for _, p := range walk {
		if k, ok := t.at[p]; ok {
			rings = t.add(rings, stack[k:])
			for _, gone := range stack[k+1:] {
				delete(t.at, gone)
			}
			stack = stack[:k+1]
			continue
		}
		t.at[p] = int32(len(stack))
		stack = append(stack, p)
	}
	return t.add(rings, stack)
}

func (t *tracer) repeats(walk []int32) bool {
	if len(walk) <= 16 {
		for i, p := range walk {
			for _, q := range walk[:i] {
				if p == q {
					return true
				}
			}
		}
		return false
	}
	if t.at == nil {
		t.at = map[int32]int32{}
	}
	clear(t.at)
	for _, p := range walk {
		if _, ok := t.at[p]; ok {
			return true
		}
		t.at[p] = 0
	}
	return false
}

func (t *tracer) add(rings [][]Point, walk []int32) [][]Point {
	if len(walk) < 3 {
		return rings
	}
	ring := make([]Point, len(walk))
	for i, p := range walk {
		ring[i] = t.m.points[p]
	}
	ring = straighten(ring)
	if DoubleArea(ring) == 0 {
		return rings
	}
	return append(rings, ring)
}

// straighten leaves out points on the straight line between their neighbours.
// They were needed to keep the map planar; a drawing does without them.
func straighten(ring []Point) []Point {
	kept := ring[:0:len(ring)]
	n := len(ring)
	last := ring[n-1]
	for i, p := range ring {
		next := ring[(i+1)%n]
		if cross(last, p, next) == 0 && n > 3 {
			continue
		}
		kept = append(kept, p)
		last = p
	}
	return kept
}
