package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/crs"
	"onemap/spatial/overlay"
)

// placeOf reads longitude and latitude, or easting and northing, of a system, and
// returns the place in EPSG:4490 degrees.
func placeOf(given []string, system string) (orb.Point, error) {
	from := crs.CGCS2000
	var err error
	if system != "" {
		if from, err = crs.Parse(system); err != nil {
			return orb.Point{}, err
		}
	}
	var at orb.Point
	for i, text := range given[:2] {
		if at[i], err = strconv.ParseFloat(text, 64); err != nil {
			return at, fmt.Errorf("%w: 坐标 %[2]q 不是十进制数（经度或东坐标在前） / %[2]q is no decimal number; longitude or easting first", errUsage, text)
		}
	}
	if err := from.Check(at); err != nil {
		return at, err
	}
	to4490, err := crs.NewTransformer(from)
	if err != nil {
		return at, err
	}
	g, err := to4490.Transform(at)
	if err != nil {
		return at, err
	}
	return g.(orb.Point), nil
}

// nearestFeatures finds what is nearest to a place.
func nearestFeatures(ctx context.Context, c *console, args []string) error {
	o := newOptions("nearest", c)
	a := o.asking()
	count := o.Int("count", 5, "个数 / how many")
	reach := o.Float64("within", spatial.MaxReachMetres, "最远距离（米） / farthest `metres`")
	system := o.String("crs", "", "坐标系，默认 EPSG:4490 / coordinate `system` of the place")
	given, err := o.parse(args, 3, 3)
	if err != nil {
		return err
	}
	at, err := placeOf(given[1:], *system)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, when time.Time) error {
		l, err := d.store.OpenNamed(ctx, catalogue, given[0], when)
		if err != nil {
			return err
		}
		found, err := spatial.Nearest(ctx, d.pool, l, at[0], at[1], *count, *reach)
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error {
			return printJSON(to, map[string]any{"lon": at[0], "lat": at[1], "layer": l.Definition.ID, "version": l.Published.Number, "features": found})
		})
	})
}

// shapeFlags say which shape is meant: a file or a division.
type shapeFlags struct {
	from     *importers.OutlineOptions
	division string
}

func (o *options) shapeFlags() *shapeFlags {
	s := &shapeFlags{from: o.outlineOptions()}
	o.StringVar(&s.from.File, "shape", "", "面文件：GeoJSON、SHP、TXT、KML、DXF 等 / `file` of polygons")
	o.StringVar(&s.division, "division", "", "行政区代码 / `code` of a division")
	return s
}

func (s *shapeFlags) shape(ctx context.Context, d *database, catalogue *layers.Catalogue, at time.Time) (overlay.Shape, error) {
	switch {
	case (s.from.File == "") == (s.division == ""):
		return overlay.Shape{}, fmt.Errorf("%w: 请用 --shape 或 --division 之一给出范围 / give the shape with one of --shape and --division", errUsage)
	case s.division != "":
		level, err := spatial.Level(s.division)
		if err != nil {
			return overlay.Shape{}, err
		}
		l, err := divisionsOf(ctx, d, catalogue, level, at)
		if err != nil {
			return overlay.Shape{}, err
		}
		return spatial.Division(ctx, d.pool, l, s.division)
	}
	read, err := importers.ReadOutline(ctx, *s.from)
	if err != nil {
		return overlay.Shape{}, err
	}
	return overlay.NewShape(ctx, d.pool, read.Shape())
}

func divisionsOf(ctx context.Context, d *database, catalogue *layers.Catalogue, level string, at time.Time) (layers.Layer, error) {
	id, err := spatial.DivisionLayer(level)
	if err != nil {
		return layers.Layer{}, err
	}
	return d.store.OpenNamed(ctx, catalogue, id, at)
}

