package sheets

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

// towns is a style of areas in two classes and a line of 10 km.
const towns = `{"version":8,"sources":{"land":{"type":"vector"},"way":{"type":"vector"}},"layers":[
	{"id":"paper","type":"background","paint":{"background-color":"#fff"}},
	{"id":"land:fill","type":"fill","source":"land","source-layer":"land","paint":{"fill-color":["match",["get","kind"],"rice","#ffd280","#88bb66"]},
		"metadata":{"onemap:layer":"land","onemap:legend":[{"label":"水田","properties":{"kind":"rice"}},{"label":"林地","properties":{"kind":"forest"}},{"label":"沙地","properties":{"kind":"sand"}}]}},
	{"id":"way:line","type":"line","source":"way","source-layer":"way","paint":{"line-color":"#336699","line-width":1},
		"metadata":{"onemap:layer":"way","onemap:legend":[{"label":"十公里","properties":{}}]}},
	{"id":"land:label","type":"symbol","source":"land","source-layer":"land","layout":{"text-field":["get","name"],"text-size":14},"metadata":{"onemap:layer":"land"}}]}`

// given has the features: land round the centre, sand far away, and the line.
type given struct{ centre orb.Point }

func (g given) Features(_ context.Context, q render.Query, take func(*render.Feature) error) error {
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		return err
	}
	square := func(dx float64) orb.Geometry {
		return orb.Bound{Min: orb.Point{g.centre[0] + dx - 3000, g.centre[1] - 3000}, Max: orb.Point{g.centre[0] + dx + 3000, g.centre[1] + 3000}}.ToPolygon()
	}
	type thing struct {
		geometry   orb.Geometry
		kind, name string
	}
	all := []thing{{square(-3000), "rice", "榃滨镇"}, {square(3000), "forest", "都杨镇"}, {square(90_000), "sand", "远处"}}
	if q.SourceLayer == "way" {
		all = []thing{{orb.LineString{{g.centre[0] - 5000, g.centre[1]}, {g.centre[0] + 5000, g.centre[1]}}, "", ""}}
	}
	for i, one := range all {
		f := &render.Feature{ID: uint64(i + 1), Geometry: one.geometry, System: grid}
		for _, name := range q.Fields {
			f.Values = append(f.Values, map[string]any{"kind": one.kind, "name": one.name}[name])
		}
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}

func sheet(t *testing.T) *Sheet {
	t.Helper()
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		t.Fatal(err)
	}
	projector, err := crs.NewProjector(grid)
	if err != nil {
		t.Fatal(err)
	}
	centre, err := projector.Point(orb.Point{112.04, 22.93})
	if err != nil {
		t.Fatal(err)
	}
	paper, err := PaperNamed("a3")
	if err != nil {
		t.Fatal(err)
	}
	outline := orb.Bound{Min: orb.Point{111.05, 22.37}, Max: orb.Point{112.52, 23.32}}.ToPolygon()
	return &Sheet{
		Title: "榃滨镇土地利用现状图", TitleEN: "Land use", Paper: paper, Landscape: true, System: grid, Centre: centre, Denominator: 50_000, DPI: 96,
		Document: []byte(towns), Source: given{centre}, Layers: []LayerName{{ID: "land", Name: "地类"}}, Grid: Grid{true, true},
		Focus:   orb.Bound{Min: orb.Point{112, 22.9}, Max: orb.Point{112.08, 22.96}}.ToPolygon(),
		Locator: &Locator{Outline: outline, Parts: []orb.Geometry{outline}}, Neighbours: []Neighbour{{Name: "东邻镇", Direction: 2}},
		Sources: "自然资源局", DataDate: "2026年5月1日", Department: "云浮市自然资源局", Drawn: "2026年6月1日", Approval: "粤S（2026）001号", Secrecy: "内部", Watermarks: []string{"演示数据"},
	}
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

