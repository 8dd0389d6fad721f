package coverage

import "cmp"

// Point is a place on the grid, in units; x grows eastward and y southward.
type Point struct{ X, Y int32 }

// Compare orders points by x, then y.
func (p Point) Compare(q Point) int {
	if c := cmp.Compare(p.X, q.X); c != 0 {
		return c
	}
	return cmp.Compare(p.Y, q.Y)
}

// cross is twice the area of the triangle a, b, c in square units: positive
// when c lies on the side of a→b on which an outer ring has its inside. Exact
// for coordinates within ±2^30.
func cross(a, b, c Point) int64 {
	return int64(b.X-a.X)*int64(c.Y-a.Y) - int64(b.Y-a.Y)*int64(c.X-a.X)
}

// DoubleArea is twice the signed area of a ring in square units: positive for
// an outer ring, negative for a hole. The ring may repeat its first point at the
// end or not.
func DoubleArea(ring []Point) int64 {
	var sum int64
	if len(ring) < 3 {
		return 0
	}
	for i := 1; i+1 < len(ring); i++ {
		sum += cross(ring[0], ring[i], ring[i+1])
	}
	return sum
}
