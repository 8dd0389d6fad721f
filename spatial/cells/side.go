package cells

import (
	"math/big"

	"github.com/paulmach/orb"
)

// side tells where p is, seen along the line from a to b: 1 is left, -1 is
// right, 0 is on it. It is exact for all finite coordinates.
func side(a, b, p orb.Point) int {
	left := (a[0] - p[0]) * (b[1] - p[1])
	right := (a[1] - p[1]) * (b[0] - p[0])
	det := left - right
	// Shewchuk's bound on the rounding of the two lines above (Adaptive Precision
	// Floating-Point Arithmetic, 1997, ccwerrboundA).
	const bound = 3.3306690738754716e-16
	sum := left + right
	if left < 0 {
		sum = right - left
		if right < 0 {
			sum = -left - right
		}
	} else if right < 0 {
		sum = left - right
	}
	if limit := bound * sum; det > limit {
		return 1
	} else if det < -limit {
		return -1
	}
	return exactSide(a, b, p)
}

// exactSide is side without rounding, at the price of some microseconds.
func exactSide(a, b, p orb.Point) int {
	if a == p || b == p {
		return 0
	}
	var r [6]big.Rat
	for i, v := range [6]float64{a[0], a[1], b[0], b[1], p[0], p[1]} {
		r[i].SetFloat64(v)
	}
	for i := range 4 {
		r[i].Sub(&r[i], &r[4+i%2])
	}
	left := r[0].Mul(&r[0], &r[3])
	return left.Cmp(r[1].Mul(&r[1], &r[2]))
}

// sideOfReference is side for points that we choose, and which are thought to
// be shifted by nothing measurable: east, and by much less north. So none is
// ever on a line.
func sideOfReference(a, b, p orb.Point) int {
	if s := side(a, b, p); s != 0 {
		return s
	}
	if dy := b[1] - a[1]; dy > 0 {
		return -1
	} else if dy < 0 {
		return 1
	}
	if b[0] > a[0] {
		return 1
	}
	return -1
}
