package main

import (
	"context"
	"fmt"
	"strings"

	"onemap/tiles/grid"
)

// tileGrids is the option that names the grids whose tiles are built ahead.
func (o *options) tileGrids() *string {
	return o.String("tile-grids", grid.WebMercatorQuad().ID, "预先构建切片的网格，逗号分隔；其余网格实时绘制 / `grids` whose tiles are built ahead, comma-separated; those of others are live")
}

func parseGrids(list string) ([]grid.Square, error) {
	squares, err := grid.ParseSquares(list)
	if err != nil {
		return nil, fmt.Errorf("%w: --tile-grids: %w", errUsage, err)
	}
	return squares, nil
}

// showGrids lists the grids that tiles are addressed by, or writes the definition of one.
func showGrids(_ context.Context, c *console, args []string) error {
	o := newOptions("grids", c)
	base := o.String("public-url", "", "服务的对外地址，用于网格的 URI / public `address` of the service, for the URIs of grids")
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if len(given) == 1 {
		g, err := grid.Named(given[0])
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return printJSON(c.out, g.Definition(*base))
	}
	for _, g := range grid.All() {
		fmt.Fprintf(c.out, "%-16s %-5s  级别 levels %d–%d  %s\n", g.ID, g.CRS[strings.LastIndex(g.CRS, "/")+1:], g.First, g.Last, g.Title)
	}
	return nil
}
