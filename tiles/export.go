package tiles

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/archive"
	"onemap/tiles/coverage"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

// ErrUnknownDivision reports a code that no published division has.
var ErrUnknownDivision = errors.New("tiles: unknown division")

//go:embed sql/outline.sql
var outlineSQL string

// Region is an area of land, on the finest grid of the pyramids in a square: rings
// as [coverage.Face] has them.
type Region struct {
	square grid.Square
	rings  [][]coverage.Point
}

// Division returns the area of an administrative division or a grid cell by its
// code, as "445302", from the published layers of divisions and grids, for tiles of a square.
func Division(ctx context.Context, db *pgxpool.Pool, c *layers.Catalogue, in grid.Square, code string) (Region, error) {
	for _, l := range c.Layers {
		_, hasCode := l.Columns.Field("code")
		if l.Published == nil || !hasCode || !slices.ContainsFunc([]string{"division_", "grid_"}, func(prefix string) bool { return strings.HasPrefix(l.Definition.ID, prefix) }) {
			continue
		}
		var bytes []byte
		err := db.QueryRow(ctx, strings.NewReplacer("{table}", l.From(), "{geom}", geometryColumn(in)).Replace(outlineSQL), pgx.StrictNamedArgs{"code": code}).Scan(&bytes)
		if errors.Is(err, pgx.ErrNoRows) {
			continue
		}
		if err != nil {
			return Region{}, fmt.Errorf("tiles: division %s: %w", code, err)
		}
		shape := finest{square: in}
		rings, err := shape.read(bytes)
		return Region{in, rings}, err
	}
	return Region{}, fmt.Errorf("%w: %.40s", ErrUnknownDivision, code)
}

// Meets tells whether any of the region lies in the tile, numbered as in the region's square.
func (r Region) Meets(t maptile.Tile) bool {
	side := int32(pyramid.World >> t.Z)
	low := coverage.Point{X: int32(t.X) * side, Y: int32(t.Y) * side}
	return len(coverage.ClipRings(r.rings, coverage.Box{Min: low, Max: coverage.Point{X: low.X + side, Y: low.Y + side}})) > 0
}

// Bounds is longitude and latitude of the region's south-west and north-east corner, in degrees.
func (r Region) Bounds() [4]float64 {
	b := coverage.BoxOf(r.rings)
	west, north := degrees(r.square, b.Min)
	east, south := degrees(r.square, b.Max)
	return [4]float64{west, south, east, north}
}

// Cut gives the tiles of an archive that meet a region, nil for all, from one zoom to another.
func Cut(a *archive.Archive, r *Region, low, high int, take func(t maptile.Tile, packed []byte) error) error {
	return a.Each(func(t maptile.Tile, packed []byte) error {
		if int(t.Z) < low || int(t.Z) > high || r != nil && !r.Meets(t) {
			return nil
		}
		return take(t, packed)
	})
}
