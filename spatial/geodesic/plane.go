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

// Nearest returns the position of a shape that is nearest to the centre, and how
// far it is in metres on the plane: inside a polygon or on its border the centre
// itself and 0; +Inf where none is within a distance, in metres. Edges are straight
// in longitude and latitude, as in store. It costs some 5 ns a vertex that is near.
func (p Plane) Nearest(s *Shape, within float64) (orb.Point, float64) {
	if s.Covers(p.centre) {
		return p.centre, 0
	}
	best := nearest{square: math.Inf(1)}
	if limit := within * within; limit < best.square {
		best.square = math.Nextafter(limit, math.Inf(1))
	}
	limit := best.square
	best.lines(p, s.open)
	for i := range s.polygons {
		best.lines(p, s.polygons[i])
	}
	if best.square == limit {
		return orb.Point{}, math.Inf(1)
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

// lines looks at the pieces that may have something nearer.
func (n *nearest) lines(p Plane, l lines) {
	for i := range l.pieces {
		if d := p.apart(l.pieces[i].bound); d*d < n.square {
			n.line(p, l.pieces[i].points)
		}
	}
}

func (n *nearest) line(p Plane, line []orb.Point) {
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
		border, odd := crossings(ring, p)
		if border {
			return true
		}
		inside = inside != odd
	}
	return inside
}

// crossings tells whether a position lies on a line, and else whether an odd number
// of its edges lie east of it.
func crossings(line []orb.Point, p orb.Point) (border, odd bool) {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		if a[1] > b[1] {
			a, b = b, a
		}
		if p[1] < a[1] || p[1] > b[1] {
			continue
		}
		side := (b[0]-a[0])*(p[1]-a[1]) - (b[1]-a[1])*(p[0]-a[0]) // above 0: p is west of the edge
		if side == 0 && math.Min(a[0], b[0]) <= p[0] && p[0] <= math.Max(a[0], b[0]) {
			return true, false
		}
		if a[1] <= p[1] && p[1] < b[1] && side > 0 {
			odd = !odd
		}
	}
	return false, odd
}
