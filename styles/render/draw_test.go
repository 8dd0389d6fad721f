package render

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func drawn(t testing.TB, s *Style, source Source, f Frame) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := New(Options{}).Draw(t.Context(), &b, PNG, s, source, f); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func rgb(p image.Image, x, y int) [3]int {
	r, g, b, _ := p.At(x, y).RGBA()
	return [3]int{int(r >> 8), int(g >> 8), int(b >> 8)}
}

func near(a, b [3]int, by int) bool {
	for i := range a {
		if d := a[i] - b[i]; d > by || d < -by {
			return false
		}
	}
	return true
}

func TestNothingShinesThroughTheBorderOfTwoAreas(t *testing.T) {
	f := pixelFrame(64, 64)
	// A slanted border, and the corner of three areas, on white paper.
	source := given{"areas": {
		{orb.Polygon{ring(f, 0, 0, 20.3, 0, 41.7, 64, 0, 64)}, crs.WebMercator, nil},
		{orb.Polygon{ring(f, 20.3, 0, 64, 0, 64, 31.1, 31, 32)}, crs.WebMercator, nil},
		{orb.Polygon{ring(f, 31, 32, 64, 31.1, 64, 64, 41.7, 64)}, crs.WebMercator, nil},
	}}
	p := drawn(t, styled(t, white+","+fillLayer("areas", `"#000"`)), source, f)
	for y := range 64 {
		for x := range 64 {
			if got := rgb(p, x, y); !near(got, [3]int{}, 3) {
				t.Fatalf("pixel %d, %d is %v: the paper shines through", x, y, got)
			}
		}
	}
}

func TestCoverIsExact(t *testing.T) {
	f := pixelFrame(8, 8)
	for sentence, c := range map[string]struct {
		ring orb.Ring
		x, y int
		want int // how dark, of 255
	}{
		"a whole pixel":                {ring(f, 2, 2, 4, 2, 4, 4, 2, 4), 3, 3, 255},
		"a quarter of a pixel":         {ring(f, 2, 2, 2.5, 2, 2.5, 2.5, 2, 2.5), 2, 2, 64},
		"half of one, by its diagonal": {ring(f, 0, 0, 8, 0, 0, 8), 4, 3, 128},
		"beyond the left and right":    {ring(f, -50, 2.5, 90, 2.5, 90, 4, -50, 4), 0, 2, 128},
		"beyond the right alone":       {ring(f, 4, -20, 40, 10, 4, 40), 7, 4, 255},
		"the other way round":          {ring(f, 2, 4, 4, 4, 4, 2, 2, 2), 3, 3, 255},
	} {
		p := drawn(t, styled(t, white+","+fillLayer("areas", `"#000"`)), given{"areas": {{orb.Polygon{c.ring}, crs.WebMercator, nil}}}, f)
		if got := rgb(p, c.x, c.y); !near(got, [3]int{255 - c.want, 255 - c.want, 255 - c.want}, 2) {
			t.Errorf("%s: %v, want %d", sentence, got, 255-c.want)
		}
	}
}

func TestAHoleIsAHole(t *testing.T) {
	f := pixelFrame(30, 30)
	for sentence, hole := range map[string]orb.Ring{
		"turned the other way": ring(f, 10, 10, 10, 20, 20, 20, 20, 10),
		"turned the same way":  ring(f, 10, 10, 20, 10, 20, 20, 10, 20),
	} {
		p := drawn(t, styled(t, white+","+fillLayer("areas", `"#f00"`)), given{"areas": {{orb.Polygon{ring(f, 2, 2, 28, 2, 28, 28, 2, 28), hole}, crs.WebMercator, nil}}}, f)
		if rgb(p, 15, 15) != [3]int{255, 255, 255} || rgb(p, 5, 5) != [3]int{255, 0, 0} {
			t.Errorf("%s: %v in the hole, %v beside it", sentence, rgb(p, 15, 15), rgb(p, 5, 5))
		}
	}
}

