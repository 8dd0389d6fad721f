package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/crs"
	"onemap/spatial/names"
	"onemap/spatial/search"
)

// searchNames finds what a text names. It loads the index first, which takes
// some seconds where there are many features.
func searchNames(ctx context.Context, c *console, args []string) error {
	o := newOptions("search", c)
	name := o.systemFlag("crs", "4490")
	kinds := o.String("kinds", "", "只找这些类别，逗号分隔 / only these `kinds`: place, division, grid, parcel, feature, person, coordinate")
	near := o.String("near", "", "靠近此处的优先：`LON,LAT` / what is nearer to it first")
	bbox := o.String("bbox", "", "范围：西,南,东,北（度） / only within `west,south,east,north`, degrees")
	limit := o.Int("limit", 10, "最多条数 / most answers")
	given, err := o.parse(args, 1, math.MaxInt)
	if err != nil {
		return err
	}
	question := search.Question{Text: strings.Join(given, " "), Limit: *limit}
	if *limit < 1 || *limit > search.MaxLimit {
		return fmt.Errorf("%w: --limit: 1–%d", errUsage, search.MaxLimit)
	}
	for one := range strings.SplitSeq(*kinds, ",") {
		if one != "" && !slices.Contains(search.Kinds(), layers.SearchKind(one)) {
			return fmt.Errorf("%w: --kinds: %q", errUsage, one)
		}
		if one != "" {
			question.Kinds = append(question.Kinds, layers.SearchKind(one))
		}
	}
	system, place, err := toMap(*name)
	if err != nil {
		return err
	}
	if *near != "" {
		p, err := crs.ParsePosition(system, *near)
		if err == nil {
			p, err = place(p)
		}
		if err != nil {
			return fmt.Errorf("%w: --near: %w", errUsage, err)
		}
		question.Near = &p
	}
	if *bbox != "" {
		box, err := layers.ParseBounds(*bbox)
		if err != nil {
			return fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
		question.Box = &orb.Bound{Min: orb.Point{box[0], box[1]}, Max: orb.Point{box[2], box[3]}}
	}
	return o.onNames(ctx, func(catalogue *layers.Catalogue, x *search.Index) error {
		open := func(layer string) bool { _, err := catalogue.Open(ctx, layer); return err == nil }
		question.Open = open
		if read, ok := search.ReadPosition(system, question.Text); ok {
			at := read.At
			if read.Code == "" {
				if at, err = place(at); err != nil {
					return err
				}
			}
			fmt.Fprintf(c.out, "%-10s %.6f, %.6f  %s\n", search.CoordinateKind, at[0], at[1], whereIs(x.Above(at, open)))
		}
		hits, err := x.Find(ctx, question)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, h := range hits {
			fmt.Fprintf(c.out, "%-10s %s  %s  %s/%d %s  %.6f, %.6f  %s %s\n", h.Kind, h.Item.Label, whereIs(x.Parents(h, open)), h.Part.Definition.ID, h.Item.FID, h.Item.Code,
				h.Item.At[0], h.Item.At[1], h.Closeness, h.Way)
		}
		return nil
	})
}

func whereIs(all []search.Named) string {
	var text strings.Builder
	for _, n := range all {
		text.WriteString(n.Name)
	}
	return text.String()
}

// onNames opens the database and loads the index of names.
func (o *options) onNames(ctx context.Context, do func(*layers.Catalogue, *search.Index) error) error {
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // nothing was written
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	table, err := names.NewTable(data.Files)
	if err != nil {
		return err
	}
	x, err := search.Load(ctx, d.pool, table, catalogue, nil)
	if err != nil {
		return err
	}
	return do(catalogue, x)
}
