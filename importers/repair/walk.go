package repair

import "github.com/paulmach/orb"

// eachPart calls f with every Point, LineString and Polygon of g.
func eachPart(g orb.Geometry, f func(orb.Geometry)) {
	switch g := g.(type) {
	case nil:
	case orb.MultiPoint:
		for _, p := range g {
			f(p)
		}
	case orb.MultiLineString:
		for _, line := range g {
			f(line)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			f(polygon)
		}
	case orb.Collection:
		for _, part := range g {
			eachPart(part, f)
		}
	case orb.Ring:
		f(orb.Polygon{g})
	case orb.Bound:
		f(g.ToPolygon())
	default:
		f(g)
	}
}

// eachPoint calls f with every point of g until it returns false, and reports
// whether it never did.
func eachPoint(g orb.Geometry, f func(orb.Point) bool) bool {
	switch g := g.(type) {
	case nil:
		return true
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		return all(g, f)
	case orb.LineString:
		return all(g, f)
	case orb.Ring:
		return all(g, f)
	case orb.MultiLineString:
		for _, line := range g {
			if !all(line, f) {
				return false
			}
		}
	case orb.Polygon:
		for _, ring := range g {
			if !all(ring, f) {
				return false
			}
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			if !eachPoint(polygon, f) {
				return false
			}
		}
	case orb.Collection:
		for _, part := range g {
			if !eachPoint(part, f) {
				return false
			}
		}
	case orb.Bound:
		return f(g.Min) && f(g.Max)
	}
	return true
}

func all(points []orb.Point, f func(orb.Point) bool) bool {
	for _, p := range points {
		if !f(p) {
			return false
		}
	}
	return true
}
