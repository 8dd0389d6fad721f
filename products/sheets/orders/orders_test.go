package orders_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/products/sheets"
	"onemap/products/sheets/orders"
	"onemap/styles/render"
)

// divisions are a city of two counties, the first of which has four towns.
var divisions = map[string][]struct {
	code, name             string
	west, south, east, nor float64
}{
	"division_city":   {{"445300", "云浮市", 112, 22.8, 112.2, 23}},
	"division_county": {{"445302", "云城区", 112, 22.8, 112.2, 22.95}, {"445303", "云安区", 112, 22.95, 112.2, 23}},
	"division_town": {
		{"445302001", "云城街道", 112, 22.8, 112.1, 22.9},
		{"445302002", "高峰街道", 112.1, 22.8, 112.2, 22.9},
		{"445302003", "榃滨镇", 112, 22.9, 112.1, 22.95},
		{"445302004", "都杨镇", 112.1, 22.9, 112.2, 22.95},
		{"445303001", "六都镇", 112, 22.95, 112.2, 23},
	},
}

type fixture struct {
	t    *testing.T
	ctx  context.Context
	desk *orders.Desk
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	db := postgistest.DB(t)
	f := &fixture{t, access.With(t.Context(), access.Operator("test")), nil}
	store := layers.NewStore(db)
	definition := func(id, name string) layers.Definition {
		return layers.Definition{
			ID: id, Theme: "base", Name: name, NameEN: id, Geometry: layers.Polygon, Key: []string{"code"}, Label: "name",
			MinZoom: 0, MaxZoom: 14, Sensitivity: layers.Public, Department: "民政局", Source: "test",
			Fields: []layers.Field{
				{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Required: true, InTiles: true},
				{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text, InTiles: true},
			},
		}
	}
	secret := definition("secret", "内部层")
	secret.Sensitivity = layers.Internal
	if err := store.Define(f.ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "base", Name: "基础", NameEN: "Base"}},
		Layers: []layers.Definition{definition("division_city", "市"), definition("division_county", "县"), definition("division_town", "镇"), secret, definition("retired", "停用层")},
	}); err != nil {
		t.Fatal(err)
	}
	f.load(store, "secret", "division_city")
	for id := range divisions {
		f.load(store, id, id)
	}
	f.desk = &orders.Desk{
		DB: db, Store: store, Studio: sheets.NewStudio(render.New(render.Options{})),
		Now: func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) },
	}
	return f
}

func (f *fixture) load(store *layers.Store, layer, like string) {
	f.t.Helper()
	var b strings.Builder
	b.WriteString(`{"type": "FeatureCollection", "features": [`)
	for i, d := range divisions[like] {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"type": "Feature", "properties": {"code": %q, "name": %q}, "geometry": {"type": "Polygon", "coordinates": [[[%[3]g, %[4]g], [%[5]g, %[4]g], [%[5]g, %[6]g], [%[3]g, %[6]g], [%[3]g, %[4]g]]]}}`,
			d.code, d.name, d.west, d.south, d.east, d.nor)
	}
	b.WriteString("]}")
	file := filepath.Join(f.t.TempDir(), layer+".geojson")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if _, err := importers.Run(f.ctx, importers.Into(store), importers.Options{File: file, Layer: layer, Publish: true}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) plan(ctx context.Context, r orders.Request) (*orders.Plan, error) {
	f.t.Helper()
	catalogue, err := layers.LoadCatalogue(f.ctx, f.desk.DB)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.desk.Plan(ctx, catalogue, r)
}

// needFonts skips where the fonts are not installed; with CI set it fails.
func needFonts(t *testing.T) {
	t.Helper()
	p, err := render.New(render.Options{}).NewPaper(10, 10, 96)
	if err != nil {
		t.Fatal(err)
	}
	p.Text(render.Text{Text: "云榃a", Size: 3})
	if p.Err() != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(p.Err())
		}
		t.Skip(p.Err())
	}
}

// TestOrders plans and writes sheets of one database, which takes longest to make.
func TestOrders(t *testing.T) {
	f := newFixture(t)
	t.Run("a division", f.aDivision)
	t.Run("a series over towns", f.overTowns)
	t.Run("a series over a grid", f.overGrid)
	t.Run("what is refused", f.refused)
}

func (f *fixture) aDivision(t *testing.T) {
	needFonts(t)
	p, err := f.plan(f.ctx, orders.Request{Layers: []string{"division_town"}, Division: "445302003", Format: "svg", Paper: "A4", DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	if p.Count() != 1 || p.FileName() != "榃滨镇镇图.svg" {
		t.Errorf("%d sheets, file %s", p.Count(), p.FileName())
	}
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`aria-label="榃滨镇镇图"`, `aria-label="1 : 60 000"`, `aria-label="编制单位：云浮市民政局"`, `aria-label="制图日期：2026年6月1日"`, `aria-label="位置示意图"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
}

