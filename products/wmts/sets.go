package wmts

import (
	"strings"

	"onemap/tiles/grid"
)

// Set is a tile matrix set that is offered: a grid under a name.
type Set struct {
	ID       string
	Grid     grid.Grid
	CRS      string // URN
	ScaleSet string // URN of the well-known scale set; "" for none
}

// Sets lists the tile matrix sets that every layer is offered in. "c" and "w" are
// Tianditu's; "EPSG:4490" is the same grid as "c" with levels from 0, as servers
// abroad name it.
func Sets() []Set {
	named := func(id string, g grid.Grid) grid.Grid { g.ID = id; return g }
	return []Set{
		// A set of this scale set must name its system so, and begin at level 0.
		{"WebMercatorQuad", grid.WebMercatorQuad(), "urn:ogc:def:crs:EPSG:6.18:3:3857", "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"},
		{"w", grid.TiandituW(), "urn:ogc:def:crs:EPSG::3857", ""},
		{"c", grid.TiandituC(), "urn:ogc:def:crs:EPSG::4490", ""},
		{"EPSG:4490", named("EPSG:4490", grid.CGCS2000Quad()), "urn:ogc:def:crs:EPSG::4490", ""},
		{"WorldCRS84Quad", grid.WorldCRS84Quad(), "urn:ogc:def:crs:OGC:1.3:CRS84", ""},
	}
}

// aliases are other names that clients have for a set.
func aliases() map[string]string {
	return map[string]string{
		"EPSG:3857": "WebMercatorQuad", "EPSG:900913": "WebMercatorQuad", "GOOGLEMAPSCOMPATIBLE": "WebMercatorQuad",
		"CGCS2000QUAD": "EPSG:4490", "EPSG:4326": "WorldCRS84Quad",
	}
}

// setNamed finds a set by its name or another that clients have for it.
func setNamed(name string) (Set, bool) {
	if id, ok := aliases()[strings.ToUpper(name)]; ok {
		name = id
	}
	for _, s := range Sets() {
		if s.ID == name {
			return s, true
		}
	}
	return Set{}, false
}
