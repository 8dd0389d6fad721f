package importers_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

// plotsGeoJSON are two squares with a code, a name and a field that the layer hasn't.
const plotsGeoJSON = `{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"A1","name":"罗定市","owner":"张三"},"geometry":{"type":"Polygon","coordinates":[[[112,22.9],[112.001,22.9],[112.001,22.901],[112,22.901],[112,22.9]]]}},
{"type":"Feature","properties":{"code":"A2","name":"新兴县","owner":null},"geometry":{"type":"Polygon","coordinates":[[[112.01,22.9],[112.011,22.9],[112.011,22.901],[112.01,22.901],[112.01,22.9]]]}}
]}`

// made writes the two plots with one of GDAL's drivers and returns the file.
func made(t testing.TB, driver, name, system string, options ...string) string {
	t.Helper()
	godal.RegisterAll()
	path := filepath.Join(t.TempDir(), name)
	source, err := godal.Open(write(t, "plots.geojson", []byte(plotsGeoJSON)), godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	switches := append([]string{"-f", driver, "-t_srs", system}, options...)
	out, err := source.VectorTranslate(path, switches)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantPlots(t *testing.T, s *fakeStore) {
	t.Helper()
	if len(s.rows) != 2 {
		t.Fatalf("%d rows", len(s.rows))
	}
	for i, want := range []string{"A1", "A2"} {
		if got := s.column(t, "plot", "code")[i]; got != want {
			t.Errorf("code %v, want %s", got, want)
		}
	}
	if got := s.column(t, "plot", "name"); !slices.Equal(got, []any{"罗定市", "新兴县"}) {
		t.Errorf("names %q", got)
	}
	g, _ := geometry(t, s.rows[0], 2)
	b := g.Bound()
	for _, off := range []float64{b.Min[0] - 112, b.Min[1] - 22.9, b.Max[0] - 112.001, b.Max[1] - 22.901} {
		if off > 1e-7 || off < -1e-7 {
			t.Errorf("it lies at %v", b)
		}
	}
}

func TestFormatsOfGDAL(t *testing.T) {
	for sentence, c := range map[string]struct {
		driver, name, system string
		options              []string
		format               string
	}{
		"FlatGeobuf":                    {"FlatGeobuf", "a.fgb", "EPSG:4490", []string{"-lco", "SPATIAL_INDEX=NO"}, "FlatGeobuf"},
		"FlatGeobuf under another name": {"FlatGeobuf", "地块.fgb", "EPSG:4525", []string{"-lco", "SPATIAL_INDEX=NO"}, "FlatGeobuf"},
		"features line by line":         {"GeoJSONSeq", "a.geojsonl", "EPSG:4326", nil, "GeoJSONSeq"},
		"the same after record marks":   {"GeoJSONSeq", "a.geojsons", "EPSG:4326", []string{"-lco", "RS=YES"}, "GeoJSONSeq"},
		"KML":                           {"LIBKML", "a.kml", "EPSG:4326", nil, "KML"},
		"GML 3 with axes of the law":    {"GML", "a.gml", "EPSG:4490", []string{"-dsco", "FORMAT=GML3.2", "-dsco", "SRSNAME_FORMAT=OGC_URN"}, "GML"},
		"GML of a grid":                 {"GML", "a.gml", "EPSG:4525", []string{"-dsco", "FORMAT=GML3.2"}, "GML"},
		"GML 2":                         {"GML", "a.gml", "EPSG:4326", []string{"-dsco", "FORMAT=GML2"}, "GML"},
		"MapInfo TAB":                   {"MapInfo File", "a.tab", "EPSG:4326", []string{"-lco", "ENCODING=CP936"}, "MapInfo TAB"},
		"MapInfo MIF":                   {"MapInfo File", "a.mif", "EPSG:4326", []string{"-lco", "ENCODING=CP936"}, "MapInfo MIF"},
		"GeoPackage":                    {"GPKG", "a.gpkg", "EPSG:4525", nil, "GeoPackage"},
	} {
		t.Run(sentence, func(t *testing.T) {
			path := made(t, c.driver, c.name, c.system, c.options...)
			s := newFake(t, plot())
			o := into(path)
			if r := mustRun(t, s, o); r.Format != c.format {
				t.Errorf("format %s", r.Format)
			}
			wantPlots(t, s)
			if entries, _ := os.ReadDir(filepath.Dir(path)); slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), ".gfs") }) {
				t.Error("a file was written beside the delivery")
			}
			zipped := newFake(t, plot())
			o.File = zipFolder(t, filepath.Dir(path))
			mustRun(t, zipped, o)
			wantPlots(t, zipped)
		})
	}
}

