package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// Projector brings positions of EPSG:4490 to another system: the way back of a
// [Transformer]. Many goroutines may use it at once.
type Projector struct {
	project func(orb.Point) orb.Point // nil where degrees stay degrees
}

// NewProjector returns the way to a geographic system on CGCS2000 or WGS 84, to
// EPSG:3857 or to a Gauss-Krüger grid of CGCS2000. Any other is an [ErrUnsupported].
func NewProjector(target System) (*Projector, error) {
	switch {
	case target == CGCS2000, target == WGS84:
		return &Projector{}, nil
	case target == WebMercator:
		return &Projector{PointToWebMercator}, nil
	}
	g, ok := gaussKruger(target.code)
	if !ok {
		return nil, unsupported(target.String())
	}
	t := newTransverseMercator(figure2000.axis, figure2000.inverse, float64(g.meridian), float64(g.zone)*1e6+500_000, 1)
	return &Projector{t.forward(figure2000.inverse)}, nil
}

// Point returns p, longitude and latitude in degrees, in the target: easting and
// northing in metres, or degrees. Far from a grid's meridian the result means nothing.
func (p *Projector) Point(at orb.Point) orb.Point {
	if p.project == nil {
		return at
	}
	return p.project(at)
}

// forward is the projection by Krüger's series, as undo is its inverse (Karney
// 2011, eq. 7 to 11 and 35): a micrometre within 2,000 km of the meridian.
func (t *transverseMercator) forward(inverseFlattening float64) func(orb.Point) orb.Point {
	flattening := 1 / inverseFlattening
	eccentricity := math.Sqrt(flattening * (2 - flattening))
	n := flattening / (2 - flattening)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	alpha := [4]float64{
		n/2 - n2*2/3 + n3*5/16 + n4*41/180,
		n2*13/48 - n3*3/5 + n4*557/1440,
		n3*61/240 - n4*103/140,
		n4 * 49561 / 161280,
	}
	return func(p orb.Point) orb.Point {
		sinLon, cosLon := math.Sincos((p[0] - t.meridian) * (math.Pi / 180))
		tan := math.Tan(p[1] * (math.Pi / 180))
		secant := math.Sqrt(1 + tan*tan)
		sigma := math.Sinh(eccentricity * math.Atanh(eccentricity*tan/secant))
		conformal := tan*math.Sqrt(1+sigma*sigma) - sigma*secant
		xi0 := math.Atan2(conformal, cosLon)
		eta0 := math.Asinh(sinLon / math.Sqrt(conformal*conformal+cosLon*cosLon))
		xi, eta := xi0, eta0
		for j, a := range alpha {
			sin, cos := math.Sincos(2 * float64(j+1) * xi0)
			e := math.Exp(2 * float64(j+1) * eta0)
			xi += a * sin * (e + 1/e) / 2
			eta += a * cos * (e - 1/e) / 2
		}
		return orb.Point{t.falseEasting + t.radius*eta, t.radius * xi}
	}
}
