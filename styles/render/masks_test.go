package render

import (
	"math"
	"testing"
)

// A disc's halo is a larger disc, whichever way it is drawn.
func TestHalosOfADiscAreDiscs(t *testing.T) {
	const size, centre, radius = 81, 40., 12.
	disc := func(radius float64) []uint8 {
		cover := make([]uint8, size*size)
		for y := range size {
			for x := range size {
				cover[y*size+x] = uint8(255*max(0, min(1, radius+0.5-math.Hypot(float64(x)-centre, float64(y)-centre))) + 0.5)
			}
		}
		return cover
	}
	for _, halo := range []float64{1, 2.5, 6, 15, 26} {
		got, want := spread(disc(radius), size, size, halo), disc(radius+halo)
		for i := range got {
			// half a pixel of the edge: pixels covered in part tell it only so far
			if off := math.Abs(float64(got[i]) - float64(want[i])); off > 140 {
				t.Fatalf("halo %g: pixel %d, %d is %d, want about %d", halo, i%size, i/size, got[i], want[i])
			}
		}
		sum := func(cover []uint8) (s float64) {
			for _, c := range cover {
				s += float64(c) / 255
			}
			return s
		}
		if a, b := sum(got), sum(want); math.Abs(a-b) > b*0.04 {
			t.Errorf("halo %g covers %.0f pixels, want %.0f", halo, a, b)
		}
	}
}