func written(t *testing.T, format render.Format, s *Sheet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := NewStudio(render.New(render.Options{})).Write(t.Context(), &b, format, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content are the unpacked streams of a PDF.
func content(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n"))[1:] {
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(z)
		if err == nil {
			all.Write(text)
		}
	}
	return all.String()
}

func TestTenKilometresAreTwentyCentimetresOnPaper(t *testing.T) {
	needFonts(t)
	for _, dpi := range []float64{72, 96, 150, 300, 600} {
		s := sheet(t)
		s.DPI = dpi
		text := content(t, written(t, render.PDF, s))
		matrix := regexp.MustCompile(`q (\S+) 0 0 -`).FindStringSubmatch(text)
		line := regexp.MustCompile(`0\.2 0\.4 0\.6 RG [^\n]*? d (\S+) (\S+) m (\S+) (\S+) l S`).FindStringSubmatch(text)
		if matrix == nil || line == nil {
			t.Fatalf("%g dpi: the line isn't found", dpi)
		}
		number := func(text string) float64 {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if mm := (number(line[3]) - number(line[1])) * number(matrix[1]) / 72 * 25.4; math.Abs(mm-200) > 0.1 {
			t.Errorf("%g dpi: 10 km are %.3f mm", dpi, mm)
		}
	}
}

func TestTheWordsOfASheetAreTexts(t *testing.T) {
	needFonts(t)
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: package poppler-utils")
	}
	read := exec.CommandContext(t.Context(), tool, "-layout", "-", "-")
	read.Stdin = bytes.NewReader(written(t, render.PDF, sheet(t)))
	out, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(out), " ", "")
	for _, want := range []string{
		"榃滨镇土地利用现状图", "都杨镇", "1:50000", "2000国家大地坐标系", "3度带第37带，中央子午线111°E", "水田", "林地", "十公里", "地类", "子午线收敛角", "0°24′",
		"资料来源：自然资源局", "数据现势性：2026年5月1日", "编制单位：云浮市自然资源局", "制图日期：2026年6月1日", "审图号：粤S（2026）001号", "内部", "位置示意图", "东邻镇", "112°02′",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF doesn't say %s", want)
		}
	}
	for _, not := range []string{"沙地", "演示数据"} { // a class that doesn't occur, and the watermark, which is drawn
		if strings.Contains(text, not) {
			t.Errorf("the PDF says %s", not)
		}
	}
	if t.Failed() {
		t.Log(string(out))
	}
}