// zipFolder packs a folder's files under Chinese names in GBK.
func zipFolder(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"说明.txt": []byte("随附说明")}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[gbk(t, "交付/地块")+filepath.Ext(e.Name())] = content
	}
	return zipped(t, files)
}

func TestKMZ(t *testing.T) {
	content, err := os.ReadFile(made(t, "LIBKML", "a.kml", "EPSG:4326"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, _ := w.Create("doc.kml")
	_, _ = f.Write(content)
	_ = w.Close()
	s := newFake(t, plot())
	if r := mustRun(t, s, into(write(t, "红线.kmz", b.Bytes()))); r.CRSSource != "kml" {
		t.Errorf("report %+v", r)
	}
	wantPlots(t, s)
}

func TestXMLThatReachesOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if c, err := listener.Accept(); err == nil {
			t.Error("something was fetched")
			_ = c.Close()
		}
	}()
	place := "http://" + listener.Addr().String()
	kml, err := os.ReadFile(made(t, "LIBKML", "a.kml", "EPSG:4326"))
	if err != nil {
		t.Fatal(err)
	}
	gml, err := os.ReadFile(made(t, "GML", "a.gml", "EPSG:4326", "-dsco", "FORMAT=GML3.2"))
	if err != nil {
		t.Fatal(err)
	}
	after := func(text []byte, mark, more string) []byte {
		at := bytes.Index(text, []byte(mark))
		if at < 0 {
			t.Fatalf("no %q in %s", mark, text)
		}
		return slices.Concat(text[:at], []byte(more), text[at:])
	}
	doctype := `<!DOCTYPE a [<!ENTITY b SYSTEM "` + place + `/b">]>`
	far := strings.Repeat("<!-- "+strings.Repeat("x", 1000)+" -->", 1100) // beyond the first window
	for sentence, file := range map[string]string{
		"KML with a document type":           write(t, "a.kml", after(kml, "<kml", doctype)),
		"KML with one in small letters":      write(t, "a.kml", after(kml, "<kml", strings.ToLower(doctype))),
		"KML with one far behind":            write(t, "a.kml", after(kml, "<kml", far+doctype)),
		"KML with a network link alone":      write(t, "a.kml", []byte("<kml><NetworkLink><Link><href>"+place+"/c.kml</href></Link></NetworkLink></kml>")),
		"GML with a document type":           write(t, "a.gml", after(gml, "<ogr:FeatureCollection", doctype)),
		"KML in UTF-16 with a document type": write(t, "a.kml", utf16Of(t, string(after(kml, "<kml", doctype)), unicode.LittleEndian)),
		"KML in UTF-16 without its mark":     write(t, "a.kml", utf16Of(t, string(kml), unicode.LittleEndian)[2:]),
	} {
		t.Run(sentence, func(t *testing.T) { wantProblem(t, newFake(t, plot()), into(file), importers.ErrFormat) })
	}
	t.Run("KML with a network link beside its data is read without it", func(t *testing.T) {
		s := newFake(t, plot())
		r := mustRun(t, s, into(write(t, "a.kml", after(kml, "</kml", "<NetworkLink><Link><href>"+place+"/c.kml</href></Link></NetworkLink>"))))
		wantPlots(t, s)
		if !strings.Contains(fmt.Sprint(r.Notes), "NetworkLink") {
			t.Errorf("notes %v", r.Notes)
		}
	})
	t.Run("GML with a schema elsewhere is read without it", func(t *testing.T) {
		at := bytes.Index(gml, []byte("xsi:schemaLocation=\""))
		text := slices.Concat(gml[:at], []byte(`xsi:schemaLocation="http://ogr.maptools.org/ `+place+`/a.xsd" xmlns:q="`), gml[at+len("xsi:schemaLocation=\""):])
		s := newFake(t, plot())
		mustRun(t, s, into(write(t, "a.gml", text)))
		wantPlots(t, s)
	})
	t.Run("GML with a geometry elsewhere fetches nothing", func(t *testing.T) {
		text := bytes.Replace(gml, []byte("<ogr:geometryProperty>"), []byte(`<ogr:geometryProperty xlink:href="`+place+`/g.gml#x" xmlns:xlink="http://www.w3.org/1999/xlink">`), 1)
		_, _ = importers.Run(t.Context(), newFake(t, plot()), into(write(t, "a.gml", text)))
	})
}

