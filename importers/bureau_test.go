package importers_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

// shelters is a layer of points with a code and a name.
func shelters() layers.Definition {
	return layers.Definition{
		ID: "plot", Theme: "base", Name: "避险点", NameEN: "Shelters", Geometry: layers.Point,
		Fields: []layers.Field{
			{Name: "code", Label: "避险点编号", LabelEN: "Code", Type: layers.Text, Required: true},
			{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text},
		},
	}
}

// TestTablesAsBureausKeepThem holds where each row comes to lie, or what the
// refusal says.
func TestTablesAsBureausKeepThem(t *testing.T) {
	const head = "避险点编号,名称,"
	for sentence, c := range map[string]struct {
		text, crs string
		want      orb.Point // of the first row
		rejected  int64
		err       error
		says      string // in the refusal, or the first rejection
	}{
		"degrees, minutes and seconds in columns": {
			text: head + "经度(度),经度(分),经度(秒),纬度(度),纬度(分),纬度(秒)\nA,甲,111,34,12,22,46,12\nB,乙,111,60,12,22,46,12\n", crs: "4490",
			want: orb.Point{111.57, 22.77}, rejected: 1, says: "经度(分) = 60",
		},
		"degrees and minutes, in English": {
			text: head + "lon_deg,lon_min,lat_deg,lat_min\nA,甲,111,34.2,22,46.2\n", crs: "4490", want: orb.Point{111.57, 22.77},
		},
		"degrees alone, the rest who knows where": {
			text: head + "经度,J2,J3,纬度,W2,W3\nA,甲,111,34,12,22,46,12\nB,乙,111,35,12,22,47,12\n", crs: "4490", err: importers.ErrFields, says: "整度",
		},
		"nought for not known": {
			text: head + "经度,纬度\nA,甲,111.57,22.77\nB,乙,0,0\n", crs: "4490", want: orb.Point{111.57, 22.77}, rejected: 1, says: "未填写",
		},
		"a title above the names": {
			text: gbk(t, "避险点一览表,,,\n填报单位：应急局,,,\n"+head+"经度,纬度\nA,甲,111.57,22.77\n"), crs: "4490", err: importers.ErrFields, says: "第 3 行",
		},
		"full-width commas":            {text: "避险点编号，名称，经度，纬度\nA，甲，111.57，22.77\n", crs: "4490", err: importers.ErrDamaged, says: "全角逗号"},
		"semicolons":                   {text: gbk(t, "避险点编号;名称;东经;北纬\nA;甲;111.57;22.77\n"), crs: "4490", want: orb.Point{111.57, 22.77}},
		"full-width digits":            {text: head + "经度,纬度\nA,甲,１１１．５７,２２．７７\n", crs: "4490", want: orb.Point{111.57, 22.77}},
		"the surveyor's X and Y":       {text: head + "纵坐标(X),横坐标(Y)\nA,甲,2519179.522,37558537.066\n", crs: "4525", want: orb.Point{111.57, 22.77}},
		"the surveyor's axes swapped":  {text: head + "横坐标,纵坐标\nA,甲,2519179.522,37558537.066\n", crs: "4525", err: crs.ErrImplausible, says: "--swap-axes"},
		"heights in well-known text":   {text: "避险点编号,wkt\nA,SRID=4490;POINT Z (111.57 22.77 5)\n", want: orb.Point{111.57, 22.77}},
		"measures in well-known text":  {text: "避险点编号,wkt\nA,POINTZM(111.57 22.77 5 1)\n", crs: "4490", want: orb.Point{111.57, 22.77}},
		"points of a collection":       {text: "避险点编号,wkt\nA,GEOMETRYCOLLECTION Z (POINT Z (111.57 22.77 5))\n", crs: "4490", want: orb.Point{111.57, 22.77}},
		"eastings without zone number": {text: head + "东坐标,北坐标\nA,甲,558537.066,2519179.522\n", err: crs.ErrUnknown, says: "EPSG:4546"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newFake(t, shelters())
			o := into(write(t, "a.csv", []byte(c.text)))
			o.CRS = c.crs
			if c.err != nil {
				if p := wantProblem(t, s, o, c.err); !strings.Contains(p.ZH, c.says) {
					t.Errorf("it doesn't say %q: %s", c.says, p.ZH)
				}
				return
			}
			r := mustRun(t, s, o)
			if r.Rejected != c.rejected || c.rejected > 0 && !strings.Contains(r.Rejections[0].Reason, c.says) {
				t.Errorf("rejected %+v", r.Rejections)
			}
			g, _ := geometry(t, s.rows[0], 2)
			if p := g.(orb.MultiPoint)[0]; math.Abs(p[0]-c.want[0]) > 1e-7 || math.Abs(p[1]-c.want[1]) > 1e-7 {
				t.Errorf("it lies at %v, not %v", p, c.want)
			}
		})
	}
}

