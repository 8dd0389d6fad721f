package area_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/postgis/postgistest"
	"onemap/spatial/area"
)

func box(west, south, east, north float64) orb.Ring {
	return orb.Ring{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}
}

func TestSizes(t *testing.T) {
	whole := box(112, 22, 113, 23)
	backwards := orb.Ring{{112, 22}, {112, 23}, {113, 23}, {113, 22}, {112, 22}}
	const degree = 11394287307.8 // m², by the closed form b²/2·[s/(1−e²s²) + artanh(es)/e] between 22° and 23°
	for sentence, c := range map[string]struct {
		shape orb.Geometry
		want  float64
	}{
		"a square degree":                     {orb.Polygon{whole}, exactZone(22, 23) * math.Pi / 180},
		"the same, the other way round":       {orb.Polygon{backwards}, exactZone(22, 23) * math.Pi / 180},
		"a ring left open":                    {orb.Polygon{whole[:4]}, exactZone(22, 23) * math.Pi / 180},
		"half the northern half of the globe": {orb.Polygon{box(-90, 0, 90, 90)}, exactZone(0, 90) * math.Pi},
		"a hole is not there":                 {orb.Polygon{whole, box(112.2, 22, 112.4, 23)}, exactZone(22, 23) * math.Pi / 180 * 0.8},
		"two parts are summed":                {orb.MultiPolygon{{whole}, {box(115, 22, 116, 23)}}, 2 * exactZone(22, 23) * math.Pi / 180},
		"a line has none":                     {orb.LineString{{112, 22}, {113, 23}}, 0},
		"two points are no ring":              {orb.Polygon{{{112, 22}, {113, 23}}}, 0},
	} {
		if got := area.Of(c.shape); math.Abs(got-c.want) > 1e-12*math.Max(c.want, 1) {
			t.Errorf("%s: %.6f m², want %.6f", sentence, got, c.want)
		}
	}
	if got := area.Of(orb.Polygon{whole}); math.Abs(got-degree) > 0.1 {
		t.Errorf("a square degree is %f m², not %f", got, degree)
	}
}

// exactZone is the area between two latitudes over one radian, by the closed form.
func exactZone(south, north float64) float64 {
	const f = 1 / 298.257222101
	e := math.Sqrt(f * (2 - f))
	b := 6378137 * (1 - f)
	s := func(latitude float64) float64 {
		sin := math.Sin(latitude * math.Pi / 180)
		return b * b / 2 * (sin/(1-e*e*sin*sin) + math.Atanh(e*sin)/e)
	}
	return s(north) - s(south)
}

// star is a polygon of n corners round a place in Yunfu, its radius in degrees:
// lobes, as surveyed outlines have them, or spikes from corner to corner.
func star(random *rand.Rand, n int, radius, spikes float64) orb.Polygon {
	lon, lat := 111.05+1.3*random.Float64(), 22.4+0.9*random.Float64()
	ring := make(orb.Ring, 0, n+1)
	turn := random.Float64() * 6
	for i := range n {
		angle := 2 * math.Pi * float64(i) / float64(n)
		sin, cos := math.Sincos(angle)
		r := radius * (0.75 + 0.2*math.Sin(5*angle+turn) + 0.05*math.Sin(17*angle) - spikes*random.Float64())
		ring = append(ring, orb.Point{lon + r*cos, lat + r*sin})
	}
	return orb.Polygon{append(ring, ring[0])}
}

// bound is what the package's comment promises: the most that sides taken as
// geodesics can differ from straight ones, in m².
func bound(polygon orb.Polygon) float64 {
	sum := 0.0
	for _, ring := range polygon {
		for i := 1; i < len(ring); i++ {
			lat := (ring[i][1] + ring[i-1][1]) / 2 * math.Pi / 180
			east := (ring[i][0] - ring[i-1][0]) * math.Pi / 180 * 6_388_000 * math.Cos(lat)
			north := (ring[i][1] - ring[i-1][1]) * math.Pi / 180 * 6_388_000
			sum += math.Pow(math.Hypot(east, north), 3) * math.Tan(lat) / (12 * 6_335_000)
		}
	}
	return sum
}

