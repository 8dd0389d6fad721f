package geodesic_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/postgis/postgistest"
	"onemap/spatial/geodesic"
)

func ExampleInverse() {
	yunfu, guangzhou := orb.Point{112.044, 22.915}, orb.Point{113.264, 23.129}
	metres, bearing := geodesic.Inverse(yunfu, guangzhou)
	fmt.Printf("%.1f km, %.1f° from north\n", metres/1000, bearing)
	// Output: 127.3 km, 79.0° from north
}

// PostGIS measures on the same ellipsoid, by Karney's method.
func TestDistancesAndBearingsArePostGIS(t *testing.T) {
	db := postgistest.DB(t)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2000 {
		a := orb.Point{111 + 1.5*random.Float64(), 22.3 + random.Float64()}
		b := orb.Point{a[0] + (random.Float64()-0.5)*0.2, a[1] + (random.Float64()-0.5)*0.2}
		if i%10 == 0 { // anywhere in the world but its antipodes
			b = orb.Point{a[0] + 140*(random.Float64()-0.5), 160 * (random.Float64() - 0.5)}
		}
		var metres, bearing float64
		err := db.QueryRow(t.Context(), `SELECT ST_Distance(a, b), degrees(ST_Azimuth(a, b)) FROM (SELECT
			ST_SetSRID(ST_MakePoint($1, $2), 4490)::geography AS a, ST_SetSRID(ST_MakePoint($3, $4), 4490)::geography AS b) x`, a[0], a[1], b[0], b[1]).Scan(&metres, &bearing)
		if err != nil {
			t.Fatal(err)
		}
		d, direction := geodesic.Inverse(a, b)
		turn := math.Abs(math.Mod(direction-bearing+540, 360) - 180)
		if math.Abs(d-metres) > 0.001 || turn*math.Pi/180*math.Min(d, 1e5) > 0.01 {
			t.Fatalf("%v to %v: %.6f m at %.6f°, PostGIS says %.6f m at %.6f°", a, b, d, direction, metres, bearing)
		}
	}
}

func TestEqualPositionsAreNotApart(t *testing.T) {
	if d, b := geodesic.Inverse(orb.Point{112, 22}, orb.Point{112, 22}); d != 0 || b != 0 {
		t.Errorf("%g m, %g°", d, b)
	}
	if d, _ := geodesic.Inverse(orb.Point{0, 0}, orb.Point{1, 0}); math.Abs(d-111319.491) > 0.001 {
		t.Errorf("a degree of the equator: %f m", d)
	}
}

// star is a polygon of n corners, its edges well below a kilometre.
func star(random *rand.Rand, at orb.Point, n int) orb.Polygon {
	ring := make(orb.Ring, 0, n+1)
	for i := range n {
		r := 0.002 + 0.004*random.Float64()
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		ring = append(ring, orb.Point{at[0] + r*cos, at[1] + r*sin})
	}
	ring = append(ring, ring[0])
	hole := orb.Ring{{at[0], at[1]}, {at[0] + 0.0005, at[1]}, {at[0], at[1] + 0.0005}, {at[0], at[1]}}
	return orb.Polygon{ring, hole}
}

