package coverage_test

import (
	"fmt"
	"slices"
	"testing"

	"onemap/postgis/postgistest"
	"onemap/tiles/coverage"
)

func box(x0, y0, x1, y1 int32) coverage.Box {
	return coverage.Box{Min: coverage.Point{X: x0, Y: y0}, Max: coverage.Point{X: x1, Y: y1}}
}

// TestTilesOfACoverageCoverIt cuts a coverage into boxes and lets PostGIS judge
// each of them, and compares the area with that of its own intersection.
func TestTilesOfACoverageCoverIt(t *testing.T) {
	db := postgistest.DB(t)
	rings := mesh(11, 10, 500)
	faces := mapOf(rings, 0).Faces(len(rings))
	for _, b := range []coverage.Box{
		box(1000, 1000, 1400, 1300), box(-500, -500, 2000, 2500), box(3000, 1000, 3001, 4000), box(-9000, -9000, 9000, 9000), box(1700, 1700, 1704, 1704),
	} {
		t.Run(fmt.Sprint(b), func(t *testing.T) {
			var clipped []coverage.Face
			for _, f := range faces {
				if parts := coverage.ClipPolygons(f.Rings, b); len(parts) > 0 {
					clipped = append(clipped, coverage.Face{Face: f.Face, Rings: parts})
				}
			}
			judge(t, db, clipped)
			var want float64
			if err := db.QueryRow(t.Context(), "SELECT sum(ST_Area(ST_Intersection(ST_GeomFromText(wkt), ST_MakeEnvelope($2, $3, $4, $5)))) FROM unnest($1::text[]) AS f (wkt)",
				texts(faces), b.Min.X, b.Min.Y, b.Max.X, b.Max.Y).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := float64(total(clipped)) / 2; got < want-0.02*want-40 || got > want+0.02*want+40 {
				t.Errorf("%g square units, PostGIS has %g", got, want)
			}
		})
	}
}

func TestClipPolygons(t *testing.T) {
	for sentence, c := range map[string]struct {
		rings [][]coverage.Point
		want  []int64 // areas of the rings in a box from 0 to 10
	}{
		"all of the box":                   {[][]coverage.Point{{{X: -5, Y: -5}, {X: 20, Y: -5}, {X: 20, Y: 20}, {X: -5, Y: 20}}}, []int64{100}},
		"nothing of it":                    {[][]coverage.Point{{{X: 20, Y: 0}, {X: 30, Y: 0}, {X: 30, Y: 10}}}, nil},
		"a hole round the box":             {[][]coverage.Point{{{X: -50, Y: -50}, {X: 60, Y: -50}, {X: 60, Y: 60}, {X: -50, Y: 60}}, {{X: -5, Y: -5}, {X: -5, Y: 20}, {X: 20, Y: 20}, {X: 20, Y: -5}}}, nil},
		"a hole in the box":                {[][]coverage.Point{{{X: -5, Y: -5}, {X: 20, Y: -5}, {X: 20, Y: 20}, {X: -5, Y: 20}}, {{X: 2, Y: 2}, {X: 2, Y: 4}, {X: 4, Y: 4}, {X: 4, Y: 2}}}, []int64{100, -4}},
		"a comb gives two teeth":           {[][]coverage.Point{{{X: 2, Y: 5}, {X: 4, Y: 5}, {X: 4, Y: 15}, {X: 6, Y: 15}, {X: 6, Y: 5}, {X: 8, Y: 5}, {X: 8, Y: 20}, {X: 2, Y: 20}}}, []int64{10, 10}},
		"a corner":                         {[][]coverage.Point{{{X: 5, Y: 5}, {X: 20, Y: 5}, {X: 20, Y: 20}, {X: 5, Y: 20}}}, []int64{25}},
		"only an edge in common":           {[][]coverage.Point{{{X: 10, Y: 0}, {X: 20, Y: 0}, {X: 20, Y: 10}, {X: 10, Y: 10}}}, nil},
		"the box itself":                   {[][]coverage.Point{{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 10, Y: 10}, {X: 0, Y: 10}}}, []int64{100}},
		"an inner corner on the edge":      {[][]coverage.Point{{{X: -9, Y: 2}, {X: 4, Y: 2}, {X: 0, Y: 5}, {X: 4, Y: 8}, {X: -9, Y: 8}}}, []int64{6, 6}},
		"a strip through two edges":        {[][]coverage.Point{{{X: -5, Y: 4}, {X: 15, Y: 4}, {X: 15, Y: 6}, {X: -5, Y: 6}}}, []int64{20}},
		"a hole that reaches over an edge": {[][]coverage.Point{{{X: -5, Y: -5}, {X: 20, Y: -5}, {X: 20, Y: 20}, {X: -5, Y: 20}}, {{X: 8, Y: 2}, {X: 8, Y: 4}, {X: 14, Y: 4}, {X: 14, Y: 2}}}, []int64{96}},
	} {
		t.Run(sentence, func(t *testing.T) {
			var got []int64
			for _, r := range coverage.ClipPolygons(c.rings, box(0, 0, 10, 10)) {
				got = append(got, coverage.DoubleArea(r)/2)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("rings of %v square units, want %v", got, c.want)
			}
		})
	}
}

func TestClipLine(t *testing.T) {
	for sentence, c := range map[string]struct{ line, want string }{
		"within":                {"[{1 1} {9 9}]", "[[{1 1} {9 9}]]"},
		"across":                {"[{-5 5} {15 5}]", "[[{0 5} {10 5}]]"},
		"out and in again":      {"[{5 5} {5 20} {8 20} {8 5}]", "[[{5 5} {5 10}] [{8 10} {8 5}]]"},
		"past a corner":         {"[{-5 8} {8 -50}]", "[]"},
		"along the edge":        {"[{0 -5} {0 15}]", "[[{0 0} {0 10}]]"},
		"touching with its end": {"[{10 5} {20 5}]", "[]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := fmt.Sprint(coverage.ClipLine(splitPoints(c.line), box(0, 0, 10, 10))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func splitPoints(text string) (points []coverage.Point) {
	var p coverage.Point
	for i := 0; i < len(text); i++ {
		if text[i] == '{' {
			fmt.Sscanf(text[i:], "{%d %d}", &p.X, &p.Y) //nolint:errcheck // a slip would fail the test
			points = append(points, p)
		}
	}
	return points
}

func FuzzClipPolygons(f *testing.F) {
	f.Add([]byte{0, 0, 20, 0, 20, 20, 0, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		var ring []coverage.Point
		for i := 0; i+1 < len(b); i += 2 {
			ring = append(ring, coverage.Point{X: int32(int8(b[i])), Y: int32(int8(b[i+1]))})
		}
		if len(ring) == 0 {
			return
		}
		for _, r := range coverage.ClipPolygons([][]coverage.Point{ring}, box(-20, -20, 30, 30)) {
			for _, p := range r {
				if p.X < -20 || p.Y < -20 || p.X > 30 || p.Y > 30 {
					t.Fatalf("%v is outside the box", p)
				}
			}
		}
	})
}
