// Package geodesic measures on the CGCS2000 ellipsoid: how far apart two
// positions are, in which direction, and which point of a shape is nearest.
//
// It knows positions only, in EPSG:4490 degrees, longitude first; what they
// belong to is for spatial's other packages. Areas are not measured here.
package geodesic

import (
	"math"

	"github.com/paulmach/orb"
)

// The CGCS2000 ellipsoid.
const (
	axis       = 6378137.0         // semi-major, in metres
	flattening = 1 / 298.257222101 //
	minor      = axis * (1 - flattening)
	squared    = flattening * (2 - flattening) // of the first eccentricity
)

const radian = math.Pi / 180

// Inverse returns the length in metres of the shortest line on the ellipsoid from
// one position to another, and the direction in which it leaves the first, in
// degrees from true north, clockwise, 0 to 360. Of two equal positions both are
// 0. It is Vincenty's formula, exact to less than a millimetre except between
// points on opposite sides of the earth, where it may be off by some kilometres.
func Inverse(from, to orb.Point) (metres, bearing float64) {
	if from == to {
		return 0, 0
	}
	lambda := (to[0] - from[0]) * radian
	sinU1, cosU1 := reduced(from[1])
	sinU2, cosU2 := reduced(to[1])
	l := lambda
	var sinSigma, cosSigma, sigma, cosSqAlpha, cos2Mid, sinL, cosL float64
	for range 100 {
		sinL, cosL = math.Sincos(l)
		sinSigma = math.Hypot(cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL)
		if sinSigma == 0 {
			return 0, 0
		}
		cosSigma = sinU1*sinU2 + cosU1*cosU2*cosL
		sigma = math.Atan2(sinSigma, cosSigma)
		sinAlpha := cosU1 * cosU2 * sinL / sinSigma
		cosSqAlpha = 1 - sinAlpha*sinAlpha
		cos2Mid = 0
		if cosSqAlpha > 0 { // else the line is the equator
			cos2Mid = cosSigma - 2*sinU1*sinU2/cosSqAlpha
		}
		c := flattening / 16 * cosSqAlpha * (4 + flattening*(4-3*cosSqAlpha))
		last := l
		l = lambda + (1-c)*flattening*sinAlpha*(sigma+c*sinSigma*(cos2Mid+c*cosSigma*(2*cos2Mid*cos2Mid-1)))
		if math.Abs(l-last) < 1e-13 {
			break
		}
	}
	u := cosSqAlpha * (axis*axis - minor*minor) / (minor * minor)
	a := 1 + u/16384*(4096+u*(-768+u*(320-175*u)))
	b := u / 1024 * (256 + u*(-128+u*(74-47*u)))
	delta := b * sinSigma * (cos2Mid + b/4*(cosSigma*(2*cos2Mid*cos2Mid-1)-b/6*cos2Mid*(4*sinSigma*sinSigma-3)*(4*cos2Mid*cos2Mid-3)))
	bearing = math.Atan2(cosU2*sinL, cosU1*sinU2-sinU1*cosU2*cosL) / radian
	if bearing < 0 {
		bearing += 360
	}
	return minor * a * (sigma - delta), bearing
}

// reduced returns sine and cosine of the reduced latitude.
func reduced(lat float64) (sin, cos float64) {
	s, c := math.Sincos(lat * radian)
	s *= 1 - flattening
	length := math.Hypot(s, c)
	return s / length, c / length
}
