package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"onemap/layers"
)

// difference tells how a version differs from the published one: in counts, or
// feature by feature.
func difference(ctx context.Context, c *console, args []string) error {
	o := newOptions("difference", c)
	a := o.asking()
	again := o.Bool("again", false, "与当前已发布版本重新比对 / compare again, with what is published now")
	features := o.Bool("features", false, "逐个列出有差异的要素（GeoJSON） / the features that differ, as GeoJSON")
	sequence := o.Bool("seq", false, "每行一个要素 / one feature a line")
	kind := o.String("kind", "", "只列 added、removed 或 changed / only added, removed or changed")
	bbox := o.String("bbox", "", "范围：西,南,东,北（度） / only within `west,south,east,north`, degrees")
	limit := o.Int("limit", 0, "最多要素数，0 为不限 / most features, 0 is all")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(given[1])
	if err != nil {
		return fmt.Errorf("%w: 版本号 %[2]q 不是整数 / version %[2]q is not a number", errUsage, given[1])
	}
	q := layers.DifferenceQuery{Kind: *kind}
	if !slices.Contains([]string{"", "added", "removed", "changed"}, *kind) {
		return fmt.Errorf("%w: --kind 应为 added、removed 或 changed / must be added, removed or changed", errUsage)
	}
	if *bbox != "" {
		if q.Bounds, err = layers.ParseBounds(*bbox); err != nil {
			return fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
	}
	return o.onMap(ctx, a, func(d *database, _ *layers.Catalogue, _ time.Time) error {
		found, err := compared(ctx, d.store, given[0], number, *again)
		if err != nil {
			return err
		}
		if !*features {
			return a.write(c, func(to io.Writer) error { printDifference(to, found); return nil })
		}
		page := func(after int64, most int) ([]layers.GeoFeature, int64, error) {
			q.After, q.Limit = after, most
			rows, next, err := d.store.DifferenceRows(ctx, found, q)
			return geoJSON(rows), next, err
		}
		return a.write(c, func(to io.Writer) error { return writeCollection(to, *sequence, 0, *limit, page) })
	})
}

func compared(ctx context.Context, store *layers.Store, layer string, number int, again bool) (layers.Difference, error) {
	if _, err := store.Version(ctx, layer, number); err != nil {
		return layers.Difference{}, err
	}
	if again {
		return store.Compare(ctx, layer, number)
	}
	return store.Difference(ctx, layer, number)
}

func printDifference(to io.Writer, found layers.Difference) {
	fmt.Fprintf(to, "%s v%d ↔ v%d\n新增 / added             %9d\n删除 / removed           %9d\n变化 / changed           %9d\n  图形 / geometry        %9d\n  属性 / fields          %9d\n未变 / unchanged         %9d\n",
		found.Layer, found.Version, found.Base, found.Added, found.Removed, found.Changed, found.ChangedGeometry, found.ChangedFields, found.Unchanged)
	for _, field := range slices.Sorted(maps.Keys(found.Fields)) {
		fmt.Fprintf(to, "    %-20s %9d\n", field, found.Fields[field])
	}
}
