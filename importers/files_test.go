package importers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

func into(file string) importers.Options { return importers.Options{File: file, Layer: "plot"} }

func TestAShapefileAsDepartmentsDeliverIt(t *testing.T) {
	d := table{
		// 坐落单位名称 in GBK is 12 bytes: the DBF keeps ten, five characters
		fields: []dbfField{{"Code", 'C', 14, 0}, {gbk(t, "坐落单位名"), 'C', 9, 0}, {gbk(t, "面积"), 'N', 16, 3}, {gbk(t, "层数"), 'N', 8, 0}, {gbk(t, "建成日期"), 'C', 12, 0}, {gbk(t, "是否登记"), 'C', 4, 0}, {"SHAPE_LENG", 'N', 12, 0}},
		rows: [][]string{
			{"DK001", gbk(t, "罗定市"), "     1234.50", "       3", "2024/1/2", gbk(t, "是"), "1"},
			{"DK002", gbk(t, "云浮新兴县"), "", "", "20240102", "0", "2"}, // the name is cut in its fifth character; numbers are missing
			{"DK003", "", "       0.125", "       0", "00000000", "", "3"},
			{"", gbk(t, "无编号"), "", "", "", "", ""},
			{"DK005", "", "", "", "2024-13-01", "", ""},
			{"DK006-TOO-LONG", "", "", "", "", "", ""},
		},
	}
	s := newFake(t, plot())
	r := mustRun(t, s, into(zipped(t, delivery(d, prj4490))))
	if r.Read != 6 || r.Accepted != 3 || r.Repaired != 2 || r.Rejected != 3 || r.Encoding.Name != "GB18030" {
		t.Errorf("report %+v", r)
	}
	day := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	money := func(cents int64) pgtype.Numeric { return pgtype.Numeric{Int: big.NewInt(cents), Exp: -2, Valid: true} }
	want := [][]any{
		{int64(1), "DK001", "罗定市", money(123450), int64(3), day, true},
		{int64(2), "DK002", "云浮新兴", nil, nil, day, false},
		{int64(3), "DK003", nil, money(13), int64(0), nil, nil},
	}
	for i, row := range want {
		if got := s.rows[i][:7]; !reflect.DeepEqual(got, row) {
			t.Errorf("row %d: got %v, want %v", i+1, got, row)
		}
	}
	var refused []string
	for _, e := range r.Rejections {
		refused = append(refused, fmt.Sprintf("%d %s %s %q", e.Row, e.Field, e.Reason, e.Value))
		if e.Place == nil || e.EN == "" || !strings.Contains(e.Error(), fmt.Sprintf("row %d", e.Row)) {
			t.Errorf("badly told: %+v", e)
		}
	}
	if got := strings.Join(refused, "; "); got != `4 code 必填字段为空 ""; 5 built 不是日期（如 2024-01-02、20240102、2024/1/2） "2024-13-01"; 6 code 长度 14 超过上限 12 个字符 "DK006-TOO-LONG"` {
		t.Errorf("refused: %s", got)
	}
	if strings.Join(r.Dropped, ",") != "SHAPE_LENG" || r.Fields[1].By != "truncated" || r.Fields[1].Source != "坐落单位名" {
		t.Errorf("fields %+v, dropped %v", r.Fields, r.Dropped)
	}
}

