package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/products"
	"onemap/products/sheets"
	"onemap/products/sheets/orders"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/tiles"
	"onemap/tiles/terrain"
)

// sheetWords are the flags that describe a sheet.
type sheetWords struct {
	request              orders.Request
	layers, centre, bbox string
	withoutBase          bool
	without              string
	views, drawings      string // files
}

func (o *options) sheet() *sheetWords {
	w := &sheetWords{}
	r := &w.request
	o.StringVar(&r.Product, "product", "", "图产品，代替 --layers / `product` instead of layers")
	o.IntVar(&r.Version, "version", 0, "图产品的版本，默认当前 / `version` of the product")
	o.StringVar(&w.layers, "layers", "", "主题图层，以逗号分隔 / comma-separated `layers` that the sheet is about")
	o.BoolVar(&w.withoutBase, "no-base", false, "不加行政界线、道路、水系、地名底图 / without boundaries, roads, rivers and names")
	o.StringVar(&w.views, "views", "", "图层的不透明度与过滤：JSON 文件，如 [{\"layer\": \"road\", \"opacity\": 0.5}] / opacities and filters of layers, a JSON `file`")
	o.BoolVar(&r.OwnOrder, "own-order", false, "按 --layers 的顺序绘制，最下者在前 / draw layers in the order of --layers, the lowest first")
	o.StringVar(&w.drawings, "drawings", "", "绘在图层之上的 GeoJSON 文件 / what is drawn above the layers, a GeoJSON `file`")
	o.StringVar(&w.without, "without", "", "不要的部件：title、legend、north、scale、notes、approval / comma-separated `parts` that are left out")
	o.StringVar(&r.Palette, "palette", "print", "配色：print、screen、safe / `palette`")
	o.BoolVar(&r.Relief, "relief", false, "有高程模型时加地形晕渲；图产品按其自身设置 / shade the ground, where there is an elevation model; products do as they say")
	o.StringVar(&r.Title, "title", "", "图名 / `title`")
	o.StringVar(&r.TitleEN, "title-en", "", "英文图名 / English `title`")
	o.StringVar(&r.Paper, "paper", "A3", "纸张：A0、A1、A2、A3、A4 / `paper`")
	o.StringVar(&r.Orientation, "orientation", "", "landscape 横、portrait 纵，默认取显示较大者 / landscape or portrait; without it what shows more")
	o.Float64Var(&r.Scale, "scale", 0, "比例尺分母，默认取合适者 / scale `denominator`; without it one that fits")
	o.Float64Var(&r.DPI, "dpi", 300, "每英寸像素 / pixels to an inch")
	o.StringVar(&r.CRS, "crs", "", "坐标系：EPSG:4546、4547 等三度带，默认按中心经度 / a grid of 3 degrees; without it that of the middle")
	o.StringVar(&r.Grid, "grid", "both", "方里网与经纬网：both、kilometres、graticule、none / which `lines` are over the map")
	o.BoolVar(&r.Plain, "plain", false, "不淡化范围以外 / do not fade what is outside the division")
	o.StringVar(&w.bbox, "bbox", "", "范围：西,南,东,北（度） / `west,south,east,north`, degrees")
	o.StringVar(&r.Source, "source", "", "资料来源 / `source`")
	o.StringVar(&r.DataDate, "data-date", "", "数据现势性 / `date` of the data")
	o.StringVar(&r.Department, "department", "", "编制单位 / `department`")
	o.StringVar(&r.Date, "date", "", "制图日期 / `date` of the sheet")
	o.StringVar(&r.Approval, "approval", "", "审图号 / map approval `number`")
	o.StringVar(&r.Secrecy, "secrecy", "", "密级 / `secrecy` to print")
	o.StringVar(&r.Watermark, "watermark", "", "另加的水印文字；演示数据与密级的水印总是有 / `words` of a watermark beside those of the data and its secrecy")
	o.StringVar(&r.Format, "format", "", "pdf、png、svg，默认取自文件名 / `format`; without it that of the file's name")
	return w
}

// read makes a request of the flags; out is the file that is written.
func (w *sheetWords) read(out, datetime string) (orders.Request, error) {
	r := w.request
	if w.layers != "" {
		r.Layers = strings.Split(strings.ReplaceAll(w.layers, " ", ""), ",")
	}
	if w.withoutBase {
		base := false
		r.Base = &base
	}
	if w.without != "" {
		r.Without = strings.Split(strings.ReplaceAll(w.without, " ", ""), ",")
	}
	if err := w.readFiles(&r); err != nil {
		return r, err
	}
	r.Datetime = datetime
	for _, one := range []struct {
		name, text string
		into       *[]float64
	}{{"bbox", w.bbox, &r.BBox}, {"centre", w.centre, &r.Centre}} {
		if one.text == "" {
			continue
		}
		n, err := numbersOf(one.text)
		if err != nil {
			return r, fmt.Errorf("%w: --%s %q", errUsage, one.name, one.text)
		}
		*one.into = n
	}
	if r.Format == "" {
		for _, format := range []string{"png", "svg", "pdf"} {
			if strings.HasSuffix(strings.ToLower(out), "."+format) {
				r.Format = format
			}
		}
	}
	return r, nil
}

