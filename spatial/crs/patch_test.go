package crs

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/paulmach/orb"
)

// What squares and strips may differ from the formulas that they stand for, in
// metres; a double of a longitude in degrees itself has steps of 1.6 nm.
const quickBound = 1e-8

func TestSquaresAgreeWithTheProjectionTheyStandFor(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	exact := newTransverseMercator(figure2000.axis, figure2000.inverse, 111, 37_500_000, 1)
	quick := exact.quickly()
	for sentence, within := range map[string][4]float64{ // east, north from; east, north to
		"Yunfu":                           {0, 2_450_000, 160_000, 2_590_000},
		"a zone of six degrees":           {-350_000, 0, 350_000, 6_500_000},
		"the edges of where squares do":   {-1_000_000, -8_000_000, 1_000_000, 8_000_000},
		"beyond, where there are none":    {-2_000_000, -9_900_000, 2_000_000, 9_900_000},
		"one square, and its very corner": {0, 0, 4096, 4096},
	} {
		worst := 0.
		for range 20_000 {
			p := orb.Point{37_500_000 + within[0] + random.Float64()*(within[2]-within[0]), within[1] + random.Float64()*(within[3]-within[1])}
			want, ok := exact.undo(p)
			got, quickOK := quick(p)
			if ok != quickOK {
				t.Fatalf("%s: %v is undone by one alone: %v, %v", sentence, p, ok, quickOK)
			}
			worst = max(worst, math.Hypot((got[0]-want[0])*math.Cos(want[1]*math.Pi/180), got[1]-want[1])*111_000)
		}
		t.Logf("%s: at most %.2g m", sentence, worst)
		if worst > quickBound {
			t.Errorf("%s: squares are %.2g m off", sentence, worst)
		}
	}
}

func TestAPointIsUndoneAlikeWhoeverAsksAndWhenever(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	points := make([]orb.Point, 3000) // over far more squares than there are slots
	for i := range points {
		points[i] = orb.Point{500_000 + 300_000*random.Float64(), 2_300_000 + 300_000*random.Float64()}
	}
	t1 := newTransverseMercator(figure2000.axis, figure2000.inverse, 111, 500_000, 1)
	fresh, shared := t1.quickly(), t1.quickly()
	var everybody sync.WaitGroup
	for worker := range 4 {
		everybody.Go(func() {
			for i := range points {
				p := points[(i*7+worker*701)%len(points)]
				if a, _ := shared(p); a != first(t1.quickly()(p)) {
					t.Errorf("%v depends on who asked before", p)
					return
				}
			}
		})
	}
	everybody.Wait()
	if a, b := first(fresh(points[0])), first(shared(points[0])); a != b {
		t.Errorf("%v and %v", a, b)
	}
}

func first(p orb.Point, _ bool) orb.Point { return p }

func TestStripsAgreeWithWebMercator(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var m Mercator
	worst := 0.
	for i := range 100_000 {
		p := orb.Point{360*random.Float64() - 180, 2 * (MercatorLimit - 1e-9) * (random.Float64() - 0.5)}
		if i%2 == 0 { // as parcels come, one near the last
			p[1] = 22 + random.Float64()
		}
		got, want := m.Point(p), PointToWebMercator(p)
		worst = max(worst, math.Abs(got[0]-want[0]), math.Abs(got[1]-want[1]))
	}
	t.Logf("at most %.2g m", worst)
	if worst > 1e-8 { // northings near the edge have steps of 4 nm themselves
		t.Errorf("strips are %.2g m off", worst)
	}
	for _, edge := range []float64{0, 60, -60, 1. / 32, math.Nextafter(1./32, 0), math.NaN(), math.Inf(1)} {
		got, want := m.Point(orb.Point{111, edge}), PointToWebMercator(orb.Point{111, edge})
		if math.Abs(got[1]-want[1]) > 1e-8 || math.IsNaN(got[1]) != math.IsNaN(want[1]) {
			t.Errorf("latitude %v: %v, want %v", edge, got, want)
		}
	}
}

func BenchmarkUndo(b *testing.B) {
	random := rand.New(rand.NewPCG(9, 10))
	points := make([]orb.Point, 4096) // of one village
	for i := range points {
		points[i] = orb.Point{550_000 + 3000*random.Float64(), 2_500_000 + 3000*random.Float64()}
	}
	exact := newTransverseMercator(figure2000.axis, figure2000.inverse, 111, 500_000, 1)
	for name, undo := range map[string]unproject{"formula": exact.undo, "squares": exact.quickly()} {
		b.Run(name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				if _, ok := undo(points[i%len(points)]); !ok {
					b.Fatal("out of reach")
				}
				i++
			}
		})
	}
}
