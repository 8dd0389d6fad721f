package importers_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/importers"
	"onemap/spatial/area"
	"onemap/spatial/crs"
)

func TestOutlinesInText(t *testing.T) {
	square := orb.Polygon{{{112.09, 22.90}, {112.10, 22.90}, {112.10, 22.91}, {112.09, 22.91}, {112.09, 22.90}}}
	want := area.Of(square)
	for sentence, c := range map[string]struct {
		text, system string
		parts        int
		m2           float64 // 0 is want
		err          error
	}{
		"plain figures":                 {"112.09 22.90\n112.10 22.90\n112.10 22.91\n112.09 22.91", "4490", 1, 0, nil},
		"with names, commas and CRLF":   {"J1,112.09,22.90\r\nJ2,112.10,22.90\r\nJ3，112.10，22.91\r\nJ4;112.09;22.91\r\n", "4490", 1, 0, nil},
		"a byte order mark":             {"\ufeff112.09 22.90\n112.10 22.90\n112.10 22.91\n112.09 22.91\n", "CGCS2000", 1, 0, nil},
		"two plots, one left open":      {"112.09 22.90\n112.10 22.90\n112.10 22.91\n112.09 22.91\n112.09 22.90\n112.19 22.90\n112.20 22.90\n112.20 22.91\n112.19 22.91\n", "4490", 2, 2 * want, nil},
		"two plots with a line between": {"112.09 22.90\n112.10 22.90\n112.10 22.91\n112.09 22.91\n\n\n112.19 22.90\n112.20 22.90\n112.20 22.91\n112.19 22.91\n", "4490", 2, 2 * want, nil},
		"metres":                        {"37611825 2534000\n37612825 2534000\n37612825 2535000\n37611825 2535000", "4525", 1, 999_000, nil},
		"degrees, minutes, seconds":     {"112°05′24″,22°54′00″\n112°06′00″,22°54′00″\n112°06′00″,22°54′36″\n112°05′24″,22°54′36″", "4490", 1, 0, nil},
		"no system":                     {"112.09 22.90\n112.10 22.90\n112.10 22.91\n", "", 0, 0, crs.ErrUnknown},
		"a word":                        {"112.09 north\n", "4490", 0, 0, importers.ErrOutline},
		"four figures":                  {"1 2 3 4\n", "4490", 0, 0, importers.ErrOutline},
		"not a number":                  {"112.09 NaN\n", "4490", 0, 0, importers.ErrOutline},
		"infinite":                      {"112.09 inf\n", "4490", 0, 0, importers.ErrOutline},
		"a NUL byte":                    {"112.09 22\x00\n", "4490", 0, 0, importers.ErrOutline},
		"nothing":                       {"\n\n", "4490", 0, 0, importers.ErrOutline},
		"swapped":                       {"22.90 112.09\n22.90 112.10\n22.91 112.10\n", "4490", 0, 0, crs.ErrSwapped},
		"degrees called metres":         {"112.09 22.90\n112.10 22.90\n112.10 22.91\n", "4525", 0, 0, crs.ErrImplausible},
		"an older datum":                {"112.09 22.90\n112.10 22.90\n112.10 22.91\n", "EPSG:4610", 0, 0, crs.ErrNeedsParameters},
	} {
		got, err := importers.ParseCorners([]byte(c.text), c.system, false)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", sentence, err, c.err)
			continue
		}
		var told *importers.Problem
		if c.err != nil {
			if !errors.As(err, &told) || told.ZH == "" || told.Code == "import-failed" {
				t.Errorf("%s: not in words: %v", sentence, err)
			}
			continue
		}
		m2 := c.m2
		if m2 == 0 {
			m2 = want
		}
		if shape := got.Shape(); len(shape) != c.parts || math.Abs(area.Of(shape)/m2-1) > 2e-3 {
			t.Errorf("%s: %d parts, %f m², want %f", sentence, len(shape), area.Of(shape), m2)
		}
	}
	if got, err := importers.ParseCorners([]byte("22.90 112.09\n22.90 112.10\n22.91 112.10\n22.91 112.09\n"), "4490", true); err != nil || math.Abs(area.Of(got.Shape())-want) > 1e-3 || len(got.Notes) != 1 {
		t.Errorf("exchanged on purpose: %v, %v", got, err)
	}
}