// TestTheMemberCrsOfGeoJSON holds what a file says of its system in the way of 2008.
func TestTheMemberCrsOfGeoJSON(t *testing.T) {
	for sentence, c := range map[string]struct {
		member, crs, want string
		err               error
	}{
		"none":                           {want: "WGS 84"},
		"the usual one":                  {member: `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},`, want: "WGS 84"},
		"EPSG:4326":                      {member: `"crs":{"type":"name","properties":{"name":"EPSG:4326"}},`, want: "WGS 84"},
		"EPSG:4490":                      {member: `"crs":{"type":"name","properties":{"name":"EPSG:4490"}},`, want: "CGCS2000"},
		"a phone's":                      {member: `"crs":{"type":"name","properties":{"name":"GCJ02"}},`, want: "GCJ-02"},
		"Baidu's":                        {member: `"name":"x","crs":{"type":"name","properties":{"name":"bd-09"}},`, want: "BD-09"},
		"one that nobody knows":          {member: `"crs":{"type":"name","properties":{"name":"云浮独立坐标系"}},`, err: crs.ErrUnknown},
		"none on purpose":                {member: `"crs":null,`, err: crs.ErrUnknown},
		"one that nobody knows, by word": {member: `"crs":{"type":"name","properties":{"name":"云浮独立坐标系"}},`, crs: "EPSG:4490", want: "CGCS2000"},
		"a link, which is not followed":  {member: `"crs":{"type":"link","properties":{"href":"http://127.0.0.1:9/crs"}},`, err: crs.ErrUnknown},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newFake(t, shelters())
			o := into(write(t, "a.geojson", []byte(`{"type":"FeatureCollection",`+c.member+`"features":[{"type":"Feature","properties":{"code":"A","name":"甲"},"geometry":{"type":"Point","coordinates":[111.57,22.77]}}]}`)))
			o.CRS = c.crs
			if c.err != nil {
				wantProblem(t, s, o, c.err)
				return
			}
			if r := mustRun(t, s, o); !strings.Contains(r.CRSName+r.CRS, c.want) {
				t.Errorf("read as %s, %s; want %s", r.CRS, r.CRSName, c.want)
			}
		})
	}
}

func TestWhatIsRefusedByItsName(t *testing.T) {
	for sentence, c := range map[string]struct {
		file string
		want error
		says string
	}{
		"a database of Access":             {write(t, "地类.mdb", []byte("\x00\x01\x00\x00Standard Jet DB\x00"+strings.Repeat("x", 900))), importers.ErrFormat, "Access"},
		"a newer one":                      {write(t, "地类.accdb", []byte("\x00\x01\x00\x00Standard ACE DB\x00")), importers.ErrFormat, "Access"},
		"one in an archive":                {zipped(t, map[string][]byte{"DLTB.mdb": []byte("x")}), importers.ErrFormat, "Access"},
		"tar":                              {write(t, "a.tar", append(make([]byte, 257), "ustar\x0000"...)), importers.ErrFormat, "ZIP"},
		"GeoJSON in GBK":                   {write(t, "a.geojson", []byte(gbk(t, `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"A","名称":"罗定"},"geometry":null}]}`))), importers.ErrEncoding, "UTF-8"},
		"GeoJSON without features":         {write(t, "a.geojson", []byte(`{"type":"FeatureCollection","features":[]}`)), importers.ErrNoRows, "没有数据行"},
		"shapes without their .shp in zip": {zipped(t, map[string][]byte{"b.shx": []byte("x"), "b.dbf": []byte("x")}), importers.ErrIncomplete, ".shp"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if p := wantProblem(t, newFake(t, plot()), into(c.file), c.want); !strings.Contains(p.ZH, c.says) || !strings.Contains(p.EN, strings.ReplaceAll(c.says, "没有数据行", "no rows")) {
				t.Errorf("it doesn't say %q: %v", c.says, p)
			}
		})
	}
}

