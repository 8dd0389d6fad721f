package quality

import (
	"math"

	"github.com/paulmach/orb"
)

// The ellipsoid of CGCS2000.
const (
	axis          = 6378137.0
	flattening    = 1 / 298.257222101
	eccentricity2 = flattening * (2 - flattening)
	radian        = math.Pi / 180
)

// areaToEquator is the ellipsoid's area between the equator and a latitude, for
// each radian of longitude: square metres. sin is the latitude's sine.
func areaToEquator(sin float64) float64 {
	const e2, e4, e6, e8 = eccentricity2, eccentricity2 * eccentricity2, eccentricity2 * eccentricity2 * eccentricity2, eccentricity2 * eccentricity2 * eccentricity2 * eccentricity2
	s2 := sin * sin
	return axis * axis * (1 - eccentricity2) * sin * (1 + s2*(e2*2/3+s2*(e4*3/5+s2*(e6*4/7+s2*e8*5/9))))
}

// ringArea is what a ring encloses on the ellipsoid, square metres; positive if
// it runs counter-clockwise. Edges are straight in longitude and latitude.
func ringArea(ring orb.Ring) float64 {
	if len(ring) < 4 {
		return 0
	}
	total := 0.0
	sin := math.Sin(ring[0][1] * radian)
	s := areaToEquator(sin)
	for i := 1; i < len(ring); i++ {
		nextSin := math.Sin(ring[i][1] * radian)
		next := areaToEquator(nextSin)
		dLat := (ring[i][1] - ring[i-1][1]) * radian
		// The mean of a curve over an edge: the trapezium's, less what it bulges.
		mean := (s+next)/2 + axis*axis*(1-eccentricity2)*(sin+nextSin)/24*dLat*dLat
		total -= mean * (ring[i][0] - ring[i-1][0]) * radian
		sin, s = nextSin, next
	}
	return total
}

// AreaM2 is the area of polygons on the CGCS2000 ellipsoid, square metres, the
// edges being straight in longitude and latitude; 0 for other geometries.
func AreaM2(g orb.Geometry) float64 {
	total := 0.0
	eachRing(g, func(ring orb.Ring, hole bool) {
		if hole {
			total -= math.Abs(ringArea(ring))
		} else {
			total += math.Abs(ringArea(ring))
		}
	})
	return total
}

func eachRing(g orb.Geometry, f func(ring orb.Ring, hole bool)) {
	switch g := g.(type) {
	case orb.MultiPolygon:
		for _, polygon := range g {
			eachRing(polygon, f)
		}
	case orb.Polygon:
		for i, ring := range g {
			f(ring, i > 0)
		}
	}
}

// edgeRef names an edge: the row, the edge's place in it, and its direction.
type edgeRef uint64

const (
	edgeBits = 23
	mostEdge = 1<<edgeBits - 1
)

func newEdgeRef(row int64, edge int, forward bool) edgeRef {
	r := uint64(row)<<(edgeBits+1) | uint64(min(edge, mostEdge))<<1
	if forward {
		r |= 1
	}
	return edgeRef(r)
}

func (e edgeRef) row() int64 { return int64(e >> (edgeBits + 1)) }
func (e edgeRef) edge() int  { return int(e>>1) & mostEdge }

// direction is 1 for an edge with its polygon on the left from its lesser to its
// greater end, -1 the other way.
func (e edgeRef) direction() int64 { return int64(e&1)*2 - 1 }

// eachEdge calls f with every edge of polygons, or segment of lines, of some
// length, with its number. a and b run so that a polygon is on the left.
func eachEdge(g orb.Geometry, f func(n int, a, b orb.Point)) {
	n := 0
	along := func(points []orb.Point, reversed bool) {
		for i := 1; i < len(points); i++ {
			if a, b := points[i-1], points[i]; a != b {
				if reversed {
					a, b = b, a
				}
				f(n, a, b)
			}
			n++
		}
	}
	switch g := g.(type) {
	case orb.MultiLineString:
		for _, line := range g {
			along(line, false)
		}
	case orb.LineString:
		along(g, false)
	default:
		eachRing(g, func(ring orb.Ring, hole bool) { along(ring, leftHanded(ring) == hole) })
	}
}

// leftHanded tells whether a ring runs counter-clockwise.
func leftHanded(ring orb.Ring) bool {
	if len(ring) == 0 {
		return true
	}
	o, twice := ring[0], 0.0
	for i := 1; i < len(ring); i++ {
		twice += (ring[i-1][0]-o[0])*(ring[i][1]-o[1]) - (ring[i][0]-o[0])*(ring[i-1][1]-o[1])
	}
	return twice > 0
}

// mix scrambles two numbers into one.
func mix(a, b uint64) uint64 {
	a ^= b*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
	a ^= a >> 32
	a *= 0xd6e8feb86659fd93
	a ^= a >> 29
	a *= 0xbf58476d1ce4e5b9
	return a ^ a>>32
}

