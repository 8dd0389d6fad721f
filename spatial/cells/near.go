package cells

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// The ellipsoid of CGCS2000.
const (
	axisMetres   = 6378137
	flattening   = 1 / 298.257222101
	eccentricity = flattening * (2 - flattening) // squared
)

// plane lays the map flat round a point: metres to the east and to the north.
type plane struct {
	origin orb.Point
	kx, ky float64 // metres a degree
}

// planeAt is a plane whose lengths are right at a latitude.
func planeAt(origin orb.Point, latitude float64) plane {
	sin, cos := math.Sincos(latitude * (math.Pi / 180))
	m := 1 - eccentricity*sin*sin
	n := axisMetres / math.Sqrt(m)
	return plane{origin, n * cos * (math.Pi / 180), n * (1 - eccentricity) / m * (math.Pi / 180)}
}

func (l plane) metres(p orb.Point) orb.Point {
	return orb.Point{(p[0] - l.origin[0]) * l.kx, (p[1] - l.origin[1]) * l.ky}
}

// Distance is how far two positions in EPSG:4490 degrees are apart on the
// ellipsoid, in metres: right to a millionth up to 10 km and to a thousandth up
// to 500 km.
func Distance(p, q orb.Point) float64 {
	d := planeAt(p, (p[1]+q[1])/2).metres(q)
	return math.Hypot(d[0], d[1])
}

// nearestOn returns the point of the segment from a to b that is nearest to the
// origin, all in metres.
func nearestOn(a, b orb.Point) orb.Point {
	dx, dy := b[0]-a[0], b[1]-a[1]
	length := dx*dx + dy*dy
	if length == 0 {
		return a
	}
	t := min(max(-(a[0]*dx+a[1]*dy)/length, 0), 1)
	return orb.Point{a[0] + t*dx, a[1] + t*dy}
}

// square is the square of the distance from the origin.
func square(p orb.Point) float64 { return p[0]*p[0] + p[1]*p[1] }

// toBorder returns the distance in metres from p to the polygon's border.
func (c *Coverage) toBorder(polygon int, p orb.Point) float64 {
	flat, best, reach := planeAt(p, p[1]), math.Inf(1), math.Inf(1) // reach is the root of best
	inside := c.polygons[polygon]
	for _, r := range c.rings[inside.firstRing : inside.firstRing+inside.rings] {
		points := c.points[r.first : r.first+r.points]
		a := flat.metres(points[0])
		for _, q := range points[1:] {
			b, from := flat.metres(q), a
			a = b
			// Most edges are too far on one side, or on lines that are: known without a division.
			if from[0] > reach && b[0] > reach || from[0] < -reach && b[0] < -reach || from[1] > reach && b[1] > reach || from[1] < -reach && b[1] < -reach {
				continue
			}
			dx, dy := b[0]-from[0], b[1]-from[1]
			if away := from[0]*dy - from[1]*dx; away*away >= best*(dx*dx+dy*dy) {
				continue
			}
			if d := square(nearestOn(from, b)); d < best {
				best, reach = d, math.Sqrt(d)
			}
		}
	}
	return reach
}

// reach is a search for edges near a point.
type reach struct {
	c     *Coverage
	flat  plane
	limit float64                         // square of the distance in metres beyond which nothing is wanted
	found func(polygon int, at orb.Point) // an edge of the polygon, and where it is nearest in the plane; may lower limit
}

// quad visits a quad whose square distance is from.
func (r *reach) quad(quad uint32, column, row uint32, depth uint) {
	number := quad & numberBits
	switch quad & kindBits {
	case kindQuads:
		var order [4]struct {
			k    uint32
			from float64
		}
		for k := range uint32(4) {
			order[k].k, order[k].from = k, r.toQuad(column<<1|k&1, row<<1|k>>1, depth+1)
		}
		slices.SortFunc(order[:], func(a, b struct {
			k    uint32
			from float64
		},
		) int {
			return cmp.Compare(a.from, b.from)
		})
		for _, one := range order {
			if one.from <= r.limit {
				r.quad(r.c.quads[number][one.k], column<<1|one.k&1, row<<1|one.k>>1, depth+1)
			}
		}
	case kindLeaf:
		leaf := r.c.leaves[number:]
		count := leaf[0]
		leaf = leaf[1:]
		for range count {
			polygon, edges := int(leaf[0]>>1), leaf[2:2+leaf[1]]
			leaf = leaf[2+leaf[1]:]
			for _, e := range edges {
				if at := nearestOn(r.flat.metres(r.c.points[e]), r.flat.metres(r.c.points[e+1])); square(at) <= r.limit {
					r.found(polygon, at)
				}
			}
		}
	}
}

// toQuad is the square of the distance to a quad, in metres.
func (r *reach) toQuad(column, row uint32, depth uint) float64 {
	middle, half := r.c.middle(column, row, depth), r.c.size/float64(uint32(2)<<depth)
	m := r.flat.metres(middle)
	dx, dy := max(math.Abs(m[0])-half*r.flat.kx, 0), max(math.Abs(m[1])-half*r.flat.ky, 0)
	return dx*dx + dy*dy
}

// nearest returns the polygon whose border is nearest to p, the lowest number
// of those equally near, and where that border is nearest; [None] if there is no
// polygon.
func (c *Coverage) nearest(p orb.Point) (polygon int, metres float64) {
	polygon = None
	// Lengths are right half way to the nearest latitude of the coverage.
	toward := min(max(p[1], c.origin[1]), c.origin[1]+c.size)
	r := reach{c: c, flat: planeAt(p, (p[1]+toward)/2), limit: math.Inf(1)}
	var best orb.Point
	r.found = func(one int, at orb.Point) {
		if d := square(at); d < r.limit || polygon == None || d == r.limit && one < polygon {
			polygon, best, r.limit = one, at, d
		}
	}
	if r.quad(c.root, 0, 0, 0); polygon == None {
		return None, math.Inf(1)
	}
	return polygon, Distance(p, orb.Point{p[0] + best[0]/r.flat.kx, p[1] + best[1]/r.flat.ky})
}

// within lists the polygons that a disc of a radius in metres meets, by number.
func (c *Coverage) within(p orb.Point, radius float64) []int {
	var list []int
	if at := c.At(p); at != None {
		list = append(list, at)
	}
	seen := map[int]bool{}
	r := reach{c: c, flat: planeAt(p, p[1]), limit: radius * radius}
	r.found = func(polygon int, _ orb.Point) {
		if !seen[polygon] {
			seen[polygon] = true
			list = append(list, polygon)
		}
	}
	r.quad(c.root, 0, 0, 0)
	slices.Sort(list)
	return slices.Compact(list)
}

// touching lists the polygons whose bounds meet a rectangle, by number.
func (c *Coverage) touching(b orb.Bound) []int {
	var list []int
	for i, p := range c.polygons {
		if p.rings > 0 && p.bound.Intersects(b) {
			list = append(list, i)
		}
	}
	return list
}
