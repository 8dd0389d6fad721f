package packages_test

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/xuri/excelize/v2"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/products"
	"onemap/products/packages"
	"onemap/spatial/files"
	"onemap/tiles"
)

// city is a database with three fields and a division of which one lies wholly, and
// one partly inside.
type city struct {
	t        testing.TB
	db       *pgxpool.Pool
	store    *layers.Store
	archives *tiles.Archives
	packer   *packages.Packer
}

func definitions() layers.Definitions {
	text := func(name, label string) layers.Field {
		return layers.Field{Name: name, Label: label, LabelEN: label, Type: layers.Text, InTiles: true}
	}
	return layers.Definitions{
		Themes:       []layers.Theme{{ID: "natural_resources", Name: "自然资源", NameEN: "Land"}},
		Dictionaries: []layers.Dictionary{{ID: "land", Name: "地类", NameEN: "Classes", Source: "test", Entries: []layers.Entry{{Code: "0101", Name: "水田"}, {Code: "0301", Name: "乔木林地"}}}},
		Layers: []layers.Definition{
			{
				ID: "field", Theme: "natural_resources", Position: 1, Name: "田块", NameEN: "Fields", Geometry: layers.Polygon, Key: []string{"name"}, Label: "name", MaxZoom: 12,
				Sensitivity: layers.Public, Department: "自然资源局", Source: "test",
				Fields: []layers.Field{
					text("name", "名称"),
					{Name: "code", Label: "地类", LabelEN: "Class", Type: layers.Text, Dictionary: "land", InTiles: true},
					{Name: "measured_area", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2},
					{Name: "measured_area_before", Label: "原面积", LabelEN: "Area before", Type: layers.Real},
					{Name: "houses", Label: "房屋", LabelEN: "Houses", Type: layers.Integer},
					{Name: "surveyed", Label: "调查日", LabelEN: "Surveyed", Type: layers.Date},
					{Name: "changed", Label: "变更", LabelEN: "Changed", Type: layers.Time},
					{Name: "basic", Label: "永久基本农田", LabelEN: "Basic", Type: layers.Boolean},
					{Name: "owner", Label: "权利人", LabelEN: "Owner", Type: layers.Text, Personal: layers.Owner},
				},
			},
			{
				ID: "division_county", Theme: "natural_resources", Position: 2, Name: "县", NameEN: "Counties", Geometry: layers.Polygon, Key: []string{"code"}, MaxZoom: 12,
				Sensitivity: layers.Public, Department: "民政局", Source: "test", Fields: []layers.Field{text("code", "代码"), text("name", "名称")},
			},
			{
				ID: "shelter", Theme: "natural_resources", Position: 3, Name: "避险点", NameEN: "Shelters", Geometry: layers.Point, Key: []string{"name"}, MaxZoom: 12,
				Sensitivity: layers.Internal, Department: "应急局", Source: "test", Fields: []layers.Field{text("name", "名称")},
			},
		},
	}
}