// withinShape lists the features within a radius or a shape.
func withinShape(ctx context.Context, c *console, args []string) error {
	o := newOptions("within", c)
	a, shape := o.asking(), o.shapeFlags()
	ids := o.String("layers", "", "图层，逗号分隔，默认全部已发布图层 / `layers`, separated by commas; without it all that are published")
	radius := o.Float64("radius", 0, "半径（米），与 LON LAT 同用 / `metres` round LON LAT")
	wholly := o.Bool("wholly", false, "只列完全在范围内的 / only what lies in it with all its parts")
	limit := o.Int("limit", 100, "每个图层最多列出的个数 / most features of a layer")
	given, err := o.parse(args, 0, 2)
	if err != nil {
		return err
	}
	if (len(given) == 2) != (*radius > 0) || len(given) == 1 {
		return fmt.Errorf("%w: LON LAT 与 --radius 同用，否则用 --shape 或 --division / LON LAT goes with --radius; else give --shape or --division", errUsage)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		in, err := openAll(ctx, d.store, catalogue, *ids, at)
		if err != nil {
			return err
		}
		var ask func(layers.Layer) (spatial.Members, error)
		if len(given) == 2 {
			place, err := placeOf(given, shape.from.CRS)
			if err != nil {
				return err
			}
			ask = func(l layers.Layer) (spatial.Members, error) {
				return spatial.WithinRadius(ctx, d.pool, l, place[0], place[1], *radius, *limit)
			}
		} else {
			s, err := shape.shape(ctx, d, catalogue, at)
			if err != nil {
				return err
			}
			ask = func(l layers.Layer) (spatial.Members, error) {
				return spatial.Within(ctx, d.pool, l, s, *wholly, *limit)
			}
		}
		results := make([]spatial.Members, len(in))
		for i, l := range in {
			if results[i], err = ask(l); err != nil {
				return err
			}
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, map[string]any{"results": results}) })
	})
}

// overlayLayers cuts a layer with a shape, or two with one another.
func overlayLayers(ctx context.Context, c *console, args []string) error {
	o := newOptions("overlay", c)
	a, shape := o.asking(), o.shapeFlags()
	by := o.String("by", "", "按此字段统计 / sum by this `field`")
	withBy := o.String("with-by", "", "第二个图层的字段 / `field` of the second layer")
	pieces := o.Bool("pieces", false, "列出各块图形 / list the pieces")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		in := make([]layers.Layer, len(given))
		for i, id := range given {
			if in[i], err = d.store.OpenNamed(ctx, catalogue, id, at); err != nil {
				return err
			}
		}
		s, err := shape.shape(ctx, d, catalogue, at)
		if err != nil {
			return err
		}
		var answer spatial.Overlaid
		if len(in) == 2 {
			answer, err = spatial.OverlayLayers(ctx, d.pool, in[0], in[1], s, *by, *withBy)
		} else {
			answer, err = spatial.Overlay(ctx, d.pool, in[0], s, *by, *pieces)
		}
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, answer) })
	})
}

// summarizeLayer counts and measures a layer by division.
func summarizeLayer(ctx context.Context, c *console, args []string) error {
	o := newOptions("summarize", c)
	a := o.asking()
	by := o.String("by", "", "按此字段分类 / by this `field` too")
	level := o.String("level", "", "级别：city、county、town、village / `level` of divisions")
	code := o.String("division", "", "只统计此行政区之内 / only within the division of this `code`")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *level == "" {
		*level = "county"
		if *code != "" {
			own, err := spatial.Level(*code)
			if err != nil {
				return err
			}
			*level = spatial.NextLevel(own)
		}
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		l, err := d.store.OpenNamed(ctx, catalogue, given[0], at)
		if err != nil {
			return err
		}
		divisions, err := divisionsOf(ctx, d, catalogue, *level, at)
		if err != nil {
			return err
		}
		rows, err := spatial.Summarize(ctx, d.pool, l, divisions, *code, *by)
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error {
			return printJSON(to, map[string]any{"layer": l.Definition.ID, "version": l.Published.Number, "by": *by, "level": *level, "rows": rows})
		})
	})
}