func TestLinesAreAsWideAsTheyShould(t *testing.T) {
	f := pixelFrame(60, 40)
	line := given{"lines": {{orb.LineString{at(f, 10, 20), at(f, 50, 20)}, crs.WebMercator, nil}}}
	for sentence, c := range map[string]struct {
		paint  string
		layout string
		dark   []int // pairs of x, y
		white  []int
	}{
		"butt":     {`"line-width":6`, ``, []int{30, 17, 30, 22, 10, 20, 49, 20}, []int{30, 16, 30, 23, 9, 20, 50, 20}},
		"square":   {`"line-width":6`, `"line-cap":"square"`, []int{7, 18, 52, 22}, []int{6, 20, 53, 20}},
		"round":    {`"line-width":6`, `"line-cap":"round"`, []int{8, 20, 51, 20}, []int{7, 17, 52, 22}},
		"dashes":   {`"line-width":2,"line-dasharray":[2,3]`, ``, []int{11, 20, 21, 20}, []int{16, 20, 27, 20}},
		"offset":   {`"line-width":2,"line-offset":5`, ``, []int{30, 25}, []int{30, 20}},
		"a casing": {`"line-width":2,"line-gap-width":4`, ``, []int{30, 17, 30, 22}, []int{30, 20}},
	} {
		layout := ""
		if c.layout != "" {
			layout = `"layout":{` + c.layout + `},`
		}
		p := drawn(t, styled(t, white+`,{"id":"l","type":"line","source":"s","source-layer":"lines",`+layout+`"paint":{`+c.paint+`}}`), line, f)
		for i := 0; i < len(c.dark); i += 2 {
			if !near(rgb(p, c.dark[i], c.dark[i+1]), [3]int{}, 90) {
				t.Errorf("%s: %d, %d is %v, want black", sentence, c.dark[i], c.dark[i+1], rgb(p, c.dark[i], c.dark[i+1]))
			}
		}
		for i := 0; i < len(c.white); i += 2 {
			if !near(rgb(p, c.white[i], c.white[i+1]), [3]int{255, 255, 255}, 20) {
				t.Errorf("%s: %d, %d is %v, want white", sentence, c.white[i], c.white[i+1], rgb(p, c.white[i], c.white[i+1]))
			}
		}
	}
}

func TestNeighbouringTilesDecideAlike(t *testing.T) {
	needFonts(t)
	whole := pixelFrame(512, 256)
	left, right := whole, whole
	left.Width, right.Width, left.Tile, right.Tile = 256, 256, true, true
	left.Extent.Max[0] -= 256
	right.Extent.Min[0] += 256
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"榃滨镇", "南江口", "上迭村委会", "G80", "深湾岗仔", "云浮"}
	style := styled(t, white+","+strings.Replace(labelLayer, `"text-size":14`, `"text-size":30`, 1))
	over := 0
	for range 400 {
		source := given{}
		for range 1500 { // far beyond what either tile can see
			source["places"] = append(source["places"], label(names[random.IntN(len(names))], at(whole, random.Float64()*2500-1000, random.Float64()*1000-400)))
		}
		seen := func(f Frame, shift float64) map[[3]float64]bool {
			p, err := New(Options{}).compose(t.Context(), style, source, f)
			if err != nil {
				t.Fatal(err)
			}
			found := map[[3]float64]bool{}
			for _, m := range p.layers[1].marks {
				g := m.text.glyphs
				x0, x1 := g[0].at.x+shift, g[len(g)-1].at.x+shift
				if y := g[0].at.y; x0 < 248 && x1 > 256 && y > 0 && y < 256 { // surely over the edge between them
					found[[3]float64{math.Round(x0), math.Round(g[0].at.y), float64(len(g))}] = true
				}
			}
			return found
		}
		a, b := seen(left, 0), seen(right, 256)
		over += len(a)
		if len(a) != len(b) {
			t.Fatalf("%d labels over the edge on the left, %d on the right", len(a), len(b))
		}
		for k := range a {
			if !b[k] {
				t.Fatalf("label %v is on the left alone", k)
			}
		}
	}
	if over < 10 {
		t.Errorf("only %d labels lay over the edge: the test proves little", over)
	}
}

func TestNoLabelOfASheetIsCut(t *testing.T) {
	needFonts(t)
	f := pixelFrame(200, 100)
	source := given{"places": {label("榃滨镇", at(f, 5, 50)), label("榃滨镇", at(f, 100, 50)), label("榃滨镇", at(f, 100, 55))}}
	p, err := New(Options{}).compose(t.Context(), styled(t, labelLayer), source, f)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.layers[0].marks); n != 1 {
		t.Errorf("%d labels; one is over the edge, one on another", n)
	}
}

func TestTheSameAskedTwiceIsTheSame(t *testing.T) {
	needFonts(t)
	f := pixelFrame(300, 300)
	source := given{"places": {label("榃滨镇", at(f, 100, 50)), label("罗定", at(f, 110, 60)), label("云城", at(f, 200, 200))}}
	s := styled(t, white+","+labelLayer)
	for _, format := range []Format{PNG, JPEG, SVG, PDF} {
		var a, b bytes.Buffer
		r := New(Options{})
		if err := errors.Join(r.Draw(t.Context(), &a, format, s, source, f), r.Draw(t.Context(), &b, format, s, source, f)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) || a.Len() == 0 {
			t.Errorf("%s: the same request gave other bytes", format)
		}
	}
}

