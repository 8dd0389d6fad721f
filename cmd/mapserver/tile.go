package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"onemap/layers"
	"onemap/styles"
	"onemap/tiles"
	"onemap/tiles/grid"
)

func isNotPublished(err error) bool { return errors.Is(err, layers.ErrNotPublished) }

// writeTile writes a vector tile, or without an address the TileJSON of its layers.
func writeTile(ctx context.Context, c *console, args []string) error {
	o := newOptions("tile", c)
	a := o.asking()
	inGrid := o.String("grid", grid.WebMercatorQuad().ID, "瓦片网格，见 mapserver grids / `grid` of the tile, see mapserver grids")
	difference := o.Int("difference", 0, "该版本与已发布版本差异的瓦片 / a tile of how this `version` differs from the published one")
	given, err := o.parse(args, 1, 4)
	if err != nil {
		return err
	}
	if len(given) != 1 && len(given) != 4 || *difference != 0 && len(given) == 1 {
		return fmt.Errorf("%w: mapserver tile LAYER,… [Z X Y] [--grid ID] [--out FILE]", errUsage)
	}
	g, err := grid.Named(*inGrid)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if *difference != 0 && g.ID != grid.WebMercatorQuad().ID {
		return fmt.Errorf("%w: 差异瓦片只有 WebMercatorQuad 网格 / tiles of a difference are in WebMercatorQuad alone", errUsage)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		in, err := openAll(ctx, d.store, catalogue, given[0], at)
		if err != nil {
			return err
		}
		if len(given) == 1 {
			return a.write(c, func(to io.Writer) error {
				return printJSON(to, tiles.DescribeIn(g, tiles.NewBuilder(d.pool, nil, nil).SetIn(g.Square, in), ""))
			})
		}
		address, err := g.Parse(given[1], given[2], given[3])
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		builder := tiles.NewBuilder(d.pool, nil, nil)
		var built tiles.Tile
		if *difference == 0 {
			built, err = builder.Build(ctx, builder.SetIn(g.Square, in), g.InSquare(address))
		} else {
			var how layers.Difference
			if how, err = d.store.Difference(ctx, in[0].Definition.ID, *difference); err == nil {
				built, err = builder.Difference(ctx, in[0], how, address)
			}
		}
		if err != nil {
			return err
		}
		mvt, err := built.MVT()
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { _, err := to.Write(mvt); return err })
	})
}

// writeStyle writes the style of the published layers.
func writeStyle(ctx context.Context, c *console, args []string) error {
	o := newOptions("style", c)
	a := o.asking()
	base := o.String("public-url", "", "服务的对外地址，写在瓦片地址之前 / public `address` of the service, put before the tiles' paths")
	look := o.look()
	ids := o.String("layers", "", "图层，以逗号分隔，默认全部 / comma-separated `layers`, all without it")
	hillshade := o.Bool("hillshade", true, "有高程模型时含地形晕渲 / with the ground shaded, where there is an elevation model")
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		chosen, err := look.on(ctx, d, catalogue)
		if err != nil {
			return err
		}
		only, err := styles.LayerList(*ids)
		if err != nil {
			return asUsage(err)
		}
		document, err := chosen.OfCatalogue(ctx, catalogue, *base, only)
		if err != nil {
			return asUsage(err)
		}
		if *hillshade {
			if document, err = o.shaded(ctx, d, document, chosen.Palette, *base); err != nil {
				return err
			}
		}
		return a.write(c, func(to io.Writer) error { _, err := fmt.Fprintf(to, "%s\n", bytes.TrimSpace(document)); return err })
	})
}
