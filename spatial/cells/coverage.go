package cells

import (
	"github.com/paulmach/orb"
)

// None stands for no polygon.
const None = -1

// Coverage is an index of polygons that is made once and asked by many
// goroutines: which polygon a point lies in, which are near. Polygons are
// numbered as they were given; where closed polygons share a point, by a common
// border or by overlapping, the lowest number has it.
//
// It is a quadtree over longitude and latitude. A quad that one polygon fills
// names it; one that borders cross has the few edges in it, and of each polygon
// whether it holds the quad's middle. A point then lies in the polygon if the
// way to the middle, first west or east, then north or south, crosses its edges
// an even number of times.
type Coverage struct {
	points   []orb.Point // of all rings, each closed
	rings    []ring
	polygons []polygon

	origin orb.Point // south-west corner of the root
	size   float64   // degrees, of a side of the root
	root   uint32
	quads  [][4]uint32 // the quads of a quad: south-west, south-east, north-west, north-east
	leaves []uint32    // see leaf
}

// ring is a run of points; the last is the first. Shells run counter-clockwise,
// holes clockwise.
type ring struct{ first, points uint32 }

type polygon struct {
	firstRing, rings uint32
	bound            orb.Bound
}

// A quad is a word: what it is in the top two bits, and a number.
const (
	kindEmpty  = 0 << 30 // no polygon
	kindWhole  = 1 << 30 // inside the polygon with the number
	kindLeaf   = 2 << 30 // crossed by borders; the number is a place in leaves
	kindQuads  = 3 << 30 // divided; the number is a place in quads
	kindBits   = 3 << 30
	numberBits = kindWhole - 1
)

// maxDepth is the depth of the smallest quad: some 2 cm in a city.
const maxDepth = 24

// edgesInLeaf is the number of edges that a quad is divided beyond.
const edgesInLeaf = 12

// Polygons is how many there are.
func (c *Coverage) Polygons() int { return len(c.polygons) }

// Vertices counts the vertices; a ring's closing point is not one more.
func (c *Coverage) Vertices() int { return len(c.points) - len(c.rings) }

// Bytes is the memory that the index takes, coordinates included.
func (c *Coverage) Bytes() int {
	return 16*cap(c.points) + 8*cap(c.rings) + 40*cap(c.polygons) + 16*cap(c.quads) + 4*cap(c.leaves)
}

// At returns the number of the polygon that a point lies in, border included:
// longitude and latitude in the system of the polygons. Where none does it
// returns [None]. It allocates nothing.
func (c *Coverage) At(p orb.Point) int {
	scale := (1 << maxDepth) / c.size
	x, y := (p[0]-c.origin[0])*scale, (p[1]-c.origin[1])*scale
	if !(x >= 0 && x < 1<<maxDepth && y >= 0 && y < 1<<maxDepth) {
		return None
	}
	column, row := uint32(x), uint32(y)
	quad, shift := c.root, uint(maxDepth)
	for quad&kindBits == kindQuads {
		shift--
		quad = c.quads[quad&numberBits][(row>>shift&1)<<1|column>>shift&1]
	}
	switch quad & kindBits {
	case kindWhole:
		return int(quad & numberBits)
	case kindLeaf:
		middle := c.middle(column>>shift, row>>shift, maxDepth-shift)
		return c.inLeaf(c.leaves[quad&numberBits:], p, middle)
	default:
		return None
	}
}

// middle returns the middle of the quad in a column and row of a depth.
func (c *Coverage) middle(column, row uint32, depth uint) orb.Point {
	side := c.size / float64(uint32(1)<<depth)
	return orb.Point{c.origin[0] + (float64(column)+0.5)*side, c.origin[1] + (float64(row)+0.5)*side}
}

// inLeaf looks for the point in the polygons of a leaf, the lowest number first.
// A leaf is the number of polygons, then of each: its number and whether it
// holds the middle, the number of edges, the edges. An edge is the place of its
// first point.
func (c *Coverage) inLeaf(leaf []uint32, p, middle orb.Point) int {
	count := leaf[0]
	leaf = leaf[1:]
	for range count {
		head, edges := leaf[0], leaf[2:2+leaf[1]]
		leaf = leaf[2+leaf[1]:]
		if odd, on := c.way(edges, p, middle); on || odd != (head&1 == 1) {
			return int(head >> 1)
		}
	}
	return None
}

// way goes from p to a quad's middle and tells whether it crosses the edges an
// odd number of times, or whether p is on one of them.
func (c *Coverage) way(edges []uint32, p, middle orb.Point) (odd, on bool) {
	corner := orb.Point{middle[0], p[1]}
	for _, e := range edges {
		a, b := c.points[e], c.points[e+1]
		if (a[1] > p[1]) != (b[1] > p[1]) {
			s := side(a, b, p)
			if s == 0 {
				return false, true
			}
			if s != sideOfReference(a, b, corner) {
				odd = !odd
			}
		} else if a == p || a[1] == p[1] && b[1] == p[1] && (a[0] > p[0]) != (b[0] > p[0]) {
			return false, true
		}
		if (a[0] > middle[0]) != (b[0] > middle[0]) && sideOfReference(a, b, corner) != sideOfReference(a, b, middle) {
			odd = !odd
		}
	}
	return odd, false
}

// eachRing calls f with the points of each ring of a polygon, closed.
func (c *Coverage) eachRing(polygon int, f func([]orb.Point)) {
	p := c.polygons[polygon]
	for _, r := range c.rings[p.firstRing : p.firstRing+p.rings] {
		f(c.points[r.first : r.first+r.points])
	}
}

// Shape returns a polygon as it was given, but for the direction of its rings:
// shells run counter-clockwise. The points are the index's own.
func (c *Coverage) Shape(polygon int) orb.MultiPolygon {
	var shape orb.MultiPolygon
	c.eachRing(polygon, func(points []orb.Point) {
		ring := orb.Ring(points)
		if twiceArea(ring) < 0 && len(shape) > 0 {
			shape[len(shape)-1] = append(shape[len(shape)-1], ring)
			return
		}
		shape = append(shape, orb.Polygon{ring})
	})
	return shape
}

// twiceArea is positive where the ring runs counter-clockwise.
func twiceArea(r orb.Ring) float64 {
	sum := 0.0
	for i := 1; i < len(r); i++ {
		sum += (r[i-1][0]-r[0][0])*(r[i][1]-r[0][1]) - (r[i][0]-r[0][0])*(r[i-1][1]-r[0][1])
	}
	return sum
}