// readFiles reads the files that describe how layers are shown and what is drawn.
func (w *sheetWords) readFiles(r *orders.Request) error {
	if w.views != "" {
		text, err := os.ReadFile(w.views)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &r.Views); err != nil {
			return fmt.Errorf("%w: --views %s: %w", errUsage, w.views, err)
		}
	}
	if w.drawings == "" {
		return nil
	}
	text, err := os.ReadFile(w.drawings)
	if err != nil {
		return err
	}
	all, err := geojson.UnmarshalFeatureCollection(text)
	if err != nil {
		return fmt.Errorf("%w: --drawings %s: %w", errUsage, w.drawings, err)
	}
	for _, f := range all.Features {
		r.Drawings = append(r.Drawings, orders.Drawing{Name: f.Properties.MustString("name", ""), Geometry: geojson.NewGeometry(f.Geometry)})
	}
	return nil
}

// drawSheet draws one sheet into a file.
func drawSheet(ctx context.Context, c *console, args []string) error {
	o := newOptions("sheet", c)
	a, w := o.asking(), o.sheet()
	o.StringVar(&w.request.Division, "division", "", "行政区代码：图幅以其为范围 / the sheet shows this division; `code`")
	o.StringVar(&w.centre, "centre", "", "中心：经度,纬度，与 --scale 同用 / `lon,lat`, with --scale")
	return o.plot(ctx, c, args, a, w)
}

// drawAtlas draws a series of sheets into a file.
func drawAtlas(ctx context.Context, c *console, args []string) error {
	o := newOptions("atlas", c)
	a, w := o.asking(), o.sheet()
	w.request.Series = &orders.SeriesAsk{}
	o.StringVar(&w.request.Series.By, "by", "town", "分幅：county、town、village 或 grid（须有 --scale） / sheets of what; grid needs --scale")
	o.StringVar(&w.request.Series.Within, "within", "", "只含此行政区内的图幅 / sheets of this division only; `code`")
	return o.plot(ctx, c, args, a, w)
}

// desk makes sheets out of the database.
func (o *options) desk(ctx context.Context, d *database, approval string) (*orders.Desk, error) {
	archives, err := tiles.NewArchives(d.pool, o.archiveFolder())
	if err != nil {
		return nil, err
	}
	if err := archives.Reload(ctx); err != nil {
		return nil, err
	}
	looks, err := loadLooks(ctx, d)
	if err != nil {
		return nil, err
	}
	ground, err := o.openGround(ctx, d)
	if err != nil {
		return nil, err
	}
	return deskOf(d, archives, looks, ground, approval, 0), nil
}

// deskOf makes sheets of layers and products; painters is how many bands of a
// picture are painted at once, 0 one for each core.
func deskOf(d *database, archives *tiles.Archives, looks looksInForce, ground *terrain.Watcher, approval string, painters int) *orders.Desk {
	kept := products.NewStore(d.pool)
	kept.DrawWith(looks)
	return &orders.Desk{
		DB: d.pool, Store: d.store, Archives: archives, Studio: sheets.NewStudio(render.New(render.Options{Painters: painters})), Approval: approval,
		Looks: func(context.Context, *layers.Catalogue) (map[string]styles.Fragment, error) {
			return looks.Current().Fragments(), nil
		},
		Ground: func(ctx context.Context) (terrain.View, bool) { return ground.Ground().Widest(ctx) },
		Products: func(ctx context.Context, catalogue *layers.Catalogue, id string, version int) (orders.Content, error) {
			opened, err := kept.Open(ctx, catalogue, id, version)
			if err != nil {
				return orders.Content{}, err
			}
			style, err := opened.StyleOnPaper()
			if err != nil {
				return orders.Content{}, err
			}
			c := opened.Product.Content
			return orders.Content{
				Title: c.Title, TitleEN: c.TitleEN, Layers: opened.Layers, Document: style, Relief: c.Relief, Palette: c.Palette, Coarsest: c.Scales.Coarsest, Source: c.Source, DataDate: c.DataDate,
				Department: c.Department, Approval: c.Approval, Secrecy: map[layers.Sensitivity]string{layers.Internal: "内部", layers.Sensitive: "敏感"}[c.Secrecy],
			}, nil
		},
	}
}

func (o *options) plot(ctx context.Context, c *console, args []string, a *asked, w *sheetWords) error {
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	if _, err := a.moment(); err != nil {
		return err
	}
	r, err := w.read(a.out, a.datetime)
	if err != nil {
		return err
	}
	if a.out == "" {
		return fmt.Errorf("%w: 须给出 --out 文件 / --out, the file to write, must be given", errUsage)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		desk, err := o.desk(ctx, d, "")
		if err != nil {
			return err
		}
		plan, err := desk.Plan(ctx, catalogue, r)
		if err != nil {
			return err
		}
		err = a.write(c, func(to io.Writer) error {
			return plan.Write(ctx, to, func(done int, next string) {
				fmt.Fprintf(c.err, "%d/%d %s\n", done+1, plan.Count(), next)
			})
		})
		if err == nil {
			fmt.Fprintf(c.out, "%s: %d\n", a.out, plan.Count())
		}
		return err
	})
}
