package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
)

// editFeature changes one feature of a layer's published version, or lists the
// edits that were made.
func editFeature(ctx context.Context, c *console, args []string) error {
	o := newOptions("edit", c)
	file := o.String("file", "", "GeoJSON 要素，“-” 为标准输入 / the feature as GeoJSON, a `file` or - for standard input")
	reason := o.String("reason", "", "修改原因，随编辑记录保存 / `why`, kept with the edit")
	system := o.String("crs", "", "坐标系，默认 EPSG:4490 / `system` of its coordinates, EPSG:4490 without")
	match := o.String("if-match", "", "仅当要素的 ETag 与此相同才修改 / only while the feature's `ETag` is this one")
	given, err := o.parse(args, 2, 3)
	if err != nil {
		return err
	}
	r := importers.EditRequest{Layer: given[1], Operation: layers.Operation(given[0]), CRS: *system, Reason: *reason}
	if *match != "" {
		r.Match = func(etag string) bool { return etag == strings.Trim(*match, `"`) }
	}
	switch r.Operation {
	case layers.Create, layers.Replace, layers.Update, layers.Delete:
	default:
		return fmt.Errorf("%w: edit create LAYER | replace|update|delete LAYER FID", errUsage)
	}
	if (r.Operation == layers.Create) != (len(given) == 2) || (r.Operation == layers.Delete) != (*file == "") {
		return fmt.Errorf("%w: edit create LAYER --file FILE | replace|update LAYER FID --file FILE | delete LAYER FID", errUsage)
	}
	if len(given) == 3 {
		if r.FID, err = strconv.ParseInt(given[2], 10, 64); err != nil || r.FID < 1 {
			return fmt.Errorf("%w: 要素编号 %[2]q 不是正整数 / fid %[2]q is not a whole number above 0", errUsage, given[2])
		}
	}
	if *file != "" {
		body, err := openOrInput(*file)
		if err != nil {
			return err
		}
		defer body.Close() //nolint:errcheck // it was only read
		r.Body = body
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	done, err := importers.Edit(ctx, d.store, r)
	if err = errors.Join(err, d.close(ctx)); err != nil {
		return err
	}
	for _, one := range done.Repairs {
		fmt.Fprintf(c.err, "已调整 / mended: %s %s / %s\n", one.Field, one.Reason, one.EN)
	}
	if r.Operation == layers.Delete {
		return nil
	}
	return printJSON(c.out, done.Feature.GeoJSON())
}

func openOrInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(name)
}

// listEdits lists a layer's edits, newest first.
func listEdits(ctx context.Context, c *console, args []string) error {
	o := newOptions("edits", c)
	a := o.asking()
	var q layers.EditQuery
	o.Int64Var(&q.FID, "fid", 0, "仅此要素 / only of this `fid`")
	o.IntVar(&q.Version, "version", 0, "仅此版本 / only of this `version`")
	o.IntVar(&q.Limit, "limit", 100, "最多条数 / most edits")
	o.Int64Var(&q.After, "after", 0, "从此编号之后（更早）继续 / continue after this `edit`, with older ones")
	asJSON := o.Bool("json", false, "以 JSON 输出，含修改前后的要素 / as JSON, with the features before and after")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if q.Limit < 1 {
		return fmt.Errorf("%w: --limit: 应大于 0 / must be above 0", errUsage)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		if _, err := catalogue.Layer(given[0]); err != nil {
			return err
		}
		edits, next, err := d.store.Edits(ctx, given[0], q)
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error {
			if *asJSON {
				return printJSON(to, map[string]any{"edits": edits, "next": next})
			}
			for _, e := range edits {
				if _, err := fmt.Fprintf(to, "%8d  %s  v%-3d %10d  %-8s %-20s %s\n", e.ID, e.At.Local().Format(time.DateTime), e.Version, e.FID, e.Operation, e.By, e.Reason); err != nil {
					return err
				}
			}
			return nil
		})
	})
}
