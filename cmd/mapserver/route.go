package main

import (
	"context"
	"fmt"
	"strings"

	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial"
	"onemap/spatial/crs"
)

// routePlace tells who answers for a place: mapserver route river-chief LON LAT.
func routePlace(ctx context.Context, c *console, args []string) error {
	if len(args) == 0 || args[0] != "river-chief" {
		return fmt.Errorf("%w: mapserver route river-chief LON LAT [--crs …]", errUsage)
	}
	o := newOptions("route river-chief", c)
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
	l, err := catalogue.Open(ctx, spatial.RiverChiefLayer)
	if err != nil {
		return err
	}
	segment, chiefs, err := spatial.RiverRoute(ctx, d.pool, l, p[0], p[1])
	if err != nil {
		return err
	}
	return printJSON(c.out, map[string]any{"segment": segment, "nearest": [2]float64{segment.FootLon, segment.FootLat}, "chiefs": chiefs})
}
