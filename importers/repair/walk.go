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

// EachRun calls f with every run of points of g, a line's, a ring's or those of a
// MultiPoint, until it returns false, and reports whether it never did. f may
// change the points; only those of a Point and a Bound are copies.
func EachRun(g orb.Geometry, f func([]orb.Point) bool) bool {
	switch g := g.(type) {
	case orb.Point:
		return f([]orb.Point{g})
	case orb.MultiPoint:
		return f(g)
	case orb.LineString:
		return f(g)
	case orb.Ring:
		return f(g)
	case orb.MultiLineString:
		return eachOf(g, f)
	case orb.Polygon:
		return eachOf(g, f)
	case orb.MultiPolygon:
		return eachOf(g, f)
	case orb.Collection:
		return eachOf(g, f)
	case orb.Bound:
		return f([]orb.Point{g.Min, g.Max})
	}
	return true
}

func eachOf[G orb.Geometry](parts []G, f func([]orb.Point) bool) bool {
	for _, part := range parts {
		if !EachRun(part, f) {
			return false
		}
	}
	return true
}

// eachPoint calls f with every point of g until it returns false, and reports
// whether it never did.
func eachPoint(g orb.Geometry, f func(orb.Point) bool) bool {
	return EachRun(g, func(points []orb.Point) bool {
		for _, p := range points {
			if !f(p) {
				return false
			}
		}
		return true
	})
}
