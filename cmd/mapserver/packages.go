package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products"
	"onemap/products/packages"
	exports "onemap/products/packages/jobs"
	"onemap/spatial/files"
	"onemap/styles"
	"onemap/tiles"
)

// exportFolder is where packages are kept.
func (o *options) exportFolder() string { return filepath.Join(o.dataDir, "exports") }

// backgroundExports are the office of exports and the worker that makes packages.
type backgroundExports struct {
	office *exports.Office
	bell   *postgis.Bell
	cancel context.CancelFunc
	ended  chan error
	log    *slog.Logger
}

// exportChannel is the notification channel of changes of exports.
const exportChannel = "onemap_exports"

// exportFlags say how much may be exported.
type exportFlags struct {
	perDay, keep, features *int
	gibPerDay, gib         *float64
}

func (o *options) exportLimits() *exportFlags {
	return &exportFlags{
		perDay:    o.Int("exports-per-day", 50, "每人每日导出数 / `exports` of one principal a day"),
		gibPerDay: o.Float64("exports-gib-per-day", 20, "每人每日导出总量（GiB） / `GiB` of packages of one principal a day"),
		keep:      o.Int("keep-exports-days", 7, "数据包保留天数 / `days` that packages are kept"),
		features:  o.Int("max-export-features", 2_000_000, "单个数据包的要素上限 / most `features` of a package"),
		gib:       o.Float64("max-export-gib", 4, "单个数据包压缩前的上限（GiB） / largest package before it is packed, `GiB`"),
	}
}

// limits are what the flags say; 0 would be a default, so none may be.
func (f *exportFlags) limits() (exports.Limits, packages.Limits, error) {
	if *f.perDay < 1 || *f.keep < 1 || *f.features < 1 || !(*f.gibPerDay > 0) || !(*f.gib > 0) {
		return exports.Limits{}, packages.Limits{}, fmt.Errorf("%w: 导出的各项上限应大于 0 / limits of exports must be above 0: --exports-per-day, --exports-gib-per-day, --keep-exports-days, --max-export-features, --max-export-gib", errUsage)
	}
	return exports.Limits{PerDay: *f.perDay, BytesPerDay: int64(*f.gibPerDay * (1 << 30)), Keep: time.Duration(*f.keep) * 24 * time.Hour},
		packages.Limits{Features: int64(*f.features), Bytes: int64(*f.gib * (1 << 30))}, nil
}

// packerOf makes packages whose styles are the looks in force.
func packerOf(d *database, archives *tiles.Archives, looks looksInForce, l packages.Limits) *packages.Packer {
	kept := products.NewStore(d.pool)
	kept.DrawWith(looks)
	packer := packages.NewPacker(d.pool, archives, l)
	packer.DrawWith(kept, func() map[string]styles.Fragment { return looks.Current().Fragments() })
	return packer
}

