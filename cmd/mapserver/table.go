package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"onemap/layers"
)

// readTable writes rows of a layer's attribute table, or the statistics of a field of it.
func readTable(ctx context.Context, c *console, args []string) error {
	o := newOptions("table", c)
	a := o.asking()
	where := o.String("where", "", `条件 / conditions, as `+"`JSON`"+`: [["dlbm","in",["0101","0102"]],["tbmj",">=",100]]`)
	sort := o.String("sort", "", "排序字段，前加 - 为降序 / sort by this `field`, with - in front the largest first")
	bbox := o.String("bbox", "", "范围：西,南,东,北（度） / only within `west,south,east,north`, degrees")
	offset := o.Int("offset", 0, "跳过的行数 / rows to leave out")
	limit := o.Int("limit", 100, "最多行数 / most rows")
	shapes := o.Bool("shapes", false, "附图形 / with geometry")
	statistics := o.String("statistics", "", "改为此字段的统计 / statistics of this `field` instead of rows")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	q := layers.TableQuery{Offset: *offset, Limit: *limit, Shapes: *shapes}
	q.Sort, q.Down = strings.CutPrefix(*sort, "-")
	if q.Where, err = layers.ParseConditions(*where); err != nil {
		return fmt.Errorf("%w: --where: %w", errUsage, err)
	}
	if q.Offset < 0 || q.Limit < 1 {
		return fmt.Errorf("%w: --offset 至少为 0，--limit 至少为 1 / at least 0 and 1", errUsage)
	}
	if *bbox != "" {
		if q.Bounds, err = layers.ParseBounds(*bbox); err != nil {
			return fmt.Errorf("%w: --bbox: %w", errUsage, err)
		}
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, at time.Time) error {
		l, err := d.store.OpenNamed(ctx, catalogue, given[0], at)
		if err != nil {
			return err
		}
		var answer any
		if *statistics != "" {
			answer, err = d.store.TableStatistics(ctx, l, *statistics, q)
		} else {
			var rows []layers.TableRow
			var total int64
			rows, total, err = d.store.Table(ctx, l, q)
			answer = map[string]any{"rows": rows, "total": total, "version": l.Published.Number}
		}
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error { return printJSON(to, answer) })
	})
}