func TestShapefileEncodings(t *testing.T) {
	utf8Name, gbkName := "罗定市罗城街道", gbk(t, "罗定市罗城街道")
	cases := map[string]struct {
		value, cpg string
		ldid       byte
		option     string
		want       string // encoding; "" is refused
	}{
		"GBK that nobody declares":               {value: gbkName, want: "GB18030"},
		"GBK by language id":                     {value: gbkName, ldid: 0x4d, want: "GB18030"},
		"GBK under ArcGIS's western id":          {value: gbkName, ldid: 0x57, want: "GB18030"},
		"GBK by .cpg":                            {value: gbkName, cpg: "CP936", want: "GB18030"},
		"GBK by .cpg in bare digits":             {value: gbkName, cpg: "936\r\n", want: "GB18030"},
		"GBK that a wrong .cpg calls UTF-8":      {value: gbkName, cpg: "UTF-8", want: "GB18030"},
		"GBK that a wrong .cpg calls ISO-8859-1": {value: gbkName, cpg: "ISO-8859-1", want: "GB18030"},
		"UTF-8 by .cpg":                          {value: utf8Name, cpg: "UTF-8", want: "UTF-8"},
		"UTF-8 that nobody declares":             {value: utf8Name, want: "UTF-8"},
		"UTF-8 that the language id calls GBK":   {value: utf8Name, ldid: 0x4d, want: "UTF-8"},
		"UTF-8 that a wrong .cpg calls GBK":      {value: utf8Name, cpg: "GBK", want: "UTF-8"},
		"ASCII only":                             {value: "Luoding", cpg: "GBK", want: "UTF-8"},
		"a person's word":                        {value: gbkName, cpg: "UTF-8", option: "gbk", want: "GB18030"},
		"four bytes a character":                 {value: "\x95\x32\x82\x36" + gbkName, want: "GB18030"},
		"neither":                                {value: "\xff\xfe\x80\xff", want: ""},
		"an encoding nobody knows":               {value: gbkName, option: "klingon", want: ""},
	}
	for sentence, c := range cases {
		t.Run(sentence, func(t *testing.T) {
			d := table{fields: []dbfField{{"CODE", 'C', 12, 0}, {"NAME", 'C', 40, 0}}, rows: [][]string{{"A", c.value}}, ldid: c.ldid}
			files := delivery(d, prj4490)
			if c.cpg != "" {
				files["plot.cpg"] = []byte(c.cpg)
			}
			o := into(zipped(t, files))
			o.Encoding = c.option
			s := newFake(t, plot())
			if c.want == "" {
				wantProblem(t, s, o, importers.ErrEncoding)
				return
			}
			r := mustRun(t, s, o)
			if r.Encoding.Name != c.want || r.Encoding.ZH == "" || r.Encoding.EN == "" {
				t.Errorf("encoding %+v, want %s", r.Encoding, c.want)
			}
			if name := s.column(t, "plot", "name")[0].(string); !strings.HasSuffix(name, "罗定市罗城街道") && name != "Luoding" || strings.ContainsRune(name, '\uFFFD') {
				t.Errorf("the name is %q", name)
			}
		})
	}
}

func TestDamagedBytesInOneRowAreRefusedNotReplaced(t *testing.T) {
	d := plainTable(t, 5)
	d.rows[2][1] = "\xff\xff" + gbk(t, "罗定")
	s := newFake(t, plot())
	r := mustRun(t, s, into(zipped(t, delivery(d, prj4490))))
	if r.Accepted != 4 || r.Rejected != 1 || r.Rejections[0].Row != 3 || r.Rejections[0].Field != "name" {
		t.Errorf("report %+v", r)
	}
}

