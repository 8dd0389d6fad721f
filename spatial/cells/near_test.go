package cells

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

func TestDistanceIsThatOfPostGIS(t *testing.T) {
	for sentence, one := range map[string]struct {
		p, q orb.Point
		want float64 // ST_Distance(geography(4490)), metres
		off  float64 // share
	}{
		"across a street": {orb.Point{112.04, 22.92}, orb.Point{112.0404, 22.9203}, 52.79653386, 1e-6},
		"ten kilometres":  {orb.Point{112.04, 22.92}, orb.Point{112.10, 22.99}, 9897.38678166, 1e-6},
		"to Guangzhou":    {orb.Point{112.04, 22.92}, orb.Point{113.26, 23.13}, 127198.08847143, 1e-3},
	} {
		if got := Distance(one.p, one.q); math.Abs(got/one.want-1) > one.off {
			t.Errorf("%s: %.4f m, want %.4f", sentence, got, one.want)
		}
	}
}

func TestProbabilityIsWhatSamplesSay(t *testing.T) {
	shapes := honeycomb(8, 3)
	c, err := NewCoverage(shapes)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 8))
	const samples = 200_000
	for _, p := range []orb.Point{{112.0412, 22.0391}, shapes[9][0][0][2], {112.02, 21.998}} {
		for _, accuracy := range []float64{30, 400, 3000} {
			s, flat, hits := sigma(accuracy), planeAt(p, p[1]), map[int]int{}
			for range samples {
				hits[c.At(orb.Point{p[0] + s*r.NormFloat64()/flat.kx, p[1] + s*r.NormFloat64()/flat.ky})]++
			}
			sum := 0.0
			for i := range shapes {
				got := c.probability(i, p, s)
				sum += got
				share := float64(hits[i]) / samples
				if off := math.Abs(got - share); off > 4.5*math.Sqrt(got*(1-got)/samples)+1e-5 {
					t.Errorf("at %v, %g m, polygon %d: %.5f, sampled %.5f", p, accuracy, i, got, share)
				}
			}
			if outside := float64(hits[None]) / samples; math.Abs(1-sum-outside) > 4.5*math.Sqrt(0.25/samples) {
				t.Errorf("at %v, %g m: %.5f is inside, sampled %.5f outside", p, accuracy, sum, outside)
			}
		}
	}
}

func TestProbabilityInShapesThatHaveAFormula(t *testing.T) {
	p := orb.Point{112, 22}
	flat := planeAt(p, p[1])
	box := func(west, south, east, north float64) orb.MultiPolygon { // in metres from p
		x, y := func(m float64) float64 { return 112 + m/flat.kx }, func(m float64) float64 { return 22 + m/flat.ky }
		return orb.MultiPolygon{{{{x(west), y(south)}, {x(east), y(south)}, {x(east), y(north)}, {x(west), y(north)}, {x(west), y(south)}}}}
	}
	phi := func(x float64) float64 { return (1 + math.Erf(x/math.Sqrt2)) / 2 }
	for _, b := range [][4]float64{{-10, -20, 30, 40}, {0, 0, 1e4, 1e4}, {-1e4, 5, 1e4, 1e4}, {100, 100, 120, 130}, {-1, -1e4, 1, 1e4}, {-1e-3, -1e-3, 1e-3, 1e-3}} {
		c, err := NewCoverage([]orb.MultiPolygon{box(b[0], b[1], b[2], b[3])})
		if err != nil {
			t.Fatal(err)
		}
		const s = 25
		want := (phi(b[2]/s) - phi(b[0]/s)) * (phi(b[3]/s) - phi(b[1]/s))
		if got := c.probability(0, p, s); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %.12f, want %.12f", b, got, want)
		}
	}
	if got := 1 - math.Exp(-math.Pow(100/sigma(100), 2)/2); math.Abs(got-0.95) > 1e-12 {
		t.Errorf("%v of the mass is within the accuracy", got)
	}
	if got := radiusOf(confidence, sigma(70)); math.Abs(got-70) > 1e-9 {
		t.Errorf("95 %% within %v m", got)
	}
}

func TestNearestAndWithinAgreeWithLookingAtAll(t *testing.T) {
	shapes := honeycomb(10, 4)
	c, err := NewCoverage(shapes)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 2))
	for range 300 {
		p := orb.Point{111.9 + 0.4*r.Float64(), 21.9 + 0.4*r.Float64()}
		best, at := math.Inf(1), None
		for i := range shapes {
			if d := c.toBorder(i, p); d < best {
				best, at = d, i
			}
		}
		polygon, metres := c.nearest(p)
		if math.Abs(metres/best-1) > 2e-3 || c.At(p) == None && polygon != at && math.Abs(c.toBorder(polygon, p)-best) > 2e-3*best {
			t.Fatalf("%v: nearest %d at %.3f m, want %d at %.3f m", p, polygon, metres, at, best)
		}
		radius := 3000 * r.Float64()
		want := map[int]bool{}
		for i, shape := range shapes {
			if c.toBorder(i, p) <= radius || covers(shape, p) && c.At(p) == i {
				want[i] = true
			}
		}
		got := c.within(p, radius)
		if len(got) != len(want) {
			t.Fatalf("%v, %.1f m: %d, want %d", p, radius, len(got), len(want))
		}
		for _, i := range got {
			if !want[i] {
				t.Fatalf("%v, %.1f m: %d is not near", p, radius, i)
			}
		}
	}
}
