package crs_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// way is PROJ itself, the referee.
func way(t testing.TB, from, to int) *godal.Transform {
	t.Helper()
	source, err := godal.NewSpatialRefFromEPSG(from)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	target, err := godal.NewSpatialRefFromEPSG(to)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	tr, err := godal.NewTransform(source, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

func TestTenThousandPointsAgreeWithPROJ(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var points orb.MultiPoint
	for range 10_000 {
		points = append(points, orb.Point{110 + 4*random.Float64(), 21 + 4*random.Float64()})
	}
	for _, code := range []int{4497, 4508, 4525, 4526, 4546, 4547, 3857, 32649} {
		forward := way(t, 4490, code)
		x, y := make([]float64, len(points)), make([]float64, len(points))
		for i, p := range points {
			x[i], y[i] = p[0], p[1]
		}
		if err := forward.TransformEx(x, y, nil, nil); err != nil {
			t.Fatal(err)
		}
		projected := make(orb.MultiPoint, len(points))
		for i := range x {
			projected[i] = orb.Point{x[i], y[i]}
		}
		if code == 3857 {
			for i, p := range crs.ToWebMercator(points).(orb.MultiPoint) {
				if d := math.Hypot(p[0]-x[i], p[1]-y[i]); d > 0.001 {
					t.Fatalf("%v to Web Mercator: %.4f m from PROJ", points[i], d)
				}
			}
		}
		system, err := crs.FromEPSG(code)
		if err != nil {
			t.Fatal(err)
		}
		got, err := transformer(t, system).Transform(projected)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range got.(orb.MultiPoint) {
			if d := metresApart(p, points[i]); d > 0.001 {
				t.Fatalf("EPSG:%d: %v came back %.4f m off", code, points[i], d)
			}
		}
	}
}

func TestWebMercatorOverTheWholeSquare(t *testing.T) {
	forward := way(t, 4490, 3857)
	for _, p := range []orb.Point{{0, 0}, {-180, crs.MercatorLimit}, {180, -crs.MercatorLimit}, {73.5, 3.4}, {135.1, 53.6}} {
		x, y := []float64{p[0]}, []float64{p[1]}
		if err := forward.TransformEx(x, y, nil, nil); err != nil {
			t.Fatal(err)
		}
		m := crs.ToWebMercator(p).(orb.Point)
		if math.Hypot(m[0]-x[0], m[1]-y[0]) > 0.001 {
			t.Errorf("%v: got %v, PROJ says %v, %v", p, m, x[0], y[0])
		}
	}
}

func TestTransformLeavesNoGeometryOut(t *testing.T) {
	p := orb.Point{554795.8003, 2570619.5096} // 郁南县 in EPSG:4546
	line := func() orb.LineString { return orb.LineString{p, p} }
	ring := func() orb.Ring { return orb.Ring{p, p, p, p} }
	tr := transformer(t, mustParse(t, "4546"))
	for name, g := range map[string]orb.Geometry{
		"point":             p,
		"multipoint":        orb.MultiPoint{p},
		"line":              line(),
		"multiline":         orb.MultiLineString{line(), line()},
		"ring":              ring(),
		"polygon":           orb.Polygon{ring(), ring()},
		"multipolygon":      orb.MultiPolygon{{ring()}, {ring()}},
		"collection":        orb.Collection{p, line()},
		"nested collection": orb.Collection{orb.Collection{p}},
	} {
		got, err := tr.Transform(g)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b := got.Bound()
		if metresApart(b.Min, orb.Point{111.5354, 23.2346}) > 0.001 || metresApart(b.Max, orb.Point{111.5354, 23.2346}) > 0.001 {
			t.Errorf("%s: bound is %v", name, b)
		}
	}
	for name, bad := range map[string]orb.Point{"not a number": {math.NaN(), 1}, "infinite": {1, math.Inf(1)}} {
		if _, err := tr.Transform(orb.MultiPoint{p, bad}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func mustParse(t testing.TB, text string) crs.System {
	t.Helper()
	s, err := crs.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkGaussKrugerToDegrees(b *testing.B) {
	tr, err := crs.NewTransformer(mustParse(b, "4525"))
	if err != nil {
		b.Fatal(err)
	}
	const n = 30 // points, as a land parcel has
	line := make(orb.LineString, n)
	for b.Loop() {
		for i := range line {
			line[i] = orb.Point{37554795 + float64(i), 2570619}
		}
		if _, err := tr.Transform(line); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/point")
}

func BenchmarkPROJ(b *testing.B) {
	const n = 30
	back := way(b, 4525, 4490)
	x, y := make([]float64, n), make([]float64, n)
	for b.Loop() {
		for i := range x {
			x[i], y[i] = 37554795+float64(i), 2570619
		}
		if err := back.TransformEx(x, y, nil, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/point")
}
