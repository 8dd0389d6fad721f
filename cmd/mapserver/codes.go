package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/spatial/crs"
	"onemap/spatial/gridcode"
)

const codesUsage = "mapserver codes encode SCHEME LON LAT --level N | decode SCHEME CODE | neighbours SCHEME CODE | cover SCHEME FILE --level N（SCHEME：beidou、s2、geohash）"

// gridCodes encodes and decodes grid codes, and covers shapes with them.
func gridCodes(_ context.Context, c *console, args []string) error {
	o := newOptions("codes", c)
	level := o.Int("level", 5, "级别 / `level` of the cells")
	name := o.systemFlag("crs", "4490")
	given, err := o.parse(args, 3, 4)
	if err != nil {
		return err
	}
	scheme, err := gridcode.Named(given[1])
	if err != nil {
		return fmt.Errorf("%w: %w: %s", errUsage, err, codesUsage)
	}
	switch {
	case given[0] == "encode" && len(given) == 4:
		system, place, err := toMap(*name)
		if err != nil {
			return err
		}
		p, err := crs.ParsePosition(system, given[2]+" "+given[3])
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if p, err = place(p); err != nil {
			return err
		}
		code, err := scheme.Encode(p, *level)
		return showCodes(c, err, code)
	case given[0] == "decode" && len(given) == 3:
		cell, err := scheme.Decode(given[2])
		if err != nil {
			return showCodes(c, err)
		}
		return printJSON(c.out, map[string]any{"code": cell.Code, "level": cell.Level, "centre": cell.Centre, "geometry": geojson.NewGeometry(orb.Polygon{cell.Corners})})
	case given[0] == "neighbours" && len(given) == 3:
		codes, err := scheme.Neighbours(given[2])
		return showCodes(c, err, codes...)
	case given[0] == "cover" && len(given) == 3:
		text, err := os.ReadFile(given[2])
		if err != nil {
			return err
		}
		g, err := geojson.UnmarshalGeometry(text)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		var shape orb.MultiPolygon
		switch g := g.Geometry().(type) {
		case orb.Polygon:
			shape = orb.MultiPolygon{g}
		case orb.MultiPolygon:
			shape = g
		default:
			return fmt.Errorf("%w: %s: 应为多边形 / must be a polygon", errUsage, given[2])
		}
		codes, err := scheme.Cover(shape, *level, 1_000_000)
		return showCodes(c, err, codes...)
	}
	return fmt.Errorf("%w: %s", errUsage, codesUsage)
}

func showCodes(c *console, err error, codes ...string) error {
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	_, err = fmt.Fprintln(c.out, strings.Join(codes, "\n"))
	return err
}