func TestADrawing(t *testing.T) {
	line := func(closed string) string {
		return "0\nLWPOLYLINE\n8\n红线\n90\n4\n70\n" + closed + "\n10\n37606000\n20\n2536000\n10\n37606100\n20\n2536000\n10\n37606100\n20\n2536100\n10\n37606000\n20\n2536100\n"
	}
	text := "0\nSECTION\n2\nENTITIES\n" + line("1") + line("0") + "0\nENDSEC\n0\nEOF\n"
	def := layers.Definition{
		ID: "plot", Theme: "base", Name: "红线", NameEN: "Red lines", Geometry: layers.Polygon,
		Fields: []layers.Field{{Name: "layer", Label: "图层", LabelEN: "Layer", Type: layers.Text}},
	}
	o := into(write(t, "红线.dxf", []byte(text)))
	wantProblem(t, newFake(t, def), o, crs.ErrUnknown)
	o.CRS = "EPSG:4525"
	s := newFake(t, def)
	r := mustRun(t, s, o)
	if r.Accepted != 1 || r.Rejected != 1 || s.column(t, "plot", "layer")[0] != "红线" {
		t.Errorf("layers %q, report %+v", s.column(t, "plot", "layer"), r)
	}
}

// stations is the layer that tables are for.
func stations() layers.Definition {
	return layers.Definition{
		ID: "plot", Theme: "base", Name: "测站", NameEN: "Stations", Geometry: layers.Point,
		Fields: []layers.Field{
			{Name: "code", Label: "站码", LabelEN: "Code", Type: layers.Text, Required: true},
			{Name: "built", Label: "建成日期", LabelEN: "Built", Type: layers.Date},
		},
	}
}

func TestTables(t *testing.T) {
	for sentence, c := range map[string]struct {
		text  string
		o     importers.Options
		notes string // a word of the notes
		want  error
	}{
		"the surveyor's X and Y":                 {text: "code,X,Y\nA,2536055.227,37606690.278\n", o: importers.Options{CRS: "4525"}, notes: "测量坐标"},
		"x and y":                                {text: "code,x,y\nA,606690.278,2536055.227\n", o: importers.Options{CRS: "4546"}},
		"longitude and latitude swapped":         {text: "code,lon,lat\nA,22.92,112.04\n", o: importers.Options{CRS: "4490"}, want: crs.ErrSwapped},
		"swapped, and told to mend it":           {text: "code,lon,lat\nA,22.92,112.04\n", o: importers.Options{CRS: "4490", SwapAxes: true}, notes: "--swap-axes"},
		"easting and northing swapped":           {text: "code,东坐标,北坐标\nA,2536055.227,37606690.278\n", o: importers.Options{CRS: "4525"}, want: crs.ErrSwapped},
		"the same, mended":                       {text: "code,东坐标,北坐标\nA,2536055.227,37606690.278\n", o: importers.Options{CRS: "4525", SwapAxes: true}},
		"not swapped, though told to":            {text: "code,lon,lat\nA,112.04,22.92\n", o: importers.Options{CRS: "4490", SwapAxes: true}, notes: "没有颠倒"},
		"degrees, minutes and seconds":           {text: "code,经度,纬度\nA,112°02′24″,22°55′12″\n", o: importers.Options{CRS: "4490"}},
		"well-known text":                        {text: "code;WKT\nA;POINT (112.04 22.92)\n", o: importers.Options{CRS: "4490"}},
		"well-known text with its system":        {text: "code,geom\nA,SRID=4490;POINT (112.04 22.92)\n", notes: "WKT"},
		"well-known text of another system":      {text: "code,geom\nA,SRID=4490;POINT (112.04 22.92)\n", o: importers.Options{CRS: "4546"}, want: importers.ErrCRSContradiction},
		"grid codes":                             {text: "code,北斗网格码\nA,N49F8542563\n", notes: "北斗"},
		"columns that a person names":            {text: "code,a1,a2,lon,lat\nA,112.04,22.92,1,2\n", o: importers.Options{CRS: "4490", Columns: "x=a1,y=a2"}, notes: "--columns"},
		"columns that aren't there":              {text: "code,lon,lat\nA,112.04,22.92\n", o: importers.Options{CRS: "4490", Columns: "x=a,y=b"}, want: importers.ErrFields},
		"degrees and metres, the system decides": {text: "code,经度,纬度,X,Y\nA,112.04,22.92,2536055.227,37606690.278\n", o: importers.Options{CRS: "4525"}, notes: "--columns"},
		"no system":                              {text: "code,X,Y\nA,2536055.227,37606690.278\n", want: crs.ErrUnknown},
		"unprefixed system, prefixed eastings":   {text: "code,X,Y\nA,2536055.227,37606690.278\n", o: importers.Options{CRS: "4546"}, want: crs.ErrImplausible},
		"one of two rows is off":                 {text: "code,lon,lat\nA,112.04,22.92\nB,112.04,91\n", o: importers.Options{CRS: "4490"}},
		"well-known text that isn't":             {text: "code,geom\nA,POINT (112.04 22.92)\nB,POINT (112.04 22.92)\nC,POINT (112.04\n", o: importers.Options{CRS: "4490"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			file := write(t, "测站.csv", []byte(c.text))
			workbook := asWorkbook(t, c.text)
			for _, file := range []string{file, workbook} {
				s := newFake(t, stations())
				o := c.o
				o.File, o.Layer = file, "plot"
				if c.want != nil {
					p := wantProblem(t, s, o, c.want)
					if (c.want == crs.ErrUnknown || c.want == crs.ErrImplausible) && !strings.Contains(p.ZH, "--crs EPSG:4525") {
						t.Errorf("no hint: %s", p.ZH)
					}
					continue
				}
				r := mustRun(t, s, o)
				if c.notes != "" && !strings.Contains(fmt.Sprint(r.Notes), c.notes) {
					t.Errorf("notes %v", r.Notes)
				}
				g, _ := geometry(t, s.rows[0], 2)
				if p := g.Bound().Center(); p[0] < 112.03 || p[0] > 112.05 || p[1] < 22.91 || p[1] > 22.93 {
					t.Errorf("%s: it lies at %v", filepath.Base(file), p)
				}
			}
		})
	}
}

