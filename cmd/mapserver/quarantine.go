package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/term"

	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
)

// quarantine shows, exports, corrects and retries the rows that a version refused.
func quarantine(ctx context.Context, c *console, args []string) error {
	o := newOptions("quarantine", c)
	out := o.String("out", "", "export：写入此文件（GeoJSON） / write to this `file`, GeoJSON")
	file := o.String("file", "", "correct：更正后的 GeoJSON / the corrected `file`")
	var r importers.RetryOptions
	o.BoolVar(&r.Publish, "publish", false, "retry：成功后立即发布 / publish on success")
	parameters := o.String("seven-parameters", "", "retry：西安 80、北京 54 的七参数文件（JSON） / `file` of seven parameters for Xi'an 1980 or Beijing 1954, JSON")
	o.BoolVar(&r.Unchecked, "accept-errors", false, "retry：有错误级规则未通过也发布，留有记录 / publish although rules of level error object; this is recorded")
	given, err := o.parse(args, 3, 3)
	if err != nil {
		return err
	}
	r.Layer = given[1]
	if r.Version, err = strconv.Atoi(given[2]); err != nil {
		return fmt.Errorf("%w: 版本号 %q 不是整数 / version %q is not a number", errUsage, given[2], given[2])
	}
	if r.SevenParameters, err = readParameters(*parameters); err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	switch {
	case given[0] == "list":
		return listQuarantine(ctx, c, d.store, r.Layer, r.Version)
	case given[0] == "export":
		return exportQuarantine(ctx, c, d.store, r, *out)
	case given[0] == "correct" && *file != "":
		return correctQuarantine(ctx, c, d.store, r, *file)
	case given[0] == "retry":
		r.Progress = importers.NewProgressPrinter(c.err, term.IsTerminal(int(c.err.Fd()))).Show
		report, err := importers.Retry(ctx, d.store, r)
		if err != nil {
			return err
		}
		printReport(c.out, report)
		return nil
	default:
		return fmt.Errorf("%w: quarantine list|export [--out FILE]|correct --file FILE|retry LAYER VERSION", errUsage)
	}
}

func listQuarantine(ctx context.Context, c *console, store *layers.Store, layer string, version int) error {
	of, err := store.Delivery(ctx, layer, version)
	if errors.Is(err, layers.ErrUnknownRow) {
		if _, err := store.Version(ctx, layer, version); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s v%d: 没有被拒收的行 / no rows were refused\n", layer, version)
		return nil
	}
	if err != nil {
		return err
	}
	counts, err := store.CountQuarantined(ctx, of)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s v%d, %s: 待处理 open %d, 已更正 corrected %d, 已放弃 discarded %d, 已接收 accepted %d\n", layer, version, of.SourceCRS,
		counts[layers.RowOpen], counts[layers.RowCorrected], counts[layers.RowDiscarded], counts[layers.RowAccepted])
	const page = 1000
	after, shapes := int64(0), importers.ShapesOf(of)
	for {
		rows, err := store.Quarantined(ctx, of, "", after, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			place := ""
			if g := shapes.Of(row); g != nil {
				at := g.Bound().Center()
				place = fmt.Sprintf("  %.6f,%.6f", at.Lon(), at.Lat())
			}
			fmt.Fprintf(c.out, "%10d  %-10s %-14s %s %q  %s / %s%s\n", row.Row, row.State, row.Rule, row.Field, row.Value, row.Reason, row.ReasonEN, place)
		}
		after = rows[len(rows)-1].Row
	}
}

func exportQuarantine(ctx context.Context, c *console, store *layers.Store, r importers.RetryOptions, name string) error {
	if name == "" {
		return importers.WriteQuarantine(ctx, store, r.Layer, r.Version, c.out)
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := importers.WriteQuarantine(ctx, store, r.Layer, r.Version, file); err != nil {
		file.Close() //nolint:errcheck // the first error counts
		return err
	}
	return file.Close()
}

func correctQuarantine(ctx context.Context, c *console, store *layers.Store, r importers.RetryOptions, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	n, err := importers.CorrectFrom(ctx, store, r.Layer, r.Version, file)
	fmt.Fprintf(c.out, "已更正 %d 行 / %d rows corrected\n", n, n)
	return err
}
