package repair

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/twpayne/go-geos"
)

func isValid(t testing.TB, context *geos.Context, g orb.MultiPolygon) (bool, string) {
	t.Helper()
	encoded, err := wkb.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := context.NewGeomFromWKB(encoded)
	if err != nil {
		return false, err.Error()
	}
	return shape.IsValid(), shape.IsValidReason()
}

func TestProofs(t *testing.T) {
	square := func(x, y, size float64) orb.Ring {
		return orb.Ring{{x, y}, {x + size, y}, {x + size, y + size}, {x, y + size}, {x, y}}
	}
	for name, c := range map[string]struct {
		shape  orb.MultiPolygon
		proven bool
	}{
		"a square":                         {orb.MultiPolygon{{square(0, 0, 1)}}, true},
		"a square with a straight point":   {orb.MultiPolygon{{{{0, 0}, {1, 0}, {2, 0}, {2, 2}, {0, 2}, {0, 0}}}}, true},
		"a square with a point twice":      {orb.MultiPolygon{{{{0, 0}, {2, 0}, {2, 0}, {2, 2}, {0, 2}, {0, 0}}}}, true},
		"a triangle":                       {orb.MultiPolygon{{{{0, 0}, {2, 0}, {1, 1}, {0, 0}}}}, true},
		"a hole":                           {orb.MultiPolygon{{square(0, 0, 9), square(1, 1, 1)}}, true},
		"two holes":                        {orb.MultiPolygon{{square(0, 0, 9), square(1, 1, 1), square(5, 5, 1)}}, true},
		"two squares apart":                {orb.MultiPolygon{{square(0, 0, 1)}, {square(2, 2, 1)}}, true},
		"a bow-tie":                        {orb.MultiPolygon{{{{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}}}, false},
		"a spike":                          {orb.MultiPolygon{{{{0, 0}, {2, 0}, {2, 2}, {2, 3}, {2, 2}, {0, 2}, {0, 0}}}}, false},
		"a ring that touches itself":       {orb.MultiPolygon{{{{0, 0}, {2, 0}, {2, 2}, {1, 0}, {0, 2}, {0, 0}}}}, false},
		"a line there and back":            {orb.MultiPolygon{{{{0, 0}, {1, 0}, {2, 0}, {0, 0}}}}, false},
		"a hole outside":                   {orb.MultiPolygon{{square(0, 0, 9), square(10, 10, 1)}}, false},
		"a hole in a hole":                 {orb.MultiPolygon{{square(0, 0, 9), square(1, 1, 5), square(2, 2, 1)}}, false},
		"a hole round a hole":              {orb.MultiPolygon{{square(0, 0, 9), square(2, 2, 1), square(1, 1, 5)}}, false},
		"a hole round the shell":           {orb.MultiPolygon{{square(2, 2, 1), square(0, 0, 9)}}, false},
		"a hole that touches its shell":    {orb.MultiPolygon{{square(0, 0, 9), {{0, 4}, {2, 3}, {2, 5}, {0, 4}}}}, false},
		"a square in a square":             {orb.MultiPolygon{{square(0, 0, 9)}, {square(2, 2, 1)}}, false},
		"a square twice":                   {orb.MultiPolygon{{square(0, 0, 9)}, {square(0, 0, 9)}}, false},
		"edges closer than rounding knows": {orb.MultiPolygon{{{{0, 0}, {3, 1}, {3, 3}, {1.5, 0.5}, {0, 3}, {0, 0}}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var v prover
			if got := v.valid(c.shape); got != c.proven {
				t.Errorf("proven %v, want %v", got, c.proven)
			}
			if valid, why := isValid(t, geos.NewContext(), c.shape); c.proven && !valid {
				t.Errorf("GEOS: %s", why)
			}
		})
	}
}

// TestProofsAgainstGEOS makes shapes that are valid, hardly valid and broken, on
// coarse and fine coordinates: whatever is proven, GEOS must call valid.
func TestProofsAgainstGEOS(t *testing.T) {
	context, random := geos.NewContext(), rand.New(rand.NewPCG(1, 2))
	var v prover
	var proven, valid, all int
	for range 30_000 {
		shape := randomShape(random)
		all++
		ok, why := isValid(t, context, shape)
		if ok {
			valid++
		}
		if v.valid(shape) {
			proven++
			if !ok {
				t.Fatalf("proven, but GEOS says %s: %v", why, shape)
			}
		}
	}
	t.Logf("%d shapes, %d valid, %d of them proven", all, valid, proven)
	if proven < valid/3 {
		t.Error("few of the valid shapes are proven")
	}
}

// randomShape is a MultiPolygon of one or two polygons with up to two holes.
func randomShape(random *rand.Rand) orb.MultiPolygon {
	grid := []float64{1, 0.1, 1e-3, 1e-9, 0}[random.IntN(5)] // coordinates fall on multiples; 0 is anywhere
	at := func(v float64) float64 {
		if grid == 0 {
			return v
		}
		return float64(int64(v/grid)) * grid
	}
	ring := func(x, y, size float64) orb.Ring {
		n := 3 + random.IntN(20)
		var r orb.Ring
		if random.IntN(3) == 0 { // any points
			for range n {
				r = append(r, orb.Point{at(x + size*random.Float64()), at(y + size*random.Float64())})
			}
		} else { // round a middle, so that most are valid
			for i := range n {
				far := size * (0.2 + 0.3*random.Float64())
				sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
				r = append(r, orb.Point{at(x + size/2 + far*cos), at(y + size/2 + far*sin)})
			}
		}
		if random.IntN(4) == 0 { // a point once more, or on an edge
			i := random.IntN(len(r))
			j := (i + 1) % len(r)
			share := random.Float64() * float64(random.IntN(2))
			p := orb.Point{r[i][0] + share*(r[j][0]-r[i][0]), r[i][1] + share*(r[j][1]-r[i][1])}
			r = append(r[:i+1:i+1], append(orb.Ring{p}, r[i+1:]...)...)
		}
		return append(r, r[0])
	}
	var shape orb.MultiPolygon
	x, y := 112.0, 22.9
	for range 1 + random.IntN(4)/3 {
		polygon := orb.Polygon{ring(x, y, 20)}
		for range random.IntN(8) / 5 {
			polygon = append(polygon, ring(x+8+2*random.Float64(), y+8+2*random.Float64(), 3))
		}
		shape = append(shape, polygon)
		x += 20 * random.Float64() * float64(random.IntN(3))
	}
	return shape
}
