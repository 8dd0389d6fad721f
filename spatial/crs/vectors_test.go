package crs_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// readCSV returns the rows of a file as maps from column to value.
func readCSV(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, values := range all[1:] {
		row := map[string]string{}
		for i, v := range values {
			row[all[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// metresApart is the distance between two positions in degrees, near enough
// for the millimetres that the tests ask for.
func metresApart(a, b orb.Point) float64 {
	const perDegree = 111_320
	return math.Hypot((a[0]-b[0])*perDegree*math.Cos(a[1]*math.Pi/180), (a[1]-b[1])*perDegree)
}

func transformer(t *testing.T, system crs.System) *crs.Transformer {
	t.Helper()
	tr, err := crs.NewTransformer(system)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestProjectedSystemsToOneMillimetre(t *testing.T) {
	for _, row := range readCSV(t, "testdata/crs_vectors.csv") {
		system, err := crs.Parse(row["epsg"])
		if err != nil {
			t.Fatal(err)
		}
		want := orb.Point{number(t, row["lng_4490"]), number(t, row["lat_4490"])}
		from := orb.Point{number(t, row["easting"]), number(t, row["northing"])}
		if err := system.Check(from); err != nil {
			t.Errorf("%s in %s: %v", row["point"], system, err)
		}
		got, err := transformer(t, system).Transform(from)
		if err != nil {
			t.Fatal(err)
		}
		if d := metresApart(got.(orb.Point), want); d > 0.001 {
			t.Errorf("%s in %s: got %v, want %v, %.4f m apart", row["point"], system, got, want, d)
		}
		if system == crs.WebMercator {
			m := crs.ToWebMercator(want).(orb.Point)
			if d := math.Hypot(m[0]-from[0], m[1]-from[1]); d > 0.001 {
				t.Errorf("%s to Web Mercator: got %v, want %v", row["point"], m, from)
			}
		}
	}
}

func TestPhonesAndWebMaps(t *testing.T) {
	inverses := map[string]crs.System{"gcj02_to_wgs84": crs.GCJ02, "bd09_to_wgs84": crs.BD09}
	gcj02, bd09 := transformer(t, crs.GCJ02), transformer(t, crs.BD09)
	checked := 0
	for _, row := range readCSV(t, "testdata/gcj02_vectors.csv") {
		in := orb.Point{number(t, row["in_lng"]), number(t, row["in_lat"])}
		out := orb.Point{number(t, row["out_lng"]), number(t, row["out_lat"])}
		tolerance := number(t, row["tol_deg"])
		op := row["op"]
		var got, want orb.Geometry
		var err error
		switch {
		case strings.HasSuffix(op, "_onestep"), strings.HasSuffix(op, "_closedform"):
			continue
		case op == "wgs84_to_gcj02": // the way back must arrive where it began
			got, err = gcj02.Transform(out)
			want = in
		case !inverses[op].IsZero():
			got, err = transformer(t, inverses[op]).Transform(in)
			want = out
		case op == "bd09_to_gcj02": // both lead to the same place
			if got, err = bd09.Transform(in); err == nil {
				want, err = gcj02.Transform(out)
			}
		case op == "gcj02_to_bd09":
			if got, err = bd09.Transform(out); err == nil {
				want, err = gcj02.Transform(in)
			}
		default:
			t.Fatalf("operation %q is not known", op)
		}
		if err != nil {
			t.Fatal(err)
		}
		g, w := got.(orb.Point), want.(orb.Point)
		if math.Abs(g[0]-w[0]) > tolerance || math.Abs(g[1]-w[1]) > tolerance {
			t.Errorf("%s of %v: got %v, want %v within %g°", op, in, g, w, tolerance)
		}
		checked++
	}
	if checked < 30 {
		t.Errorf("only %d rows checked", checked)
	}
}