// asWorkbook makes a workbook of a CSV's text, below a title, with a sheet of
// remarks before and one of other things behind it.
func asWorkbook(t testing.TB, text string) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for _, name := range []string{"数据", "另一表"} {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
	}
	_ = f.SetCellValue("Sheet1", "A1", "填表说明")
	_ = f.SetCellValue("数据", "A1", "测站一览表")
	separator := ","
	if strings.Contains(text, "code;") {
		separator = ";"
	}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		for j, value := range strings.Split(line, separator) {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+3)
			_ = f.SetCellValue("数据", cell, value)
		}
	}
	path := filepath.Join(t.TempDir(), "测站.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWorkbookWithAHeaderOfTwoLines(t *testing.T) {
	s, o := newFake(t, stations()), into(asWorkbook(t, "站码,经度,,,纬度,,,建成日期\n,度,分,秒,度,分,秒,\nA,112,2,19.1,22,55,50.9,2024-01-02\nB,112,2,20,22,55,51,"))
	o.CRS, o.SourceLayer = "4490", "数据"
	if r := mustRun(t, s, o); r.Accepted != 2 || !strings.Contains(fmt.Sprint(r.Notes), "经度度") {
		t.Errorf("report %+v", r)
	}
	g, _ := geometry(t, s.rows[0], 2)
	if p := g.Bound().Center(); math.Abs(p[0]-(112+2./60+19.1/3600)) > 1e-9 || math.Abs(p[1]-(22+55./60+50.9/3600)) > 1e-9 {
		t.Errorf("it lies at %v", p)
	}
}

func TestWorkbookSheets(t *testing.T) {
	path := asWorkbook(t, "code,lon,lat,建成日期\nA,112.04,22.92,2024-01-02")
	o := into(path)
	o.CRS, o.SourceLayer = "4490", "数据"
	s := newFake(t, stations())
	mustRun(t, s, o)
	o.SourceLayer = "没有"
	if p := wantProblem(t, newFake(t, stations()), o, importers.ErrSourceLayer); !strings.Contains(p.ZH, "数据") {
		t.Error(p)
	}
}

const redlineText = "[属性描述]\n坐标系=%s\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=37\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n" +
	"5,1.0,A1,罗定市,面,,建设用地,0701,@\nJ1,1,%[2]s\nJ2,1,%[3]s\nJ3,1,%[4]s\nJ4,1,%[5]s\nJ1,1,%[2]s\n"