// startExports makes packages until the context ends or stop is called.
func (o *options) startExports(ctx context.Context, d *database, archives *tiles.Archives, looks looksInForce, f *exportFlags, log *slog.Logger) (*backgroundExports, error) {
	limits, most, err := f.limits()
	if err != nil {
		return nil, err
	}
	office, err := exports.NewOffice(d.pool, packerOf(d, archives, looks, most), o.exportFolder(), limits)
	if err != nil {
		return nil, err
	}
	worker, err := exports.NewWorker(office, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	b := &backgroundExports{office, postgis.NewBell(d.pool, exportChannel, nil), cancel, make(chan error, 1), log}
	go b.bell.Run(ctx)
	go func() { b.ended <- worker.Run(ctx) }()
	return b, nil
}

// stop puts what is half made back into the queue.
func (b *backgroundExports) stop() {
	b.cancel()
	if err := <-b.ended; err != nil {
		b.log.Warn("exports did not stop in order; the next start finds what is left", "error", err)
	}
	<-b.bell.Ended()
}

// exportOptions are the flags of exports.
type exportOptions struct {
	request        packages.Request
	format, layers string
	low, high      int
	out, state     string
	reason         string
	limit          int
}

func (o *options) exporting() *exportOptions {
	e := &exportOptions{}
	o.StringVar(&e.request.Product, "product", "", "产品 / `id` of a product")
	o.IntVar(&e.request.Version, "version", 0, "产品版本，0 为最新 / `version` of the product, 0 is the newest")
	o.StringVar(&e.layers, "layers", "", "图层，逗号分隔，可带版本 dltb@3 / `layers`, comma-separated, as dltb or dltb@3")
	o.StringVar(&e.request.Area, "area", "", "行政区或网格代码 / `code` of a division or grid cell")
	o.BoolVar(&e.request.Clip, "clip", false, "按边界裁切 / cut shapes at the area's border")
	o.StringVar(&e.format, "format", "gpkg", "pmtiles、gpkg、shp、gdb、geojson、xlsx、dxf / `format`")
	o.StringVar(&e.request.CRS, "crs", "", "坐标系，默认 EPSG:4490 / coordinate `system`")
	o.StringVar(&e.request.Encoding, "encoding", "", "shp 的编码：UTF-8 或 GBK / `encoding` of a Shapefile")
	o.IntVar(&e.low, "min-zoom", -1, "pmtiles 的最低级别 / lowest `zoom` of pmtiles")
	o.IntVar(&e.high, "max-zoom", -1, "pmtiles 的最高级别 / highest `zoom` of pmtiles")
	o.StringVar(&e.request.Purpose, "purpose", "", "用途；须审批时必填 / what it is for; needed where somebody must approve")
	o.StringVar(&e.out, "out", "", "run、fetch：输出的 ZIP / run, fetch: ZIP `file` to write")
	o.StringVar(&e.state, "state", "", "list：只列此状态 / list: only this `state`")
	o.StringVar(&e.reason, "reason", "", "approve、refuse：理由 / approve, refuse: `why`")
	o.IntVar(&e.limit, "limit", 50, "list：条数 / list: how many")
	return e
}

// asked is the request that the flags make.
func (e *exportOptions) asked() packages.Request {
	r := e.request
	r.Format = files.Format(e.format)
	if e.layers != "" {
		r.Layers = strings.Split(e.layers, ",")
	}
	if e.low >= 0 {
		r.MinZoom = &e.low
	}
	if e.high >= 0 {
		r.MaxZoom = &e.high
	}
	return r
}

// exportCommand makes packages at once, and deals with those that a server makes.
func exportCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("export", c)
	e := o.exporting()
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	return o.withArchives(ctx, func(d *database, catalogue *layers.Catalogue, archives *tiles.Archives) error {
		looks, err := loadLooks(ctx, d)
		if err != nil {
			return err
		}
		office, err := exports.NewOffice(d.pool, packerOf(d, archives, looks, packages.Limits{}), o.exportFolder(), exports.Limits{})
		if err != nil {
			return err
		}
		if len(given) == 1 {
			switch given[0] {
			case "run":
				return runExport(ctx, c, office, catalogue, e)
			case "submit":
				one, err := office.Create(ctx, catalogue, e.asked())
				if err == nil {
					printExport(c, one)
				}
				return err
			case "list":
				all, err := office.List(ctx, exports.State(e.state), 0, max(e.limit, 1))
				for _, one := range all {
					printExport(c, one)
				}
				return err
			}
			return exportUsage()
		}
		id, err := strconv.ParseInt(given[1], 10, 64)
		if err != nil {
			return fmt.Errorf("%w: 导出编号 %[2]q 不是整数 / export id %[2]q is not a number", errUsage, given[1])
		}
		return e.about(ctx, c, office, given[0], id)
	})
}

func exportUsage() error {
	return fmt.Errorf("%w: mapserver export run --layers … --out FILE.zip | submit … | list | show ID | watch ID | approve ID --reason … | refuse ID --reason … | fetch ID --out FILE.zip | remove ID", errUsage)
}

