package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial"
	"onemap/spatial/crs"
)

// routePlace tells who answers for a place: mapserver route river-chief LON LAT,
// or forest-chief.
func routePlace(ctx context.Context, c *console, args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"river-chief", "forest-chief"}, args[0]) {
		return fmt.Errorf("%w: mapserver route river-chief|forest-chief LON LAT [--crs …]", errUsage)
	}
	o := newOptions("route "+args[0], c)
	name := o.systemFlag("crs", "4490")
	given, err := o.parse(args[1:], 2, 2)
	if err != nil {
		return err
	}
	system, place, err := toMap(*name)
	if err != nil {
		return err
	}
	p, err := crs.ParsePosition(system, strings.Join(given, " "))
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if p, err = place(p); err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	ask := riverChiefs
	if args[0] == "forest-chief" {
		ask = forestChiefs
	}
	answer, err := ask(ctx, d.pool, catalogue, p)
	if err != nil {
		return err
	}
	return printJSON(c.out, answer)
}

func riverChiefs(ctx context.Context, db *pgxpool.Pool, catalogue *layers.Catalogue, at orb.Point) (map[string]any, error) {
	l, err := catalogue.Open(ctx, spatial.RiverChiefLayer)
	if err != nil {
		return nil, err
	}
	segment, chiefs, err := spatial.RiverRoute(ctx, db, l, at[0], at[1])
	if err != nil {
		return nil, err
	}
	return map[string]any{"segment": segment, "nearest": [2]float64{segment.FootLon, segment.FootLat}, "chiefs": chiefs}, nil
}

func forestChiefs(ctx context.Context, db *pgxpool.Pool, catalogue *layers.Catalogue, at orb.Point) (map[string]any, error) {
	l, err := catalogue.Open(ctx, spatial.ForestChiefLayer)
	if err != nil {
		return nil, err
	}
	chiefs, err := spatial.ForestRoute(ctx, db, l, at[0], at[1])
	return map[string]any{"chiefs": chiefs}, err
}
