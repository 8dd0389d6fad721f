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
}

// Empty tells whether the map has no border.
func (m *Map) Empty() bool { return len(m.edges) == 0 }

// Size is the number of points and of straight pieces of border.
func (m *Map) Size() (points, edges int) { return len(m.points), len(m.edges) }

// DoubleAreas returns, for each of n faces, twice its area in square units.
func (m *Map) DoubleAreas(n int) []int64 {
	areas := make([]int64, n)
	if len(m.points) == 0 {
		return areas
	}
	origin := m.points[0] // keeps the products small
	for _, e := range m.edges {
		twice := cross(origin, m.points[e.a], m.points[e.b])
		if e.ahead != Nothing {
			areas[e.ahead] += twice
		}
		if e.behind != Nothing {
			areas[e.behind] -= twice
		}
	}
	return areas
}

// Border is how much border two faces share.
type Border struct {
	A, B   int32   // faces, A < B
	Length float64 // in units
}

// Borders lists the pairs of faces that share a border, by A, then B.
func (m *Map) Borders() []Border {
	lengths := make([]Border, 0, len(m.edges)/4)
	for _, e := range m.edges {
		if e.ahead == Nothing || e.behind == Nothing {
			continue
		}
		p, q := m.points[e.a], m.points[e.b]
		lengths = append(lengths, Border{min(e.ahead, e.behind), max(e.ahead, e.behind), distance(p, q)})
	}
	return joinBorders(lengths)
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
