package crs

import (
	"math"
	"math/cmplx"
	"sync/atomic"

	"github.com/paulmach/orb"
)

// patches undo a transverse Mercator projection square by square. Isometric
// latitude and longitude are an analytic function of northing and easting, and
// over a square of four kilometres its Taylor polynomial of degree 4 leaves less
// than a nanometre: a few multiplications instead of eight sines and logarithms.
// Delivered points lie close together, so that a square serves thousands.
//
// A point's square, and with it the result, depends on the point alone. Many
// goroutines may use it at once; where two points contend for a slot, the square
// is made again.
type patches struct {
	whole *transverseMercator
	slots [patchSlots]atomic.Pointer[patch]
}

const (
	patchSide  = 4096 // metres
	patchSlots = 256  // a power of two

	// Beyond these a square would no longer do: towards the pole the isometric
	// latitude grows without bound.
	patchMostX, patchMostY = 1e6, 8e6 // metres from meridian and equator
)

type patch struct {
	column, row int32
	sphere      [5]complex128 // isometric latitude + i·longitude, radians, in powers of (northing + i·easting − centre) in patchSides
	latitude    newton        // geodetic, degrees, of the isometric one
}

// quickly is undo, by patches where they serve.
func (t *transverseMercator) quickly() unproject {
	p := &patches{whole: t}
	return p.undo
}

func (p *patches) undo(at orb.Point) (orb.Point, bool) {
	x, y := at[0]-p.whole.falseEasting, at[1]
	if !(math.Abs(x) < patchMostX && math.Abs(y) < patchMostY) {
		return p.whole.undo(at)
	}
	column, row := math.Floor(x*(1./patchSide)), math.Floor(y*(1./patchSide))
	square := p.of(int32(column), int32(row))
	z := complex(y*(1./patchSide)-row-0.5, x*(1./patchSide)-column-0.5)
	a := &square.sphere
	w := a[0] + z*(a[1]+z*(a[2]+z*(a[3]+z*a[4])))
	return orb.Point{p.whole.meridian + imag(w)*(180/math.Pi), square.latitude.at(real(w))}, true
}

func (p *patches) of(column, row int32) *patch {
	slot := &p.slots[uint32(column*31+row)%patchSlots]
	square := slot.Load()
	if square == nil || square.column != column || square.row != row {
		square = p.make(column, row)
		slot.Store(square)
	}
	return square
}

// make takes the coefficients from values on a circle round the square's centre,
// by Cauchy's formula; the error is that of the eighth power further on.
func (p *patches) make(column, row int32) *patch {
	const samples, radius = 8, 0.75 // of a side: the corners are 0.71 away
	made := &patch{column: column, row: row}
	for s := range samples {
		turn := cmplx.Rect(1, 2*math.Pi*float64(s)/samples)
		north, east := (float64(row)+0.5+radius*real(turn))*patchSide, (float64(column)+0.5+radius*imag(turn))*patchSide
		tan, longitude := p.whole.conformal(east, north)
		w := complex(math.Asinh(tan), longitude)
		for k := range made.sphere {
			made.sphere[k] += w / samples
			w /= turn * radius
		}
	}
	const reach = 0.75 * patchSide / 6.3e6 // radians to the square's furthest corner, and more
	made.latitude = newNewton(real(made.sphere[0]), reach/math.Abs(math.Cos(float64(row)*patchSide/6.3e6)), func(isometric float64) float64 {
		return p.whole.latitude(math.Sinh(isometric)) * (180 / math.Pi)
	})
	return made
}

// newton is a smooth function over a short interval: the polynomial of degree 4
// through five of its values, in Newton's form.
type newton struct{ nodes, coefficients [5]float64 }

// newNewton takes f at Chebyshev's nodes within reach of a middle.
func newNewton(middle, reach float64, f func(float64) float64) newton {
	var n newton
	for i := range n.nodes {
		n.nodes[i] = middle + reach*math.Cos(math.Pi*(float64(i)+0.5)/float64(len(n.nodes)))
		n.coefficients[i] = f(n.nodes[i])
	}
	for order := 1; order < len(n.nodes); order++ { // divided differences, in place
		for i := len(n.nodes) - 1; i >= order; i-- {
			n.coefficients[i] = (n.coefficients[i] - n.coefficients[i-1]) / (n.nodes[i] - n.nodes[i-order])
		}
	}
	return n
}

func (n *newton) at(x float64) float64 {
	c, at := &n.coefficients, &n.nodes
	return c[0] + (x-at[0])*(c[1]+(x-at[1])*(c[2]+(x-at[2])*(c[3]+(x-at[3])*c[4])))
}
