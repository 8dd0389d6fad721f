package demo

import (
	"math"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
)

// PROJ is the referee of our own projection.
func TestPlaneAgreesWithPROJ(t *testing.T) {
	from, err := godal.NewSpatialRefFromEPSG(4490)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := godal.NewSpatialRefFromEPSG(4546)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	transform, err := godal.NewTransform(from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer transform.Close()
	k := newKrueger()
	for _, p := range []orb.Point{{111.05, 22.37}, {112.52, 23.32}, {112.0392, 22.9178}, {111, 22.5}, {111.5303, 23.2373}} {
		x, y := []float64{p[0]}, []float64{p[1]}
		if err := transform.TransformEx(x, y, []float64{0}, nil); err != nil {
			t.Fatal(err)
		}
		got := k.plane(p)
		if math.Abs(got[0]-x[0]) > 1e-4 || math.Abs(got[1]-y[0]) > 1e-4 {
			t.Errorf("%v: got %.5f, PROJ says %.5f %.5f", p, got, x[0], y[0])
		}
		back := k.lonLat(got)
		if math.Abs(back[0]-p[0]) > 1e-11 || math.Abs(back[1]-p[1]) > 1e-11 {
			t.Errorf("%v comes back as %v", p, back)
		}
	}
}

// The area between two meridians and two parallels is known in closed form; the
// values are from PostGIS 3.3, ST_Area(geography) of boxes with a vertex every
// 0.0005°.
func TestAreaIsOnTheEllipsoid(t *testing.T) {
	k := newKrueger()
	box := func(west, south, east, north float64, n int) orb.MultiPolygon {
		corners := []orb.Point{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}
		var ring orb.Ring
		for i := 1; i < len(corners); i++ {
			a, b := corners[i-1], corners[i]
			for j := range n {
				s := float64(j) / float64(n)
				ring = append(ring, k.plane(orb.Point{a[0] + s*(b[0]-a[0]), a[1] + s*(b[1]-a[1])}))
			}
		}
		return orb.MultiPolygon{{append(ring, ring[0])}}
	}
	for sentence, c := range map[string]struct {
		shape orb.MultiPolygon
		want  float64 // m²
	}{
		"a hundredth of a degree in the middle of the city": {box(112, 22.9, 112.01, 22.91, 20), 1136155.0526},
		"a thousandth of a degree at the eastern border":    {box(112.5, 22.6, 112.501, 22.601, 2), 11386.3237},
	} {
		if got := k.area(c.shape); math.Abs(got-c.want) > 1e-7*c.want {
			t.Errorf("%s: got %.4f m², want %.4f m²", sentence, got, c.want)
		}
	}
	middle := box(112, 22.9, 112.01, 22.91, 20)[0][0]
	plane := planeArea(middle)
	if ratio := plane / k.ringArea(middle); ratio < 1.0001 || ratio > 1.0007 {
		t.Errorf("the plane area is %.5f times the ellipsoid's; 1.0003 is about right here", ratio)
	}
}
