package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/grid"
)

//go:embed sql/reference.sql
var referenceSQL string

// reference is the statement by which PostGIS makes the whole tile of a layer
// that has names, and its arguments.
func reference(l layers.Layer, t maptile.Tile) (string, pgx.StrictNamedArgs) {
	var columns strings.Builder
	for _, f := range l.TileFields() {
		columns.WriteString(", f." + pgx.Identifier{f.Name}.Sanitize())
	}
	extent := grid.Mercator.Extent(t)
	unit := (extent.Max[0] - extent.Min[0]) / tiles.Extent
	tolerance := 2 * unit
	if int(t.Z) >= l.Definition.MaxZoom {
		tolerance = 0
	}
	return strings.NewReplacer("{columns}", columns.String(), "{table}", l.Table().Sanitize()).Replace(referenceSQL), pgx.StrictNamedArgs{
		"layer": l.Definition.ID, "labels": l.Definition.LabelLayer(), "z": int(t.Z), "x": int(t.X), "y": int(t.Y), "limit": tiles.FeatureLimit + 1,
		"tolerance": tolerance, "unit": unit, "area": 20 * 10 * 64 * unit * unit, "west": extent.Min[0], "north": extent.Max[1],
	}
}

// sameFeatures checks that a tile has the features of the reference: the same
// numbers with the same attributes. Of a hundred one may be in one of them only: whether a shape of
// less than a unit is still drawn follows from the way of rounding.
func sameFeatures(ctx context.Context, db *pgxpool.Pool, l layers.Layer, t maptile.Tile, got []byte) error {
	sql, args := reference(l, t)
	var want []byte
	var count int
	if err := db.QueryRow(ctx, sql, args).Scan(&want, &count); err != nil {
		return err
	}
	if count > tiles.FeatureLimit || len(want) > tiles.ByteLimit {
		return nil // it has no room for all
	}
	ours, err := attributesOf(l, got)
	if err != nil {
		return err
	}
	theirs, err := attributesOf(l, want)
	if err != nil {
		return err
	}
	single := 0
	for id, values := range ours {
		if other, ok := theirs[id]; !ok {
			single++
		} else if other != values {
			return fmt.Errorf("tile %v: feature %v has %s, from PostGIS %s", t, id, values, other)
		}
	}
	for id := range theirs {
		if _, ok := ours[id]; !ok {
			single++
		}
	}
	if single > 1+len(theirs)/100 {
		return fmt.Errorf("tile %v: %d features are in one of two tiles only, of %d of ours and %d of PostGIS", t, single, len(ours), len(theirs))
	}
	return nil
}

// attributesOf lists the attributes of the features of a layer in a tile.
func attributesOf(l layers.Layer, tile []byte) (map[any]string, error) {
	decoded, err := mvt.Unmarshal(tile)
	if err != nil {
		return nil, err
	}
	all := map[any]string{}
	for _, one := range decoded {
		if one.Name != l.Definition.ID {
			continue
		}
		for _, f := range one.Features {
			var text strings.Builder
			for _, key := range slices.Sorted(maps.Keys(f.Properties)) {
				fmt.Fprintf(&text, "%s=%v ", key, f.Properties[key])
			}
			all[f.ID] = text.String()
		}
	}
	return all, nil
}
