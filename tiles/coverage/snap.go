package coverage

import (
	"math"
	"slices"
)

// Segments are straight pieces of border on a fine grid, before they are
// rounded to a coarser one. Each has a face ahead and a face behind, or
// [Nothing]: see [Segments.AddRing].
type Segments struct {
	from, to      []Point
	ahead, behind []int32
	open          bool // lines, not borders of faces
}

// AddRing adds the border of a face: an outer ring with positive [DoubleArea] or
// a hole with a negative one. The ring is closed whether it repeats its first
// point or not.
func (s *Segments) AddRing(face int32, ring []Point) {
	n := len(ring)
	if n > 1 && ring[0] == ring[n-1] {
		n--
	}
	for i := range n {
		p, q := ring[i], ring[0]
		if i+1 < n {
			q = ring[i+1]
		}
		if p != q {
			s.add(p, q, face, Nothing)
		}
	}
}

// AddLine adds a line. A set of segments holds lines or borders, not both; in a
// map of lines a number is that of a line, there are no faces, and what runs
// back over itself stays.
func (s *Segments) AddLine(number int32, line []Point) {
	s.open = true
	for i := 1; i < len(line); i++ {
		if line[i-1] != line[i] {
			s.add(line[i-1], line[i], number, Nothing)
		}
	}
}

// Grow makes room for n more segments, so that adding them copies nothing.
func (s *Segments) Grow(n int) {
	s.from, s.to = slices.Grow(s.from, n), slices.Grow(s.to, n)
	s.ahead, s.behind = slices.Grow(s.ahead, n), slices.Grow(s.behind, n)
}

func (s *Segments) add(p, q Point, ahead, behind int32) {
	s.from, s.to = append(s.from, p), append(s.to, q)
	s.ahead, s.behind = append(s.ahead, ahead), append(s.behind, behind)
}

// Len is the number of segments.
func (s *Segments) Len() int { return len(s.from) }

// Snap rounds the segments to a grid that is 1<<shift times coarser and makes
// a map of them. Ends that fall together become one point, and a segment that
// passes through the square of another point bends to it (snap rounding after
// Hobby, 1999): so nothing that did not cross before crosses afterwards, a face
// that is thinner than a unit closes, and its neighbours meet. The result
// depends on the segments, not on their order.
//
// keep tells which points of the coarser grid no simplification may take away;
// nil is none.
//
// It costs time and memory proportional to the segments, nearly whatever their lengths.
func (s *Segments) Snap(shift uint, keep func(Point) bool) *Map {
	r := rounding{shift: shift, numbers: newPointTable(len(s.from))}
	m := &Map{open: s.open}
	from := r.number(s.from)
	to := r.numberEnds(s.to, s.from, from)
	m.points = r.points
	r.order(m.points, from, to)
	m.fixed = make([]bool, len(m.points))
	if keep != nil {
		for i, p := range m.points {
			m.fixed[i] = keep(p)
		}
	}
	m.bins = newBins(m.points)
	raw := make([]edge, 0, len(from))
	var between []passing
	for i := range from {
		a, b := from[i], to[i]
		e := edge{a, b, s.ahead[i], s.behind[i]}
		between = m.passed(between[:0], s.from[i], s.to[i], a, b, shift)
		for _, p := range between {
			raw = appendEdge(raw, e.a, p.point, e.ahead, e.behind)
			e.a = p.point
		}
		raw = appendEdge(raw, e.a, b, e.ahead, e.behind)
	}
	m.edges = joinEdges(raw, len(m.points), m.open)
	return m
}

func appendEdge(edges []edge, a, b, ahead, behind int32) []edge {
	switch {
	case a < b:
		return append(edges, edge{a, b, ahead, behind})
	case a > b:
		return append(edges, edge{b, a, behind, ahead})
	}
	return edges
}

// rounding numbers rounded points.
type rounding struct {
	shift   uint
	points  []Point
	numbers pointTable
}

// round brings a point to the coarser grid; halfway between two it goes to the
// even one, so that rounding again and again drifts nowhere.
func (r *rounding) round(p Point) Point {
	if r.shift == 0 {
		return p
	}
	return Point{roundEven(p.X, r.shift), roundEven(p.Y, r.shift)}
}

func roundEven(v int32, shift uint) int32 {
	half := int32(1) << (shift - 1)
	rounded := (v + half) >> shift
	if v&(1<<shift-1) == half && rounded&1 == 1 {
		rounded--
	}
	return rounded
}

func (r *rounding) number(points []Point) []int32 {
	numbers := make([]int32, len(points))
	for i, p := range points {
		numbers[i] = r.numberOf(p)
	}
	return numbers
}

// numberEnds numbers the ends of segments whose starts have numbers: the end of
// one is nearly always the start of the next.
func (r *rounding) numberEnds(to, from []Point, starts []int32) []int32 {
	numbers := make([]int32, len(to))
	for i, p := range to {
		if i+1 < len(from) && from[i+1] == p {
			numbers[i] = starts[i+1]
			continue
		}
		numbers[i] = r.numberOf(p)
	}
	return numbers
}

