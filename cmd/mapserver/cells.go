package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/cells"
	"onemap/spatial/crs"
	"onemap/tiles"
)

// systemFlag is the option that names the coordinate system of positions.
func (o *options) systemFlag(name, fallback string) *string {
	return o.String(name, fallback, "坐标系：4490、4525、4546、3857、gcj02、bd09 等 / coordinate `system`: 4490, 4525, 4546, 3857, gcj02, bd09, …")
}

// toMap is the way from a system to EPSG:4490, with the check that positions can be of it.
func toMap(name string) (crs.System, func(orb.Point) (orb.Point, error), error) {
	system, err := crs.Parse(name)
	if err != nil {
		return system, nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	to, err := crs.NewTransformer(system)
	if err != nil {
		return system, nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	return system, func(p orb.Point) (orb.Point, error) {
		if err := system.Check(p); err != nil {
			return p, fmt.Errorf("%w: %w", errUsage, err)
		}
		g, err := to.Transform(p)
		if err != nil {
			return p, fmt.Errorf("%w: %w", errUsage, err)
		}
		return g.(orb.Point), nil
	}, nil
}

// onCells opens the database and loads the index of cells for a command that asks it.
func (o *options) onCells(ctx context.Context, do func(*database, *layers.Catalogue, *cells.Index) error) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	x, err := cells.Load(ctx, d.pool, catalogue, nil)
	if err == nil {
		err = x.Open(ctx)
	}
	if err != nil {
		return err
	}
	return do(d, catalogue, x)
}

// locatePlaces tells which grid cell a position lies in, or each of a file.
func locatePlaces(ctx context.Context, c *console, args []string) error {
	o := newOptions("locate", c)
	name := o.systemFlag("crs", "4490")
	accuracy := o.Float64("accuracy", 0, "定位精度（米，95 % 置信半径） / accuracy, `metres`: the radius of 95 % confidence")
	file := o.String("file", "", "每行一个坐标的文件，- 为标准输入 / `file` with a position a line, - is standard input")
	given, err := o.parse(args, 0, 2)
	if err != nil {
		return err
	}
	if (len(given) == 2) == (*file != "") || len(given) == 1 {
		return fmt.Errorf("%w: mapserver locate LON LAT | --file FILE", errUsage)
	}
	system, place, err := toMap(*name)
	if err != nil {
		return err
	}
	if !(*accuracy >= 0 && *accuracy <= cells.MaxAccuracyMetres) {
		return fmt.Errorf("%w: --accuracy: 0–%d", errUsage, cells.MaxAccuracyMetres)
	}
	if *file != "" {
		return o.onCells(ctx, func(_ *database, _ *layers.Catalogue, x *cells.Index) error {
			return locateFile(ctx, c, x, system, place, *file, *accuracy)
		})
	}
	written, err := crs.ParsePosition(system, strings.Join(given, " "))
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	p, err := place(written)
	if err != nil {
		return err
	}
	return o.onCells(ctx, func(_ *database, _ *layers.Catalogue, x *cells.Index) error {
		found, err := x.Locate(ctx, p, *accuracy)
		if err != nil {
			return err
		}
		return printJSON(c.out, found)
	})
}

// locateFile answers each line of a file with a line of JSON.
func locateFile(ctx context.Context, c *console, x *cells.Index, system crs.System, place func(orb.Point) (orb.Point, error), file string, accuracy float64) error {
	var from io.Reader = os.Stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		defer opened.Close()
		from = opened
	}
	to := bufio.NewWriter(c.out)
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		answer := struct {
			Given string       `json:"given"`
			Place *cells.Place `json:"place,omitempty"`
			Error string       `json:"error,omitempty"`
		}{Given: text}
		p, err := crs.ParsePosition(system, text)
		if err == nil {
			p, err = place(p)
		}
		if err == nil {
			answer.Place, err = x.Locate(ctx, p, accuracy)
		}
		if err != nil {
			answer.Error = err.Error()
		}
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
	return errors.Join(lines.Err(), to.Flush())
}

