// Package area measures polygons on the CGCS2000 ellipsoid so that the pieces of
// a whole add up to the whole.
//
// Sides are straight lines in longitude and latitude, as PostGIS takes them when
// it cuts one polygon with another. A point that a cut puts on such a side
// leaves the side where it was, so what is left and right of the cut sums to what
// was there before, but for rounding: about 1e-6 m² for a thousand hectares.
// ST_Area(geography) takes sides as geodesics instead, and a geodesic through a
// side's cut point is another line: its sums of pieces miss the whole by up to
//
//	L³ · tan φ / (12 R)
//
// for each side of L metres at the latitude φ, R being the earth's radius. In
// Yunfu that is 0.0056 m² for a side of 100 m along a parallel and 5.6 m² for one
// of 1 km; sides north and south of a polygon bulge the same way, so that most of
// it cancels. The two measures of one polygon differ by no more than that sum.
//
// The legal area of a parcel (图斑面积 TBMJ) is measured on the same ellipsoid by
// the same kind of integral, over trapezoids between the corners' latitudes.
//
// Package spatial asks it. It cuts nothing and knows no layer.
package area

import (
	"math"

	"github.com/paulmach/orb"
)

// The ellipsoid of CGCS2000 (GB 22021).
const (
	axis       = 6378137.0 // metres
	flattening = 1 / 298.257222101
	polar      = axis * (1 - flattening)
	square     = flattening * (2 - flattening) // of the first eccentricity
)

// The units that land is measured in here.
const (
	SquareMetresPerMu      = 2000.0 / 3 // 亩
	SquareMetresPerHectare = 10000.0    // 公顷
)

const radian = math.Pi / 180

// Of returns the area of what has one, in m², and 0 for points and lines. Positions
// are longitude and latitude of EPSG:4490 in degrees; rings may turn either way,
// a polygon's first ring is its outline and the others are holes in it. The parts
// of a multipolygon are summed: where they overlap, the overlap counts twice. A
// polygon across the 180th meridian must have longitudes beyond 180.
func Of(g orb.Geometry) float64 {
	switch g := g.(type) {
	case orb.Polygon:
		return ofPolygon(g)
	case orb.MultiPolygon:
		sum := 0.0
		for _, polygon := range g {
			sum += ofPolygon(polygon)
		}
		return sum
	case orb.Ring:
		return math.Abs(ofRing(g))
	case orb.Collection:
		sum := 0.0
		for _, part := range g {
			sum += Of(part)
		}
		return sum
	default:
		return 0
	}
}

func ofPolygon(polygon orb.Polygon) float64 {
	sum := 0.0
	for i, ring := range polygon {
		one := math.Abs(ofRing(ring))
		if i > 0 {
			one = -one
		}
		sum += one
	}
	return sum
}

// ofRing is Green's integral −∮ s(φ) dλ round a ring, closed or not: positive
// where it turns counter-clockwise. Heights s are taken from the first point's,
// which keeps the figures, and so their rounding, small.
func ofRing(ring orb.Ring) float64 {
	if len(ring) < 3 {
		return 0
	}
	base := zone(ring[0][1])
	sum, before := 0.0, ring[len(ring)-1]
	for _, at := range ring {
		sum -= along(before, at, base)
		before = at
	}
	return sum * radian
}

// longest is how much latitude, in degrees, one step of the integral covers: the
// three points of Gauss leave less than 1e-16 of a side of that length.
const longest = 0.5

// along is the integral of s(φ)−base over the longitude, in degrees, from a to b.
func along(a, b orb.Point, base float64) float64 {
	width := b[0] - a[0]
	if width == 0 {
		return 0
	}
	height := b[1] - a[1]
	if math.Abs(height) <= longest {
		return width * mean(a[1], height, base)
	}
	steps := math.Ceil(math.Abs(height) / longest)
	sum := 0.0
	for i := range int(steps) {
		sum += mean(a[1]+height*float64(i)/steps, height/steps, base)
	}
	return width * sum / steps
}

// mean is the mean of s(φ)−base over the latitudes from φ to φ+height, by the
// Gauss-Legendre rule of three points.
func mean(latitude, height, base float64) float64 {
	const outer = 0.774596669241483377035853079956 // √(3/5)
	middle, off := latitude+height/2, height/2*outer
	return (8*(zone(middle)-base) + 5*(zone(middle-off)-base) + 5*(zone(middle+off)-base)) / 18
}

// zone is the area between the equator and a latitude in degrees over one radian
// of longitude, in m²: b² Σ (k+1)/(2k+1) e²ᵏ sin²ᵏ⁺¹ φ. The terms left out are
// below 1e-17 of it.
func zone(latitude float64) float64 {
	sin := math.Sin(latitude * radian)
	u := square * sin * sin
	return polar * polar * sin * (1 + u*(2.0/3+u*(3.0/5+u*(4.0/7+u*(5.0/9+u*(6.0/11+u*(7.0/13+u*8.0/15)))))))
}
