package render

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os/exec"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// aPaper is a paper of 100 × 60 mm with a map of 40 × 40 mm on it whose area reaches
// far beyond it.
func aPaper(t *testing.T, dpi float64) (*Paper, *Class, *Class) {
	t.Helper()
	r := New(Options{})
	p, err := r.NewPaper(100, 60, dpi)
	if err != nil {
		t.Fatal(err)
	}
	f, err := PaperFrame(crs.WebMercator, orb.Point{12_460_000, 2_610_000}, 40, 40, 50_000, dpi)
	if err != nil {
		t.Fatal(err)
	}
	b := f.Extent
	source := given{"areas": {
		{b.Pad(5000).ToPolygon(), crs.WebMercator, map[string]any{"kind": "a"}},
		{orb.Bound{Min: orb.Point{b.Max[0] + 10, b.Min[1]}, Max: orb.Point{b.Max[0] + 100, b.Max[1]}}.ToPolygon(), crs.WebMercator, map[string]any{"kind": "b"}},
	}}
	seen := &Class{Source: "s", SourceLayer: "areas", Properties: map[string]any{"kind": []any{"x", "a"}}}
	beside := &Class{Source: "s", SourceLayer: "areas", Properties: map[string]any{"kind": "b"}}
	beneath := false
	err = p.Map(t.Context(), Map{
		Name: "m", Style: styled(t, fillLayer("f", `"#00ff00"`)), Source: source, Frame: f, X: 10, Y: 10,
		Classes: []*Class{seen, beside}, Beneath: func() { beneath = true },
	})
	if err != nil || !beneath {
		t.Fatalf("%v, beneath %t", err, beneath)
	}
	p.Within(orb.Bound{Min: orb.Point{60, 10}, Max: orb.Point{80, 30}}, func() {
		p.Area(Ink{Colour: Colour{R: 1, A: 1}}, []orb.Point{{50, 20}, {90, 20}, {90, 50}, {50, 50}})
	})
	p.Line(Pen{Width: 1, Colour: Colour{B: 1, A: 1}}, []orb.Point{{60, 50}, {90, 50}})
	return p, seen, beside
}

func TestAPaperCutsItsMapsAndWindows(t *testing.T) {
	p, seen, beside := aPaper(t, 127) // 5 pixels to a millimetre
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, PNG); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if picture.Bounds() != image.Rect(0, 0, 500, 300) {
		t.Fatalf("the picture is %v", picture.Bounds())
	}
	for place, want := range map[[2]int]string{
		{5, 5}: "white", {9, 30}: "white", {11, 11}: "green", {49, 49}: "green", {51, 30}: "white",
		{59, 25}: "white", {61, 25}: "red", {79, 29}: "red", {81, 25}: "white", {70, 31}: "white", {70, 19}: "white", {75, 50}: "blue", {75, 52}: "white",
	} {
		r, g, bl, _ := picture.At(place[0]*5, place[1]*5).RGBA()
		got := map[[3]uint32]string{{65535, 65535, 65535}: "white", {0, 65535, 0}: "green", {65535, 0, 0}: "red", {0, 0, 65535}: "blue"}[[3]uint32{r, g, bl}]
		if got != want {
			t.Errorf("at %v mm: %q, want %s", place, got, want)
		}
	}
	if !seen.Occurs || beside.Occurs {
		t.Errorf("the class in the frame occurs: %t; the one beside it: %t", seen.Occurs, beside.Occurs)
	}
}