func TestSheetsArePicturesOfTheirPaper(t *testing.T) {
	needFonts(t)
	for name, want := range map[string][2]int{"A4": {842, 596}, "A2": {1684, 1191}} {
		s := sheet(t)
		s.DPI, s.Denominator = 72, 200_000
		s.Paper, _ = PaperNamed(name)
		picture, err := png.Decode(bytes.NewReader(written(t, render.PNG, s)))
		if err != nil {
			t.Fatal(err)
		}
		if b := picture.Bounds(); b.Dx() != want[0] || b.Dy() != want[1] {
			t.Errorf("%s: %v, want %v", name, b, want)
		}
	}
	s := sheet(t)
	s.Landscape = false
	if svg := written(t, render.SVG, s); !bytes.HasPrefix(svg, []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="297mm" height="420mm"`)) {
		t.Errorf("the SVG begins %.120s", svg)
	}
}

func TestEverythingLiesOnThePaper(t *testing.T) {
	for _, paper := range Papers() {
		for _, landscape := range []bool{false, true} {
			s := &Sheet{Paper: paper, Landscape: landscape}
			w, h := s.size()
			l := s.layout()
			for name, b := range map[string]orb.Bound{"outer": l.outer, "frame": l.frame, "panel": l.panel} {
				if b.Min[0] < l.margin-1e-9 || b.Min[1] < l.margin-1e-9 || b.Max[0] > w-l.margin+1e-9 || b.Max[1] > h-l.margin+1e-9 || wide(b) < 20 || high(b) < 20 {
					t.Errorf("%s %t: %s is %v on %g × %g", paper.Name, landscape, name, b, w, h)
				}
			}
			if l.outer.Intersects(l.panel) {
				t.Errorf("%s %t: the panel is on the map", paper.Name, landscape)
			}
		}
	}
}

func TestSheetsThatCannotBeComposed(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Sheet)
		field  string
		err    error
	}{
		"no title":         {func(s *Sheet) { s.Title = " " }, "title", ErrInvalid},
		"no scale":         {func(s *Sheet) { s.Denominator = 0 }, "scale", ErrInvalid},
		"too many dpi":     {func(s *Sheet) { s.DPI = 1200 }, "dpi", ErrInvalid},
		"A0 at 600 dpi":    {func(s *Sheet) { s.Paper, _ = PaperNamed("A0"); s.DPI = 600 }, "dpi", ErrTooLarge},
		"Web Mercator":     {func(s *Sheet) { s.System = crs.WebMercator }, "crs", ErrInvalid},
		"degrees":          {func(s *Sheet) { s.System = crs.CGCS2000 }, "crs", ErrInvalid},
		"a title too long": {func(s *Sheet) { s.Title = strings.Repeat("图", 61) }, "title", ErrInvalid},
		"a place nowhere":  {func(s *Sheet) { s.Centre = orb.Point{9e8, 9e8} }, "centre", ErrInvalid},
	} {
		s := sheet(t)
		c.change(s)
		err := NewStudio(render.New(render.Options{})).Write(t.Context(), io.Discard, render.PNG, s)
		var problem *Problem
		if !errors.Is(err, c.err) || !errors.As(err, &problem) || problem.Field != c.field {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, err := PaperNamed("B5"); !errors.Is(err, ErrInvalid) {
		t.Errorf("paper B5: %v", err)
	}
}

func TestCoordinatesAreWrittenAsOnNationalMaps(t *testing.T) {
	d := &draft{zone: zone{number: 37}}
	for _, c := range []struct {
		value      float64
		easting    bool
		step       float64
		lead, main string
	}{
		{606_000, true, 2000, "376", "06"},
		{2_536_000, false, 2000, "25", "36"},
		{600_000, true, 1000, "376", "00"},
		{606_500, true, 500, "376", "06.5"},
		{2_536_050, false, 50, "25", "36.05"},
	} {
		if lead, main := d.kilometreText(c.value, c.easting, c.step); lead != c.lead || main != c.main {
			t.Errorf("%.0f: %s %s, want %s %s", c.value, lead, main, c.lead, c.main)
		}
	}
	d.zone.numbered = true
	if lead, main := d.kilometreText(37_606_000, true, 2000); lead != "376" || main != "06" {
		t.Errorf("with its number: %s %s", lead, main)
	}
	for denominator, want := range map[float64]string{50_000: "50 000", 2000: "2 000", 500: "500", 1_000_000: "1 000 000", 7500: "7 500"} {
		if got := groups(denominator); got != want {
			t.Errorf("%g is %s", denominator, got)
		}
	}
}

func TestGridNorthLiesEastOfTrueNorthInTheEastOfAZone(t *testing.T) {
	s := sheet(t)
	d := &draft{Sheet: s, layout: s.layout()}
	d.projector, _ = crs.NewProjector(s.System)
	d.undo, _ = crs.NewTransformer(s.System)
	want := 1.04 * math.Sin(22.93*math.Pi/180) // degrees east of the meridian, by the sine of the latitude
	if got, ok := d.convergence(); !ok || math.Abs(got-want) > 0.002 {
		t.Errorf("%.4f°, want %.4f°", got, want)
	}
}

func TestColumnsOfALegend(t *testing.T) {
	one, other := &class{group: "甲"}, &class{group: "乙"}
	rows := []row{{title: "甲"}, {class: one}, {class: one}, {title: "乙"}, {class: other}}
	got := columns(rows, legendTitle+2*legendRow+1, 2)
	if len(got) != 2 || len(got[0]) != 3 || len(got[1]) != 2 || got[1][0].title != "乙" {
		t.Errorf("%d columns: %v", len(got), got)
	}
	if got := columns(rows, legendTitle+legendRow+1, 3); len(got) != 3 || got[1][0].title != "甲（续）" {
		t.Errorf("a group that is longer than a column: %v", got)
	}
	if got := columns(rows, legendTitle+2*legendRow+1, 1); got != nil {
		t.Errorf("two columns where one has room: %v", got)
	}
}

func TestAnIndexListsItsUnits(t *testing.T) {
	needFonts(t)
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: package poppler-utils")
	}
	s := sheet(t)
	index := Index(*s, []Unit{
		{1, "甲镇", 20_000, orb.Bound{Min: orb.Point{112, 22.9}, Max: orb.Point{112.04, 22.96}}.ToPolygon()},
		{2, "乙镇", 25_000, orb.Bound{Min: orb.Point{112.04, 22.9}, Max: orb.Point{112.08, 22.96}}.ToPolygon()},
	})
	index.Document = []byte(`{"version":8,"sources":{},"layers":[]}`)
	read := exec.CommandContext(t.Context(), tool, "-layout", "-", "-")
	read.Stdin = bytes.NewReader(written(t, render.PDF, index))
	out, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(out), " ", "")
	for _, want := range []string{"图幅目录", "甲镇", "乙镇", "1:20000", "1:25000"} {
		if !strings.Contains(text, want) {
			t.Errorf("the index doesn't say %s: %s", want, out)
		}
	}
}
