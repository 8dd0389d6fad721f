package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/crs"
)

// routePlace tells who answers for a place: mapserver route river-chief LON LAT,
// or forest-chief.
func routePlace(ctx context.Context, c *console, args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"river-chief", "forest-chief"}, args[0]) {
		return fmt.Errorf("%w: mapserver route river-chief|forest-chief LON LAT [--crs …] [--datetime T]", errUsage)
	}
	o := newOptions("route "+args[0], c)
	a := o.asking()
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
	ask := riverChiefs
	if args[0] == "forest-chief" {
		ask = forestChiefs
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		answer, err := ask(ctx, d, catalogue, p, at)
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, answer) })
	})
}

func riverChiefs(ctx context.Context, d *database, catalogue *layers.Catalogue, p orb.Point, at time.Time) (map[string]any, error) {
	l, err := d.store.OpenNamed(ctx, catalogue, spatial.RiverChiefLayer, at)
	if err != nil {
		return nil, err
	}
	segment, chiefs, err := spatial.RiverRoute(ctx, d.pool, l, p[0], p[1])
	if err != nil {
		return nil, err
	}
	return map[string]any{"segment": segment, "nearest": [2]float64{segment.FootLon, segment.FootLat}, "chiefs": chiefs}, nil
}

func forestChiefs(ctx context.Context, d *database, catalogue *layers.Catalogue, p orb.Point, at time.Time) (map[string]any, error) {
	l, err := d.store.OpenNamed(ctx, catalogue, spatial.ForestChiefLayer, at)
	if err != nil {
		return nil, err
	}
	chiefs, err := spatial.ForestRoute(ctx, d.pool, l, p[0], p[1])
	return map[string]any{"chiefs": chiefs}, err
}
