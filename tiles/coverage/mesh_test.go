package coverage_test

import (
	"math/rand/v2"

	"onemap/tiles/coverage"
)

// mesh is n×n four-sided faces of about size units whose borders wiggle, so
// that neighbours share them point by point.
func mesh(seed uint64, n int, size int32) [][]coverage.Point {
	r := rand.New(rand.NewPCG(seed, 1))
	jitter := func(reach int32) int32 { return r.Int32N(2*reach+1) - reach }
	corners := make([][]coverage.Point, n+1)
	for y := range corners {
		for x := range n + 1 {
			corners[y] = append(corners[y], coverage.Point{X: int32(x)*size + jitter(size/5), Y: int32(y)*size + jitter(size/5)})
		}
	}
	borders := map[[2]coverage.Point][]coverage.Point{}
	// border is the way from a to b, a first and b left out.
	border := func(a, b coverage.Point) []coverage.Point {
		if line, ok := borders[[2]coverage.Point{a, b}]; ok {
			return line
		}
		const steps = 12
		there := []coverage.Point{a}
		for i := int32(1); i < steps; i++ {
			there = append(there, coverage.Point{X: a.X + (b.X-a.X)*i/steps + jitter(size/40), Y: a.Y + (b.Y-a.Y)*i/steps + jitter(size/40)})
		}
		back := []coverage.Point{b}
		for i := len(there) - 1; i > 0; i-- {
			back = append(back, there[i])
		}
		borders[[2]coverage.Point{a, b}], borders[[2]coverage.Point{b, a}] = there, back
		return there
	}
	var rings [][]coverage.Point
	for y := range n {
		for x := range n {
			round := []coverage.Point{corners[y][x], corners[y][x+1], corners[y+1][x+1], corners[y+1][x]}
			var ring []coverage.Point
			for i, c := range round {
				ring = append(ring, border(c, round[(i+1)%4])...)
			}
			rings = append(rings, ring)
		}
	}
	return rings
}

func mapOf(rings [][]coverage.Point, shift uint) *coverage.Map {
	var s coverage.Segments
	for i, r := range rings {
		s.AddRing(int32(i), r)
	}
	return s.Snap(shift, nil)
}

func total(faces []coverage.Face) (sum int64) {
	for _, f := range faces {
		for _, r := range f.Rings {
			sum += coverage.DoubleArea(r)
		}
	}
	return sum
}
