package crs

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// MercatorLimit is the latitude, in degrees, at which Web Mercator is cut so
// that the world is a square. Nothing beyond it can be drawn.
const MercatorLimit = 85.05112877980659

const mercatorRadius = 6378137 // metres; the sphere of EPSG:3857

// ToWebMercator returns g, in EPSG:4490 degrees, in EPSG:3857 metres as PROJ
// gives it. g isn't changed. Latitudes must be within ±[MercatorLimit].
func ToWebMercator(g orb.Geometry) orb.Geometry {
	projected := orb.Clone(g)
	_ = eachLine(projected, func(points []orb.Point) error {
		for i, p := range points {
			points[i] = PointToWebMercator(p)
		}
		return nil
	})
	if p, ok := projected.(orb.Point); ok {
		return PointToWebMercator(p)
	}
	return projected
}

// PointToWebMercator is [ToWebMercator] for one point.
func PointToWebMercator(p orb.Point) orb.Point {
	sin := math.Sin(p[1] * (math.Pi / 180))
	return orb.Point{
		p[0] * (math.Pi / 180 * mercatorRadius),
		mercatorRadius * 0.5 * math.Log((1+sin)/(1-sin)), // the artanh of the sine, to a nanometre for all but the last degrees
	}
}

// Mercator projects points as [PointToWebMercator] does, to a nanometre, and
// much faster where one point's latitude is near that of the last. It is for one goroutine.
type Mercator struct {
	strip    float64 // of the last point: latitude in degrees / stripHeight, rounded down
	northing newton
	made     bool
}

const (
	stripHeight = 1. / 32 // degrees
	stripLimit  = 60      // degrees: nearer to the poles a strip is not smooth enough
)

// Point returns p, in EPSG:4490 degrees, in EPSG:3857 metres.
func (m *Mercator) Point(p orb.Point) orb.Point {
	if !(math.Abs(p[1]) < stripLimit) {
		return PointToWebMercator(p)
	}
	if strip := math.Floor(p[1] * (1 / stripHeight)); strip != m.strip || !m.made {
		m.strip, m.made = strip, true
		m.northing = newNewton((strip+0.5)*stripHeight, stripHeight/2, func(latitude float64) float64 {
			return PointToWebMercator(orb.Point{0, latitude})[1]
		})
	}
	return orb.Point{p[0] * (math.Pi / 180 * mercatorRadius), m.northing.at(p[1])}
}

// eachLine calls f with every run of points of g, to be changed in place. A
// bare orb.Point is a value and can't be; the caller looks after it.
func eachLine(g orb.Geometry, f func([]orb.Point) error) error {
	switch g := g.(type) {
	case nil, orb.Point:
		return nil
	case orb.MultiPoint:
		return f(g)
	case orb.LineString:
		return f(g)
	case orb.Ring:
		return f(g)
	case orb.MultiLineString:
		for _, line := range g {
			if err := f(line); err != nil {
				return err
			}
		}
	case orb.Polygon:
		for _, ring := range g {
			if err := f(ring); err != nil {
				return err
			}
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			if err := eachLine(polygon, f); err != nil {
				return err
			}
		}
	case orb.Collection:
		for i, part := range g {
			if p, ok := part.(orb.Point); ok {
				one := []orb.Point{p}
				if err := f(one); err != nil {
					return err
				}
				g[i] = one[0]
				continue
			}
			if err := eachLine(part, f); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("crs: no coordinates in a %T", g)
	}
	return nil
}
