package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"onemap/layers"
	"onemap/spatial"
	"onemap/tiles"
)

// identifyPlace tells what is at a place, layer by layer.
func identifyPlace(ctx context.Context, c *console, args []string) error {
	o := newOptions("identify", c)
	a := o.asking()
	ids := o.String("layers", "", "图层，逗号分隔，默认全部已发布图层 / `layers`, separated by commas; without it all that are published")
	tolerance := o.Float64("tolerance", 10, "点、线的容差（米） / how far off points and lines may be, `metres`")
	system := o.String("crs", "", "坐标系，默认 EPSG:4490 / coordinate `system` of the place")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	position, err := placeOf(given, *system)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		in, err := openAll(ctx, d.store, catalogue, *ids, at)
		if err != nil {
			return err
		}
		found, err := spatial.Identify(ctx, d.pool, in, position[0], position[1], *tolerance)
		if err != nil {
			return err
		}
		results := make([]spatial.Answer, len(found))
		for i, one := range found {
			results[i] = one.Answer()
		}
		return a.write(c, func(to io.Writer) error {
			return printJSON(to, map[string]any{"lon": position[0], "lat": position[1], "results": results})
		})
	})
}

// openAll opens the layers of a list; "" is all that were published at the time.
func openAll(ctx context.Context, store *layers.Store, catalogue *layers.Catalogue, list string, at time.Time) ([]layers.Layer, error) {
	var ids []string
	if list == "" {
		for _, l := range catalogue.Layers {
			if l.Published != nil {
				ids = append(ids, l.Definition.ID)
			}
		}
	} else {
		var err error
		if ids, err = tiles.ParseLayers(strings.ReplaceAll(list, " ", "")); err != nil {
			return nil, fmt.Errorf("%w: --layers: %w", errUsage, err)
		}
	}
	var opened []layers.Layer
	for _, id := range ids {
		l, err := store.OpenNamed(ctx, catalogue, id, at)
		if list == "" && isNotPublished(err) {
			continue // not yet, at that time
		}
		if err != nil {
			return nil, err
		}
		opened = append(opened, l)
	}
	return opened, nil
}
