package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// mesh is a honeycomb over the city. A cell of the full grid that lies in the
// city is an atom; atoms are numbered from the south-west, row by row.
//
// Rows run west to east and are stacked northward; odd rows stand half a cell
// to the east. Corner k of a cell is at 30°+60°·k and edge k runs from corner k
// to corner k+1 with the cell on its left.
type mesh struct {
	seed    uint64
	origin  orb.Point // centre of the cell in row 0, column 0; metres
	edge    float64   // length of a side before corners are moved, metres
	rows    int
	columns int
	bends   int     // vertices put into each edge
	atomOf  []int32 // by grid cell; -1 outside the city
	cellOf  []int32 // by atom
}

// noAtom stands for what is outside the city.
const noAtom = int32(-1)

// Shares of the edge length by which corners move and edges bend. Above 0.3
// and 0.15 edges could cross.
const (
	cornerMove = 0.27
	edgeBend   = 0.10
)

// newMesh lays cells of the given area in square metres over a box and keeps
// those whose centre is inside.
func newMesh(seed uint64, box orb.Bound, cellArea float64, bends int, inside func(orb.Point) bool) *mesh {
	edge := math.Sqrt(cellArea * 2 / (3 * math.Sqrt(3)))
	m := &mesh{seed: seed, edge: edge, bends: bends}
	m.origin = orb.Point{box.Min[0] - 3*edge, box.Min[1] - 3*edge}
	m.columns = int((box.Max[0]-m.origin[0])/(edge*math.Sqrt(3))) + 4
	m.rows = int((box.Max[1]-m.origin[1])/(edge*1.5)) + 4
	m.atomOf = make([]int32, m.rows*m.columns)
	for i := range m.atomOf {
		m.atomOf[i] = noAtom
		r, c := i/m.columns, i%m.columns
		if r > 0 && c > 0 && r < m.rows-1 && c < m.columns-1 && inside(m.cellCentre(int32(i))) {
			m.atomOf[i] = 0
		}
	}
	m.keepOnePiece()
	return m
}

// keepOnePiece keeps the largest connected piece, fills the holes in it, and
// numbers the atoms.
func (m *mesh) keepOnePiece() {
	piece := make([]int32, len(m.atomOf)) // 0 not seen
	largest, largestSize, number := int32(0), 0, int32(0)
	flood := func(start int32, wanted bool) int {
		number++
		queue, size := []int32{start}, 0
		piece[start] = number
		for len(queue) > 0 {
			cell := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			size++
			for k := range 6 {
				n := m.neighbourCell(cell, k)
				if n >= 0 && piece[n] == 0 && (m.atomOf[n] != noAtom) == wanted {
					piece[n] = number
					queue = append(queue, n)
				}
			}
		}
		return size
	}
	flood(0, false)
	outer := number
	for i := range m.atomOf {
		if m.atomOf[i] != noAtom && piece[i] == 0 {
			if size := flood(int32(i), true); size > largestSize {
				largest, largestSize = number, size
			}
		}
	}
	for i := range m.atomOf {
		m.atomOf[i] = noAtom
		r, c := i/m.columns, i%m.columns
		hole := piece[i] == 0 && r > 0 && c > 0 && r < m.rows-1 && c < m.columns-1
		if piece[i] != outer && (piece[i] == largest || hole) {
			m.atomOf[i] = int32(len(m.cellOf))
			m.cellOf = append(m.cellOf, int32(i))
		}
	}
}

func (m *mesh) size() int { return len(m.cellOf) }

// spacing is the distance between the centres of neighbours in metres.
func (m *mesh) spacing() float64 { return m.edge * math.Sqrt(3) }

func (m *mesh) cellCentre(cell int32) orb.Point {
	r, c := int(cell)/m.columns, int(cell)%m.columns
	return orb.Point{
		m.origin[0] + m.edge*math.Sqrt(3)*(float64(c)+0.5*float64(r&1)),
		m.origin[1] + m.edge*1.5*float64(r),
	}
}

// centre returns the middle of an atom in metres.
func (m *mesh) centre(atom int32) orb.Point { return m.cellCentre(m.cellOf[atom]) }

// neighbourCell returns the grid cell over edge k, or -1 beyond the grid.
func (m *mesh) neighbourCell(cell int32, k int) int32 {
	r, c := int(cell)/m.columns, int(cell)%m.columns
	odd := r & 1
	switch k {
	case 0:
		r, c = r+1, c+odd
	case 1:
		r, c = r+1, c-1+odd
	case 2:
		c--
	case 3:
		r, c = r-1, c-1+odd
	case 4:
		r, c = r-1, c+odd
	default:
		c++
	}
	if r < 0 || c < 0 || r >= m.rows || c >= m.columns {
		return -1
	}
	return int32(r*m.columns + c)
}

// neighbour returns the atom over edge k, or noAtom.
func (m *mesh) neighbour(atom int32, k int) int32 {
	n := m.neighbourCell(m.cellOf[atom], k)
	if n < 0 {
		return noAtom
	}
	return m.atomOf[n]
}