// ST_Distance of geographies finds the nearest point on a sphere and measures to
// it on the ellipsoid, so it is never too short and up to some 0.5 % too long. The
// exact referee is the shortest distance to any of many points along the border.
func TestTheNearestPointIsTheNearest(t *testing.T) {
	db := postgistest.DB(t)
	random := rand.New(rand.NewPCG(3, 4))
	sql := `SELECT ST_Distance(g::geography, p::geography), ST_Covers(g, p), CASE WHEN @exact THEN
			(SELECT min(ST_Distance(d.geom::geography, p::geography)) FROM ST_DumpPoints(ST_Segmentize(ST_Boundary(g), 0.00002)) d) ELSE 0 END
		FROM (SELECT ST_GeomFromText(@g, 4490) AS g, ST_SetSRID(ST_MakePoint(@x, @y), 4490) AS p) x`
	worst := 0.0
	for i := range 400 {
		at := orb.Point{111.2 + 1.2*random.Float64(), 22.4 + 0.8*random.Float64()}
		shape := orb.MultiPolygon{star(random, at, 240), star(random, orb.Point{at[0] + 0.03, at[1]}, 18)}
		p := orb.Point{at[0] + 0.08*(random.Float64()-0.5), at[1] + 0.08*(random.Float64()-0.5)}
		var sphere, metres float64
		var covers bool
		exact := i%10 == 0
		args := pgx.StrictNamedArgs{"g": wkt.MarshalString(shape), "x": p[0], "y": p[1], "exact": exact}
		if err := db.QueryRow(t.Context(), sql, args).Scan(&sphere, &covers, &metres); err != nil {
			t.Fatal(err)
		}
		plane := geodesic.NewPlane(p)
		nearest, about := plane.Nearest(geodesic.NewShape(shape), math.Inf(1))
		if again, d := plane.Nearest(geodesic.NewShape(shape), about+0.001); again != nearest || d != about {
			t.Fatalf("%v: within %g m, %v at %g m", p, about+0.001, again, d)
		}
		if _, d := plane.Nearest(geodesic.NewShape(shape), about-0.001); about > 0 && !math.IsInf(d, 1) {
			t.Fatalf("%v: at %g m, and still within %g m", p, about, about-0.001)
		}
		d, _ := geodesic.Inverse(p, nearest)
		switch {
		case (d == 0) != covers:
			t.Fatalf("%v: %g m, PostGIS says covered: %v", p, d, covers)
		case d > sphere+0.01 || d < sphere*0.993-0.01:
			t.Fatalf("%v: %.4f m, ST_Distance is %.4f", p, d, sphere)
		case math.Abs(about-d) > 0.001+d/100_000:
			t.Fatalf("%v: %.4f m, on the plane %.4f", p, d, about)
		case exact && !covers:
			if d > metres+0.01 || d < metres-0.12-metres/100_000 { // the points are at most 2.3 m apart
				t.Fatalf("%v: %.4f m, the border is at %.4f", p, d, metres)
			}
			worst = math.Max(worst, d-metres)
		}
		if box := plane.Around(d + 0.01); !box.Contains(nearest) {
			t.Fatalf("the box round %v of %g m lacks %v", p, d, nearest)
		}
	}
	t.Logf("at most %.5f m farther than a point of the border", worst)
}

func TestABorderIsCovered(t *testing.T) {
	square := orb.Polygon{{{0, 0}, {2, 0}, {2, 2}, {0, 2}, {0, 0}}, {{0.5, 0.5}, {1.5, 0.5}, {1.5, 1.5}, {0.5, 1.5}, {0.5, 0.5}}}
	for sentence, c := range map[string]struct {
		at   orb.Point
		want bool
	}{
		"inside":               {orb.Point{0.2, 1}, true},
		"on an edge":           {orb.Point{2, 1}, true},
		"on the lowest edge":   {orb.Point{1, 0}, true},
		"on a corner":          {orb.Point{0, 2}, true},
		"in the hole":          {orb.Point{1, 1}, false},
		"on the hole's border": {orb.Point{1, 0.5}, true},
		"beside":               {orb.Point{2.1, 1}, false},
		"level with a corner":  {orb.Point{-1, 2}, false},
	} {
		if got := geodesic.Covers(square, c.at); got != c.want || geodesic.NewShape(square).Covers(c.at) != c.want {
			t.Errorf("%s: %v", sentence, got)
		}
	}
}

func TestAnEmptyShapeIsNowhere(t *testing.T) {
	if _, d := geodesic.NewPlane(orb.Point{112, 22}).Nearest(geodesic.NewShape(orb.MultiPolygon{}), 1e6); !math.IsInf(d, 1) {
		t.Errorf("%g m", d)
	}
}

func BenchmarkNearest(b *testing.B) {
	shape := geodesic.NewShape(star(rand.New(rand.NewPCG(5, 6)), orb.Point{112, 22.9}, 10_000))
	plane := geodesic.NewPlane(orb.Point{112.01, 22.91})
	for b.Loop() {
		plane.Nearest(shape, 500)
	}
}
