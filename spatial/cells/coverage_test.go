package cells

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// honeycomb is a coverage of crooked quadrilaterals with shared corners, n to a
// side, from 112° E, 22° N, each 0.01° wide; every seventh has a hole that
// another polygon fills.
func honeycomb(n int, seed uint64) []orb.MultiPolygon {
	r := rand.New(rand.NewPCG(seed, 1))
	corner := make([][]orb.Point, n+1)
	for j := range corner {
		corner[j] = make([]orb.Point, n+1)
		for i := range corner[j] {
			corner[j][i] = orb.Point{112 + 0.01*(float64(i)+0.6*r.Float64()), 22 + 0.01*(float64(j)+0.6*r.Float64())}
		}
	}
	var shapes, islands []orb.MultiPolygon
	for j := range n {
		for i := range n {
			ring := orb.Ring{corner[j][i], corner[j][i+1], corner[j+1][i+1], corner[j+1][i], corner[j][i]}
			shape := orb.MultiPolygon{{ring}}
			if (j*n+i)%7 == 0 {
				at := orb.Point{(ring[0][0] + ring[1][0] + ring[2][0] + ring[3][0]) / 4, (ring[0][1] + ring[1][1] + ring[2][1] + ring[3][1]) / 4}
				hole := orb.Ring{{at[0] - 1e-4, at[1]}, {at[0], at[1] - 1e-4}, {at[0] + 1e-4, at[1]}, {at[0], at[1] + 1e-4}, {at[0] - 1e-4, at[1]}}
				shape[0] = append(shape[0], hole)
				islands = append(islands, orb.MultiPolygon{{hole}})
			}
			shapes = append(shapes, shape)
		}
	}
	return append(shapes, islands...)
}

// covers is the slow and plain answer: exact, ring by ring.
func covers(shape orb.MultiPolygon, p orb.Point) bool {
	odd := false
	for _, part := range shape {
		for _, r := range part {
			for i := 1; i < len(r); i++ {
				a, b := r[i-1], r[i]
				s := plainSide(a, b, p)
				if s == 0 && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= p[1] && p[1] <= max(a[1], b[1]) {
					return true
				}
				if (a[1] > p[1]) != (b[1] > p[1]) && (s > 0) == (b[1] > a[1]) {
					odd = !odd
				}
			}
		}
	}
	return odd
}

func plainSide(a, b, p orb.Point) int {
	n := func(v float64) *big.Float { return new(big.Float).SetPrec(2000).SetFloat64(v) }
	less := func(v, w float64) *big.Float { return new(big.Float).SetPrec(2000).Sub(n(v), n(w)) }
	left := new(big.Float).SetPrec(4000).Mul(less(a[0], p[0]), less(b[1], p[1]))
	return left.Cmp(new(big.Float).SetPrec(4000).Mul(less(a[1], p[1]), less(b[0], p[0])))
}

func lowest(shapes []orb.MultiPolygon, p orb.Point) int {
	for i, shape := range shapes {
		if covers(shape, p) {
			return i
		}
	}
	return None
}

func TestAtAgreesWithThePlainAnswer(t *testing.T) {
	shapes := honeycomb(12, 3)
	c, err := NewCoverage(shapes)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	var points []orb.Point
	for range 3000 {
		points = append(points, orb.Point{111.99 + 0.15*r.Float64(), 21.99 + 0.15*r.Float64()})
	}
	for _, shape := range shapes { // vertices, middles of edges, and their next neighbours among the numbers
		for _, ring := range shape[0] {
			for i := 1; i < len(ring); i++ {
				middle := orb.Point{(ring[i-1][0] + ring[i][0]) / 2, (ring[i-1][1] + ring[i][1]) / 2}
				for _, p := range []orb.Point{ring[i], middle} {
					points = append(points, p, orb.Point{math.Nextafter(p[0], 200), p[1]}, orb.Point{p[0], math.Nextafter(p[1], -90)})
				}
			}
		}
	}
	hits := 0
	for _, p := range points {
		got, want := c.At(p), lowest(shapes, p)
		if got != want {
			t.Fatalf("%.17g, %.17g: got %d, want %d", p[0], p[1], got, want)
		}
		if got != None {
			hits++
		}
	}
	if hits < 3000 {
		t.Errorf("only %d of %d points are inside", hits, len(points))
	}
}