func TestATableOfCodesBesideAShapefile(t *testing.T) {
	files := delivery(plainTable(t, 2), prj4490)
	files["权属代码表.dbf"] = plainTable(t, 9).bytes()
	if r := mustRun(t, newFake(t, plot()), into(zipped(t, files))); r.Read != 2 || r.SourceLayer != "plot" {
		t.Errorf("report %+v", r)
	}
	more := maps.Clone(files)
	for _, ending := range []string{".shx", ".dbf", ".prj"} { // the .shp was forgotten
		more["地块"+ending] = files["plot"+ending]
	}
	wantProblem(t, newFake(t, plot()), into(zipped(t, more)), importers.ErrSourceLayer)
}

func TestAShapefileWithoutPrjIsToldWhatItLooksLike(t *testing.T) {
	files := delivery(plainTable(t, 2), "")
	shp, shx := shapes([][][2]float64{
		{{37558537, 2519179}, {37558537, 2519279}, {37558637, 2519279}, {37558537, 2519179}},
		{{37558737, 2519179}, {37558737, 2519279}, {37558837, 2519279}, {37558737, 2519179}},
	})
	files["plot.shp"], files["plot.shx"] = shp, shx
	p := wantProblem(t, newFake(t, plot()), into(zipped(t, files)), crs.ErrUnknown)
	if !strings.Contains(p.ZH, "--crs EPSG:4525") || !strings.Contains(p.ZH, "西安 80") || !strings.Contains(p.EN, "37558537, 2519179") {
		t.Error(p)
	}
}

func TestARedLineWithAnIslandKeepsItsGround(t *testing.T) {
	const square = "J1,%[1]d,%[3]d,%[2]d\r\nJ2,%[1]d,%[3]d,%[4]d\r\nJ3,%[1]d,%[5]d,%[4]d\r\nJ4,%[1]d,%[5]d,%[2]d\r\n"
	ring := func(number, inset int) string {
		return fmt.Sprintf(square, number, 37558500+inset, 2519100+inset, 37558600-inset, 2519200-inset)
	}
	text := "[属性描述]\r\n坐标系=%s\r\n几度分带=3\r\n带号=37\r\n[地块坐标]\r\n12,,DK1,一号,面,,,,@\r\n" + ring(1, 20) + ring(2, 0) + ring(3, 40)
	o := into(write(t, "红线.txt", []byte(gbk(t, fmt.Sprintf(text, "2000国家大地坐标系")))))
	o.Map = map[string]string{"地块编号": "code"}
	s := newFake(t, plot())
	mustRun(t, s, o)
	g, _ := geometry(t, s.rows[0], 1) // metres of Web Mercator, larger by 1/cos²
	const want = 100*100 - 60*60 + 20*20
	if got := planar.Area(g.(orb.MultiPolygon)) * math.Pow(math.Cos(22.77*math.Pi/180), 2); math.Abs(math.Abs(got)-want) > want/100 {
		t.Errorf("its area is %.0f m², not %d", got, want)
	}
	o.File = write(t, "红线80.txt", []byte(gbk(t, fmt.Sprintf(text, "80国家大地坐标系"))))
	wantProblem(t, newFake(t, plot()), o, crs.ErrNeedsParameters)
	o.File = write(t, filepath.Base("红线无头.txt"), []byte(gbk(t, text[strings.Index(text, "[地块坐标]"):])))
	if p := wantProblem(t, newFake(t, plot()), o, crs.ErrUnknown); !strings.Contains(p.ZH, "EPSG:4525") {
		t.Error(p)
	}
}
