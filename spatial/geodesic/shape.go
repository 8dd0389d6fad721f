package geodesic

import (
	"math"

	"github.com/paulmach/orb"
)

// Shape is a shape made ready for questions: its lines are cut into pieces with
// boxes, so that what is far off is passed over. It never changes.
type Shape struct {
	geometry orb.Geometry
	bound    orb.Bound
	polygons []lines // of polygons; each is the rings of one
	open     lines   // of points and lines
}

// lines are pieces of lines; in a polygon they are all of its rings.
type lines struct {
	bound  orb.Bound
	pieces []piece
}

// piece is a run of positions and the box round them.
type piece struct {
	bound  orb.Bound
	points []orb.Point
}

// pieceEdges is how many edges a piece has at most.
const pieceEdges = 32

// NewShape makes points, lines or polygons ready. The shape's own positions are
// kept, not copied: it must not be changed afterwards.
func NewShape(g orb.Geometry) *Shape {
	s := &Shape{geometry: g, bound: g.Bound()}
	switch g := g.(type) {
	case orb.Point:
		s.open.cut([]orb.Point{g})
	case orb.MultiPoint:
		for i := range g {
			s.open.cut(g[i : i+1])
		}
	case orb.LineString:
		s.open.cut(g)
	case orb.MultiLineString:
		for _, line := range g {
			s.open.cut(line)
		}
	case orb.Polygon:
		s.polygon(g)
	case orb.MultiPolygon:
		for _, polygon := range g {
			s.polygon(polygon)
		}
	}
	return s
}

func (s *Shape) polygon(rings orb.Polygon) {
	l := lines{bound: rings.Bound()}
	for _, ring := range rings {
		l.cut(ring)
	}
	s.polygons = append(s.polygons, l)
}

// cut adds a line; the pieces share the positions at which it is cut.
func (l *lines) cut(line []orb.Point) {
	for from := 0; from == 0 && len(line) > 0 || from < len(line)-1; from += pieceEdges {
		points := line[from:min(from+pieceEdges+1, len(line))]
		l.pieces = append(l.pieces, piece{orb.MultiPoint(points).Bound(), points})
	}
}

// Geometry is what the shape was made of, not to be changed.
func (s *Shape) Geometry() orb.Geometry { return s.geometry }

// Bound is the shape's box.
func (s *Shape) Bound() orb.Bound { return s.bound }

// Covers tells whether a position lies in one of the shape's polygons or on its
// border, as [Covers] does.
func (s *Shape) Covers(p orb.Point) bool {
	for i := range s.polygons {
		if s.polygons[i].bound.Contains(p) && s.polygons[i].covers(p) {
			return true
		}
	}
	return false
}

func (l lines) covers(p orb.Point) bool {
	inside := false
	for i := range l.pieces {
		one := &l.pieces[i]
		if p[1] < one.bound.Min[1] || p[1] > one.bound.Max[1] || p[0] > one.bound.Max[0] {
			continue // no edge of it lies east of the place
		}
		border, odd := crossings(one.points, p)
		if border {
			return true
		}
		inside = inside != odd
	}
	return inside
}

// apart is a lower bound of the distance from the centre to a box, in metres.
func (p Plane) apart(b orb.Bound) float64 {
	dLon := math.Max(0, math.Max(b.Min[0]-p.centre[0], p.centre[0]-b.Max[0]))
	dLat := math.Max(0, math.Max(b.Min[1]-p.centre[1], p.centre[1]-b.Max[1]))
	if dLon == 0 && dLat == 0 {
		return 0
	}
	farNorth := math.Max(math.Abs(b.Min[1]-p.centre[1]), math.Abs(b.Max[1]-p.centre[1]))
	east := dLon * math.Max(p.east-math.Abs(p.eastByLatitude)*farNorth/2, 0)
	return math.Hypot(east, dLat*p.north)
}