func TestPointsOnBordersGoToTheLowestNumber(t *testing.T) {
	left := orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}}}
	right := orb.MultiPolygon{{{{1, 0}, {1, 1}, {2, 1}, {2, 0}, {1, 0}}}} // runs the other way
	above := orb.MultiPolygon{{{{0, 1}, {2, 1}, {1, 2}, {0, 1}}}}         // its border has a vertex less
	c, err := NewCoverage([]orb.MultiPolygon{left, right, above})
	if err != nil {
		t.Fatal(err)
	}
	for sentence, one := range map[string]struct {
		at   orb.Point
		want int
	}{
		"inside the first":                  {orb.Point{0.5, 0.5}, 0},
		"inside the second":                 {orb.Point{1.5, 0.5}, 1},
		"between two":                       {orb.Point{1, 0.5}, 0},
		"at the vertex of three":            {orb.Point{1, 1}, 0},
		"on a level border":                 {orb.Point{1.25, 1}, 1},
		"on the outer border, south":        {orb.Point{1.5, 0}, 1},
		"on the outer border, west":         {orb.Point{0, 0.25}, 0},
		"on the outer border, east":         {orb.Point{2, 0.75}, 1},
		"the top":                           {orb.Point{1, 2}, 2},
		"on a slanted outer border":         {orb.Point{1.5, 1.5}, 2},
		"a corner of two":                   {orb.Point{0, 1}, 0},
		"outside by the smallest number":    {orb.Point{math.Nextafter(2, 3), 0.75}, None},
		"outside in the box":                {orb.Point{0.1, 1.9}, None},
		"far outside":                       {orb.Point{100, 100}, None},
		"not a number":                      {orb.Point{math.NaN(), 0.5}, None},
		"infinite":                          {orb.Point{math.Inf(1), 0.5}, None},
		"south of the border by the least":  {orb.Point{1.5, -math.SmallestNonzeroFloat64}, None},
		"north of the border by the least":  {orb.Point{1.5, math.SmallestNonzeroFloat64}, 1},
		"just in the first, from the right": {orb.Point{math.Nextafter(1, 0), 0.5}, 0},
		"just in the second, from the left": {orb.Point{math.Nextafter(1, 2), 0.5}, 1},
	} {
		if got := c.At(one.at); got != one.want {
			t.Errorf("%s: got %d, want %d", sentence, got, one.want)
		}
	}
}

func TestShapesThatCannotBeIndexed(t *testing.T) {
	if _, err := NewCoverage([]orb.MultiPolygon{{{{{0, 0}, {1, math.NaN()}, {1, 1}, {0, 0}}}}}); !errors.Is(err, ErrShape) {
		t.Errorf("not a number: %v", err)
	}
	c, err := NewCoverage([]orb.MultiPolygon{{}, nil, {{}}})
	if err != nil || c.At(orb.Point{0, 0}) != None || c.Polygons() != 3 || c.Vertices() != 0 {
		t.Errorf("nothing: %v, %+v", err, c)
	}
}