func TestPapersAreWrittenAsSVGAndPDF(t *testing.T) {
	p, _, _ := aPaper(t, 127)
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b, SVG); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`width="100mm"`, `<clipPath id="w0"><rect x="0" y="0" width="200" height="200"/>`, `id="m/f" transform="translate(50 50)" clip-path="url(#w0)"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
	b.Reset()
	if err := p.Write(t.Context(), &b, PDF); err != nil {
		t.Fatal(err)
	}
	if content := streams(t, b.Bytes()); !strings.Contains(content, "1 0 0 1 50.00000 50.00000 cm 0.0000 0.0000 200.0000 200.0000 re W n") {
		t.Errorf("the PDF has no window of the map: %s", content)
	}
}

func TestABookHasPagesThatShareTheirFonts(t *testing.T) {
	needFonts(t)
	r := New(Options{})
	var out bytes.Buffer
	book := r.NewBook(&out, "图集")
	for _, name := range []string{"都杨镇", "榃滨镇"} {
		p, err := r.NewPaper(100, 60, 96)
		if err != nil {
			t.Fatal(err)
		}
		p.Text(Text{At: orb.Point{50, 30}, Text: name, Size: 6, Colour: Colour{A: 1}, Bold: 0.03})
		p.Text(Text{At: orb.Point{50, 50}, Text: "水印", Size: 6, Colour: Colour{A: 1}, Outlined: true, Angle: -30})
		if err := book.Add(p, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if n := strings.Count(text, "/Type /Page "); n != 2 {
		t.Errorf("%d pages", n)
	}
	if n := strings.Count(text, "/FontFile2"); n != 1 { // both pages take their characters from it
		t.Errorf("%d fonts are embedded, want 1", n)
	}
	if !strings.Contains(text, "/Type /Outlines") {
		t.Error("the pages aren't listed")
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: package poppler-utils")
	}
	read := exec.CommandContext(t.Context(), tool, "-", "-")
	read.Stdin = &out
	found, err := read.Output()
	if err != nil {
		t.Fatal(err)
	}
	if s := string(found); !strings.Contains(s, "都杨镇") || !strings.Contains(s, "榃滨镇") || strings.Contains(s, "水印") {
		t.Errorf("the PDF says %q", s)
	}
}

func TestAPaperKeepsItsFirstError(t *testing.T) {
	p, err := New(Options{FontPath: []string{t.TempDir()}}).NewPaper(100, 60, 96)
	if err != nil {
		t.Fatal(err)
	}
	p.Text(Text{At: orb.Point{50, 30}, Text: "云浮", Size: 6, Colour: Colour{A: 1}})
	if err := p.Write(t.Context(), &bytes.Buffer{}, PNG); !errors.Is(err, ErrMissingFont) {
		t.Errorf("without fonts: %v", err)
	}
	if _, err := New(Options{}).NewPaper(1189, 841, 600); !errors.Is(err, ErrInvalidFrame) {
		t.Errorf("A0 at 600 dpi: %v", err)
	}
}

func TestAShapeReachesABox(t *testing.T) {
	box := rect{10, 10, 20, 20}
	ring := func(places ...float64) (out []point) {
		for i := 0; i < len(places); i += 2 {
			out = append(out, point{places[i], places[i+1]})
		}
		return out
	}
	for sentence, c := range map[string]struct {
		shape shape
		want  bool
	}{
		"a point in it":                {shape{[][]point{ring(15, 15)}, "Point"}, true},
		"a point beside it":            {shape{[][]point{ring(25, 15)}, "Point"}, false},
		"a line through it":            {shape{[][]point{ring(0, 0, 30, 30)}, "LineString"}, true},
		"a line round its corner":      {shape{[][]point{ring(0, 18, 0, 40, 30, 40)}, "LineString"}, false},
		"a line past its corner":       {shape{[][]point{ring(15, 0, 30, 12)}, "LineString"}, false},
		"an area that holds it":        {shape{[][]point{ring(0, 0, 30, 0, 30, 30, 0, 30)}, "Polygon"}, true},
		"an area whose hole holds it":  {shape{[][]point{ring(0, 0, 30, 0, 30, 30, 0, 30), ring(5, 5, 5, 25, 25, 25, 25, 5)}, "Polygon"}, false},
		"an area round two sides":      {shape{[][]point{ring(0, 0, 30, 0, 30, 5, 5, 5, 5, 30, 0, 30)}, "Polygon"}, false},
		"an area whose last edge cuts": {shape{[][]point{ring(0, 15, 5, 40, 40, 40, 40, 15)}, "Polygon"}, true},
	} {
		if got := c.shape.reaches(box); got != c.want {
			t.Errorf("%s: %t", sentence, got)
		}
	}
}
