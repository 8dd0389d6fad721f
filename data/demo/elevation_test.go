package demo

import (
	"testing"

	"github.com/paulmach/orb"
)

func TestRiversLieInTheirValleys(t *testing.T) {
	c, err := newCity(Options{Scale: Tiny, Seed: 2026})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.shapeLand(); err != nil {
		t.Fatal(err)
	}
	g := c.heights()
	at := func(p orb.Point) (float64, bool) {
		column, row := int((p[0]-g.west)/g.cell), int((g.north-p[1])/g.cell)
		if column < 0 || row < 0 || column >= g.width || row >= g.height {
			return 0, false
		}
		return float64(g.metres[row*g.width+column]), true
	}
	lower, higher := 0, 0
	for _, r := range c.rivers {
		for i := 1; i+1 < len(r.line); i++ {
			p, q := r.line[i], r.line[i+1]
			bed, ok := at(p)
			if !ok {
				t.Fatalf("the river %s leaves the model at %v", r.id, p)
			}
			// 1.5 km to either side
			n := 1500 / max(1, length(orb.LineString{p, q}))
			for _, side := range []float64{-1, 1} {
				bank, ok := at(orb.Point{p[0] - side*n*(q[1]-p[1]), p[1] + side*n*(q[0]-p[0])})
				switch {
				case !ok:
				case bank > bed:
					lower++
				case bank < bed:
					higher++
				}
			}
		}
	}
	if higher*10 > lower {
		t.Errorf("beside the rivers the land is higher %d times and lower %d times", lower, higher)
	}
	low, high := g.metres[0], g.metres[0]
	for _, h := range g.metres {
		low, high = min(low, h), max(high, h)
	}
	if low < 3 || high < 700 || high > 1600 {
		t.Errorf("heights go from %g to %g m", low, high)
	}
	t.Logf("%d × %d cells of %g m, %g to %g m; beside the rivers the land is higher %d times, lower %d times", g.width, g.height, g.cell, low, high, lower, higher)
}
