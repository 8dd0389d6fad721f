package wms

import (
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// System is a coordinate system under its name in WMS.
type System struct {
	Name   string     // as "EPSG:4490" or "CRS:84"
	Plane  crs.System // what is drawn; WGS 84 counts as CGCS2000
	swaps  bool       // in 1.3.0 the second axis comes first
	only13 bool       // is no SRS of 1.1.1
}

// Systems lists those that maps are offered in, the usual one first.
func Systems() []System {
	grid := func(code int) crs.System {
		s, err := crs.FromEPSG(code)
		if err != nil {
			return crs.System{} // not one of these codes
		}
		return s
	}
	return []System{
		{"EPSG:4490", crs.CGCS2000, true, false},
		{"EPSG:4326", crs.CGCS2000, true, false},
		{"CRS:84", crs.CGCS2000, false, true},
		{"EPSG:3857", crs.WebMercator, false, false},
		{"EPSG:4546", grid(4546), true, false},
		{"EPSG:4547", grid(4547), true, false},
	}
}

// systemNamed finds a system by its name in a version, or by another that clients have for it.
func systemNamed(name string, v Version) (System, bool) {
	name = strings.ToUpper(name)
	switch name {
	case "OGC:CRS84":
		name = "CRS:84"
	case "EPSG:900913", "EPSG:102100", "EPSG:3785":
		name = "EPSG:3857"
	}
	for _, s := range Systems() {
		if s.Name == name && !(s.only13 && v == V111) {
			return s, true
		}
	}
	return System{}, false
}

// order puts the four numbers of a box into a version's order of axes: from x first
// to it, or back.
func (s System) order(v Version, box [4]float64) [4]float64 {
	if v == V130 && s.swaps {
		return [4]float64{box[1], box[0], box[3], box[2]}
	}
	return box
}

// extent is the box of the system round one of degrees: the border is followed, since
// straight lines of one system are curves of another. False where the system does
// not reach.
func (s System) extent(degrees [4]float64) (orb.Bound, bool) {
	there, err := crs.NewProjector(s.Plane)
	if err != nil {
		return orb.Bound{}, false
	}
	const steps = 16
	var at orb.MultiPoint
	for i := range steps + 1 {
		t := float64(i) / steps
		x, y := degrees[0]+(degrees[2]-degrees[0])*t, degrees[1]+(degrees[3]-degrees[1])*t
		for _, p := range []orb.Point{{x, degrees[1]}, {x, degrees[3]}, {degrees[0], y}, {degrees[2], y}} {
			q, err := there.Point(p)
			if err != nil {
				return orb.Bound{}, false
			}
			at = append(at, q)
		}
	}
	return at.Bound(), true
}