func newCity(t testing.TB) *city {
	t.Helper()
	c := &city{t: t, db: postgistest.DB(t)}
	c.store = layers.NewStore(c.db)
	if err := c.store.Define(c.operator(), definitions()); err != nil {
		t.Fatal(err)
	}
	c.publish("field", 3, `(fid, name, code, measured_area, measured_area_before, houses, surveyed, changed, basic, owner, geom, geom_3857)
		SELECT n, (ARRAY['榃滨镇', '云安区', 'x'])[n], (ARRAY['0101', '0301', '0101'])[n], 12.34 * n, CASE n WHEN 2 THEN NULL ELSE 0.1 END, n, date '2025-05-01', timestamptz '2025-05-01 08:00+08', n = 1, '张小明',
		ST_Multi(g), ST_Transform(ST_Multi(g), 3857) FROM generate_series(1, 3) n, ST_MakeEnvelope(112 + n * 0.01, 22.9, 112.01 + n * 0.01, 22.91, 4490) g`)
	// its western border is that of the first, its eastern within the second
	c.publish("division_county", 1, `(fid, code, name, geom, geom_3857)
		SELECT 1, '445302', '云城区', ST_Multi(g), ST_Transform(ST_Multi(g), 3857) FROM ST_MakeEnvelope(112.01, 22.8, 112.025, 23, 4490) g`)
	c.publish("shelter", 1, `(fid, name, geom, geom_3857) SELECT 1, '学校', ST_Multi(g), ST_Transform(ST_Multi(g), 3857) FROM ST_SetSRID(ST_MakePoint(112.02, 22.905), 4490) g`)
	var err error
	if c.archives, err = tiles.NewArchives(c.db, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	c.packer = packages.NewPacker(c.db, c.archives, packages.Limits{})
	return c
}

func (c *city) operator() context.Context {
	return access.With(c.t.Context(), access.Operator("test"))
}

func (c *city) reader(rights ...access.Right) context.Context {
	return access.With(c.t.Context(), access.Principal{Name: "token:reader", Rights: append(rights, access.ReadPublic)})
}

func (c *city) publish(layer string, n int, insert string) {
	c.t.Helper()
	ctx := c.operator()
	draft, err := c.store.BeginDraft(ctx, layer)
	if err != nil {
		c.t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.db.Exec(ctx, "INSERT INTO "+layers.Table(layer, v.Number).Sanitize()+" "+insert); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.db.Exec(ctx, "UPDATE catalogue.versions SET bounds = '{112, 22.8, 112.1, 23}', feature_count = $3 WHERE layer = $1 AND number = $2", layer, v.Number, n); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.Publish(ctx, layer, v.Number); err != nil {
		c.t.Fatal(err)
	}
}

func (c *city) catalogue() *layers.Catalogue {
	c.t.Helper()
	got, err := layers.LoadCatalogue(c.operator(), c.db)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

// pack makes a package and unpacks it.
func (c *city) pack(ctx context.Context, r packages.Request) (folder string, result packages.Result, err error) {
	c.t.Helper()
	catalogue := c.catalogue()
	plan, err := c.packer.Plan(ctx, catalogue, r)
	if err != nil {
		return "", result, err
	}
	result, err = c.packer.Pack(ctx, catalogue, plan, packages.Order{Export: 7, By: access.From(ctx).Name}, c.t.TempDir(), nil)
	if err != nil {
		return "", result, err
	}
	folder = c.t.TempDir()
	unpack(c.t, result.Path, folder)
	return folder, result, nil
}

func unpack(t testing.TB, path, folder string) {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.NonUTF8 || f.Flags&0x800 == 0 {
			t.Errorf("the name %s is not marked as UTF-8", f.Name)
		}
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(folder, filepath.FromSlash(f.Name))
		text, err := io.ReadAll(from)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// read opens a file with GDAL and returns its features by name, with their area.
func read(t *testing.T, path, layer string, options ...godal.OpenOption) (areas map[string]float64, rows map[string]map[string]string, epsg string) {
	t.Helper()
	godal.RegisterAll()
	data, err := godal.Open(path, append(options, godal.VectorOnly())...)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close() //nolint:errcheck // it was only read
	l := data.LayerByName(layer)
	if l == nil {
		t.Fatalf("%s has no layer %s", path, layer)
	}
	areas, rows = map[string]float64{}, map[string]map[string]string{}
	if s := l.SpatialRef(); s != nil {
		_ = s.AutoIdentifyEPSG()
		epsg = s.AuthorityCode("")
	}
	for f := l.NextFeature(); f != nil; f = l.NextFeature() {
		row := map[string]string{}
		for name, v := range f.Fields() {
			if v.IsSet() {
				row[name] = strings.TrimSpace(fmt.Sprint(v.String()))
			}
		}
		areas[row["name"]], rows[row["name"]] = f.Geometry().Area(), row
		f.Close()
	}
	return areas, rows, epsg
}

// want are the areas of the fields in a system.
func (c *city) want(srid int) map[string]float64 {
	c.t.Helper()
	rows, err := c.db.Query(c.t.Context(), "SELECT name, ST_Area(ST_Transform(geom, $1::int)) FROM features.field_v1", srid)
	if err != nil {
		c.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]float64{}
	for rows.Next() {
		var name string
		var area float64
		if err := rows.Scan(&name, &area); err != nil {
			c.t.Fatal(err)
		}
		all[name] = area
	}
	return all
}

func TestEveryFormatIsReadBack(t *testing.T) {
	c := newCity(t)
	ctx := c.reader(access.Export)
	for sentence, one := range map[string]struct {
		request packages.Request
		file    string
		srid    int
	}{
		"a GeoPackage in EPSG:4546":  {packages.Request{Format: files.GeoPackage, CRS: "EPSG:4546"}, "field.gpkg", 4546},
		"a GeoPackage in EPSG:4490":  {packages.Request{Format: files.GeoPackage}, "field.gpkg", 4490},
		"a Shapefile of GBK in 4525": {packages.Request{Format: files.Shapefile, CRS: "4525", Encoding: "gbk"}, "field.shp", 4525},
		"a Shapefile of UTF-8":       {packages.Request{Format: files.Shapefile, CRS: "EPSG:4547"}, "field.shp", 4547},
		"a FileGDB in Web Mercator":  {packages.Request{Format: files.FileGDB, CRS: "EPSG:3857"}, "field.gdb", 3857},
		"GeoJSON in EPSG:4490":       {packages.Request{Format: files.GeoJSON}, "field.geojson", 4490},
		"GeoJSON in EPSG:4546":       {packages.Request{Format: files.GeoJSON, CRS: "EPSG:4546"}, "field.geojson", 4546},
	} {
		t.Run(sentence, func(t *testing.T) {
			one.request.Layers = []string{"field"}
			folder, result, err := c.pack(ctx, one.request)
			if err != nil {
				t.Fatal(err)
			}
			areas, rows, epsg := read(t, filepath.Join(folder, one.file), "field")
			if epsg != fmt.Sprint(one.srid) {
				t.Errorf("the system is %s, want %d", epsg, one.srid)
			}
			want := c.want(one.srid)
			if len(areas) != 3 || result.Passport.Features != 3 {
				t.Errorf("%d features, the passport says %d", len(areas), result.Passport.Features)
			}
			for name, area := range want {
				if math.Abs(areas[name]-area) > area*1e-6 {
					t.Errorf("%s has %g, want %g", name, areas[name], area)
				}
			}
			row := rows["榃滨镇"]
			if row["code"] != "0101" || row["owner"] != "张**" || strings.TrimSuffix(row["houses"], ".000000") != "1" {
				t.Errorf("values %q", row)
			}
			checkPassport(t, folder, result.Passport)
		})
	}
}

func checkPassport(t *testing.T, folder string, p packages.Passport) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "passport.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read packages.Passport
	if err := json.Unmarshal(text, &read); err != nil || read.Title != p.Title || read.ExportedBy != "token:reader" {
		t.Errorf("passport %+v, %v", read, err)
	}
	if len(read.Layers) != 1 || !slices.ContainsFunc(read.Layers[0].Fields, func(f packages.FieldPassport) bool { return f.Name == "owner" && f.Masked }) {
		t.Errorf("layers %+v", read.Layers)
	}
	for _, f := range read.Files {
		content, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(f.Name)))
		if sum := sha256.Sum256(content); err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s is not what the passport says: %v", f.Name, err)
		}
	}
	if page, err := os.ReadFile(filepath.Join(folder, "数据说明.html")); err != nil || !strings.Contains(string(page), "田块") || !strings.Contains(string(page), "水田") {
		t.Errorf("the page lacks the layer or its dictionary: %v", err)
	}
}

