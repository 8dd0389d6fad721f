package coverage_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis/postgistest"
	"onemap/tiles/coverage"
)

func ring(at ...int32) (r []coverage.Point) {
	for i := 0; i+1 < len(at); i += 2 {
		r = append(r, coverage.Point{X: at[i], Y: at[i+1]})
	}
	return r
}

func TestEvenOdd(t *testing.T) {
	for sentence, c := range map[string]struct {
		rings [][]coverage.Point
		want  []int64 // areas of the rings that come back, in half square units
	}{
		"a square":                            {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10)}, []int64{200}},
		"a square the other way round":        {[][]coverage.Point{ring(0, 0, 0, 10, 10, 10, 10, 0)}, []int64{200}},
		"a bow-tie is two triangles":          {[][]coverage.Point{ring(0, 0, 10, 10, 10, 0, 0, 10)}, []int64{50, 50}},
		"a line there and back is nothing":    {[][]coverage.Point{ring(0, 0, 10, 0, 10, 5, 10, 0)}, nil},
		"a spike goes":                        {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 20, 10, 10, 10, 0, 10)}, []int64{200}},
		"a hole":                              {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(2, 2, 4, 2, 4, 4, 2, 4)}, []int64{200, -8}},
		"a hole with a corner on the shell":   {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(0, 5, 4, 2, 4, 8)}, []int64{200, -24}},
		"a hole from side to side parts it":   {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(0, 5, 5, 3, 10, 5, 5, 7)}, []int64{80, 80}},
		"a hole through the shell":            {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(8, 4, 12, 4, 12, 6, 8, 6)}, []int64{192, 8}},
		"a hole along the shell is a bay":     {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 0, 10), ring(0, 4, 4, 4, 4, 6, 0, 6)}, []int64{184}},
		"an island in a hole":                 {[][]coverage.Point{ring(0, 0, 20, 0, 20, 20, 0, 20), ring(4, 4, 16, 4, 16, 16, 4, 16), ring(8, 8, 12, 8, 12, 12, 8, 12)}, []int64{800, -288, 32}},
		"two of the same are nothing":         {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10), ring(0, 0, 10, 0, 10, 10)}, nil},
		"neighbours become one":               {[][]coverage.Point{ring(0, 0, 5, 0, 5, 5, 0, 5), ring(5, 0, 9, 0, 9, 5, 5, 5)}, []int64{90}},
		"nothing":                             {nil, nil},
		"a point":                             {[][]coverage.Point{ring(3, 3), ring(4, 4, 4, 4)}, nil},
		"a crossing between points of a grid": {[][]coverage.Point{ring(0, 0, 1, 1, 1, 0, 0, 1)}, []int64{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var got []int64
			for _, r := range evenOdd(t, c.rings) {
				got = append(got, coverage.DoubleArea(r))
			}
			if c.want != nil && len(c.want) == 0 { // whatever the rounding makes of it
				if len(got) > 1 {
					t.Errorf("rings of %v half units", got)
				}
				return
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("rings of %v half units, want %v", got, c.want)
			}
		})
	}
}

func evenOdd(t *testing.T, rings [][]coverage.Point) [][]coverage.Point {
	t.Helper()
	got, ok := coverage.EvenOdd(rings, 1<<24)
	if !ok {
		t.Fatalf("%d rings are too much", len(rings))
	}
	return got
}

func TestEvenOddGivesUp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	crowded := [][]coverage.Point{star(r, 0, 0, 1800, 2000)}
	for range 8 {
		crowded = append(crowded, star(r, 0, 0, 1800, 2000))
	}
	if got, ok := coverage.EvenOdd(crowded, 100); ok || got != nil {
		t.Errorf("with a hundred pairs it makes %v", got)
	}
	if got, ok := coverage.EvenOdd(crowded, 1<<24); !ok || len(got) == 0 {
		t.Errorf("with enough of them it makes %v, %v", got, ok)
	}
}