// showCells writes a grid cell, what the map has in it, or the cells of a rectangle.
func showCells(ctx context.Context, c *console, args []string) error {
	o := newOptions("cells", c)
	summary := o.Bool("summary", false, "一格全息：各图层在格内的数量与面积 / what every layer has in the cell")
	only := o.String("layers", "", "只汇总这些图层，逗号分隔 / only these `layers`, comma-separated")
	bbox := o.String("bbox", "", "范围：西,南,东,北（度） / cells within `west,south,east,north`, degrees")
	layer := o.String("layer", "", "网格图层，默认最细一级 / `layer` of the cells, the finest without it")
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	if (len(given) == 1) == (*bbox != "") {
		return fmt.Errorf("%w: mapserver cells CODE [--summary] | --bbox W,S,E,N", errUsage)
	}
	var box *layers.Bounds
	if *bbox != "" {
		if box, err = layers.ParseBounds(*bbox); err != nil {
			return fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
	}
	return o.onCells(ctx, func(d *database, catalogue *layers.Catalogue, x *cells.Index) error {
		if box != nil {
			return listCells(c, x, *box, *layer)
		}
		at, err := x.Find(given[0])
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		if !*summary {
			description, err := x.Describe(ctx, d.pool, at)
			if err != nil {
				return err
			}
			return printJSON(c.out, map[string]any{"type": "Feature", "id": given[0], "geometry": geojson.NewGeometry(x.Shape(at)), "properties": description})
		}
		var in []layers.Layer
		for _, l := range catalogue.Layers {
			if l.Published != nil && *only == "" {
				in = append(in, l)
			}
		}
		if *only != "" {
			ids, err := tiles.ParseLayers(strings.ReplaceAll(*only, " ", ""))
			if err != nil {
				return fmt.Errorf("%w: --layers: %w", errUsage, err)
			}
			for _, id := range ids {
				l, err := catalogue.Open(ctx, id)
				if err != nil {
					return err
				}
				in = append(in, l)
			}
		}
		whole, err := x.Summarise(ctx, d.pool, at, in, *only != "")
		if err != nil {
			return err
		}
		return printJSON(c.out, whole)
	})
}

func listCells(c *console, x *cells.Index, box layers.Bounds, layer string) error {
	for i, t := range x.Tiers() {
		if layer != "" && t.Definition.ID != layer {
			continue
		}
		to := bufio.NewWriter(c.out)
		for _, at := range x.In(i, orb.Bound{Min: orb.Point{box[0], box[1]}, Max: orb.Point{box[2], box[3]}}) {
			one := x.Cell(at)
			people := "-"
			if one.Population != nil {
				people = strconv.FormatInt(*one.Population, 10)
			}
			fmt.Fprintf(to, "%-18s %-30s 人口 population %s\n", one.Code, one.Name, people) //nolint:errcheck // a buffer, whose Flush tells
		}
		return to.Flush()
	}
	return fmt.Errorf("%w: --layer: %q", errUsage, layer)
}

// convertPositions writes positions in another coordinate system.
func convertPositions(_ context.Context, c *console, args []string) error {
	o := newOptions("convert", c)
	from, to := o.systemFlag("from", "4490"), o.systemFlag("to", "4490")
	form := o.String("form", string(crs.Decimal), "写法：decimal、dms、survey / `form`: decimal, dms, survey")
	given, err := o.parse(args, 1, math.MaxInt)
	if err != nil {
		return err
	}
	source, place, err := toMap(*from)
	if err != nil {
		return err
	}
	target, err := crs.Parse(*to)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	way, err := crs.NewProjector(target)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	for _, text := range given {
		p, err := crs.ParsePosition(source, text)
		if err == nil {
			p, err = place(p)
		}
		if err == nil {
			p, err = way.Point(p)
		}
		written := ""
		if err == nil {
			written, err = crs.WritePosition(target, p, crs.Form(*form))
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		fmt.Fprintln(c.out, written)
	}
	return nil
}
