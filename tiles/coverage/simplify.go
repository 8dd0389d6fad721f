package coverage

import "math"

// Simplify returns the borders of the map with the points left out that matter
// least: in each border between two meeting points, the one whose triangle with
// its neighbours is smallest goes first, until none is under doubleArea, twice
// the area in square units (Visvalingam and Whyatt, 1993). A point stays where
// three borders meet, where it is fixed, and where another point lies in its
// triangle: nothing that did not cross before crosses afterwards.
//
// The result depends on the map alone. It costs about a tenth of a microsecond a point.
func (m *Map) Simplify(doubleArea int64) *Segments {
	w := walker{m: m, removed: make([]bool, len(m.points)), limit: doubleArea}
	w.bundle()
	out := &Segments{open: m.open}
	out.Grow(len(w.edges))
	for _, c := range w.chains() {
		w.thin(c)
		w.emit(out, c)
	}
	return out
}

// bundle is the borders between the same two points: nearly always one edge,
// several where polygons overlap.
type bundle struct {
	a, b     int32
	from, to int32 // of the walker's edges
}

// walker follows borders from meeting point to meeting point.
type walker struct {
	m       *Map
	limit   int64
	edges   []edge
	bundles []bundle
	start   []int32 // of each point in ends, and the end of the last
	ends    []int32 // bundle numbers
	removed []bool
	heap    areaHeap
	prev    []int32
	next    []int32
	area    []int64
}

// bundle lists the edges by their points.
func (w *walker) bundle() {
	m := w.m
	w.edges = m.edges
	w.bundles = make([]bundle, 0, len(w.edges))
	for i := 0; i < len(w.edges); {
		j := i + 1
		for j < len(w.edges) && w.edges[j].a == w.edges[i].a && w.edges[j].b == w.edges[i].b {
			j++
		}
		w.bundles = append(w.bundles, bundle{w.edges[i].a, w.edges[i].b, int32(i), int32(j)})
		i = j
	}
	w.start = make([]int32, len(m.points)+1)
	for _, b := range w.bundles {
		w.start[b.a+1]++
		w.start[b.b+1]++
	}
	for i := 1; i < len(w.start); i++ {
		w.start[i] += w.start[i-1]
	}
	w.ends = make([]int32, 2*len(w.bundles))
	next := append([]int32(nil), w.start[:len(m.points)]...)
	for i, b := range w.bundles {
		for _, p := range [2]int32{b.a, b.b} {
			w.ends[next[p]] = int32(i)
			next[p]++
		}
	}
}

// around lists the bundles at a point.
func (w *walker) around(p int32) []int32 { return w.ends[w.start[p]:w.start[p+1]] }

// passes tells whether a border only passes the point: it has the same faces
// on its two sides before and after.
func (w *walker) passes(p int32) bool {
	at := w.around(p)
	if len(at) != 2 || w.m.fixed[p] {
		return false
	}
	in, out := w.bundles[at[0]], w.bundles[at[1]]
	if in.to-in.from != out.to-out.from {
		return false
	}
	// Seen along the walk in → p → out.
	turnIn, turnOut := in.b != p, out.a != p
	if in.to-in.from == 1 {
		return w.along(in.from, turnIn) == w.along(out.from, turnOut)
	}
	used := make([]bool, out.to-out.from)
next:
	for i := in.from; i < in.to; i++ {
		for j := out.from; j < out.to; j++ {
			if !used[j-out.from] && w.along(i, turnIn) == w.along(j, turnOut) {
				used[j-out.from] = true
				continue next
			}
		}
		return false
	}
	return true
}

func (w *walker) along(i int32, turned bool) [2]int32 {
	e := w.edges[i]
	if turned {
		e = e.turned()
	}
	return [2]int32{e.ahead, e.behind}
}

// chain is a border from one meeting point to the next, or a closed one.
type chain struct {
	first  int32 // bundle that gives the faces
	turned bool  // whether the first bundle runs against the chain
	points []int32
}

func (w *walker) closed(c chain) bool { return c.points[0] == c.points[len(c.points)-1] }