func TestAreasAreThoseOfPostGISWithinWhatSidesCanBulge(t *testing.T) {
	db := postgistest.DB(t)
	random := rand.New(rand.NewPCG(1, 2))
	worst := map[string]float64{}
	for i := range 600 {
		kind, radius, corners, spikes := "a parcel of 1 ha", 0.0005, 12, 0.0
		switch i % 4 {
		case 1:
			kind, radius, corners = "a project of 50 ha", 0.004, 60
		case 2:
			kind, radius, corners = "5,000 ha", 0.04, 2000
		case 3:
			kind, radius, corners, spikes = "spikes of kilometres", 0.04, 2000, 0.5
		}
		shape := star(random, corners, radius, spikes)
		encoded, err := wkb.Marshal(shape)
		if err != nil {
			t.Fatal(err)
		}
		var geodesic float64
		if err := db.QueryRow(t.Context(), "SELECT ST_Area(ST_GeomFromWKB($1, 4490)::geography)", encoded).Scan(&geodesic); err != nil {
			t.Fatal(err)
		}
		off := math.Abs(area.Of(shape) - geodesic)
		worst[kind] = max(worst[kind], off)
		if off > bound(shape)+1e-4 {
			t.Errorf("%s: %f m² off, more than %f", kind, off, bound(shape))
		}
	}
	for kind, most := range map[string]float64{"a parcel of 1 ha": 0.01, "a project of 50 ha": 0.01, "5,000 ha": 0.01} {
		t.Logf("%s: at most %f m² from ST_Area(geography)", kind, worst[kind])
		if worst[kind] > most {
			t.Errorf("%s: %f m² from ST_Area(geography), want at most %g", kind, worst[kind], most)
		}
	}
}

func TestPiecesSumToTheWhole(t *testing.T) {
	db := postgistest.DB(t)
	random := rand.New(rand.NewPCG(3, 4))
	for _, radius := range []float64{0.004, 0.04} {
		whole := star(random, 400, radius, 0.3)
		encoded, err := wkb.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		// Slanting cells, whose borders cut the sides anywhere.
		rows, err := db.Query(t.Context(), `
			WITH whole AS (SELECT ST_GeomFromWKB($1, 4490) AS geom),
			cells AS (SELECT c.geom FROM whole, ST_HexagonGrid($2::float8, ST_Expand(whole.geom, $2::float8 * 2)) c)
			SELECT ST_AsBinary(ST_CollectionExtract(ST_Intersection(cells.geom, whole.geom), 3)), ST_Area(ST_Intersection(cells.geom, whole.geom)::geography)
			FROM cells, whole WHERE ST_Intersects(cells.geom, whole.geom)`, encoded, radius/12.7)
		if err != nil {
			t.Fatal(err)
		}
		sum, geodesic, pieces := 0.0, 0.0, 0
		for rows.Next() {
			var piece []byte
			var one float64
			if err := rows.Scan(&piece, &one); err != nil {
				t.Fatal(err)
			}
			g, err := wkb.Unmarshal(piece)
			if err != nil {
				t.Fatal(err)
			}
			sum, geodesic, pieces = sum+area.Of(g), geodesic+one, pieces+1
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if off := math.Abs(sum - area.Of(whole)); off > 1e-4 || pieces < 100 {
			t.Errorf("%d pieces sum to %f m², %g off the whole", pieces, sum, off)
		}
		t.Logf("%.0f m² in %d pieces: %g m² off; by geodesics %g m²", sum, pieces, sum-area.Of(whole), geodesic-area.Of(whole))
	}
}

func FuzzASideMayHaveAPointMore(f *testing.F) {
	f.Add(112.0, 22.5, 112.01, 22.52, 112.03, 22.4, 0.3)
	f.Add(0.0, -80.0, 170.0, 80.0, 10.0, 5.0, 0.999)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, share float64) {
		for _, v := range []float64{a, b, c, d, e, g} {
			if !(math.Abs(v) <= 85) {
				return
			}
		}
		if !(share >= 0 && share <= 1) {
			return
		}
		cut := orb.Point{a + share*(c-a), b + share*(d-b)}
		plain := area.Of(orb.Polygon{{{a, b}, {c, d}, {e, g}}})
		more := area.Of(orb.Polygon{{{a, b}, cut, {c, d}, {e, g}}})
		if math.Abs(plain-more) > 1e-3+1e-11*plain { // a cut point is rounded to some nanometres
			t.Errorf("%g m² with a point more, %g without", more, plain)
		}
	})
}

func ExampleOf() {
	field := orb.Polygon{{{112.040, 22.930}, {112.041, 22.930}, {112.041, 22.931}, {112.040, 22.931}, {112.040, 22.930}}}
	m2 := area.Of(field)
	fmt.Printf("%.2f m², %.3f 亩, %.4f 公顷\n", m2, m2/area.SquareMetresPerMu, m2/area.SquareMetresPerHectare)
	// Output: 11359.46 m², 17.039 亩, 1.1359 公顷
}
