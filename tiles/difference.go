package tiles

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/draw"
	"onemap/tiles/grid"
)

//go:embed sql/difference.sql
var differenceSQL string

// differenceLimit is the most features of a tile of differences: whoever reviews
// a version wants to see all that changed.
const differenceLimit = 50_000

// Difference returns a tile of the features in which a version of the layer
// differs from its base, in one tile layer called difference. Their properties
// are kind (added, removed, changed), key, geometry_changed, and fields, the
// names of those that changed. It is asked seldom and by few, so every call is a
// query.
func (b *Builder) Difference(ctx context.Context, l layers.Layer, d layers.Difference, t maptile.Tile) (Tile, error) {
	sql := strings.NewReplacer(
		"{difference}", layers.DifferenceTable(d.Layer, d.Version).Sanitize(),
		"{table}", layers.Table(d.Layer, d.Version).Sanitize(), "{base}", layers.Table(d.Layer, d.Base).Sanitize(),
	).Replace(differenceSQL)
	p := painting{b.drawer(), differenceLayer(), frameOf(l, grid.Mercator, t)}
	defer b.drawers.Put(p.drawer)
	features, _, err := p.draw(ctx, b.db, sql, pgx.StrictNamedArgs{"z": int(t.Z), "x": int(t.X), "y": int(t.Y), "limit": differenceLimit + 1}, differenceLimit)
	if err != nil {
		return Tile{}, fmt.Errorf("tiles: difference of %s version %d, %d/%d/%d: %w", d.Layer, d.Version, t.Z, t.X, t.Y, err)
	}
	tile := Tile{Packed: b.packers.Pack(p.drawer.Tile())}
	if features > differenceLimit {
		tile.Limit = differenceLimit
	}
	return tile, nil
}

// differenceLayer is the tile layer of differences.
func differenceLayer() draw.Layer {
	l := draw.Layer{Name: "difference"}
	for _, f := range []layers.Field{{Name: "kind", Type: layers.Text}, {Name: "key", Type: layers.Text}, {Name: "geometry_changed", Type: layers.Boolean}, {Name: "fields", Type: layers.Text}} {
		l.Fields = append(l.Fields, drawnField(f))
	}
	return l
}