func (f *fixture) overTowns(t *testing.T) {
	needFonts(t)
	p, err := f.plan(f.ctx, orders.Request{Layers: []string{"division_town"}, Title: "云城区镇图集", Series: &orders.SeriesAsk{By: "town", Within: "445302"}, Format: "svg", Paper: "A4", DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	if p.Count() != 5 || p.Extension() != "zip" {
		t.Errorf("%d pages as %s, want the index and 4 in a ZIP", p.Count(), p.Extension())
	}
	var b bytes.Buffer
	var told []string
	if err := p.Write(t.Context(), &b, func(_ int, next string) { told = append(told, next) }); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range z.File {
		names = append(names, file.Name)
	}
	if got := strings.Join(names, " "); got != "000-云城区镇图集图幅索引.svg 001-云城街道镇图.svg 002-高峰街道镇图.svg 003-榃滨镇镇图.svg 004-都杨镇镇图.svg" {
		t.Errorf("the files are %s", got)
	}
	if len(told) != 5 || told[3] != "榃滨镇镇图" {
		t.Errorf("told of %q", told)
	}
	r, err := z.File[3].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var sheet bytes.Buffer
	if _, err := sheet.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`aria-label="第 3 幅　共 4 幅"`, `aria-label="云城街道"`, `aria-label="都杨镇"`, `aria-label="本图幅"`} {
		if !strings.Contains(sheet.String(), want) {
			t.Errorf("sheet 3 lacks %s", want)
		}
	}
}

func (f *fixture) overGrid(t *testing.T) {
	needFonts(t)
	p, err := f.plan(f.ctx, orders.Request{Layers: []string{"division_town"}, Series: &orders.SeriesAsk{By: "grid", Within: "445303"}, Scale: 25_000, Paper: "A3", DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, nil); err != nil {
		t.Fatal(err)
	}
	if pages := strings.Count(b.String(), "/Type /Page "); pages != p.Count() || pages < 3 {
		t.Errorf("%d pages of %d", pages, p.Count())
	}
}

func (f *fixture) refused(t *testing.T) {
	town := []string{"division_town"}
	for sentence, c := range map[string]struct {
		r    orders.Request
		want error
	}{
		"no layer":                {orders.Request{}, sheets.ErrInvalid},
		"an unknown layer":        {orders.Request{Layers: []string{"nothing"}}, layers.ErrUnknownLayer},
		"a layer not published":   {orders.Request{Layers: []string{"retired"}}, layers.ErrNotPublished},
		"a layer twice":           {orders.Request{Layers: []string{"division_town", "division_town"}}, sheets.ErrInvalid},
		"an unknown division":     {orders.Request{Layers: town, Division: "445399"}, sheets.ErrInvalid},
		"no code of a division":   {orders.Request{Layers: town, Division: "'; DROP"}, sheets.ErrInvalid},
		"an unknown paper":        {orders.Request{Layers: town, Paper: "B5"}, sheets.ErrInvalid},
		"an unknown format":       {orders.Request{Layers: town, Format: "gif"}, sheets.ErrInvalid},
		"a system without scale":  {orders.Request{Layers: town, CRS: "EPSG:3857"}, sheets.ErrInvalid},
		"too many pixels":         {orders.Request{Layers: town, Paper: "A0", DPI: 600}, sheets.ErrTooLarge},
		"a centre without scale":  {orders.Request{Layers: town, Centre: []float64{112, 22.9}}, sheets.ErrInvalid},
		"a box upside down":       {orders.Request{Layers: town, BBox: []float64{112, 23, 113, 22}}, sheets.ErrInvalid},
		"a series of thousands":   {orders.Request{Layers: town, Series: &orders.SeriesAsk{By: "grid"}, Scale: 500}, sheets.ErrInvalid},
		"a series of nothing":     {orders.Request{Layers: town, Series: &orders.SeriesAsk{By: "county", Within: "445302001"}}, sheets.ErrInvalid},
		"a product without store": {orders.Request{Product: "land"}, sheets.ErrInvalid},
	} {
		if _, err := f.plan(f.ctx, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", sentence, err, c.want)
		}
	}
	if _, err := f.plan(access.With(t.Context(), access.Anonymous()), orders.Request{Layers: []string{"secret"}}); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("an internal layer, by anybody: %v", err)
	}
}
