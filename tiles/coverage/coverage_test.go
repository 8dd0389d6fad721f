package coverage_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis/postgistest"
	"onemap/tiles/coverage"
)

// TestNoGapAndNoOverlapAtAnyScale lets PostGIS judge each level of a coverage:
// every face valid, no two overlapping, all of them together one piece without a hole.
func TestNoGapAndNoOverlapAtAnyScale(t *testing.T) {
	db := postgistest.DB(t)
	for _, size := range []int32{400, 4000} {
		rings := mesh(uint64(size), 12, size)
		m := mapOf(rings, 2)
		for level := range 8 {
			t.Run(fmt.Sprintf("faces of %d units, level %d", size, level), func(t *testing.T) {
				faces := m.Faces(len(rings))
				if level == 0 && len(faces) != len(rings) {
					t.Errorf("%d of %d faces are left", len(faces), len(rings))
				}
				judge(t, db, faces)
			})
			m = m.Simplify(64).Snap(1, nil)
		}
	}
}

// judge asks PostGIS about faces that cover one piece of land.
func judge(t *testing.T, db *pgxpool.Pool, faces []coverage.Face) {
	t.Helper()
	var invalid, pieces, holes int
	var overlap, whole float64
	err := db.QueryRow(context.Background(), `
		WITH face AS MATERIALIZED (SELECT n, ST_GeomFromText(wkt) AS g FROM unnest($1::text[]) WITH ORDINALITY AS f (wkt, n)),
		     united AS (SELECT ST_UnaryUnion(ST_Collect(ST_MakeValid(g))) AS g FROM face)
		SELECT (SELECT count(*) FROM face WHERE NOT ST_IsValid(g)),
		       (SELECT ST_NumGeometries(g) FROM united),
		       (SELECT coalesce(sum(ST_NumInteriorRings(d.geom)), 0) FROM united, ST_Dump(g) d),
		       coalesce((SELECT sum(ST_Area(ST_Intersection(a.g, b.g))) FROM face a JOIN face b ON a.n < b.n AND a.g && b.g WHERE ST_IsValid(a.g) AND ST_IsValid(b.g)), 0),
		       (SELECT ST_Area(g) FROM united)`, texts(faces)).Scan(&invalid, &pieces, &holes, &overlap, &whole)
	if err != nil {
		t.Fatal(err)
	}
	if invalid != 0 || holes != 0 || overlap > 1e-6*whole {
		t.Errorf("%d invalid, %d pieces, %d holes, overlap %g of %g square units", invalid, pieces, holes, overlap, whole)
	}
	if got := float64(total(faces)) / 2; got != whole {
		t.Errorf("the faces add up to %g, their union has %g square units", got, whole)
	}
}

func texts(faces []coverage.Face) []string {
	var all []string
	for _, f := range faces {
		var polygons [][]string
		for _, r := range f.Rings {
			var points []string
			for _, p := range append(slices.Clone(r), r[0]) {
				points = append(points, fmt.Sprintf("%d %d", p.X, p.Y))
			}
			ring := "(" + strings.Join(points, ",") + ")"
			if coverage.DoubleArea(r) > 0 {
				polygons = append(polygons, nil)
			}
			last := len(polygons) - 1
			polygons[last] = append(polygons[last], ring)
		}
		var parts []string
		for _, p := range polygons {
			parts = append(parts, "("+strings.Join(p, ",")+")")
		}
		all = append(all, "MULTIPOLYGON("+strings.Join(parts, ",")+")")
	}
	return all
}

func TestTheOrderOfRingsDoesNotMatter(t *testing.T) {
	rings := mesh(7, 12, 600)
	var forward, backward coverage.Segments
	for i, r := range rings {
		forward.AddRing(int32(i), r)
	}
	for i := len(rings) - 1; i >= 0; i-- {
		backward.AddRing(int32(i), rings[i])
	}
	a, b := forward.Snap(3, nil), backward.Snap(3, nil)
	for range 4 {
		if !reflect.DeepEqual(a.Faces(len(rings)), b.Faces(len(rings))) {
			t.Fatal("the same rings in another order make another map")
		}
		a, b = a.Simplify(64).Snap(1, nil), b.Simplify(64).Snap(1, nil)
	}
}

func TestSimplifyingLeavesOutPoints(t *testing.T) {
	rings := mesh(3, 10, 4000)
	m := mapOf(rings, 2)
	before, _ := m.Size()
	after, _ := m.Simplify(10_000).Snap(0, nil).Size()
	if after > before/2 || after < 11*11 {
		t.Errorf("%d of %d points are left", after, before)
	}
}