func TestDeletedRowsAreLeftOutAndCounted(t *testing.T) {
	d := plainTable(t, 4)
	d.deleted = []int{1, 3}
	s := newFake(t, plot())
	r := mustRun(t, s, into(zipped(t, delivery(d, prj4490))))
	if r.Read != 2 || r.Accepted != 2 || len(r.Notes) != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestChineseMemberNamesWithoutTheFlag(t *testing.T) {
	files := map[string][]byte{}
	for name, content := range delivery(plainTable(t, 2), prj4490) {
		files[gbk(t, "云浮/地块")+filepath.Ext(name)] = content
	}
	r := mustRun(t, newFake(t, plot()), into(zipped(t, files)))
	if r.SourceLayer != "地块" {
		t.Errorf("the source layer is called %q", r.SourceLayer)
	}
}

func TestOneFormatIsTakenOfSeveralAndOneLayerByItsName(t *testing.T) {
	files := delivery(plainTable(t, 2), prj4490)
	for name, content := range delivery(plainTable(t, 3), prj4490) {
		files["other"+filepath.Ext(name)] = content
	}
	files["plot.csv"] = []byte("code,lon,lat\nX,112,23\n")
	files["readme.csv"] = []byte("a,b\n1,2\n")
	r := mustRun(t, newFake(t, plot()), into(zipped(t, files)))
	if r.Format != "Shapefile" || r.SourceLayer != "plot" || r.Read != 2 {
		t.Errorf("report %+v", r)
	}
	o := into(zipped(t, files))
	o.SourceLayer = "OTHER"
	if r := mustRun(t, newFake(t, plot()), o); r.Read != 3 {
		t.Errorf("report %+v", r)
	}
	o.SourceLayer = "nothing"
	wantProblem(t, newFake(t, plot()), o, importers.ErrSourceLayer)
}

func TestBrokenShapefiles(t *testing.T) {
	whole := func() map[string][]byte { return delivery(plainTable(t, 50), prj4490) }
	for sentence, c := range map[string]struct {
		spoil func(map[string][]byte)
		want  error
		says  string
	}{
		".dbf missing":               {func(f map[string][]byte) { delete(f, "plot.dbf") }, importers.ErrIncomplete, ".dbf"},
		".shx missing":               {func(f map[string][]byte) { delete(f, "plot.shx") }, importers.ErrIncomplete, ".shx"},
		".shp missing":               {func(f map[string][]byte) { delete(f, "plot.shp") }, importers.ErrIncomplete, ".shp"},
		".shp cut off":               {func(f map[string][]byte) { f["plot.shp"] = f["plot.shp"][:3000] }, importers.ErrDamaged, ".shp"},
		".dbf cut off":               {func(f map[string][]byte) { f["plot.dbf"] = f["plot.dbf"][:1000] }, importers.ErrDamaged, ".dbf"},
		".dbf cut off in its header": {func(f map[string][]byte) { f["plot.dbf"] = f["plot.dbf"][:40] }, importers.ErrDamaged, ".dbf"},
		".shx cut off":               {func(f map[string][]byte) { f["plot.shx"] = f["plot.shx"][:300] }, importers.ErrDamaged, ".shx"},
		".shp of another kind":       {func(f map[string][]byte) { f["plot.shp"] = []byte(strings.Repeat("x", 5000)) }, importers.ErrDamaged, ".shp"},
		"fewer rows than shapes":     {func(f map[string][]byte) { f["plot.dbf"] = plainTable(t, 49).bytes() }, importers.ErrDamaged, "49"},
		"no rows": {func(f map[string][]byte) {
			clear(f)
			for n, b := range delivery(plainTable(t, 0), prj4490) {
				f[n] = b
			}
		}, importers.ErrNoRows, "没有数据行"},
		".prj missing": {func(f map[string][]byte) { delete(f, "plot.prj") }, crs.ErrUnknown, "--crs"},
		".prj of another country": {func(f map[string][]byte) {
			f["plot.prj"] = []byte(`GEOGCS["NAD27",DATUM["D_NAD27",SPHEROID["Clarke",6378206.4,294.98]]]`)
		}, crs.ErrUnsupported, "NAD27"},
		"a required field missing": {func(f map[string][]byte) {
			f["plot.dbf"] = bytes.Replace(f["plot.dbf"], []byte("CODE"), []byte("KODE"), 1)
		}, importers.ErrFields, "code（编号）"},
		"a shape that is nowhere": {func(f map[string][]byte) { f["plot.shx"][100+8*20+1] = 0x7f }, importers.ErrDamaged, "GDAL"},
		"fractions in a column of whole numbers": {func(f map[string][]byte) {
			d := plainTable(t, 50)
			d.fields = append(d.fields, dbfField{"STOREYS", 'N', 8, 0})
			for i := range d.rows {
				d.rows[i] = append(d.rows[i], "    2.50")
			}
			f["plot.dbf"] = d.bytes()
		}, importers.ErrDamaged, "STOREYS"},
		"a shape with too many points": {func(f map[string][]byte) { f["plot.shp"][100+8+40] = 0xff }, importers.ErrDamaged, "GDAL"},
	} {
		t.Run(sentence, func(t *testing.T) {
			files := whole()
			c.spoil(files)
			if p := wantProblem(t, newFake(t, plot()), into(zipped(t, files)), c.want); !strings.Contains(p.ZH, c.says) {
				t.Errorf("it doesn't say %q: %s", c.says, p.ZH)
			}
			if files["plot.shp"] != nil {
				wantProblem(t, newFake(t, plot()), into(filepath.Join(put(t, files), "plot.shp")), c.want)
			}
		})
	}
}

func TestBrokenAndHostileArchives(t *testing.T) {
	whole, err := os.ReadFile(zipped(t, delivery(plainTable(t, 50), prj4490)))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[60] ^= 0xff
	for sentence, c := range map[string]struct {
		file string
		want error
	}{
		"cut off":                    {write(t, "a.zip", whole[:len(whole)/2]), importers.ErrArchive},
		"cut off after a few bytes":  {write(t, "a.zip", whole[:5]), importers.ErrArchive},
		"a flipped byte":             {write(t, "a.zip", flipped), importers.ErrArchive},
		"not a zip":                  {write(t, "a.zip", []byte("hello")), importers.ErrArchive},
		"empty file":                 {write(t, "a.zip", nil), importers.ErrDamaged},
		"nothing inside":             {zipped(t, map[string][]byte{"说明.docx": []byte("x")}), importers.ErrFormat},
		"a zip in a zip":             {zipped(t, map[string][]byte{"inner.zip": whole}), importers.ErrFormat},
		"a broken workbook":          {zipped(t, map[string][]byte{"[Content_Types].xml": []byte("<x/>"), "xl/workbook.xml": []byte("<x/>")}), importers.ErrDamaged},
		"a document of Word":         {zipped(t, map[string][]byte{"[Content_Types].xml": []byte("<x/>"), "word/document.xml": []byte("<x/>")}), importers.ErrFormat},
		"7z":                         {write(t, "a.zip", []byte("7z\xbc\xaf\x27\x1c\x00\x04xx")), importers.ErrFormat},
		"RAR":                        {write(t, "a.shp", []byte("Rar!\x1a\x07\x01\x00")), importers.ErrFormat},
		"gzip":                       {write(t, "a.geojson.gz", []byte("\x1f\x8b\x08\x00")), importers.ErrFormat},
		"up and out":                 {zipped(t, map[string][]byte{"../../etc/plot.shp": whole}), importers.ErrHostileArchive},
		"up and out the Windows way": {zipped(t, map[string][]byte{`..\..\plot.shp`: whole}), importers.ErrHostileArchive},
		"an absolute path":           {zipped(t, map[string][]byte{"/etc/plot.shp": whole}), importers.ErrHostileArchive},
		"a drive letter":             {zipped(t, map[string][]byte{`C:\plot.shp`: whole}), importers.ErrHostileArchive},
		"a symbolic link":            {zippedWith(t, "plot.shp", fs.ModeSymlink|0o777, "/etc/passwd"), importers.ErrHostileArchive},
		"folders without end":        {zipped(t, map[string][]byte{strings.Repeat("d/", 40) + "plot.shp": whole}), importers.ErrHostileArchive},
		"a bomb":                     {zipped(t, map[string][]byte{"plot.csv": make([]byte, 80<<20)}), importers.ErrHostileArchive},
		"no file at all":             {filepath.Join(t.TempDir(), "none.zip"), importers.ErrNoFile},
	} {
		t.Run(sentence, func(t *testing.T) {
			temp := t.TempDir()
			o := into(c.file)
			o.TempDir = temp
			wantProblem(t, newFake(t, plot()), o, c.want)
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	t.Run("too many members", func(t *testing.T) {
		o := into(write(t, "a.zip", whole))
		o.Limits = importers.Limits{Entries: 2, Bytes: 1 << 30, Ratio: 200, Depth: 4}
		wantProblem(t, newFake(t, plot()), o, importers.ErrHostileArchive)
	})
	t.Run("a size that the directory denies", func(t *testing.T) {
		o := into(write(t, "a.zip", understate(t, whole)))
		o.Limits = importers.Limits{Entries: 20, Bytes: 3000, Ratio: 200, Depth: 4}
		_, err := importers.Run(t.Context(), newFake(t, plot()), o)
		if !errors.Is(err, importers.ErrHostileArchive) && !errors.Is(err, importers.ErrArchive) {
			t.Errorf("got %v", err)
		}
	})
}

// understate rewrites the directory of a zip so that members seem tiny.
func understate(t *testing.T, whole []byte) []byte {
	t.Helper()
	b := bytes.Clone(whole)
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		at += i
		copy(b[at+24:], []byte{1, 0, 0, 0})
		at += 4
	}
	if _, err := zip.NewReader(bytes.NewReader(b), int64(len(b))); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCSV(t *testing.T) {
	station := layers.Definition{
		ID: "plot", Theme: "base", Name: "测站", NameEN: "Stations", Geometry: layers.Point,
		Fields: []layers.Field{
			{Name: "code", Label: "站码", LabelEN: "Code", Type: layers.Text, Required: true},
			{Name: "name", Label: "站名", LabelEN: "Name", Type: layers.Text},
			{Name: "height", Label: "高程", LabelEN: "Height", Type: layers.Real},
		},
	}
	for sentence, c := range map[string]struct {
		text, crs string
		accepted  int64
		rejected  int64
		want      error
	}{
		"UTF-8 with a byte order mark": {text: "\ufeff站码,站名,经度,纬度,高程\n0101,罗定,111.57,22.77,\"1,050.5\"\n0102,\"新,兴\",112.22,22.70,\n", crs: "4490", accepted: 2},
		"GBK":                          {text: gbk(t, "站码,站名,经度,纬度\n0101,罗定,111.57,22.77\n"), crs: "4490", accepted: 1},
		"a position missing":           {text: "code,lon,lat\nA,112,23\nB,,\nC,112.1,x\n", crs: "4490", accepted: 1, rejected: 2},
		"projected":                    {text: "code,x,y\nA,37554795.8,2570619.5\n", crs: "4525", accepted: 1},
		"columns swapped":              {text: "code,lon,lat\nA,22.77,111.57\n", crs: "4490", want: crs.ErrImplausible},
		"without --crs":                {text: "code,lon,lat\nA,111.57,22.77\n", want: crs.ErrUnknown},
		"without positions":            {text: "code,name\nA,B\n", crs: "4490", want: importers.ErrFields},
		"only its header":              {text: "code,lon,lat\n", crs: "4490", want: importers.ErrNoRows},
		"a row that is swapped":        {text: "code,lon,lat\nA,111.57,22.77\nB,111.57,22.77\nC,22.77,111.57\n", crs: "4490", accepted: 2, rejected: 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newFake(t, station)
			o := into(write(t, "站点.csv", []byte(c.text)))
			o.CRS = c.crs
			if c.want != nil {
				wantProblem(t, s, o, c.want)
				return
			}
			r := mustRun(t, s, o)
			if r.Accepted != c.accepted || r.Rejected != c.rejected {
				t.Errorf("report %+v", r)
			}
			if code := s.column(t, "plot", "code")[0]; code != "0101" && code != "A" {
				t.Errorf("the code is %v", code)
			}
			g, _ := geometry(t, s.rows[0], 2)
			if b := g.Bound(); b.Min[0] < 111 || b.Min[0] > 113 || b.Min[1] < 22 || b.Min[1] > 24 {
				t.Errorf("it lies at %v", b)
			}
		})
	}
}

func TestGeoJSON(t *testing.T) {
	square := `{"type":"Polygon","coordinates":[[[112,22.9],[112.1,22.9],[112.1,23],[112,23],[112,22.9]]]}`
	feature := func(properties, geometry string) string {
		return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
	}
	collection := func(features ...string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
	}
	text := collection(
		feature(`{"code":"0101","area":12.5,"built":"2024-01-02","listed":true}`, square),
		feature(`{"code":"0102","area":null}`, square),
		feature(`{"code":"0103"}`, "null"),
		feature(`{"code":"0104"}`, `{"type":"LineString","coordinates":[[112,23],[112.1,23]]}`))
	s := newFake(t, plot())
	r := mustRun(t, s, into(write(t, "plots.json", []byte(text))))
	if r.CRS != "EPSG:4326" || r.Accepted != 2 || r.Rejected != 2 || len(r.Notes) == 0 {
		t.Errorf("report %+v", r)
	}
	if got := s.rows[0][1:7]; got[0] != "0101" || got[5] != true || got[4] != time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC) {
		t.Errorf("row %v", got)
	}
	wantProblem(t, newFake(t, plot()), into(write(t, "cut.geojson", []byte(text[:len(text)-80]))), importers.ErrDamaged)
	wantProblem(t, newFake(t, plot()), into(write(t, "other.json", []byte(`{"a": 1}`))), importers.ErrDamaged)
	swapped := strings.NewReplacer("112,22.9", "22.9,112", "112.1,22.9", "22.9,112.1", "112.1,23", "23,112.1", "112,23", "23,112").Replace(text)
	wantProblem(t, newFake(t, plot()), into(write(t, "swapped.geojson", []byte(swapped))), crs.ErrImplausible)
}

func TestOrderHashAndDryRun(t *testing.T) {
	const n = 3000 // more than a few batches
	d := plainTable(t, n)
	for i := range d.rows {
		d.rows[i][0] = fmt.Sprintf("P%05d", i)
	}
	file := zipped(t, delivery(d, prj4490))
	var stages []importers.Stage
	s := newFake(t, plot())
	o := into(file)
	o.Progress = func(p importers.Progress) {
		if len(stages) == 0 || stages[len(stages)-1] != p.Stage {
			stages = append(stages, p.Stage)
		}
	}
	r := mustRun(t, s, o)
	for i, row := range s.rows {
		if row[0] != int64(i+1) || row[1] != fmt.Sprintf("P%05d", i) {
			t.Fatalf("row %d is %v %v", i+1, row[0], row[1])
		}
	}
	if got := fmt.Sprint(stages); got != "[unpack inspect load check finish done]" {
		t.Errorf("stages %s", got)
	}
	dry := newFake(t, plot())
	o = into(file)
	o.DryRun = true
	if again := mustRun(t, dry, o); dry.finished != 0 || dry.abandoned != 1 || again.ContentHash != r.ContentHash || again.Accepted != n || again.Version != nil {
		t.Errorf("dry run: %+v against %+v", again, r)
	}
	d.rows[n-1][0] = "Q"
	o.File = zipped(t, delivery(d, prj4490))
	if other := mustRun(t, newFake(t, plot()), o); other.ContentHash == r.ContentHash {
		t.Error("other rows, the same content hash")
	}
}

func TestFailuresOnTheWayLeaveNothing(t *testing.T) {
	file := zipped(t, delivery(plainTable(t, 3000), prj4490))
	t.Run("the database fails while rows are copied", func(t *testing.T) {
		s := newFake(t, plot())
		s.copyErr = errors.New("out of luck")
		if _, err := importers.Run(t.Context(), s, into(file)); !errors.Is(err, s.copyErr) || s.abandoned != 1 {
			t.Errorf("got %v, abandoned %d", err, s.abandoned)
		}
	})
	t.Run("the database fails at the end", func(t *testing.T) {
		s := newFake(t, plot())
		s.finishErr = errors.New("out of luck")
		if _, err := importers.Run(t.Context(), s, into(file)); !errors.Is(err, s.finishErr) || s.abandoned != 1 {
			t.Errorf("got %v, abandoned %d", err, s.abandoned)
		}
	})
	t.Run("somebody cancels", func(t *testing.T) {
		s := newFake(t, plot())
		ctx, cancel := context.WithCancel(t.Context())
		o := into(file)
		o.Progress = func(p importers.Progress) {
			if p.Stage == importers.Loading {
				cancel()
			}
		}
		if _, err := importers.Run(ctx, s, o); !errors.Is(err, context.Canceled) || s.abandoned != 1 || s.finished != 0 {
			t.Errorf("got %v, abandoned %d, finished %d", err, s.abandoned, s.finished)
		}
	})
	t.Run("all rows are refused", func(t *testing.T) {
		d := plainTable(t, 3)
		for i := range d.rows {
			d.rows[i][0] = ""
		}
		wantProblem(t, newFake(t, plot()), into(zipped(t, delivery(d, prj4490))), importers.ErrNoRows)
	})
	t.Run("the layer doesn't exist", func(t *testing.T) {
		o := into(file)
		o.Layer = "no_such"
		wantProblem(t, newFake(t), o, layers.ErrUnknownLayer)
	})
}

func TestADocumentIsToldAsOne(t *testing.T) {
	file := zipped(t, map[string][]byte{"[Content_Types].xml": []byte("<x/>"), "word/document.xml": []byte("<x/>")})
	if p := wantProblem(t, newFake(t, plot()), into(file), importers.ErrFormat); !strings.Contains(p.ZH, "Word") {
		t.Error(p)
	}
	remark := zipped(t, map[string][]byte{"说明.txt": []byte("请查收"), "a.xml": []byte("<x/>")})
	if p := wantProblem(t, newFake(t, plot()), into(remark), importers.ErrFormat); !strings.Contains(p.ZH, "说明.txt") {
		t.Error(p)
	}
}
