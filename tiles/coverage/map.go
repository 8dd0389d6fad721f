package coverage

// Nothing stands for the face beside a border that has a polygon on one side only.
const Nothing = int32(-1)

// edge is a straight piece of border between two points of a map, a < b. Going
// from a to b, the face ahead is the one whose rings run so; behind is the one
// whose rings run from b to a. Where polygons overlap, several edges lie between
// the same two points.
type edge struct {
	a, b          int32
	ahead, behind int32
}

// turned is the edge as seen from its other end.
func (e edge) turned() edge { return edge{e.b, e.a, e.behind, e.ahead} }

// Map is a planar map: points, and the borders between them with the face on
// either side. Borders meet in points only, except where the polygons that it
// was made of overlapped. A Map does not change once made.
type Map struct {
	points []Point
	fixed  []bool // points that must stay where they are
	edges  []edge // sorted by a, then b
	bins   bins   // of the points
	open   bool   // the edges are lines
}

// Empty tells whether the map has no border.
func (m *Map) Empty() bool { return len(m.edges) == 0 }

// Size is the number of points and of straight pieces of border.
func (m *Map) Size() (points, edges int) { return len(m.points), len(m.edges) }

// Border is how much border two faces share.
type Border struct {
	A, B   int32   // faces, A < B
	Length float64 // in units
}

// Borders lists the pairs of faces that share a border and of which at least one
// is wanted, by A, then B.
func (m *Map) Borders(wanted []bool) []Border {
	var borders []Border
	for _, e := range m.edges {
		if e.ahead == Nothing || e.behind == Nothing || !wanted[e.ahead] && !wanted[e.behind] {
			continue
		}
		p, q := m.points[e.a], m.points[e.b]
		borders = append(borders, Border{min(e.ahead, e.behind), max(e.ahead, e.behind), distance(p, q)})
	}
	return joinBorders(borders)
}

// Sketch is what can be told of a face without tracing it.
type Sketch struct {
	Box        Box
	DoubleArea int64 // in square units
	Points     int   // of all its rings
}

// Sketches returns the sketch of each of n faces; one that is not there has no points.
func (m *Map) Sketches(n int) []Sketch {
	all := make([]Sketch, n)
	for i := range all {
		all[i].Box = emptyBox()
	}
	if len(m.points) == 0 {
		return all
	}
	origin := m.points[0] // keeps the products small
	for _, e := range m.edges {
		p, q := m.points[e.a], m.points[e.b]
		twice := cross(origin, p, q)
		if e.ahead != Nothing {
			all[e.ahead].add(p, q, twice)
		}
		if e.behind != Nothing {
			all[e.behind].add(p, q, -twice)
		}
	}
	return all
}

func (s *Sketch) add(p, q Point, twice int64) {
	s.Box.take(p)
	s.Box.take(q)
	s.DoubleArea += twice
	s.Points++
}

// Merge returns the map with faces merged: into gives each face the face that it
// goes to, itself where it stays, [Nothing] where it is left out. Points that only
// the borders between them needed stay until the next [Map.Simplify].
func (m *Map) Merge(into []int32) *Map {
	merged := *m
	merged.edges = make([]edge, 0, len(m.edges))
	for _, e := range m.edges {
		if e.ahead != Nothing {
			e.ahead = into[e.ahead]
		}
		if e.behind != Nothing {
			e.behind = into[e.behind]
		}
		if e.ahead != e.behind || m.open && e.ahead != Nothing {
			merged.edges = append(merged.edges, e)
		}
	}
	return &merged
}

// Touching marks the faces, of n, that have a fixed point on their border.
func (m *Map) Touching(n int) []bool {
	touching := make([]bool, n)
	for _, e := range m.edges {
		if m.fixed[e.a] || m.fixed[e.b] {
			for _, face := range [2]int32{e.ahead, e.behind} {
				if face != Nothing {
					touching[face] = true
				}
			}
		}
	}
	return touching
}
