package legend

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"testing"

	"onemap/styles/render"
)

const document = `{"version":8,"sources":{"area":{"type":"vector"},"line":{"type":"vector"},"site":{"type":"vector"},"place":{"type":"vector"}},"layers":[
	{"id":"area:fill","type":"fill","source":"area","source-layer":"area","minzoom":16,"paint":{"fill-color":["match",["get","kind"],"a","#ff0000","#0000ff"]}},
	{"id":"area:name","type":"symbol","source":"area","source-layer":"area_label","layout":{"text-field":["get","name"]}},
	{"id":"line:line","type":"line","source":"line","source-layer":"line","paint":{"line-width":4,"line-color":"#00ff00"}},
	{"id":"site:icon","type":"symbol","source":"site","source-layer":"site","layout":{"icon-image":"icon:square:#123456","text-field":["get","name"]}},
	{"id":"place:name","type":"symbol","source":"place","source-layer":"place","layout":{"text-field":["get","name"],"text-size":14},"paint":{"text-color":"#aa0000"}}]}`

func lines() []Line {
	return []Line{
		{Label: "云浮地类", Heading: true},
		{Source: "area", Geometry: "Polygon", Label: "水田", Properties: map[string]any{"kind": []any{"a", "b"}}},
		{Source: "area", Geometry: "Polygon", Label: "其他", Properties: map[string]any{"kind": "z"}},
		{Source: "line", Geometry: "LineString", Label: "道路"},
		{Source: "site", Geometry: "Point", Label: "避险点"},
		{Source: "place", Geometry: "Point", Label: "榃滨镇"},
	}
}

func draw(t *testing.T, d Drawn) image.Image {
	t.Helper()
	style, err := render.ParseStyle(d.Style)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := render.New(render.Options{}).Draw(t.Context(), &b, render.PNG, style, d.Source, d.Frame); err != nil {
		t.Fatal(err)
	}
	if file := os.Getenv("KEEP_PICTURES"); file != "" {
		if err := os.WriteFile(file+"/"+t.Name()+".png", b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	drawn, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// fonts skips where Debian's fonts are not there.
func fonts(t *testing.T) {
	t.Helper()
	for _, file := range []string{"/usr/share/fonts/truetype/open-sans/OpenSans-Regular.ttf", "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"} {
		if _, err := os.Stat(file); err != nil && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
	}
}

func TestSwatchesLookAsTheMapDoes(t *testing.T) {
	fonts(t)
	d, err := Draw([]byte(document), lines(), 14)
	if err != nil {
		t.Fatal(err)
	}
	p := draw(t, d)
	w, h := Size(lines())
	if p.Bounds().Dx() != w || p.Bounds().Dy() != h {
		t.Errorf("%v, want %d × %d", p.Bounds(), w, h)
	}
	colour := func(row int) [3]uint32 {
		r, g, b, _ := p.At(edge+swatchWide/2, edge+row*rowHeight+rowHeight/2).RGBA()
		return [3]uint32{r >> 8, g >> 8, b >> 8}
	}
	for row, want := range map[int][3]uint32{1: {255, 0, 0}, 2: {0, 0, 255}, 3: {0, 255, 0}, 4: {0x12, 0x34, 0x56}} {
		if got := colour(row); got != want {
			t.Errorf("the swatch of line %d is %v, want %v", row, got, want)
		}
	}
	for row := range lines() {
		dark, red := 0, 0
		for y := edge + row*rowHeight; y < edge+(row+1)*rowHeight; y++ {
			for x := range w {
				r, g, _, _ := p.At(x, y).RGBA()
				if x > edge+swatchWide && r < 0x6000 {
					dark++
				}
				if x < edge+swatchWide && r > 0x9000 && g < 0x5000 {
					red++
				}
			}
		}
		if dark < 20 {
			t.Errorf("line %d has no text", row)
		}
		if row == 5 && red < 10 {
			t.Error("a layer of names alone has no swatch")
		}
	}
}

func TestATextFillsLines(t *testing.T) {
	fonts(t)
	d, err := Text("没有这个图层 / there is no such layer, and this is said at some length", 120, 200)
	if err != nil {
		t.Fatal(err)
	}
	p := draw(t, d)
	rows := map[int]bool{}
	for y := range 200 {
		for x := range 120 {
			if r, _, _, _ := p.At(x, y).RGBA(); r < 0x8000 {
				rows[(y-edge)/rowHeight] = true
			}
		}
	}
	if len(rows) < 3 {
		t.Errorf("%d rows of text", len(rows))
	}
	if _, err := Text("x", 1, 1); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoStyleIsRefused(t *testing.T) {
	if _, err := Draw([]byte("{"), lines(), 14); !errors.Is(err, ErrStyle) {
		t.Errorf("%v", err)
	}
}
