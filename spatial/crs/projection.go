package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// unproject undoes a projection: easting, northing in metres to longitude,
// latitude in degrees. A position that is far from where the projection serves
// is not ok.
type unproject func(orb.Point) (_ orb.Point, ok bool)

// projectionOf returns the way back from a projected system, or nil.
func projectionOf(s System) unproject {
	if s == WebMercator {
		return fromWebMercator
	}
	if t := transverseMercatorOf(s); t != nil {
		return t.quickly()
	}
	return nil
}

// transverseMercatorOf returns a system's projection, or nil.
func transverseMercatorOf(s System) *transverseMercator {
	if g, ok := gaussKruger(s.code); ok {
		return newTransverseMercator(figure2000.axis, figure2000.inverse, float64(g.meridian), float64(g.zone)*1e6+500_000, 1)
	}
	switch s.code {
	case 32649:
		return newTransverseMercator(6378137, 298.257223563, 111, 500_000, 0.9996)
	case 32650:
		return newTransverseMercator(6378137, 298.257223563, 117, 500_000, 0.9996)
	default:
		return nil
	}
}

// fromWebMercator undoes [PointToWebMercator].
func fromWebMercator(p orb.Point) (orb.Point, bool) {
	const half = 20_037_508.343 // metres, to the edge of the square and a hair
	return orb.Point{
		p[0] / mercatorRadius * (180 / math.Pi),
		math.Atan(math.Sinh(p[1]/mercatorRadius)) * (180 / math.Pi),
	}, math.Abs(p[0]) <= half && math.Abs(p[1]) <= half
}

// transverseMercator makes and undoes a Gauss-Krüger or UTM projection by Krüger's series
// in the third flattening n, as Karney gives it (Transverse Mercator with an
// accuracy of a few nanometers, J. Geod. 2011, eq. 35 to 37; the latitude by its
// series in the conformal latitude). Four terms leave less than a micrometre
// within 2,000 km of the meridian.
type transverseMercator struct {
	meridian     float64    // degrees
	falseEasting float64    // metres
	radius       float64    // of the rectifying sphere times the scale, metres
	eccentricity float64    // first, of the ellipsoid
	alpha        [4]float64 // conformal sphere to northing, easting
	beta         [4]float64 // northing, easting to the conformal sphere
	delta        [4]float64 // conformal to geodetic latitude
}

// newTransverseMercator takes an ellipsoid's major axis in metres and its inverse
// flattening, the meridian in degrees and the false easting in metres.
func newTransverseMercator(axis, inverseFlattening, meridian, falseEasting, scale float64) *transverseMercator {
	n := 1 / (2*inverseFlattening - 1)
	n2, n3, n4, n5 := n*n, n*n*n, n*n*n*n, n*n*n*n*n
	return &transverseMercator{
		meridian: meridian, falseEasting: falseEasting,
		radius:       scale * axis / (1 + n) * (1 + n2/4 + n4/64),
		eccentricity: math.Sqrt((2 - 1/inverseFlattening) / inverseFlattening),
		alpha: [4]float64{
			n/2 - n2*2/3 + n3*5/16 + n4*41/180 - n5*127/288,
			n2*13/48 - n3*3/5 + n4*557/1440 + n5*281/630,
			n3*61/240 - n4*103/140 + n5*15061/26880,
			n4*49561/161280 - n5*179/168,
		},
		beta: [4]float64{
			n/2 - n2*2/3 + n3*37/96 - n4/360 - n5*81/512,
			n2/48 + n3/15 - n4*437/1440 + n5*46/105,
			n3*17/480 - n4*37/840 - n5*209/4480,
			n4*4397/161280 - n5*11/504,
		},
		delta: [4]float64{
			n*2 - n2*2/3 - n3*2 + n4*116/45 + n5*26/45,
			n2*7/3 - n3*8/5 - n4*227/45 + n5*2704/315,
			n3*56/15 - n4*136/35 - n5*1262/105,
			n4*4279/630 - n5*332/35,
		},
	}
}

func (t *transverseMercator) undo(p orb.Point) (orb.Point, bool) {
	x, y := p[0]-t.falseEasting, p[1]
	if math.Abs(x) > 2e6 || math.Abs(y) > 1e7 {
		return p, false
	}
	sinh, longitude := t.conformal(x, y)
	return orb.Point{t.meridian + longitude*(180/math.Pi), t.latitude(sinh) * (180 / math.Pi)}, true
}

// conformal takes metres east of the meridian and north of the equator to the
// conformal sphere: the tangent of its latitude, which is the hyperbolic sine of
// the isometric one, and radians east of the meridian.
func (t *transverseMercator) conformal(x, y float64) (tan, longitude float64) {
	xi, eta := y/t.radius, x/t.radius
	// sin and cos of 2ξ, 4ξ, 6ξ, 8ξ, and sinh and cosh of as many η, by addition.
	sin2, cos2 := math.Sincos(2 * xi)
	e := math.Exp(2 * eta)
	sinh2, cosh2 := (e-1/e)/2, (e+1/e)/2
	sin, cos, sinh, cosh := sin2, cos2, sinh2, cosh2
	for _, beta := range t.beta {
		xi -= beta * sin * cosh
		eta -= beta * cos * sinh
		sin, cos = sin*cos2+cos*sin2, cos*cos2-sin*sin2
		sinh, cosh = sinh*cosh2+cosh*sinh2, cosh*cosh2+sinh*sinh2
	}
	sinXi, cosXi := math.Sincos(xi)
	sinhEta := math.Sinh(eta)
	return sinXi / math.Sqrt(sinhEta*sinhEta+cosXi*cosXi), math.Atan2(sinhEta, cosXi)
}

// latitude takes the tangent of the conformal latitude to the geodetic latitude, in radians.
func (t *transverseMercator) latitude(tan float64) float64 {
	latitude := math.Atan(tan)
	cos2 := (1 - tan*tan) / (1 + tan*tan)
	sin2 := 2 * tan / (1 + tan*tan)
	sin, cos := sin2, cos2
	for _, delta := range t.delta {
		latitude += delta * sin
		sin, cos = sin*cos2+cos*sin2, cos*cos2-sin*sin2
	}
	return latitude
}
