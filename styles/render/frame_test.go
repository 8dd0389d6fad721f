package render

import (
	"bytes"
	"compress/zlib"
	"io"
	"math"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

func TestTheZoomOfAFrameIsThatOfItsTile(t *testing.T) {
	const world = equator
	for z := range 20 {
		side := world / math.Pow(2, float64(z))
		f := Frame{System: crs.WebMercator, Width: 256, Height: 256, DPI: 96, Extent: orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{side, side}}}
		if got, want := f.Zoom(), max(0, float64(z-1)); got != want {
			t.Errorf("tile of zoom %d with 256 pixels: style zoom %g, want %g", z, got, want)
		}
		f.Width, f.Height, f.DPI = 512, 512, 192 // the same, for a fine screen
		if got, want := f.Zoom(), max(0, float64(z-1)); got != want {
			t.Errorf("tile of zoom %d, twice as fine: style zoom %g, want %g", z, got, want)
		}
	}
}

// streams are the unpacked streams of a PDF.
func streams(t *testing.T, pdf []byte) string {
	t.Helper()
	var all strings.Builder
	for _, part := range bytes.Split(pdf, []byte("stream\n")) {
		z, err := zlib.NewReader(bytes.NewReader(part))
		if err != nil {
			continue
		}
		text, _ := io.ReadAll(z)
		all.Write(text)
	}
	return all.String()
}

func TestTenKilometresAtOneToFiftyThousandAreTwentyCentimetres(t *testing.T) {
	centre := orb.Point{560_000, 2_540_000}
	source := given{"lines": {{orb.LineString{{555_000, 2_540_000}, {565_000, 2_540_000}}, crs.System{}, nil}}}
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		t.Fatal(err)
	}
	source["lines"][0].system = grid
	s := styled(t, `{"id":"l","type":"line","source":"s","source-layer":"lines","paint":{"line-width":1}}`)
	for _, dpi := range []float64{72, 96, 150, 300, 600} {
		f, err := PaperFrame(grid, centre, 297, 210, 50_000, dpi)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := New(Options{}).Draw(t.Context(), &b, PDF, s, source, f); err != nil {
			t.Fatal(err)
		}
		content := streams(t, b.Bytes())
		matrix := regexp.MustCompile(`q (\S+) 0 0`).FindStringSubmatch(content)
		line := regexp.MustCompile(`(\S+) (\S+) m (\S+) (\S+) l S`).FindStringSubmatch(content)
		if matrix == nil || line == nil {
			t.Fatalf("%g dpi: no line in %s", dpi, content)
		}
		number := func(text string) float64 {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		points := (number(line[3]) - number(line[1])) * number(matrix[1])
		if millimetres := points / 72 * 25.4; math.Abs(millimetres-200) > 0.1 {
			t.Errorf("%g dpi: %.3f mm", dpi, millimetres)
		}
		if d := f.ScaleDenominator(); math.Abs(d-50_000) > 0.01 {
			t.Errorf("%g dpi: 1:%g", dpi, d)
		}
	}
}

func TestALineIsBentAsItsProjectionIs(t *testing.T) {
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		t.Fatal(err)
	}
	// A parallel through the county, given by its two ends, on a sheet where it bends by many pixels.
	a, b := orb.Point{108, 23}, orb.Point{114, 23}
	f := Frame{System: grid, Extent: orb.Bound{Min: orb.Point{180_000, 2_400_000}, Max: orb.Point{820_000, 2_700_000}}, Width: 3200, Height: 1500, DPI: 96}
	m, err := newMapping(f, 0)
	if err != nil {
		t.Fatal(err)
	}
	line := m.line([]orb.Point{a, b}, false)
	for i := 0.; i <= 1; i += 0.001 {
		p := orb.Point{a[0] + (b[0]-a[0])*i, 23}
		want := m.place(m.project(p))
		nearest := math.Inf(1)
		for k := 1; k < len(line); k++ {
			nearest = min(nearest, away(want, line[k-1], line[k]))
		}
		if nearest > 0.5 {
			t.Fatalf("at %v the line of %d places is %.2f pixels off", p, len(line), nearest)
		}
	}
	if straight := away(m.place(m.project(orb.Point{111, 23})), line[0], line[len(line)-1]); straight < 5 {
		t.Errorf("a straight line would be %.2f pixels off: the test proves nothing", straight)
	}
}

func away(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	u := max(0, min(1, ((p.x-a.x)*dx+(p.y-a.y)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(p.x-a.x-u*dx, p.y-a.y-u*dy)
}

func TestTextsOfAPDFAreFound(t *testing.T) {
	needFonts(t)
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: package poppler-utils")
	}
	f := pixelFrame(400, 200)
	source := given{"places": {label("榃滨镇", at(f, 100, 50)), label("罗定市 G324", at(f, 250, 150))}}
	s := styled(t, white+`,{"id":"name","type":"symbol","source":"s","source-layer":"places","layout":{"text-field":["get","name"],"text-letter-spacing":0.3},"paint":{"text-halo-color":"#fff","text-halo-width":2}}`)
	var b bytes.Buffer
	if err := New(Options{}).Draw(t.Context(), &b, PDF, s, source, f); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), tool, "-", "-")
	command.Stdin = &b
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, want := range []string{"榃滨镇", "罗定市 G324"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("%q is there %d times in %q", want, strings.Count(string(text), want), text)
		}
	}
}
