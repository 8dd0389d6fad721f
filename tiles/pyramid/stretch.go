package pyramid

import (
	"slices"

	"onemap/tiles/coverage"
)

// widestStretch finds the widest stretch of a polygon on the line of that y:
// its middle and its width.
func widestStretch(rings [][]coverage.Point, y float64) (middle, width float64) {
	var at []float64
	for _, r := range rings {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			if (float64(p.Y) > y) != (float64(q.Y) > y) {
				at = append(at, float64(p.X)+(y-float64(p.Y))/float64(q.Y-p.Y)*float64(q.X-p.X))
			}
		}
	}
	slices.Sort(at)
	for i := 0; i+1 < len(at); i += 2 {
		if at[i+1]-at[i] > width {
			middle, width = (at[i]+at[i+1])/2, at[i+1]-at[i]
		}
	}
	return middle, width
}