func TestShapefileNamesAndEncoding(t *testing.T) {
	c := newCity(t)
	folder, result, err := c.pack(c.reader(access.Export), packages.Request{Layers: []string{"field"}, Format: files.Shapefile, Encoding: "GBK"})
	if err != nil {
		t.Fatal(err)
	}
	if cpg, err := os.ReadFile(filepath.Join(folder, "field.cpg")); string(cpg) != "GBK" {
		t.Errorf(".cpg says %q, %v", cpg, err)
	}
	want := []files.Renamed{{Layer: "field", Column: "measured_area", Name: "measured_a"}, {Layer: "field", Column: "measured_area_before", Name: "measured_1"}}
	if got := result.Passport.Renamed; !slices.Equal(got, want) {
		t.Errorf("renamed %+v, want %+v", got, want)
	}
	dbf, err := os.ReadFile(filepath.Join(folder, "field.dbf"))
	if err != nil || !strings.Contains(string(dbf), "\xd4\xc6\xb0\xb2\xc7\xf8") { // 云安区
		t.Errorf("the DBF is not GBK: %v", err)
	}
}

func TestTheSameVersionGivesTheSameFiles(t *testing.T) {
	c := newCity(t)
	for _, f := range []files.Format{files.GeoPackage, files.Shapefile, files.GeoJSON, files.DXF} {
		sums := func() map[string]string {
			_, result, err := c.pack(c.reader(access.Export), packages.Request{Layers: []string{"field"}, Format: f})
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{}
			for _, one := range result.Passport.Files {
				if one.Name != "数据说明.html" {
					all[one.Name] = one.SHA256
				}
			}
			return all
		}
		if a, b := sums(), sums(); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("%s: %v and %v", f, a, b)
		}
	}
}

