package geodesic

import (
	"math"

	"github.com/paulmach/orb"
)

// Plane is the ellipsoid round a position, flat enough to compare distances:
// within 100 km of the position they are right to one part in 10,000. Making one
// costs little; it is made for each question.
type Plane struct {
	centre         orb.Point
	east, north    float64 // metres of a degree at the centre
	eastByLatitude float64 // how much a degree of longitude shortens with a degree northward
}

// NewPlane is the plane round a position in degrees, not at a pole.
func NewPlane(centre orb.Point) Plane {
	sin, cos := math.Sincos(centre[1] * radian)
	w := 1 - squared*sin*sin
	prime := axis / math.Sqrt(w)
	meridian := axis * (1 - squared) / (w * math.Sqrt(w))
	return Plane{centre, prime * cos * radian, meridian * radian, -meridian * sin * radian * radian}
}

// put returns metres east and north of the centre; at half the latitude between,
// because there a degree of longitude is as long as it is on the way on average.
func (p Plane) put(q orb.Point) (x, y float64) {
	north := q[1] - p.centre[1]
	return (q[0] - p.centre[0]) * (p.east + p.eastByLatitude*north/2), north * p.north
}

// Around is a box that holds every position not farther than metres from the
// centre; north of 89° it may hold too little.
func (p Plane) Around(metres float64) orb.Bound {
	north := metres / p.north * 1.01
	east := metres / math.Max(p.east+p.eastByLatitude*math.Copysign(north, p.centre[1]), 1) * 1.01
	return orb.Bound{Min: orb.Point{p.centre[0] - east, p.centre[1] - north}, Max: orb.Point{p.centre[0] + east, p.centre[1] + north}}
}

// Nearest returns the position of a shape, of points, lines or polygons, that is
// nearest to the centre, and how far it is in metres on the plane. Inside a
// polygon or on its border it is the centre itself and 0. Edges are straight in
// longitude and latitude, as in store. A shape without positions is at +Inf.
// It costs some 5 ns a vertex.
func (p Plane) Nearest(shape orb.Geometry) (orb.Point, float64) {
	best := nearest{square: math.Inf(1)}
	switch s := shape.(type) {
	case orb.Point:
		best.point(p, s)
	case orb.MultiPoint:
		for _, q := range s {
			best.point(p, q)
		}
	case orb.LineString:
		best.line(p, s)
	case orb.MultiLineString:
		for _, line := range s {
			best.line(p, line)
		}
	case orb.Polygon:
		if Covers(s, p.centre) {
			return p.centre, 0
		}
		best.rings(p, s)
	case orb.MultiPolygon:
		for _, polygon := range s {
			if polygon.Bound().Contains(p.centre) && Covers(polygon, p.centre) {
				return p.centre, 0
			}
			best.rings(p, polygon)
		}
	}
	return best.at, math.Sqrt(best.square)
}

// nearest is the nearest so far.
type nearest struct {
	at     orb.Point
	square float64 // of metres
}

func (n *nearest) take(at orb.Point, x, y float64) {
	if square := x*x + y*y; square < n.square {
		n.at, n.square = at, square
	}
}

func (n *nearest) point(p Plane, q orb.Point) {
	x, y := p.put(q)
	n.take(q, x, y)
}

func (n *nearest) rings(p Plane, polygon orb.Polygon) {
	for _, ring := range polygon {
		n.line(p, orb.LineString(ring))
	}
}

func (n *nearest) line(p Plane, line orb.LineString) {
	if len(line) == 0 {
		return
	}
	ax, ay := p.put(line[0])
	n.take(line[0], ax, ay)
	for i, q := range line[1:] {
		bx, by := p.put(q)
		dx, dy := bx-ax, by-ay
		if along := -(ax*dx + ay*dy); along > 0 {
			if length := dx*dx + dy*dy; along >= length {
				n.take(q, bx, by)
			} else {
				t := along / length
				from := line[i]
				n.take(orb.Point{from[0] + t*(q[0]-from[0]), from[1] + t*(q[1]-from[1])}, ax+t*dx, ay+t*dy)
			}
		}
		ax, ay = bx, by
	}
}

// Covers tells whether a position lies in a polygon or on its border, in the
// plane of longitude and latitude, as PostGIS's ST_Covers of geometries does.
func Covers(polygon orb.Polygon, p orb.Point) bool {
	inside := false
	for _, ring := range polygon {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if a[1] > b[1] {
				a, b = b, a
			}
			if p[1] < a[1] || p[1] > b[1] {
				continue
			}
			side := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0]) // above 0: p is left of the edge, that is west of it
			if side == 0 && math.Min(a[0], b[0]) <= p[0] && p[0] <= math.Max(a[0], b[0]) {
				return true // on the border
			}
			if a[1] <= p[1] && p[1] < b[1] && side > 0 {
				inside = !inside
			}
		}
	}
	return inside
}
