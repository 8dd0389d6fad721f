package orders

import (
	"context"

	"onemap/products/sheets"
	"onemap/styles"
	"onemap/styles/stored"
	"onemap/tiles/terrain"
)

// shade puts the ground beneath a sheet, if its content wants that and there is an
// elevation model that whoever asks may see.
func (d *Desk) shade(ctx context.Context, s *sheets.Sheet, c Content) error {
	if !c.Relief || d.Ground == nil {
		return nil
	}
	v, ok := d.Ground(ctx)
	if !ok {
		return nil
	}
	var err error
	s.Document, err = styles.OnGround(s.Document, c.Palette, styles.Ground{
		TileJSON: "/terrain/" + v.ID + ".json", Bounds: v.Bounds, MinZoom: v.MinZoom, MaxZoom: v.Top(), TileSize: terrain.Side,
	})
	s.Source = stored.New(d.DB, d.Archives, c.Layers).OnGround(v)
	return err
}