// chains cuts the borders into chains. Points are numbered in the order of
// their places, so chains come in an order that depends on the map alone.
func (w *walker) chains() []chain {
	passing := make([]bool, len(w.m.points))
	for p := range passing {
		passing[p] = w.passes(int32(p))
	}
	done := make([]bool, len(w.bundles))
	var all []chain
	pool := make([]int32, 0, 2*len(w.bundles)+16)
	walk := func(p, b int32) {
		begin := len(pool)
		c := chain{first: b, turned: w.bundles[b].a != p}
		start := p
		pool = append(pool, p)
		for {
			done[b] = true
			p = w.bundles[b].a + w.bundles[b].b - p
			pool = append(pool, p)
			if !passing[p] || p == start {
				break
			}
			at := w.around(p)
			b = at[0] + at[1] - b
		}
		c.points = pool[begin:len(pool):len(pool)]
		all = append(all, c)
	}
	for p := range passing {
		if passing[p] {
			continue
		}
		for _, b := range w.around(int32(p)) {
			if !done[b] {
				walk(int32(p), b)
			}
		}
	}
	for b := range w.bundles { // what is left are closed borders that meet no other
		if !done[b] {
			walk(w.bundles[b].a, int32(b)) // its least point, since bundles are sorted
		}
	}
	return all
}

// emit writes what is left of a chain as segments.
func (w *walker) emit(out *Segments, c chain) {
	first := w.bundles[c.first]
	from := c.points[0]
	for _, p := range c.points[1:] {
		if w.removed[p] {
			continue
		}
		for i := first.from; i < first.to; i++ {
			sides := w.along(i, c.turned)
			out.add(w.m.points[from], w.m.points[p], sides[0], sides[1])
		}
		from = p
	}
}

// thin removes the points of a chain that matter least.
func (w *walker) thin(c chain) {
	n := len(c.points)
	if n < 3 || w.limit <= 0 {
		return
	}
	w.prepare(c)
	left := n - 2 // inner points
	for {
		i, ok := w.heap.pop(w.area)
		if !ok || w.closed(c) && left <= 2 { // a triangle is the least that a closed border can be
			break
		}
		if !w.clear(c, w.prev[i], i, w.next[i]) {
			w.area[i] = math.MaxInt64 // until a neighbour goes
			continue
		}
		w.removed[c.points[i]] = true
		left--
		before, after := w.prev[i], w.next[i]
		w.next[before], w.prev[after] = after, before
		w.area[i] = math.MaxInt64
		for _, k := range [2]int32{before, after} {
			if k > 0 && int(k) < n-1 {
				w.weigh(c, k)
			}
		}
	}
	w.heap.clear()
}

func (w *walker) prepare(c chain) {
	n := len(c.points)
	for len(w.prev) < n {
		w.prev, w.next, w.area = append(w.prev, 0), append(w.next, 0), append(w.area, 0)
	}
	for i := range n {
		w.prev[i], w.next[i], w.area[i] = int32(i-1), int32(i+1), math.MaxInt64
	}
	for i := 1; i < n-1; i++ {
		w.weigh(c, int32(i))
	}
}

// weigh gives an inner point its area and, if that is small, its place in the heap.
func (w *walker) weigh(c chain, i int32) {
	p := w.m.points
	w.area[i] = abs(cross(p[c.points[w.prev[i]]], p[c.points[i]], p[c.points[w.next[i]]]))
	if w.area[i] < w.limit {
		w.heap.push(areaItem{w.area[i], i})
	}
}

// clear tells whether the triangle of three neighbours in a chain holds no
// other point of the map that is still there, nor has one on its new side.
func (w *walker) clear(c chain, before, at, after int32) bool {
	ia, ib, ic := c.points[before], c.points[at], c.points[after]
	m := w.m
	p, q, r := m.points[ia], m.points[ib], m.points[ic]
	if ia == ic {
		return false
	}
	turn := cross(p, q, r)
	if turn < 0 {
		p, r = r, p
	}
	left, right := min(p.X, q.X, r.X), max(p.X, q.X, r.X)
	top, bottom := min(p.Y, q.Y, r.Y), max(p.Y, q.Y, r.Y)
	for row := m.bins.row(top); row <= m.bins.row(bottom); row++ {
		for _, i := range m.bins.in(row, m.bins.column(left), m.bins.column(right)) {
			if i == ia || i == ib || i == ic || w.removed[i] {
				continue
			}
			s := m.points[i]
			if s.X < left || s.X > right || s.Y < top || s.Y > bottom || len(w.around(i)) == 0 {
				continue
			}
			if cross(p, q, s) >= 0 && cross(q, r, s) >= 0 && cross(r, p, s) >= 0 {
				return false
			}
		}
	}
	return true
}