func TestDrawingAndWorkbook(t *testing.T) {
	c := newCity(t)
	ctx := c.reader(access.Export)
	folder, _, err := c.pack(ctx, packages.Request{Layers: []string{"field"}, Format: files.DXF, CRS: "EPSG:4546"})
	if err != nil {
		t.Fatal(err)
	}
	godal.RegisterAll()
	data, err := godal.Open(filepath.Join(folder, "field.dxf"), godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close() //nolint:errcheck // it was only read
	rings, texts := 0, 0
	l := data.Layers()[0]
	for f := l.NextFeature(); f != nil; f = l.NextFeature() {
		if kind, at := f.Geometry().Type(), f.Fields(); kind == godal.GTPoint || kind == godal.GTPoint25D {
			if at["Text"].String() == "榃滨镇" {
				texts++
			}
		} else {
			rings++
		}
		f.Close()
	}
	if rings != 3 || texts != 1 {
		t.Errorf("%d rings and %d texts", rings, texts)
	}
	folder, _, err = c.pack(ctx, packages.Request{Layers: []string{"field"}, Format: files.XLSX})
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(filepath.Join(folder, "field.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("field")
	if err != nil || len(rows) != 4 || rows[1][1] != "榃滨镇" || rows[1][3] != "水田" {
		t.Errorf("rows %q, %v", rows, err)
	}
}

func TestAreasAndTheirBorders(t *testing.T) {
	c := newCity(t)
	ctx := c.reader(access.Export)
	whole, _, err := c.pack(ctx, packages.Request{Layers: []string{"field"}, Format: files.GeoPackage, Area: "445302", CRS: "EPSG:4546"})
	if err != nil {
		t.Fatal(err)
	}
	cut, result, err := c.pack(ctx, packages.Request{Layers: []string{"field"}, Format: files.GeoPackage, Area: "445302", Clip: true, CRS: "EPSG:4546"})
	if err != nil {
		t.Fatal(err)
	}
	all, _, _ := read(t, filepath.Join(whole, "field.gpkg"), "field")
	pieces, _, _ := read(t, filepath.Join(cut, "field.gpkg"), "field")
	if len(all) != 2 || len(pieces) != 2 || result.Passport.AreaName != "云城区" {
		t.Errorf("%v, %v in %s", all, pieces, result.Passport.AreaName)
	}
	if half := pieces["云安区"] / all["云安区"]; math.Abs(half-0.5) > 0.001 {
		t.Errorf("half of a field is %g of it", half)
	}
	if _, _, err := c.pack(ctx, packages.Request{Layers: []string{"field"}, Format: files.GeoPackage, Area: "999999"}); !errors.Is(err, packages.ErrArea) {
		t.Errorf("an unknown area: %v", err)
	}
}

func (c *city) product(content products.Content) {
	c.t.Helper()
	store, ctx := products.NewStore(c.db), c.operator()
	if err := store.Create(ctx, c.catalogue(), products.Input{ID: "fields", Content: content}); err != nil {
		c.t.Fatal(err)
	}
	for i, to := range []products.State{products.Checked, products.Approved, products.Published} {
		if err := store.Move(ctx, c.catalogue(), "fields", products.Move{To: to, Revision: i + 1}); err != nil {
			c.t.Fatal(err)
		}
	}
}

func paddies() products.Content {
	return products.Content{
		Title: "水田分布图", TitleEN: "Paddies", Theme: "natural_resources", Department: "自然资源局", Text: "水田。", Source: "演示", DataDate: "2025-12-31",
		Layers: []products.Layer{{ID: "field", Filter: []any{"==", []any{"get", "code"}, "0101"}}}, Secrecy: layers.Public, Share: products.Unconditional, Tags: []string{},
	}
}

func TestWhoMayExportWhat(t *testing.T) {
	c := newCity(t)
	plan := func(ctx context.Context, r packages.Request) (packages.Plan, error) {
		return c.packer.Plan(ctx, c.catalogue(), r)
	}
	public := packages.Request{Layers: []string{"field"}, Format: files.GeoJSON}
	if _, err := plan(c.reader(), public); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
	if p, err := plan(c.reader(access.Export), public); err != nil || len(p.Needs) != 0 {
		t.Errorf("public data needs %+v, %v", p.Needs, err)
	}
	if p, err := plan(c.reader(access.Export, access.ReadPersonal), public); err != nil || len(p.Needs) != 1 {
		t.Errorf("owners by their names need %+v, %v", p.Needs, err)
	}
	secret := packages.Request{Layers: []string{"shelter"}, Format: files.GeoJSON}
	if _, err := plan(c.reader(access.Export), secret); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("what may not be read: %v", err)
	}
	if p, err := plan(c.reader(access.Export, access.ReadInternal), secret); err != nil || len(p.Needs) != 1 {
		t.Errorf("internal data needs %+v, %v", p.Needs, err)
	}
	for sentence, r := range map[string]packages.Request{
		"an older datum":     {Layers: []string{"field"}, Format: files.GeoJSON, CRS: "EPSG:2343"},
		"a phone's system":   {Layers: []string{"field"}, Format: files.GeoJSON, CRS: "GCJ-02"},
		"an unknown format":  {Layers: []string{"field"}, Format: "dwg"},
		"nothing":            {Format: files.GeoJSON},
		"a layer twice":      {Layers: []string{"field", "field@1"}, Format: files.GeoJSON},
		"tiles in degrees":   {Layers: []string{"field"}, Format: packages.Tiles, CRS: "EPSG:4490"},
		"GBK of a GeoJSON":   {Layers: []string{"field"}, Format: files.GeoJSON, Encoding: "GBK"},
		"an area of letters": {Layers: []string{"field"}, Format: files.GeoJSON, Area: "x' OR true"},
	} {
		if _, err := plan(c.reader(access.Export), r); !errors.Is(err, packages.ErrRequest) {
			t.Errorf("%s: %v, want an ErrRequest", sentence, err)
		}
	}
	few := packages.NewPacker(c.db, c.archives, packages.Limits{Features: 2})
	if _, err := few.Plan(c.reader(access.Export), c.catalogue(), public); !errors.Is(err, packages.ErrTooMany) {
		t.Errorf("three features where two are allowed: %v", err)
	}
}
