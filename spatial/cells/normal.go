package cells

import (
	"math"

	"github.com/paulmach/orb"
)

// confidence is how likely the true place is to be within the stated accuracy,
// as the W3C's Geolocation API has it: a 95 % confidence level.
const confidence = 0.95

// sigma is the standard deviation, along any axis, of a circular normal
// distribution that has [confidence] of its mass within the radius. Both are in
// metres.
func sigma(radius float64) float64 {
	return radius / math.Sqrt(-2*math.Log(1-confidence))
}

// radiusOf is the radius in metres round the mean that holds a share of the mass.
func radiusOf(share, sigma float64) float64 {
	return sigma * math.Sqrt(-2*math.Log(1-share))
}

// probability is the share of a circular normal distribution that lies in the
// polygon, to about 1e-9: the mean is p, sigma its standard deviation in metres.
//
// The mass in the triangle of the mean and an edge is an integral along the
// edge alone; signed, the triangles of a closed ring add up to the ring.
func (c *Coverage) probability(polygon int, p orb.Point, sigma float64) float64 {
	flat := planeAt(p, p[1])
	flat.kx, flat.ky = flat.kx/sigma, flat.ky/sigma
	sum := 0.0
	c.eachRing(polygon, func(points []orb.Point) {
		a := flat.metres(points[0])
		for _, q := range points[1:] {
			b := flat.metres(q)
			sum += triangle(a, b)
			a = b
		}
	})
	return min(max(sum, 0), 1)
}

// horizon is where the distribution is taken to end, in standard deviations:
// 3e-11 of it is beyond.
const horizon = 7

// triangle is the mass of the standard normal distribution in the triangle of
// its mean, a and b, positive where they run counter-clockwise.
//
// In polar coordinates it is the integral of (1 - exp(-r²/2))/2π over the angle.
// With h the distance of the line and t the way along it, the angle changes by
// h/(h²+t²), so that what is integrated, h·(1-exp(-(h²+t²)/2))/(h²+t²), is smooth
// even where the line goes through the mean; beyond the horizon it is the angle.
func triangle(a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	length := math.Hypot(dx, dy)
	if length == 0 {
		return 0
	}
	h := (a[0]*dy - a[1]*dx) / length
	from := (a[0]*dx + a[1]*dy) / length
	to := from + length
	angle := func(t0, t1 float64) float64 {
		return math.Atan2(h*(t1-t0), h*h+t0*t1)
	}
	if math.Abs(h) >= horizon {
		return angle(from, to) / (2 * math.Pi)
	}
	edge := math.Sqrt(horizon*horizon - h*h)
	sum := 0.0
	if from < -edge {
		sum += angle(from, min(to, -edge))
	}
	if to > edge {
		sum += angle(max(from, edge), to)
	}
	if low, high := max(from, -edge), min(to, edge); low < high {
		steps := math.Ceil(high - low)
		for i := range int(steps) {
			step := (high - low) / steps
			sum += gauss(h, low+float64(i)*step, step)
		}
	}
	return sum / (2 * math.Pi)
}

// The eight points and weights of Gauss and Legendre on -1 to 1, one half of each.
var (
	gaussPoints  = [4]float64{0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363}
	gaussWeights = [4]float64{0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763}
)

// gauss integrates over a step from t on, at most 1 long.
func gauss(h, t, step float64) float64 {
	middle, half, sum := t+step/2, step/2, 0.0
	for i, x := range gaussPoints {
		for _, at := range [2]float64{middle - half*x, middle + half*x} {
			u := h*h + at*at
			density := 0.5 // the limit at the mean itself
			if u > 1e-12 {
				density = -math.Expm1(-u/2) / u
			}
			sum += gaussWeights[i] * density
		}
	}
	return sum * half * h
}