func TestManyPolygonsMeetAtAPoint(t *testing.T) {
	var shapes []orb.MultiPolygon
	const n = 60
	for i := range n {
		a, b := 2*math.Pi*float64(i)/n, 2*math.Pi*float64(i+1)/n
		if i == n-1 {
			b = 0
		}
		shapes = append(shapes, orb.MultiPolygon{{{{0, 0}, {math.Cos(a), math.Sin(a)}, {math.Cos(b), math.Sin(b)}, {0, 0}}}})
	}
	c, err := NewCoverage(shapes)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.At(orb.Point{0, 0}); got != 0 {
		t.Errorf("the middle is in %d", got)
	}
	r := rand.New(rand.NewPCG(1, 9))
	for range 2000 {
		p := orb.Point{2e-8 * (r.Float64() - 0.5), 2e-8 * (r.Float64() - 0.5)}
		if got, want := c.At(p), lowest(shapes, p); got != want {
			t.Fatalf("%v: got %d, want %d", p, got, want)
		}
	}
}

func FuzzSide(f *testing.F) {
	f.Add(0.0, 0.0, 1.0, 1.0, 0.5, 0.5)
	f.Add(112.04, 22.92, 112.05, 22.93, 112.045, 22.925)
	f.Add(1e-300, 1e300, -1e300, 5e-324, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, ax, ay, bx, by, px, py float64) {
		for _, v := range []float64{ax, ay, bx, by, px, py} {
			if !(math.Abs(v) <= 1e6) || v != 0 && math.Abs(v) < 1e-100 {
				t.Skip("not a coordinate")
			}
		}
		a, b, p := orb.Point{ax, ay}, orb.Point{bx, by}, orb.Point{px, py}
		if got, want := side(a, b, p), plainSide(a, b, p); got != want {
			t.Errorf("%v %v %v: %d, want %d", a, b, p, got, want)
		}
	})
}

func TestShapesComeBack(t *testing.T) {
	shapes := honeycomb(4, 1)
	c, err := NewCoverage(shapes)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range shapes {
		if got := c.Shape(i); math.Abs(planar.Area(got)-planar.Area(want)) > 1e-12 || len(got) != 1 || len(got[0]) != len(want[0]) {
			t.Errorf("%d: %v, want %v", i, got, want)
		}
	}
}

// Without exact arithmetic some of these come out on the wrong side.
func TestSidesOfPointsThatRoundingWouldMisplace(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	close := 0
	for range 2000 {
		a := orb.Point{r.Float64() / 1000, r.Float64() / 1000}
		b := orb.Point{180 * r.Float64(), 90 * r.Float64()}
		s := r.Float64()
		p := orb.Point{a[0] + s*(b[0]-a[0]), a[1] + s*(b[1]-a[1])} // on the line, but for rounding
		want := plainSide(a, b, p)
		if got := side(a, b, p); got != want {
			t.Fatalf("%v %v %v: %d, want %d", a, b, p, got, want)
		}
		det := (a[0]-p[0])*(b[1]-p[1]) - (a[1]-p[1])*(b[0]-p[0])
		if det > 0 && want <= 0 || det < 0 && want >= 0 || det == 0 && want != 0 {
			close++
		}
	}
	if close == 0 {
		t.Error("rounding would have done as well: the points are too easy")
	}
}

func TestHolesCountAgainstTheirPolygonWhicheverWayTheyRun(t *testing.T) {
	for _, hole := range []orb.Ring{{{112.4, 22.4}, {112.6, 22.4}, {112.6, 22.6}, {112.4, 22.6}, {112.4, 22.4}}, {{112.4, 22.4}, {112.4, 22.6}, {112.6, 22.6}, {112.6, 22.4}, {112.4, 22.4}}} {
		shell := orb.Ring{{112, 22}, {112, 23}, {113, 23}, {113, 22}, {112, 22}} // clockwise
		c, err := NewCoverage([]orb.MultiPolygon{{{shell, hole}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.probability(0, orb.Point{112.5, 22.5}, 10); got > 1e-9 {
			t.Errorf("in the middle of the hole: %v", got)
		}
		if got := c.probability(0, orb.Point{112.2, 22.2}, 10); got < 1-1e-9 {
			t.Errorf("in the polygon: %v", got)
		}
	}
}
