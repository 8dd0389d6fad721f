package crs

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
)

// Undoing is held to PROJ by other tests; projecting must be its inverse.
func TestAProjectorGoesTheWayBack(t *testing.T) {
	for _, code := range []int{3857, 4490, 4326, 4546, 4547, 4525, 4526} {
		system := epsg(code)
		there, err := NewProjector(system)
		if err != nil {
			t.Fatal(err)
		}
		back, err := NewTransformer(system)
		if err != nil {
			t.Fatal(err)
		}
		for longitude := 108.; longitude <= 117; longitude += 0.73 {
			for latitude := -40.; latitude <= 60; latitude += 3.1 {
				from := orb.Point{longitude, latitude}
				again, err := back.Transform(there.Point(from))
				if err != nil {
					t.Fatal(err)
				}
				got := again.(orb.Point)
				if math.Hypot(got[0]-from[0], got[1]-from[1]) > 1e-10 { // 11 micrometres
					t.Fatalf("%v: %v came back as %v", system, from, got)
				}
			}
		}
	}
	if _, err := NewProjector(GCJ02); err == nil {
		t.Error("GCJ-02 has no projection")
	}
}