func TestRedLines(t *testing.T) {
	def := plot()
	def.Fields[0].Aliases, def.Fields[1].Aliases = []string{"地块编号"}, []string{"地块名称"}
	numbered := []any{"2536000.000,37606000.000", "2536100.000,37606000.000", "2536100.000,37606100.000", "2536000.000,37606100.000"}
	plain := []any{"2536000.000,606000.000", "2536100.000,606000.000", "2536100.000,606100.000", "2536000.000,606100.000"}
	turned := []any{"37606000.000,2536000.000", "37606000.000,2536100.000", "37606100.000,2536100.000", "37606100.000,2536000.000"}
	text := func(datum string, corners []any) string {
		return fmt.Sprintf(redlineText, append([]any{datum}, corners...)...)
	}
	parameters := &crs.SevenParameters{DX: 1, Convention: crs.PositionVector, Source: "made up"}
	for sentence, c := range map[string]struct {
		text string
		o    importers.Options
		crs  string
		want error
	}{
		"with zone number":                {text: text("2000国家大地坐标系", numbered), crs: "EPSG:4525"},
		"without":                         {text: text("2000国家大地坐标系", plain), crs: "EPSG:4546"},
		"in GBK":                          {text: gbk(t, text("2000国家大地坐标系", numbered)), crs: "EPSG:4525"},
		"X and Y swapped":                 {text: text("2000国家大地坐标系", turned), want: crs.ErrSwapped},
		"X and Y swapped, and mended":     {text: text("2000国家大地坐标系", turned), o: importers.Options{SwapAxes: true}, crs: "EPSG:4525"},
		"Xi'an 1980":                      {text: text("1980西安坐标系", numbered), want: crs.ErrNeedsParameters},
		"Xi'an 1980 with parameters":      {text: text("1980西安坐标系", numbered), o: importers.Options{SevenParameters: parameters}, crs: "EPSG:2361"},
		"a local system":                  {text: text("云浮独立坐标系", numbered), want: crs.ErrUnknown},
		"another system than it says":     {text: text("2000国家大地坐标系", numbered), o: importers.Options{CRS: "4526"}, want: importers.ErrCRSContradiction},
		"cut off within a plot":           {text: text("2000国家大地坐标系", numbered)[:330], want: importers.ErrDamaged},
		"cut off before the plots":        {text: text("2000国家大地坐标系", numbered)[:100], want: importers.ErrDamaged},
		"parameters that it doesn't need": {text: text("2000国家大地坐标系", numbered), o: importers.Options{SevenParameters: parameters}, want: crs.ErrParameters},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newFake(t, def)
			o := c.o
			o.File, o.Layer = write(t, "红线.txt", []byte(c.text)), "plot"
			if c.want != nil {
				wantProblem(t, s, o, c.want)
				return
			}
			r := mustRun(t, s, o)
			if r.CRS != c.crs || r.Accepted != 1 || s.column(t, "plot", "name")[0] != "罗定市" {
				t.Errorf("report %+v", r)
			}
			g, _ := geometry(t, s.rows[0], 2)
			if p := g.Bound().Center(); p[0] < 112.03 || p[0] > 112.04 || p[1] < 22.91 || p[1] > 22.93 {
				t.Errorf("it lies at %v", p)
			}
		})
	}
}

func TestMappingByHandAndFurtherFields(t *testing.T) {
	file := write(t, "a.geojson", []byte(plotsGeoJSON))
	s := newFake(t, plot())
	o := into(file)
	o.Map, o.KeepExtra = map[string]string{"owner": "name", "name": "-"}, true
	r := mustRun(t, s, o)
	if got := s.column(t, "plot", "name"); !slices.Equal(got, []any{"张三", nil}) || !s.extra || len(r.Dropped) != 0 {
		t.Errorf("names %q, report %+v", got, r)
	}
	at := len(s.definitions["plot"].Fields) + 1
	if got := fmt.Sprintf("%s|%v", s.rows[0][at], len(s.rows[0])); got != `{"name":"罗定市"}|10` {
		t.Errorf("further fields %s", got)
	}
	hash := r.ContentHash
	s = newFake(t, plot())
	o.Map, o.KeepExtra = nil, false
	if r := mustRun(t, s, o); s.extra || !slices.Equal(r.Dropped, []string{"owner"}) || r.ContentHash == hash {
		t.Errorf("report %+v", r)
	}
	for _, text := range []string{"a", "a=", "=b", "a=b,a=c"} {
		if _, err := importers.ParseMap(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	for _, pairs := range []map[string]string{{"nobody": "name"}, {"owner": "nothing"}} {
		o.Map = pairs
		wantProblem(t, newFake(t, plot()), o, importers.ErrFields)
	}
}
