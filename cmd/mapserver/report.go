package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"onemap/importers"
	"onemap/layers"
)

// showReport writes what an import found in a version: as JSON, a page or a workbook.
func showReport(ctx context.Context, c *console, args []string) error {
	o := newOptions("report", c)
	a := o.asking()
	format := o.String("format", "json", "格式 / `format`: json, html, xlsx")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(given[1])
	if err != nil {
		return fmt.Errorf("%w: 版本号 %[2]q 不是整数 / version %[2]q is not a number", errUsage, given[1])
	}
	return o.onMap(ctx, a, func(d *database, _ *layers.Catalogue, _ time.Time) error {
		def, err := d.store.Definition(ctx, given[0])
		if err != nil {
			return err
		}
		v, err := d.store.Version(ctx, def.ID, number)
		if err != nil {
			return err
		}
		if *format == "json" {
			return a.write(c, func(to io.Writer) error { return printJSON(to, v) })
		}
		checked, err := importers.Checked(def, v)
		if err != nil {
			return err
		}
		switch *format {
		case "html":
			return a.write(c, checked.WritePage)
		case "xlsx":
			return a.write(c, func(to io.Writer) error { return importers.WriteWorkbook(ctx, d.store, checked, to) })
		}
		return fmt.Errorf("%w: --format 应为 json、html 或 xlsx / must be json, html or xlsx, not %q", errUsage, *format)
	})
}
