package tables_test

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onemap/importers/tables"
)

func TestCoordinate(t *testing.T) {
	for text, want := range map[string]float64{
		"112.0386":         112.0386,
		" 37,606,690.278 ": 37606690.278,
		"112°02′19.1″":     112 + 2/60. + 19.1/3600,
		"112°02'19.1\"E":   112 + 2/60. + 19.1/3600,
		"东经112度2分19.1秒":    112 + 2/60. + 19.1/3600,
		"N 22°55′":         22 + 55/60.,
		"22°55.5′":         22 + 55.5/60,
		"22:55:30":         22 + 55.5/60,
		"112°":             112,
		"２２．５":             22.5,
		"22.5S":            -22.5,
		"西经 12°30′":        -12.5,
		"-5.25":            -5.25,
		"2.536055e6":       2536055,
		"１１２°０２′１９．１″":     112 + 2/60. + 19.1/3600,
		"112°2'19''":       112 + 2/60. + 19/3600.,
	} {
		if got, ok := tables.Coordinate(text); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: got %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "云浮", "112°75′", "1,23", "0x10", "NaN", "inf", "22°55.5′30″", "112-02-19", "1_000"} {
		if got, ok := tables.Coordinate(text); ok {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestDetect(t *testing.T) {
	xy := func(x, y int, degrees, byValues, survey bool) tables.Layout {
		return tables.Layout{X: x, Y: y, Degrees: degrees, ByValues: byValues, Survey: survey}
	}
	for sentence, c := range map[string]struct {
		names string
		row   string
		want  tables.Layout
	}{
		"longitude and latitude":              {"站码,经度,纬度", "1,112.03,22.93", xy(1, 2, true, false, false)},
		"with units":                          {"id,Lon (°),Lat (°)", "1,112.03,22.93", xy(1, 2, true, false, false)},
		"longer names":                        {"id,中心点纬度,中心点经度", "1,22.93,112.03", xy(2, 1, true, false, false)},
		"named and swapped: left to be found": {"id,经度,纬度", "1,22.93,112.03", xy(1, 2, true, false, false)},
		"easting and northing":                {"id,东坐标,北坐标", "1,37606690,2536055", xy(1, 2, false, false, false)},
		"the surveyor's names":                {"id,纵坐标(X),横坐标(Y)", "1,2536055,37606690", xy(2, 1, false, false, false)},
		"x and y with a zone number":          {"id,X,Y", "1,37606690,2536055", xy(1, 2, false, true, false)},
		"the surveyor's X and Y":              {"id,X,Y", "1,2536055,37606690", xy(2, 1, false, true, true)},
		"the surveyor's without zone number":  {"id,X坐标,Y坐标", "1,2536055.2,606690.2", xy(2, 1, false, true, true)},
		"x and y without zone number":         {"id,x,y", "1,606690,2536055", xy(1, 2, false, true, false)},
		"x and y in degrees":                  {"id,x,y", "1,112.03,22.93", xy(1, 2, true, true, false)},
		"y and x in degrees":                  {"id,x,y", "1,22.93,112.03", xy(2, 1, true, true, true)},
		"X(北) and Y(东)":                       {"id,X（北）,Y（东）", "1,2536055,606690", xy(2, 1, false, false, false)},
		"unnamed degrees":                     {"a,b,c", "7,112.0386,22.9308", xy(1, 2, true, true, false)},
		"unnamed metres":                      {"a,b,c", "7,2536055.2,37606690.3", xy(2, 1, false, true, false)},
		"degrees, minutes, seconds":           {"id,经度,纬度", "1,112°02′19.1″,22°55′51″", xy(1, 2, true, false, false)},
		"well-known text":                     {"id,WKT", "1,POLYGON ((112 22 113 22 113 23 112 22))", tables.Layout{Kind: tables.WKT, X: 1, Y: -1}},
		"grid codes":                          {"id,北斗网格码", "1,N49F854259A", tables.Layout{Kind: tables.Grid, X: 1, Y: -1, Degrees: true}},
		"grid codes under another name":       {"id,where", "1,N49F854259A", tables.Layout{Kind: tables.Grid, X: 1, Y: -1, Degrees: true, ByValues: true}},
	} {
		got, err := tables.Detect(strings.Split(c.names, ","), [][]string{strings.Split(c.row, ",")})
		if strings.Contains(c.row, "POLYGON") { // its commas aside
			got, err = tables.Detect(strings.Split(c.names, ","), [][]string{{"1", "POLYGON ((112 22, 113 22, 113 23, 112 22))"}})
		}
		if err != nil || got[0] != c.want {
			t.Errorf("%s: got %+v, %v", sentence, got, err)
		}
	}
	for sentence, c := range map[string][2]string{
		"no positions":          {"id,名称,面积", "1,罗定,35.5"},
		"two columns could be":  {"a,b,c", "112.031,112.042,22.931"},
		"figures that may be 0": {"a,b", "0,0"},
	} {
		if got, err := tables.Detect(strings.Split(c[0], ","), [][]string{strings.Split(c[1], ",")}); !errors.Is(err, tables.ErrNoPosition) {
			t.Errorf("%s: got %+v, %v", sentence, got, err)
		}
	}
}

func TestChosen(t *testing.T) {
	names, rows := []string{"a", "东", "北"}, [][]string{{"1", "606690", "2536055"}}
	if got, err := tables.Chosen("x=东, y=北", names, rows); err != nil || got.X != 1 || got.Y != 2 || got.Degrees {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := tables.Chosen("code=a", names, rows); err != nil || got.Kind != tables.Grid || got.X != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, text := range []string{"", "x=东", "x=西,y=北", "z=a", "x"} {
		if _, err := tables.Chosen(text, names, rows); !errors.Is(err, tables.ErrColumns) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	set := func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("A1", "2024年测站一览表")
	for i, name := range []string{"站码", "经度", "纬度", "建成日期"} {
		cell, _ := excelize.CoordinatesToCellName(i+1, 3)
		set(cell, name)
	}
	set("A4", "0101")
	set("B4", 112.03861234567)
	set("C4", 22.93)
	set("D4", 45293) // 2024-01-02
	short, _ := f.NewStyle(&excelize.Style{NumFmt: 2})
	day, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	_ = f.SetCellStyle("Sheet1", "B4", "B4", short)
	_ = f.SetCellStyle("Sheet1", "D4", "D4", day)
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	w, err := tables.OpenWorkbook(path, t.TempDir(), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if got := w.Sheets(); !slices.Equal(got, []string{"Sheet1"}) {
		t.Errorf("sheets %q", got)
	}
	r, err := w.Rows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var all [][]string
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	header, found := tables.FindHeader(all)
	if !found || header.Last != 2 || !slices.Equal(all[3], []string{"0101", "112.03861234567", "22.93", "2024-01-02"}) {
		t.Errorf("header %+v, rows %q", header, all)
	}
}

func FuzzCoordinate(f *testing.F) {
	for _, text := range []string{"112.0386", "112°02′19.1″E", "东经112度2分19.1秒", "37,606,690.278"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := tables.Coordinate(text); ok && math.IsNaN(v-v) {
			t.Errorf("%q: %v", text, v)
		}
	})
}

func FuzzDetect(f *testing.F) {
	f.Add("id,X,Y", "1,2536055,37606690")
	f.Add("id,WKT", "1,POINT (1 2)")
	f.Fuzz(func(t *testing.T, names, row string) {
		columns := strings.Split(names, ",")
		got, err := tables.Detect(columns, [][]string{strings.Split(row, ",")})
		for _, l := range got {
			for _, c := range l.Columns() {
				if c < 0 || c >= len(columns) {
					t.Fatalf("%+v of %d columns", l, len(columns))
				}
			}
		}
		if err == nil && len(got) == 0 {
			t.Fatal("neither layout nor error")
		}
	})
}

func TestHeadersOfTwoLines(t *testing.T) {
	const parts = "经度度,经度分,经度秒,纬度度,纬度分,纬度秒"
	for sentence, c := range map[string]struct {
		rows  string // lines, and cells with commas between
		last  int
		names string
	}{
		"degrees, minutes and seconds under merged cells": {"编号,名称,经度,,,纬度,,\n,,度,分,秒,度,分,秒\n1,甲,112,2,19.1,22,55,50.9", 1, "编号,名称," + parts},
		"the same below a title":                          {"危房坐标表\n编号,名称,经度,,,纬度,,\n,,度,分,秒,度,分,秒\n1,甲,112,2,19.1,22,55,50.9", 2, "编号,名称," + parts},
		"the same below a title with a remark beside it":  {"危房坐标表,,,,,,,制表人\n编号,名称,经度,,,纬度,,\n,,度,分,秒,度,分,秒\n1,甲,112,2,19.1,22,55,50.9", 2, "编号,名称," + parts},
		"x and y under one cell":                          {"编号,坐标,,名称\n,X,Y,\n1,2536000,37606000,甲", 1, "编号,X,Y,名称"},
		"names in the lower line alone":                   {"点位,,经纬度,\n编号,名称,经度,纬度\n1,甲,112.04,22.92", 1, "编号,名称,经度,纬度"},
		"one line":                                        {"编号,经度,纬度\n甲,112.04,22.92", 0, "编号,经度,纬度"},
		"one line with an unnamed column, texts below":    {"编号,wkt,\n甲,POINT(112.04 22.92),乙", 0, "编号,wkt,"},
	} {
		var rows [][]string
		for line := range strings.SplitSeq(c.rows, "\n") {
			rows = append(rows, strings.Split(line, ","))
		}
		header, ok := tables.FindHeader(rows)
		if !ok || header.Last != c.last || strings.Join(header.Names, ",") != c.names {
			t.Errorf("%s: %+v", sentence, header)
		}
	}
}