// about does something with one export.
func (e *exportOptions) about(ctx context.Context, c *console, office *exports.Office, what string, id int64) error {
	var one exports.Export
	var err error
	switch what {
	case "show":
		return showExport(ctx, c, office, id)
	case "watch":
		return watchExport(ctx, c, office, id)
	case "fetch":
		return fetchExport(ctx, c, office, id, e.out)
	case "approve", "refuse":
		one, err = office.Decide(ctx, id, what == "approve", e.reason)
	case "remove":
		one, err = office.Remove(ctx, id)
	default:
		return exportUsage()
	}
	if err == nil {
		printExport(c, one)
	}
	return err
}

// runExport makes a package here and now. Who holds the machine needs no approval,
// but must say what secret data is for; it is on record.
func runExport(ctx context.Context, c *console, office *exports.Office, catalogue *layers.Catalogue, e *exportOptions) error {
	if !strings.HasSuffix(e.out, ".zip") {
		return fmt.Errorf("%w: --out 应为 .zip 文件 / --out must be a .zip file", errUsage)
	}
	if _, err := os.Stat(e.out); err == nil {
		return fmt.Errorf("%w: %s 已存在，请换一个名字或先移走 / %[2]s is there already: choose another name, or move it away", errUsage, e.out)
	}
	folder, err := os.MkdirTemp(filepath.Dir(e.out), ".onemap-export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is hidden and says whose it is
	r, err := office.Direct(ctx, catalogue, e.asked(), folder)
	if err != nil {
		return err
	}
	if err := os.Rename(r.Path, e.out); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s  %d 要素或瓦片 features or tiles, %d 字节 bytes\nSHA-256 %s\n", e.out, r.Passport.Features, r.Bytes, r.SHA256)
	return nil
}

func printExport(c *console, one exports.Export) {
	outcome := ""
	switch {
	case one.Problem != nil:
		outcome = one.Problem.ZH + " / " + one.Problem.EN
	case one.State == exports.Requested:
		for _, n := range one.Needs {
			outcome += n.ZH + " / " + n.EN + "; "
		}
	case one.State == exports.Done:
		outcome = fmt.Sprintf("%d 字节 bytes %s", one.Bytes, one.SHA256)
	case one.Total > 0:
		outcome = fmt.Sprintf("%d/%d %s", one.Features, one.Total, one.Layer)
	}
	fmt.Fprintf(c.out, "%5d  %-10s %-8s %s  %-20s %s  %s\n", one.ID, one.State, one.Request.Format, one.CreatedAt.Local().Format("2006-01-02 15:04"), one.By, one.Title, outcome)
}

func showExport(ctx context.Context, c *console, office *exports.Office, id int64) error {
	one, err := office.Export(ctx, id)
	if err != nil {
		return err
	}
	record, err := office.Record(ctx, id)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(struct {
		exports.Export
		Record []exports.Step `json:"record"`
	}{one, record}, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, string(text))
	return nil
}

// watchExport shows an export until it ends.
func watchExport(ctx context.Context, c *console, office *exports.Office, id int64) error {
	known := int64(0)
	for {
		one, err := office.Export(ctx, id)
		if err != nil {
			return err
		}
		if one.Sequence > known {
			printExport(c, one)
			known = one.Sequence
		}
		if one.State.Final() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// fetchExport copies the package of an export.
func fetchExport(ctx context.Context, c *console, office *exports.Office, id int64, out string) error {
	if err := access.Require(ctx, access.Export); err != nil {
		return err
	}
	if out == "" {
		return fmt.Errorf("%w: --out 应给出 / --out must be given", errUsage)
	}
	from, one, err := office.Content(ctx, id, true)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	to, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s  %d 字节 bytes\nSHA-256 %s\n", out, one.Bytes, one.SHA256)
	return nil
}