// at returns the atom whose undisturbed cell holds the point, or noAtom.
func (m *mesh) at(p orb.Point) int32 {
	r := int(math.Round((p[1] - m.origin[1]) / (m.edge * 1.5)))
	best, bestDistance := noAtom, math.Inf(1)
	for _, row := range [3]int{r - 1, r, r + 1} {
		if row < 0 || row >= m.rows {
			continue
		}
		c := int(math.Round((p[0]-m.origin[0])/(m.edge*math.Sqrt(3)) - 0.5*float64(row&1)))
		if c < 0 || c >= m.columns {
			continue
		}
		cell := int32(row*m.columns + c)
		q := m.cellCentre(cell)
		if d := math.Hypot(q[0]-p[0], q[1]-p[1]); d < bestDistance {
			best, bestDistance = m.atomOf[cell], d
		}
	}
	return best
}

// corner names corner k of a cell: each cell owns its northern (even) and its
// southern (odd) corner, the others belong to neighbours.
func (m *mesh) corner(cell int32, k int) int64 {
	switch k {
	case 0:
		return 2*int64(m.neighbourCell(cell, 0)) + 1
	case 1:
		return 2 * int64(cell)
	case 2:
		return 2*int64(m.neighbourCell(cell, 1)) + 1
	case 3:
		return 2 * int64(m.neighbourCell(cell, 3))
	case 4:
		return 2*int64(cell) + 1
	default:
		return 2 * int64(m.neighbourCell(cell, 4))
	}
}

// position returns where a corner stands after its move, to the millimetre.
func (m *mesh) position(corner int64) orb.Point {
	p := m.cellCentre(int32(corner / 2))
	p[1] += m.edge * float64(1-2*(corner&1))
	h := hash(m.seed, uint64(corner))
	angle, length := 2*math.Pi*fraction(h), m.edge*cornerMove*math.Sqrt(fraction(mix(h)))
	return millimetres(orb.Point{p[0] + length*math.Cos(angle), p[1] + length*math.Sin(angle)})
}

// appendEdge appends the vertices of the edge between two corners without the
// last one. Both directions give the same vertices.
func (m *mesh) appendEdge(line []orb.Point, from, to int64) []orb.Point {
	a, b := m.position(from), m.position(to)
	line = append(line, a)
	low, high, backward := from, to, false
	if from > to {
		low, high, backward = to, from, true
		a, b = b, a
	}
	first := len(line)
	for i := 1; i <= m.bends; i++ {
		t := float64(i) / float64(m.bends+1)
		h := hash(m.seed, uint64(low), uint64(high), uint64(i))
		bend := edgeBend * (2*fraction(h) - 1)
		line = append(line, millimetres(orb.Point{
			a[0] + t*(b[0]-a[0]) - bend*(b[1]-a[1]),
			a[1] + t*(b[1]-a[1]) + bend*(b[0]-a[0]),
		}))
	}
	if backward {
		for i, j := first, len(line)-1; i < j; i, j = i+1, j-1 {
			line[i], line[j] = line[j], line[i]
		}
	}
	return line
}

func millimetres(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1000) / 1000, math.Round(p[1]*1000) / 1000}
}

// outline returns the border of a set of atoms as polygons: shells run
// counter-clockwise, holes clockwise. in reports whether an atom is of the set.
// A set of several pieces gives several polygons; rings never touch.
func (m *mesh) outline(members []int32, in func(int32) bool) orb.MultiPolygon {
	next := make(map[int64]int64)
	var starts []int64
	for _, atom := range members {
		cell := m.cellOf[atom]
		for k := range 6 {
			if n := m.neighbour(atom, k); n == noAtom || !in(n) {
				from := m.corner(cell, k)
				next[from] = m.corner(cell, (k+1)%6)
				starts = append(starts, from)
			}
		}
	}
	var shells orb.MultiPolygon
	var holes []orb.Ring
	for _, start := range starts {
		if _, open := next[start]; !open {
			continue
		}
		var line []orb.Point
		for at := start; ; {
			to, open := next[at]
			if !open {
				break
			}
			delete(next, at)
			line = m.appendEdge(line, at, to)
			at = to
		}
		ring := orb.Ring(append(line, line[0]))
		if planeArea(ring) > 0 {
			shells = append(shells, orb.Polygon{ring})
		} else {
			holes = append(holes, ring)
		}
	}
	for _, hole := range holes {
		for i := range shells {
			if len(shells) == 1 || ringHolds(shells[i][0], hole[0]) {
				shells[i] = append(shells[i], hole)
				break
			}
		}
	}
	return shells
}

// planeArea is the signed area of a ring in the plane, square metres.
func planeArea(ring orb.Ring) float64 {
	sum, o := 0.0, ring[0]
	for i := 1; i < len(ring); i++ {
		a, b := ring[i-1], ring[i]
		sum += (a[0]-o[0])*(b[1]-o[1]) - (b[0]-o[0])*(a[1]-o[1])
	}
	return sum / 2
}

// ringHolds reports whether a point is inside a ring, in the plane.
func ringHolds(ring orb.Ring, p orb.Point) bool {
	in := false
	for i, j := 0, len(ring)-1; i < len(ring); j, i = i, i+1 {
		a, b := ring[i], ring[j]
		if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < (b[0]-a[0])*(p[1]-a[1])/(b[1]-a[1])+a[0] {
			in = !in
		}
	}
	return in
}
