package quality

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/postgis/postgistest"
)

func geometryOf(t testing.TB, text string) orb.Geometry {
	t.Helper()
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// PostGIS is the referee. It takes edges as geodesics, we as straight in longitude
// and latitude: over 150 m they part by a fifth of a millimetre.
func TestAreasAgreeWithPostGIS(t *testing.T) {
	db := postgistest.DB(t)
	for name, text := range map[string]string{
		"a parcel":             "MULTIPOLYGON(((112 22.9,112.001 22.9,112.0013 22.9012,112 22.901,112 22.9)))",
		"a ring the other way": "MULTIPOLYGON(((112 22.9,112 22.901,112.0013 22.9012,112.001 22.9,112 22.9)))",
		"a hole":               "MULTIPOLYGON(((112 22.9,112.01 22.9,112.01 22.91,112 22.91,112 22.9),(112.004 22.904,112.006 22.904,112.006 22.906,112.004 22.906,112.004 22.904)))",
		"two parts":            "MULTIPOLYGON(((112 22,112.001 22,112.001 22.001,112 22)),((111 23,111.001 23,111.001 23.001,111 23)))",
		"a square metre":       "MULTIPOLYGON(((112 22.9,112.00001 22.9,112.00001 22.90001,112 22.90001,112 22.9)))",
	} {
		t.Run(name, func(t *testing.T) {
			var want float64
			if err := db.QueryRow(t.Context(), "SELECT ST_Area(ST_GeomFromText($1, 4490)::geography)", text).Scan(&want); err != nil {
				t.Fatal(err)
			}
			if got := AreaM2(geometryOf(t, text)); math.Abs(got-want) > 1e-3+1e-5*want {
				t.Errorf("got %.6f m², PostGIS %.6f", got, want)
			}
		})
	}
}

func TestGeometriesThatAreTheSame(t *testing.T) {
	base := "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,1 1)))"
	for name, c := range map[string]struct {
		text string
		same bool
	}{
		"itself":                   {base, true},
		"from another start":       {"MULTIPOLYGON(((4 4,0 4,0 0,4 0,4 4),(2 2,1 1,1 2,2 2)))", true},
		"the other way round":      {"MULTIPOLYGON(((0 0,0 4,4 4,4 0,0 0),(1 1,2 2,1 2,1 1)))", true},
		"without the hole":         {"MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)))", false},
		"a point moved":            {"MULTIPOLYGON(((0 0,4 0,4 4.0000001,0 4,0 0),(1 1,1 2,2 2,1 1)))", false},
		"the axes of each swapped": {"MULTIPOLYGON(((0 0,0 5,5 5,5 0,0 0),(1 1,2 1,2 2,1 1)))", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shapeHash(geometryOf(t, base)) == shapeHash(geometryOf(t, c.text)); got != c.same {
				t.Errorf("same: %v, want %v", got, c.same)
			}
		})
	}
}

func TestSpikes(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"a square":           {"POLYGON((112 22,112.001 22,112.001 22.001,112 22.001,112 22))", false},
		"a needle":           {"POLYGON((112 22,112.001 22,112.001 22.001,112.0005 22.001,112.000501 22.005,112.000502 22.001,112 22.001,112 22))", true},
		"at the first point": {"POLYGON((112 22.005,112.000005 22.001,112.001 22.001,112.001 22,111.999 22,111.999 22.001,111.999995 22.001,112 22.005))", true},
		"a tiny one":         {"POLYGON((112 22,112.001 22,112.001 22.001,112.0005 22.001,112.00050000005 22.001005,112.0005000001 22.001,112 22.001,112 22))", false},
	} {
		t.Run(name, func(t *testing.T) {
			ring := geometryOf(t, c.text).(orb.Polygon)[0]
			if _, got := spikeIn(ring, math.Tan(1*radian), 1); got != c.want {
				t.Errorf("spike: %v, want %v", got, c.want)
			}
		})
	}
}

