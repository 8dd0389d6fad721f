package importers

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/spatial/crs"
)

// HeldShapes brings shapes of rows in quarantine from the delivery's system onto
// the map.
type HeldShapes struct{ way *crs.Transformer }

// ShapesOf is for the rows of a delivery. Where its system needs seven parameters,
// which the store doesn't keep, none of them can be shown.
func ShapesOf(of layers.Delivery) HeldShapes {
	system, err := crs.Parse(of.SourceCRS)
	if err != nil {
		return HeldShapes{}
	}
	way, err := crs.NewTransformer(system)
	if err != nil {
		return HeldShapes{}
	}
	return HeldShapes{way}
}

// Of returns a row's shape in EPSG:4490, longitude and latitude in degrees; nil
// where it has none that can be shown.
func (h HeldShapes) Of(row layers.QuarantinedRow) orb.Geometry {
	if h.way == nil || row.Geometry == nil {
		return nil
	}
	g, err := wkb.Unmarshal(row.Geometry)
	if err != nil || g == nil {
		return nil
	}
	if g, err = h.way.Transform(g); err != nil {
		return nil
	}
	return g
}