func TestMergedFacesHaveNoBorderBetweenThem(t *testing.T) {
	rings := mesh(5, 4, 1000)
	m := mapOf(rings, 2)
	into := make([]int32, len(rings)) // all into the first
	merged := m.Merge(into).Simplify(0).Snap(0, nil).Faces(len(rings))
	if len(merged) != 1 || len(merged[0].Rings) != 1 || total(merged) != total(m.Faces(len(rings))) {
		t.Errorf("got %d faces of %d square units, want one of %d", len(merged), total(merged)/2, total(m.Faces(len(rings)))/2)
	}
}

func TestFaces(t *testing.T) {
	square := func(x, y, side int32) []coverage.Point {
		return []coverage.Point{{X: x, Y: y}, {X: x + side, Y: y}, {X: x + side, Y: y + side}, {X: x, Y: y + side}}
	}
	hole := func(x, y, side int32) []coverage.Point {
		ring := square(x, y, side)
		slices.Reverse(ring)
		return ring
	}
	for sentence, c := range map[string]struct {
		rings [][]coverage.Point
		want  []int64 // areas of the rings
	}{
		"a square":                            {[][]coverage.Point{square(0, 0, 10)}, []int64{100}},
		"a square with a hole":                {[][]coverage.Point{square(0, 0, 10), hole(2, 2, 3)}, []int64{100, -9}},
		"a hole that touches the shell":       {[][]coverage.Point{square(0, 0, 10), {{X: 0, Y: 5}, {X: 3, Y: 6}, {X: 3, Y: 4}}}, []int64{100, -3}},
		"two squares that touch in a corner":  {[][]coverage.Point{square(0, 0, 10), square(10, 10, 5)}, []int64{100, 25}},
		"an island in a hole":                 {[][]coverage.Point{square(0, 0, 10), hole(2, 2, 6), square(4, 4, 2)}, []int64{100, -36, 4}},
		"an island that fills a hole's edge":  {[][]coverage.Point{square(0, 0, 10), hole(2, 2, 6), square(2, 2, 6)}, []int64{100}},
		"squares side by side become one":     {[][]coverage.Point{square(0, 0, 10), square(10, 0, 10)}, []int64{200}},
		"a ring that goes out and comes back": {[][]coverage.Point{{{X: 0, Y: 0}, {X: 10, Y: 0}, {X: 20, Y: 0}, {X: 10, Y: 0}, {X: 10, Y: 10}, {X: 0, Y: 10}}}, []int64{100}},
		"a ring that is a line is nothing":    {[][]coverage.Point{{{X: 0, Y: 0}, {X: 10, Y: 0}}}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			var s coverage.Segments
			for _, r := range c.rings {
				s.AddRing(0, r)
			}
			var got []int64
			for _, f := range s.Snap(0, nil).Faces(1) {
				for _, r := range f.Rings {
					got = append(got, coverage.DoubleArea(r)/2)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("rings of %v square units, want %v", got, c.want)
			}
		})
	}
}

func TestAThinFaceClosesAndItsNeighboursMeet(t *testing.T) {
	box := func(x0, x1 int32) []coverage.Point {
		return []coverage.Point{{X: x0, Y: 0}, {X: x1, Y: 0}, {X: x1, Y: 1600}, {X: x0, Y: 1600}}
	}
	m := mapOf([][]coverage.Point{box(0, 800), box(800, 803), box(803, 1600)}, 4)
	faces := m.Faces(3)
	if len(faces) != 2 || total(faces) != 2*100*100 {
		t.Errorf("%d faces of %d square units, want 2 of 10000", len(faces), total(faces)/2)
	}
}

func TestAFixedPointStays(t *testing.T) {
	var s coverage.Segments
	line := []coverage.Point{{X: 0, Y: 0}, {X: 50, Y: 1}, {X: 100, Y: 0}, {X: 100, Y: 100}, {X: 0, Y: 100}}
	s.AddRing(0, line)
	corner := func(p coverage.Point) bool { return p == coverage.Point{X: 50, Y: 1} }
	if got := s.Snap(0, corner).Simplify(1000).Snap(0, nil).Faces(1)[0].Rings[0]; !slices.Contains(got, coverage.Point{X: 50, Y: 1}) {
		t.Errorf("the fixed point went: %v", got)
	}
}
