package risk

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

// Whoever goes through all boxes is the referee.
func TestTheTreeFindsWhatMeets(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 2, 15, 16, 17, 256, 257, 3000} {
		boxes := make([]orb.Bound, n)
		for i := range boxes {
			at := orb.Point{float64(random.IntN(60)), float64(random.IntN(60))} // whole, so that borders touch
			boxes[i] = orb.Bound{Min: at, Max: orb.Point{at[0] + float64(random.IntN(4)), at[1] + float64(random.IntN(4))}}
			if i%50 == 49 {
				boxes[i] = orb.MultiPolygon{}.Bound()
			}
		}
		x := newTree(boxes)
		for range 200 {
			at := orb.Point{float64(random.IntN(70) - 5), float64(random.IntN(70) - 5)}
			asked := orb.Bound{Min: at, Max: orb.Point{at[0] + float64(random.IntN(8)), at[1] + float64(random.IntN(8))}}
			var want []int32
			for i, box := range boxes {
				if !box.IsEmpty() && box.Min[0] <= asked.Max[0] && box.Max[0] >= asked.Min[0] && box.Min[1] <= asked.Max[1] && box.Max[1] >= asked.Min[1] {
					want = append(want, int32(i))
				}
			}
			got := x.meeting(nil, asked)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("of %d, %v meets %v, want %v", n, asked, got, want)
			}
		}
	}
}
