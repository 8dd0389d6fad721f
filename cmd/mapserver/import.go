package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/postgis"
)

// importFile brings a file into a layer.
func importFile(ctx context.Context, c *console, args []string) error {
	o := newOptions("import", c)
	layer := o.String("layer", "", "目标图层 / `layer` to import into (mapserver layers)")
	how := o.importing()
	parameters := o.String("seven-parameters", "", "西安 80、北京 54 的七参数文件（JSON） / `file` of seven parameters for Xi'an 1980 or Beijing 1954, JSON")
	manifest := o.Bool("manifest", false, "FILE 是交付清单、其目录或 ZIP，全部导入 / FILE is a delivery manifest, its folder or a ZIP with it: import all")
	report := o.String("report", "", "把完整报告写入此文件（JSON） / write the whole report to this `file`, as JSON")
	given, err := o.parse(args, 1, 1)
	if err != nil {
		return err
	}
	if *layer == "" && !*manifest {
		return fmt.Errorf("%w: 请用 --layer 指定目标图层 / name the target layer with --layer", errUsage)
	}
	i := how.Of(given[0], *layer)
	if i.SevenParameters, err = readParameters(*parameters); err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the import is finished or has left nothing
	if *manifest {
		return loadDeliveries(ctx, c, d, i.File, i, false)
	}
	result, err := importWithProgress(ctx, c, d, i)
	if err != nil {
		return err
	}
	printReport(c.out, result)
	if *report == "" {
		return nil
	}
	text, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(*report, append(text, '\n'), 0o600)
}

// importing declares the flags that say how a file is to be imported, at once
// or by the server. They are filled by parse.
func (o *options) importing() *jobs.Options {
	var i jobs.Options
	o.StringVar(&i.SourceLayer, "source-layer", "", "文件内的图层名 / `layer` inside the file")
	o.StringVar(&i.CRS, "crs", "", "坐标系，文件未带时给出 / coordinate `system` where the file carries none, as EPSG:4490, EPSG:4525, GCJ-02")
	o.StringVar(&i.Encoding, "encoding", "", "文字编码，自动判断有误时给出 / text `encoding` where the automatic choice is wrong, as GB18030, UTF-8")
	o.BoolVar(&i.Publish, "publish", false, "成功后立即发布 / publish on success")
	o.BoolVar(&i.Unchecked, "accept-errors", false, "有错误级规则未通过也发布，留有记录 / publish although rules of level error object; this is recorded")
	o.BoolVar(&i.DryRun, "dry-run", false, "只检查，不入库 / check only, store nothing")
	o.StringVar(&i.Columns, "columns", "", "表格的坐标列，自动判断有误时给出 / `columns` with a table's positions, as x=东坐标,y=北坐标 (x is east), lon=…,lat=…, wkt=…, code=…")
	o.BoolVar(&i.KeepExtra, "keep-extra", false, "图层没有的字段保留在 extra（JSON） / keep fields that the layer hasn't in extra, as JSON")
	o.BoolVar(&i.OverrideCRS, "override-crs", false, "文件自述的坐标系有误，以 --crs 为准 / take --crs although the file says another")
	o.BoolVar(&i.SwapAxes, "swap-axes", false, "坐标轴颠倒时交换 / exchange the axes where they are swapped")
	o.Func("skip", "不检查的质检规则 / quality `rules` that are not checked, as overlap,gap for a delivery that is a part; rules of level error always are", func(text string) error {
		for id := range strings.SplitSeq(text, ",") {
			i.Skip = append(i.Skip, strings.TrimSpace(id))
		}
		return nil
	})
	o.Func("map", "字段对应 / `fields` of the file for the layer's, as SOURCE=FIELD,… (- is none)", func(text string) error {
		var err error
		i.Map, err = importers.ParseMap(text)
		return err
	})
	return &i
}

func importWithProgress(ctx context.Context, c *console, d *database, i importers.Options) (importers.Report, error) {
	i.Progress = importers.NewProgressPrinter(c.err, term.IsTerminal(int(c.err.Fd()))).Show
	return importers.Run(ctx, importers.Into(d.store), i)
}

// printReport tells a person at the terminal how an import went.
func printReport(out io.Writer, r importers.Report) {
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	line("文件 / file          %s (%s, %s)", r.File, r.Format, r.SourceLayer)
	line("坐标系 / CRS         %s %s (%s)", r.CRS, r.CRSName, r.CRSSource)
	if r.Encoding.Name != "" {
		line("编码 / encoding      %s: %s / %s", r.Encoding.Name, r.Encoding.ZH, r.Encoding.EN)
	}
	for _, f := range r.Fields {
		if f.By == "truncated" || f.By == "option" {
			line("字段 / field         %s ← %s (%s)", f.Field, f.Source, f.By)
		}
	}
	if len(r.Dropped) > 0 {
		line("未用字段 / dropped   %s", strings.Join(r.Dropped, ", "))
	}
	for _, n := range r.Notes {
		line("注意 / note          %s / %s", n.ZH, n.EN)
	}
	line("读取 / read          %d", r.Read)
	line("接收 / accepted      %d", r.Accepted)
	line("修复 / repaired      %d", r.Repaired)
	for _, one := range r.RepairReasons {
		line("    %8d  %s / %s", one.Rows, one.Reason, one.EN)
	}
	line("拒收 / rejected      %d", r.Rejected)
	for _, one := range r.RejectReasons {
		line("    %8d  %s / %s", one.Rows, one.Reason, one.EN)
	}
	for i, one := range r.Rejections {
		if i == 5 {
			line("    …（--report FILE 写出前 100 条 / --report FILE writes the first 100）")
			break
		}
		line("    %s", one.Error())
	}
	printQuality(out, r)
	switch {
	case r.DryRun:
		line("只检查，未入库 / checked only, nothing was stored")
	case r.Version != nil:
		line("版本 / version       %s v%d, %s, %.1f s", r.Layer, r.Version.Number, r.Version.State, r.Seconds)
	}
}