// text is polygons, each outer ring followed by its holes, as well-known text.
func text(rings [][]coverage.Point) string {
	var polygons []string
	for _, r := range rings {
		var points []string
		for _, p := range append(slices.Clone(r), r[0]) {
			points = append(points, fmt.Sprint(p.X, " ", p.Y))
		}
		one := "(" + strings.Join(points, ",") + ")"
		if coverage.DoubleArea(r) > 0 {
			polygons = append(polygons, one)
		} else {
			polygons[len(polygons)-1] += "," + one
		}
	}
	if len(polygons) == 0 {
		return "MULTIPOLYGON EMPTY"
	}
	return "MULTIPOLYGON((" + strings.Join(polygons, "),(") + "))"
}

// scribble makes rings of random points, some repeated, on a small grid, so that
// everything that can go wrong does.
func scribble(r *rand.Rand) (rings [][]coverage.Point) {
	side := int32(3 + r.IntN(60))
	for range 1 + r.IntN(3) {
		var one []coverage.Point
		for range 3 + r.IntN(14) {
			if len(one) > 2 && r.IntN(6) == 0 {
				one = append(one, one[r.IntN(len(one))])
				continue
			}
			one = append(one, coverage.Point{X: r.Int32N(side), Y: r.Int32N(side)})
		}
		rings = append(rings, one)
	}
	return rings
}

// enclosed counts how many of the rings enclose a place, and finds how far it is from the nearest side.
func enclosed(rings [][]coverage.Point, x, y float64) (times int, far float64) {
	far = math.Inf(1)
	for _, r := range rings {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			px, py, qx, qy := float64(p.X), float64(p.Y), float64(q.X), float64(q.Y)
			if (py > y) != (qy > y) && x < px+(y-py)/(qy-py)*(qx-px) {
				times++
			}
			along := 0.0
			if length := (qx-px)*(qx-px) + (qy-py)*(qy-py); length > 0 {
				along = min(max(((x-px)*(qx-px)+(y-py)*(qy-py))/length, 0), 1)
			}
			far = min(far, math.Hypot(px+along*(qx-px)-x, py+along*(qy-py)-y))
		}
	}
	return times, far
}

// TestEvenOddIsValidAndEnclosesTheSame scribbles. PostGIS judges whether what came
// of it is valid; and every place that is farther than two units from the lines must be in it
// if an odd number of lines is between it and the outside.
func TestEvenOddIsValidAndEnclosesTheSame(t *testing.T) {
	db := postgistest.DB(t)
	r := rand.New(rand.NewPCG(4, 2))
	var texts []string
	places := 0
	for range 3000 {
		rings := scribble(r)
		got := evenOdd(t, rings)
		texts = append(texts, text(got))
		for x := 0.5; x < 64; x += 3 {
			for y := 0.5; y < 64; y += 3 {
				times, far := enclosed(rings, x, y)
				if far <= 2 {
					continue
				}
				places++
				if again, _ := enclosed(got, x, y); again%2 != times%2 {
					t.Fatalf("%v: %g, %g is enclosed %d times, and %d times in %v", rings, x, y, times, again, got)
				}
			}
		}
	}
	if invalid := invalidOf(t, db, texts); len(invalid) > 0 {
		t.Errorf("of %d scribbles %d came out invalid, as %s", len(texts), len(invalid), invalid[0])
	}
	if places < 100_000 {
		t.Errorf("only %d places were compared", places)
	}
}

func invalidOf(t *testing.T, db *pgxpool.Pool, texts []string) (invalid []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT wkt FROM unnest($1::text[]) AS f (wkt) WHERE NOT ST_IsValid(ST_GeomFromText(wkt))", texts)
	if err != nil {
		t.Fatal(err)
	}
	if invalid, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		t.Fatal(err)
	}
	return invalid
}

