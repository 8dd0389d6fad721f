package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// The CGCS2000 ellipsoid and the Gauss-Krüger zone of the city.
const (
	semiMajor       = 6378137.0
	flattening      = 1 / 298.257222101
	centralMeridian = 111.0
	falseEasting    = 500000.0
	zonePrefix      = 37000000.0 // added to eastings in EPSG:4525
)

// krueger holds the series of the transverse Mercator projection in the third
// flattening n, good to well under a millimetre within a zone.
type krueger struct {
	radius            float64 // metres, of the rectifying sphere
	forward, backward [4]float64
	e                 float64 // eccentricity
}

func newKrueger() krueger {
	n := flattening / (2 - flattening)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	return krueger{
		radius: semiMajor / (1 + n) * (1 + n2/4 + n4/64),
		forward: [4]float64{
			n/2 - 2*n2/3 + 5*n3/16 + 41*n4/180, 13*n2/48 - 3*n3/5 + 557*n4/1440,
			61*n3/240 - 103*n4/140, 49561 * n4 / 161280,
		},
		backward: [4]float64{
			n/2 - 2*n2/3 + 37*n3/96 - n4/360, n2/48 + n3/15 - 437*n4/1440,
			17*n3/480 - 37*n4/840, 4397 * n4 / 161280,
		},
		e: math.Sqrt(flattening * (2 - flattening)),
	}
}

// plane turns longitude and latitude in degrees (EPSG:4490, longitude first)
// into easting and northing in metres (EPSG:4546, easting first).
func (k krueger) plane(lonLat orb.Point) orb.Point {
	lambda, phi := (lonLat[0]-centralMeridian)*math.Pi/180, lonLat[1]*math.Pi/180
	sin := math.Sin(phi)
	t := math.Sinh(math.Atanh(sin) - k.e*math.Atanh(k.e*sin))
	xi := math.Atan2(t, math.Cos(lambda))
	eta := math.Asinh(math.Sin(lambda) / math.Hypot(t, math.Cos(lambda)))
	x, y := eta, xi
	for i, a := range k.forward {
		m := 2 * float64(i+1)
		x += a * math.Cos(m*xi) * math.Sinh(m*eta)
		y += a * math.Sin(m*xi) * math.Cosh(m*eta)
	}
	return orb.Point{falseEasting + k.radius*x, k.radius * y}
}

// lonLat is the inverse of plane.
func (k krueger) lonLat(plane orb.Point) orb.Point {
	eta, xi := (plane[0]-falseEasting)/k.radius, plane[1]/k.radius
	x, y := eta, xi
	for i, b := range k.backward {
		m := 2 * float64(i+1)
		x -= b * math.Cos(m*xi) * math.Sinh(m*eta)
		y -= b * math.Sin(m*xi) * math.Cosh(m*eta)
	}
	lambda := math.Atan2(math.Sinh(x), math.Cos(y))
	chi := math.Asin(math.Sin(y) / math.Cosh(x)) // conformal latitude
	isometric := math.Atanh(math.Sin(chi))
	sin := math.Sin(chi)
	for range 6 { // each round gains more than two digits
		sin = math.Tanh(isometric + k.e*math.Atanh(k.e*sin))
	}
	return orb.Point{centralMeridian + lambda*180/math.Pi, math.Asin(sin) * 180 / math.Pi}
}

// equalArea maps longitude and latitude to the plane in square metres: areas
// there are areas on the ellipsoid.
func (k krueger) equalArea(lonLat orb.Point) orb.Point {
	sin := math.Sin(lonLat[1] * math.Pi / 180)
	es := k.e * sin
	q := (1 - k.e*k.e) * (sin/(1-es*es) + math.Atanh(es)/k.e)
	return orb.Point{
		semiMajor * (lonLat[0] - centralMeridian) * math.Pi / 180,
		semiMajor * q / 2,
	}
}

// ringArea returns the signed area of a ring of plane points in square metres
// on the ellipsoid; counter-clockwise is positive. Edges are taken as straight
// in the equal-area plane, which differs from geodesics by less than 0.01 m²
// for edges up to 100 m.
func (k krueger) ringArea(ring orb.Ring) float64 {
	if len(ring) < 4 {
		return 0
	}
	origin := k.equalArea(k.lonLat(ring[0]))
	sum, px, py := 0.0, 0.0, 0.0
	for _, p := range ring[1:] {
		q := k.equalArea(k.lonLat(p))
		x, y := q[0]-origin[0], q[1]-origin[1]
		sum += px*y - x*py
		px, py = x, y
	}
	return sum / 2
}

// area returns the ellipsoidal area of polygons in square metres.
func (k krueger) area(shape orb.MultiPolygon) float64 {
	sum := 0.0
	for _, polygon := range shape {
		for _, ring := range polygon {
			sum += k.ringArea(ring) // holes run clockwise and take off
		}
	}
	return sum
}

// round2 rounds to two decimals, as areas are delivered.
func round2(v float64) float64 { return math.Round(v*100) / 100 }