func pointHash(p orb.Point) uint64 {
	return mix(math.Float64bits(p[0]+0), math.Float64bits(p[1]+0)) // +0 makes -0 and 0 one
}

// eachHash calls f with the hash of every edge that [eachEdge] goes along, and its
// number. The hash is the same both ways; forward says which way the edge runs, but
// only where directed: to know it costs a pass over the ring.
func eachHash(g orb.Geometry, directed bool, f func(n int, hash uint64, forward bool)) {
	n := 0
	along := func(points []orb.Point, reversed bool) {
		if len(points) == 0 {
			return
		}
		a, hashA := points[0], pointHash(points[0])
		for _, b := range points[1:] {
			if a != b {
				hashB := pointHash(b)
				forward := a[0] < b[0] || a[0] == b[0] && a[1] < b[1]
				lesser, greater := hashA, hashB
				if !forward {
					lesser, greater = hashB, hashA
				}
				f(n, max(1, mix(lesser, greater)), forward != reversed)
				a, hashA = b, hashB
			}
			n++
		}
	}
	switch g := g.(type) {
	case orb.MultiLineString:
		for _, line := range g {
			along(line, false)
		}
	case orb.LineString:
		along(g, false)
	default:
		eachRing(g, func(ring orb.Ring, hole bool) { along(ring, directed && leftHanded(ring) == hole) })
	}
}

// shape sums up a geometry's edges or points, whose order doesn't matter to it.
type shape uint64

func newShape() shape { return 1 }

func (s *shape) edge(hash uint64) { *s += shape(hash * 0x9e3779b97f4a7c15) }

func (s *shape) hash() uint64 { return max(1, mix(uint64(*s), 0x52)) }

// shapeHash identifies a geometry whatever point its rings start from and
// whichever way they run.
func shapeHash(g orb.Geometry) uint64 {
	s := newShape()
	switch g := g.(type) {
	case orb.Point:
		s.edge(pointHash(g))
	case orb.MultiPoint:
		for _, p := range g {
			s.edge(pointHash(p))
		}
	default:
		eachHash(g, false, func(_ int, h uint64, _ bool) { s.edge(h) })
	}
	return s.hash()
}

// spikeIn finds a corner of a ring that is sharper than the angle whose tangent
// is given, with legs of at least so many metres.
func spikeIn(ring orb.Ring, tangent, legMetres float64) (orb.Point, bool) {
	if len(ring) < 4 {
		return orb.Point{}, false
	}
	scale := math.Cos(ring[0][1] * radian)
	least := legMetres / (axis * radian) // degrees of latitude
	least *= least
	before := ring[len(ring)-2]
	for i := range len(ring) - 1 {
		at, after := ring[i], ring[i+1]
		ux, uy := (before[0]-at[0])*scale, before[1]-at[1]
		vx, vy := (after[0]-at[0])*scale, after[1]-at[1]
		before = at
		dot, cross := ux*vx+uy*vy, ux*vy-uy*vx
		if dot > 0 && math.Abs(cross) < tangent*dot && ux*ux+uy*uy > least && vx*vx+vy*vy > least {
			return at, true
		}
	}
	return orb.Point{}, false
}

// coarse tells whether all coordinates of a geometry, in the file's own system,
// have at most so many decimals of a degree, or five fewer of a metre.
func coarse(g orb.Geometry, decimals int) bool {
	degrees, metres := math.Pow10(decimals), math.Pow10(max(0, decimals-5))
	return everyPoint(g, func(p orb.Point) bool {
		for _, v := range p {
			unit := degrees
			if math.Abs(v) > 360 {
				unit = metres
			}
			if scaled := v * unit; math.Abs(scaled-math.Round(scaled)) > 1e-6*math.Max(1, math.Abs(scaled)*1e-8) {
				return false
			}
		}
		return true
	})
}

// everyPoint tells whether f is true of all points.
func everyPoint(g orb.Geometry, f func(orb.Point) bool) bool {
	every := func(points []orb.Point) bool {
		for _, p := range points {
			if !f(p) {
				return false
			}
		}
		return true
	}
	switch g := g.(type) {
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		return every(g)
	case orb.LineString:
		return every(g)
	case orb.MultiLineString:
		for _, line := range g {
			if !every(line) {
				return false
			}
		}
	case orb.Polygon:
		for _, ring := range g {
			if !every(ring) {
				return false
			}
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			if !everyPoint(polygon, f) {
				return false
			}
		}
	case orb.Collection:
		for _, part := range g {
			if !everyPoint(part, f) {
				return false
			}
		}
	}
	return true
}

func firstPoint(g orb.Geometry) *Place {
	var at *Place
	everyPoint(g, func(p orb.Point) bool {
		at = &Place{p[0], p[1]}
		return false
	})
	return at
}