func (r *rounding) numberOf(p Point) int32 {
	q := r.round(p)
	n, isNew := r.numbers.put(q, int32(len(r.points)))
	if isNew {
		r.points = append(r.points, q)
	}
	return n
}

// order puts the points in their own order, so that the map does not depend on
// the order in which the segments came, and renumbers the ends.
func (r *rounding) order(points []Point, ends ...[]int32) {
	type numbered struct {
		key uint64
		old int32
	}
	sorted := make([]numbered, len(points))
	for i, p := range points {
		sorted[i] = numbered{pointKey(p), int32(i)}
	}
	radixSort(sorted, func(n numbered) uint64 { return n.key })
	place := make([]int32, len(points))
	for i, n := range sorted {
		place[n.old] = int32(i)
		points[i] = pointOf(n.key)
	}
	for _, e := range ends {
		for i := range e {
			e[i] = place[e[i]]
		}
	}
}

// passing is a point that a segment passes, and how far along.
type passing struct {
	along int64
	point int32
}

// passed lists the points through whose squares the segment p–q goes, in
// their order along it, without its own ends a and b.
func (m *Map) passed(found []passing, p, q Point, a, b int32, shift uint) []passing {
	if p == q {
		return found
	}
	half := int32(0)
	if shift > 0 {
		half = 1 << (shift - 1)
	}
	ra, rb := m.points[a], m.points[b]
	top, bottom := min(ra.Y, rb.Y), max(ra.Y, rb.Y)
	for row := m.bins.row(top); row <= m.bins.row(bottom); row++ {
		left, right := min(ra.X, rb.X), max(ra.X, rb.X)
		if right-left > 2<<m.bins.shift && bottom-top > 2<<m.bins.shift {
			left, right = m.crossingRow(row, p, q, shift)
		}
		for _, i := range m.bins.in(row, m.bins.column(left), m.bins.column(right)) {
			if i == a || i == b {
				continue
			}
			c := m.points[i]
			if c.X < left || c.X > right || c.Y < top || c.Y > bottom {
				continue
			}
			centre := Point{c.X << shift, c.Y << shift}
			if through(p, q, centre, half, c.X&1 == 0, c.Y&1 == 0) {
				along := int64(centre.X-p.X)*int64(q.X-p.X) + int64(centre.Y-p.Y)*int64(q.Y-p.Y)
				found = append(found, passing{along, i})
			}
		}
	}
	if len(found) > 1 {
		slices.SortFunc(found, func(f, g passing) int {
			if f.along != g.along {
				return int(min(max(f.along-g.along, -1), 1))
			}
			return int(f.point - g.point)
		})
	}
	return found
}

// crossingRow is the range of x, on the coarse grid and a little wide, in which
// the segment runs while it is in a row of cells.
func (m *Map) crossingRow(row int32, p, q Point, shift uint) (left, right int32) {
	scale := float64(int64(1) << shift)
	y0 := float64(m.bins.y+row<<m.bins.shift) - 1
	y1 := y0 + float64(int64(1)<<m.bins.shift) + 2
	if p.Y > q.Y {
		p, q = q, p
	}
	px, py, qx, qy := float64(p.X)/scale, float64(p.Y)/scale, float64(q.X)/scale, float64(q.Y)/scale
	slope := (qx - px) / (qy - py) // called for steep enough segments only
	x0 := px + slope*(min(max(y0, py), qy)-py)
	x1 := px + slope*(min(max(y1, py), qy)-py)
	return int32(math.Floor(min(x0, x1))) - 1, int32(math.Ceil(max(x0, x1))) + 1
}

// through tells whether the segment p–q goes through the square round centre
// that reaches half a unit of the coarse grid to each side. As [rounding.round]
// has it, an edge halfway to the next square belongs to the even of the two.
func through(p, q, centre Point, half int32, evenX, evenY bool) bool {
	if half == 0 {
		return cross(p, q, centre) == 0 && min(p.X, q.X) <= centre.X && centre.X <= max(p.X, q.X) &&
			min(p.Y, q.Y) <= centre.Y && centre.Y <= max(p.Y, q.Y)
	}
	if apart(p.X, q.X, centre.X, half, evenX) || apart(p.Y, q.Y, centre.Y, half, evenY) {
		return false
	}
	// The line passes the square if its corners are not all on one side.
	dx, dy := abs(int64(q.X-p.X)), abs(int64(q.Y-p.Y))
	switch off, reach := abs(cross(p, q, centre)), int64(half)*(dx+dy); {
	case off != reach:
		return off < reach
	case dx == 0:
		return evenX
	case dy == 0:
		return evenY
	default:
		return evenX && evenY
	}
}

// apart tells whether the range of p and q lies beside the square in one direction.
func apart(p, q, centre, half int32, even bool) bool {
	low, high := min(p, q), max(p, q)
	if even {
		return high < centre-half || low > centre+half
	}
	return high <= centre-half || low >= centre+half
}

func abs(n int64) int64 { return max(n, -n) }