func TestOutlinesInFiles(t *testing.T) {
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const head = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=37\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n"
	plots := write("红线.txt", head+
		"4,1.0000,DK1,一号,面,,工业,0601,@\nJ1,1,2534000,37612000\nJ2,1,2534000,37612100\nJ3,1,2534100,37612100\nJ4,1,2534100,37612000\nJ1,1,2534000,37612000\n"+
		"4,0.5000,DK2,二号,面,,工业,0601,@\nJ1,1,2534200,37612000\nJ2,1,2534200,37612100\nJ3,1,2534250,37612100\nJ4,1,2534250,37612000\nJ1,1,2534200,37612000\n")
	got, err := importers.ReadOutline(t.Context(), importers.OutlineOptions{File: plots, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Plots) != 2 || got.Plots[0].Number != "DK1" || got.Plots[0].Stated != 10_000 || got.Plots[1].Name != "二号" || got.Plots[1].Stated != 5_000 || got.CRS != "EPSG:4525" {
		t.Errorf("%+v", got)
	}
	if m2 := area.Of(got.Shape()); math.Abs(m2-15_000) > 15 { // the grid's scale there is 1.0001
		t.Errorf("%f m²", m2)
	}
	bowTie := write("自交.txt", head+"4,1.0000,DK1,一号,面,,工业,0601,@\nJ1,1,2534000,37612000\nJ2,1,2534100,37612100\nJ3,1,2534000,37612100\nJ4,1,2534100,37612000\nJ1,1,2534000,37612000\n")
	if crossing, err := importers.ReadOutline(t.Context(), importers.OutlineOptions{File: bowTie}); err != nil || len(crossing.Shape()[0][0]) != 5 {
		t.Errorf("nothing is mended here: %v, %v", crossing, err)
	}
	corners := write("corners.csv", "点号,经度,纬度\nJ1,112.09,22.90\nJ2,112.10,22.90\nJ3,112.10,22.91\nJ4,112.09,22.91\n")
	if table, err := importers.ReadOutline(t.Context(), importers.OutlineOptions{File: corners, CRS: "4490"}); err != nil || len(table.Plots) != 1 || area.Of(table.Shape()) < 1e6 {
		t.Errorf("the rows of a table are corners: %v, %v", table, err)
	}
	for sentence, c := range map[string]struct {
		name, text string
		err        error
		says       string
	}{
		"a line":    {"a.geojson", `{"type": "LineString", "coordinates": [[112, 22], [113, 23]]}`, importers.ErrOutline, "不是面"},
		"too many":  {"a.csv", "x,y\n" + strings.Repeat("112.09,22.9\n", 20_001), importers.ErrOutline, "20000"},
		"no rows":   {"a.geojson", `{"type": "FeatureCollection", "features": []}`, nil, ""},
		"a picture": {"a.png", "\x89PNG\r\n\x1a\n\x00", importers.ErrFormat, "不认识"},
	} {
		_, err := importers.ReadOutline(t.Context(), importers.OutlineOptions{File: write(c.name, c.text), CRS: "4490"})
		var told *importers.Problem
		if !errors.As(err, &told) || c.err != nil && !errors.Is(err, c.err) || !strings.Contains(told.ZH, c.says) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func FuzzOutlineText(f *testing.F) {
	f.Add("112.09 22.90\n112.10 22.90\n112.10 22.91\n", "4490")
	f.Add("J1,37611825,2534000\n\nJ1,37612825,2534000\n", "4525")
	f.Add(`{"type":"Polygon","coordinates":[[[112,22],[113,22],[113,23],[112,22]]]}`, "")
	f.Fuzz(func(t *testing.T, text, system string) {
		for _, parse := range []func([]byte, string, bool) (importers.Outline, error){importers.ParseCorners, importers.ParseGeoJSON} {
			got, err := parse([]byte(text), system, len(text)%2 == 0)
			var told *importers.Problem
			if err != nil && !errors.As(err, &told) {
				t.Fatalf("not in words: %v", err)
			}
			if err == nil && len(got.Shape()) == 0 {
				t.Fatal("no outline and no error")
			}
		}
	})
}