func TestGoldenSVG(t *testing.T) {
	f := pixelFrame(100, 80)
	source := given{
		"areas": {
			{orb.Polygon{ring(f, 10, 10, 50, 10, 50, 60, 10, 60)}, crs.WebMercator, map[string]any{"class": "a"}},
			{orb.Polygon{ring(f, 50, 10, 90, 10, 90, 60, 50, 60)}, crs.WebMercator, map[string]any{"class": "b"}},
			{orb.Polygon{ring(f, 300, 300, 310, 300, 310, 310)}, crs.WebMercator, map[string]any{"class": "outside"}},
		},
		"lines":  {{orb.LineString{at(f, 0, 70), at(f, 100, 70)}, crs.WebMercator, nil}},
		"points": {{at(f, 30, 30), crs.WebMercator, nil}},
	}
	s := styled(t, strings.Join([]string{
		white,
		`{"id":"areas","type":"fill","source":"s","source-layer":"areas","paint":{"fill-color":["match",["get","class"],"a","#e3a5a5","#a5c8e3"],"fill-opacity":0.8}}`,
		`{"id":"hatch","type":"fill","source":"s","source-layer":"areas","filter":["==","class","b"],"paint":{"fill-pattern":"hatch:45:#2a7d2a"}}`,
		`{"id":"road","type":"line","source":"s","source-layer":"lines","layout":{"line-cap":"round","line-join":"round"},"paint":{"line-color":"#a85f1f","line-width":3,"line-dasharray":[2,1]}}`,
		`{"id":"dot","type":"circle","source":"s","source-layer":"points","paint":{"circle-radius":2,"circle-color":"#b3261e"}}`,
	}, ","))
	var b bytes.Buffer
	if err := New(Options{}).Draw(t.Context(), &b, SVG, s, source, f); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join("testdata", "plain.svg")
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the SVG is another; see with -update and git diff\n%s", b.Bytes())
	}
}

func TestWhatIsAskedWronglyIsSaid(t *testing.T) {
	f := pixelFrame(64, 64)
	wide := f
	wide.Width = 40_000
	backwards := f
	backwards.Extent.Min, backwards.Extent.Max = f.Extent.Max, f.Extent.Min
	nan := f
	nan.Extent.Min[0] = math.NaN()
	elsewhere := f
	elsewhere.System, _ = crs.FromEPSG(32650)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	source := given{"places": {label("云浮", at(f, 32, 32))}}
	for sentence, c := range map[string]struct {
		ctx    context.Context
		frame  Frame
		format Format
		fonts  []string
		want   error
		says   string
	}{
		"40,000 pixels":              {frame: wide, want: ErrInvalidFrame, says: "40000 × 64"},
		"an empty box":               {frame: backwards, want: ErrInvalidFrame, says: "empty"},
		"a box that is no number":    {frame: nan, want: ErrInvalidFrame, says: "NaN"},
		"a system without a plane":   {frame: elsewhere, want: ErrInvalidFrame, says: "32650"},
		"a format that isn't there":  {frame: f, format: "bmp", want: ErrFormat, says: "bmp"},
		"fonts that aren't there":    {frame: f, fonts: []string{"/nowhere"}, want: ErrMissingFont, says: "fonts-open-sans"},
		"somebody who has gone away": {frame: f, ctx: cancelled, want: context.Canceled},
	} {
		if c.ctx == nil {
			c.ctx = t.Context()
		}
		if c.format == "" {
			c.format = PNG
		}
		var b bytes.Buffer
		err := New(Options{FontPath: c.fonts}).Draw(c.ctx, &b, c.format, styled(t, white+","+labelLayer), source, c.frame)
		if !errors.Is(err, c.want) || (err != nil && !strings.Contains(err.Error(), c.says)) || b.Len() > 0 {
			t.Errorf("%s: %v (%d bytes written)", sentence, err, b.Len())
		}
	}
}

func TestAnEmptySourceGivesPaper(t *testing.T) {
	p := drawn(t, styled(t, white+","+fillLayer("areas", `"#000"`)+","+labelLayer), given{}, pixelFrame(20, 10))
	if p.Bounds() != image.Rect(0, 0, 20, 10) || rgb(p, 5, 5) != [3]int{255, 255, 255} {
		t.Errorf("%v, %v", p.Bounds(), rgb(p, 5, 5))
	}
}

func TestAHostileStyleCostsLittle(t *testing.T) {
	needFonts(t)
	f := pixelFrame(256, 256)
	source := given{
		"places": {label("榃", at(f, 128, 128))},
		"lines":  {{orb.LineString{at(f, -1e6, 128), at(f, 1e6, 130)}, crs.WebMercator, nil}},
	}
	for sentence, layer := range map[string]string{
		"a text and a halo beyond measure": strings.Replace(strings.Replace(labelLayer, `"text-size":14`, `"text-size":1000,"text-allow-overlap":true`, 1), `"text-halo-width":1.4`, `"text-halo-width":9000`, 1),
		"dashes too short to see":          `{"id":"l","type":"line","source":"s","source-layer":"lines","paint":{"line-width":1,"line-dasharray":[0.00001,0.00001]}}`,
		"dashes of no length":              `{"id":"l","type":"line","source":"s","source-layer":"lines","paint":{"line-width":1,"line-dasharray":[0,0,0,1]}}`,
		"a line wider than the picture":    `{"id":"l","type":"line","source":"s","source-layer":"lines","layout":{"line-cap":"round"},"paint":{"line-width":10000}}`,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		f := f
		f.Tile, f.DPI = true, 600
		if err := New(Options{}).Draw(ctx, io.Discard, PNG, styled(t, white+","+layer), source, f); err != nil {
			t.Errorf("%s: %v", sentence, err)
		}
		cancel()
	}
}