func TestCoarseCoordinates(t *testing.T) {
	for name, c := range map[string]struct {
		p    orb.Point
		want bool
	}{
		"five decimals of a degree": {orb.Point{112.12345, 22.54321}, true},
		"seven decimals":            {orb.Point{112.1234567, 22.54321}, false},
		"whole metres":              {orb.Point{37554795, 2570619}, true},
		"millimetres":               {orb.Point{37554795.123, 2570619.5}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := coarse(c.p, 5); got != c.want {
				t.Errorf("coarse: %v, want %v", got, c.want)
			}
		})
	}
}

func TestOutline(t *testing.T) {
	ring := "POLYGON((112 22,113 22,113 23,112.5 22.5,112 23,112 22))"
	encoded, err := wkb.Marshal(geometryOf(t, ring))
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOutline(encoded, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		p    orb.Point
		want bool
	}{
		"the middle":           {orb.Point{112.5, 22.2}, true},
		"in the notch":         {orb.Point{112.5, 22.9}, false},
		"500 m to the west":    {orb.Point{111.9952, 22.5}, true},
		"2 km to the west":     {orb.Point{111.98, 22.5}, false},
		"500 m into the notch": {orb.Point{112.5, 22.5045}, true},
		"another country":      {orb.Point{0, 0}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := o.has(c.p); got != c.want {
				t.Errorf("has: %v, want %v", got, c.want)
			}
		})
	}
}

func TestSpoolOnDiskFindsEveryRepeat(t *testing.T) {
	s := &spool{dir: t.TempDir()}
	defer s.close()
	random := rand.New(rand.NewPCG(1, 2))
	const n = 400_000
	var records []record
	for i := range n {
		records = append(records, record{random.Uint64() | 1, uint64(i)})
	}
	for _, i := range []int{5, 77_777, n - 1} {
		records = append(records, record{records[i].hash, uint64(n + i)})
	}
	s.add(records)
	count, pairs, err := s.repeats()
	if err != nil || count != 3 || len(pairs) != 3 || pairs[0] != (pair{n + 5, 5}) || pairs[2].first != n-1 {
		t.Errorf("%d repeats, %v, %v", count, pairs, err)
	}
	if s.end == 0 {
		t.Error("nothing was written to disk")
	}
}

// A coverage of squares: every inner edge is used twice, the border once.
func TestOnlyTheBorderOfACoverageIsLeft(t *testing.T) {
	s := &spool{dir: t.TempDir()}
	defer s.close()
	const side = 60
	for i := range side * side {
		x, y := float64(i%side), float64(i/side)
		ring := orb.Ring{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}, {x, y}}
		if i%2 == 0 {
			ring = orb.Ring{{x, y}, {x, y + 1}, {x + 1, y + 1}, {x + 1, y}, {x, y}} // clockwise
		}
		eachHash(orb.MultiPolygon{{ring}}, true, func(n int, h uint64, forward bool) {
			s.add([]record{{h, uint64(newEdgeRef(int64(i+1), n, forward))}})
		})
	}
	count, edges, err := s.unmatched(1000)
	if err != nil || count != 4*side || len(edges) != 4*side {
		t.Errorf("%d edges left, %d listed, %v; want %d", count, len(edges), err, 4*side)
	}
	if _, edges, _ := s.unmatched(10); edges != nil {
		t.Error("more edges than wanted are listed")
	}
}

func BenchmarkCheckParcel(b *testing.B) {
	p := benchmarkPlan(b)
	defer p.Close()
	ring := make(orb.Ring, 0, 31)
	for i := range 30 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / 30)
		ring = append(ring, orb.Point{112 + 0.0005*cos, 23 + 0.0005*sin})
	}
	g := orb.MultiPolygon{{append(ring, ring[0])}}
	c := p.NewChecker()
	values := make([]any, len(p.def.Fields))
	values[p.field("bsm")], values[p.field("dlbm")] = "445302000000000001", "0101"
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		n++
		c.Row(Row{Number: n, Values: values, Geometry: g})
		if n%256 == 0 {
			c.Take()
		}
	}
}
