package crs

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Projector brings positions from EPSG:4490 to another system: the way back of
// a [Transformer]. Many goroutines may use it at once.
type Projector struct {
	target System
	do     func(orb.Point) (_ orb.Point, ok bool)
}

// NewProjector returns the way from EPSG:4490 to a system. The errors are those
// of [NewTransformer].
func NewProjector(target System) (*Projector, error) {
	p := &Projector{target: target}
	switch {
	case target.IsZero():
		return nil, unknown()
	case target.NeedsParameters():
		return nil, needsParameters(target, target.id)
	case target == GCJ02:
		p.do = shifted(toGCJ02)
	case target == BD09:
		p.do = shifted(func(lon, lat float64) (float64, float64) { return gcj02ToBD09(toGCJ02(lon, lat)) })
	case target == WebMercator:
		p.do = func(at orb.Point) (orb.Point, bool) {
			return PointToWebMercator(at), math.Abs(at[1]) <= MercatorLimit
		}
	case !target.Geographic():
		t := transverseMercatorOf(target)
		if t == nil {
			return nil, unsupported(target.String())
		}
		p.do = t.do
	default:
		p.do = func(at orb.Point) (orb.Point, bool) { return at, true }
	}
	return p, nil
}

func shifted(f func(lon, lat float64) (float64, float64)) func(orb.Point) (orb.Point, bool) {
	return func(at orb.Point) (orb.Point, bool) {
		lon, lat := f(at[0], at[1])
		return orb.Point{lon, lat}, true
	}
}

// Point returns a position of EPSG:4490, longitude and latitude in degrees, in
// the target system: longitude and latitude, or easting and northing in metres.
// A position that isn't one, or is too far from where the projection serves, is
// an [ErrOutOfReach].
func (p *Projector) Point(at orb.Point) (orb.Point, error) {
	if math.Abs(at[0]) <= 180 && math.Abs(at[1]) <= 90 {
		if q, ok := p.do(at); ok {
			return q, nil
		}
	}
	return at, fmt.Errorf("%w: %v, %v to %s", ErrOutOfReach, at[0], at[1], p.target)
}

// Project returns g, in EPSG:4490, in the target system. g isn't changed.
func (p *Projector) Project(g orb.Geometry) (orb.Geometry, error) {
	if at, ok := g.(orb.Point); ok {
		return p.Point(at)
	}
	projected := orb.Clone(g)
	return projected, eachLine(projected, func(points []orb.Point) (err error) {
		for i, at := range points {
			if points[i], err = p.Point(at); err != nil {
				return err
			}
		}
		return nil
	})
}

// do projects, by the same series as undo (Karney 2011, eq. 35 and 9).
func (t *transverseMercator) do(p orb.Point) (orb.Point, bool) {
	lon := math.Remainder(p[0]-t.meridian, 360) * (math.Pi / 180)
	if math.Abs(lon) > math.Pi/6 {
		return p, false
	}
	sin := math.Sin(p[1] * (math.Pi / 180))
	tan := math.Sinh(math.Atanh(sin) - t.eccentricity*math.Atanh(t.eccentricity*sin)) // of the conformal latitude
	sinLon, cosLon := math.Sincos(lon)
	xi, eta := math.Atan2(tan, cosLon), math.Asinh(sinLon/math.Hypot(tan, cosLon))
	x, y := eta, xi
	for i, alpha := range t.alpha {
		k := float64(2 * (i + 1))
		s, c := math.Sincos(k * xi)
		y += alpha * s * math.Cosh(k*eta)
		x += alpha * c * math.Sinh(k*eta)
	}
	return orb.Point{t.falseEasting + t.radius*x, t.radius * y}, math.Abs(t.radius*x) <= 2e6
}
