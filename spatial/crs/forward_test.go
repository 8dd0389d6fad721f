package crs_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

func projector(t *testing.T, system crs.System) *crs.Projector {
	t.Helper()
	p, err := crs.NewProjector(system)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProjectingAgreesWithPROJ(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, code := range []int{4497, 4508, 4525, 4526, 4546, 4547, 3857, 32649} {
		system, err := crs.FromEPSG(code)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := projector(t, system), way(t, 4490, code)
		for range 1000 {
			at := orb.Point{110 + 4*random.Float64(), 21 + 4*random.Float64()}
			x, y := []float64{at[0]}, []float64{at[1]}
			if err := theirs.TransformEx(x, y, nil, nil); err != nil {
				t.Fatal(err)
			}
			got, err := ours.Point(at)
			if err != nil {
				t.Fatal(err)
			}
			if d := math.Hypot(got[0]-x[0], got[1]-y[0]); d > 1e-4 {
				t.Fatalf("EPSG:%d: %v is %.6f m from PROJ", code, at, d)
			}
		}
	}
}

func TestProjectingTheVectors(t *testing.T) {
	for _, row := range readCSV(t, "testdata/crs_vectors.csv") {
		system, err := crs.Parse(row["epsg"])
		if err != nil {
			t.Fatal(err)
		}
		got, err := projector(t, system).Point(orb.Point{number(t, row["lng_4490"]), number(t, row["lat_4490"])})
		want := orb.Point{number(t, row["easting"]), number(t, row["northing"])}
		if err != nil || math.Hypot(got[0]-want[0], got[1]-want[1]) > 0.001 {
			t.Errorf("%s in %s: %v, %v; want %v", row["point"], system, got, err, want)
		}
	}
	for _, row := range readCSV(t, "testdata/gcj02_vectors.csv") {
		if row["op"] != "wgs84_to_gcj02" {
			continue
		}
		got, err := projector(t, crs.GCJ02).Point(orb.Point{number(t, row["in_lng"]), number(t, row["in_lat"])})
		want, tolerance := orb.Point{number(t, row["out_lng"]), number(t, row["out_lat"])}, number(t, row["tol_deg"])
		if err != nil || math.Abs(got[0]-want[0]) > tolerance || math.Abs(got[1]-want[1]) > tolerance {
			t.Errorf("%v: %v, want %v", row, got, want)
		}
	}
}

func TestThereAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 4))
	for _, name := range []string{"CRS84", "4490", "4525", "4526", "4546", "4547", "3857", "GCJ-02", "BD-09"} {
		system, err := crs.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		there, back := projector(t, system), transformer(t, system)
		for range 300 {
			at := orb.Point{111 + 2*random.Float64(), 22 + 2*random.Float64()}
			q, err := there.Point(at)
			if err != nil {
				t.Fatal(err)
			}
			again, err := back.Transform(q)
			if p := again.(orb.Point); err != nil || math.Abs(p[0]-at[0]) > 2e-11 || math.Abs(p[1]-at[1]) > 2e-11 {
				t.Fatalf("%s: %v came back as %v, %v", name, at, again, err)
			}
		}
	}
}

func TestWhatCannotBeProjected(t *testing.T) {
	for sentence, c := range map[string]struct {
		system crs.System
		at     orb.Point
	}{
		"not a number":                {crs.CGCS2000, orb.Point{math.NaN(), 22}},
		"infinite":                    {crs.GCJ02, orb.Point{112, math.Inf(1)}},
		"beyond a pole":               {crs.CGCS2000, orb.Point{112, 91}},
		"a pole in Web Mercator":      {crs.WebMercator, orb.Point{112, 90}},
		"the other side of the world": {mustParse(t, "4546"), orb.Point{-69, 22}},
		"far from the meridian":       {mustParse(t, "4546"), orb.Point{135, 22}},
	} {
		if got, err := projector(t, c.system).Point(c.at); !errors.Is(err, crs.ErrOutOfReach) {
			t.Errorf("%s: %v, %v", sentence, got, err)
		}
	}
	if _, err := crs.NewProjector(crs.System{}); !errors.Is(err, crs.ErrUnknown) {
		t.Errorf("no system: %v", err)
	}
}