// TestWhatIsProvenIsValid lets PostGIS judge what the prover has no doubt of: stars
// with holes, and scribbles, of which some come out valid by chance.
func TestWhatIsProvenIsValid(t *testing.T) {
	db := postgistest.DB(t)
	r := rand.New(rand.NewPCG(8, 15))
	var v coverage.Prover
	var proven []string
	stars, plain := 0, 0
	for n := range 6000 {
		var rings [][]coverage.Point
		if n%2 == 0 {
			rings = [][]coverage.Point{star(r, 200, 200, 60, 180), star(r, 170+r.Int32N(60), 170+r.Int32N(60), 5, 50), star(r, 150+r.Int32N(60), 150, 5, 20)}[:1+r.IntN(3)]
			stars++
		} else {
			rings = scribble(r)[:1]
		}
		if !v.Valid(rings, []int{0}) {
			continue
		}
		if n%2 == 0 {
			plain++
		}
		for i, one := range rings {
			if (i == 0) != (coverage.DoubleArea(one) > 0) {
				slices.Reverse(one)
			}
		}
		proven = append(proven, text(rings))
	}
	if invalid := invalidOf(t, db, proven); len(invalid) > 0 {
		t.Errorf("of %d polygons that were proven valid PostGIS doubts %d, as %s", len(proven), len(invalid), invalid[0])
	}
	if plain < stars/3 || len(proven)-plain < 50 {
		t.Errorf("%d of %d stars were proven, and %d scribbles", plain, stars, len(proven)-plain)
	}
}

// star is a ring round a middle whose points are so far from it.
func star(r *rand.Rand, x, y, least, most int32) (ring []coverage.Point) {
	n := 5 + r.IntN(30)
	for i := range n {
		far, turn := float64(least+r.Int32N(most-least)), 2*math.Pi*float64(i)/float64(n)
		ring = append(ring, coverage.Point{X: x + int32(far*math.Cos(turn)), Y: y + int32(far*math.Sin(turn))})
	}
	return ring
}

func TestTheProverKnowsPlainPolygons(t *testing.T) {
	square := ring(0, 0, 10, 0, 10, 10, 0, 10)
	for sentence, c := range map[string]struct {
		rings [][]coverage.Point
		outer []int
		want  bool
	}{
		"a square":                  {[][]coverage.Point{square}, []int{0}, true},
		"a triangle":                {[][]coverage.Point{ring(0, 0, 5, 1, 3, 4)}, []int{0}, true},
		"a hole":                    {[][]coverage.Point{square, ring(2, 2, 4, 2, 4, 4)}, []int{0}, true},
		"two apart":                 {[][]coverage.Point{square, ring(20, 0, 30, 0, 30, 10)}, []int{0, 1}, true},
		"a hole outside":            {[][]coverage.Point{square, ring(20, 0, 30, 0, 30, 10)}, []int{0}, false},
		"a hole in a hole":          {[][]coverage.Point{square, ring(1, 1, 9, 1, 9, 9), ring(6, 2, 8, 2, 8, 4)}, []int{0}, false},
		"one in another":            {[][]coverage.Point{square, ring(2, 2, 4, 2, 4, 4)}, []int{0, 1}, false},
		"a bow-tie":                 {[][]coverage.Point{ring(0, 0, 10, 10, 10, 0, 0, 10)}, []int{0}, false},
		"a spike":                   {[][]coverage.Point{ring(0, 0, 10, 0, 20, 0, 10, 0, 10, 10)}, []int{0}, false},
		"a corner on the next side": {[][]coverage.Point{ring(0, 0, 10, 0, 10, 10, 5, 0, 0, 10)}, []int{0}, false},
		"a repeated point":          {[][]coverage.Point{ring(0, 0, 10, 0, 10, 0, 10, 10)}, []int{0}, false},
		"two points":                {[][]coverage.Point{ring(0, 0, 10, 0)}, []int{0}, false},
	} {
		var v coverage.Prover
		if got := v.Valid(c.rings, c.outer); got != c.want {
			t.Errorf("%s: %v", sentence, got)
		}
	}
}

func FuzzEvenOdd(f *testing.F) {
	f.Add([]byte{0, 0, 20, 0, 20, 20, 0, 20}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, split uint8) {
		var rings [][]coverage.Point
		var one []coverage.Point
		for i := 0; i+1 < min(len(b), 200); i += 2 {
			one = append(one, coverage.Point{X: int32(int8(b[i])), Y: int32(int8(b[i+1]))})
			if len(one) > int(split) {
				rings, one = append(rings, one), nil
			}
		}
		got := evenOdd(t, append(rings, one))
		if again := evenOdd(t, got); coverageArea(again) != coverageArea(got) {
			t.Fatalf("%v once, %v twice", got, again)
		}
	})
}

func coverageArea(rings [][]coverage.Point) (twice int64) {
	for _, r := range rings {
		twice += coverage.DoubleArea(r)
	}
	return twice
}
