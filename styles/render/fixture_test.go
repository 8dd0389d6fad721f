package render

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// given is a source that holds its features.
type given map[string][]thing

type thing struct {
	geometry   orb.Geometry
	system     crs.System
	properties map[string]any
}

func (g given) Features(ctx context.Context, q Query, take func(*Feature) error) error {
	for i, t := range g[q.SourceLayer] {
		if b := t.geometry.Bound(); t.system == crs.WebMercator {
			low, high := crs.PointToWebMercator(q.Box.Min), crs.PointToWebMercator(q.Box.Max)
			if !b.Intersects(orb.Bound{Min: low, Max: high}) {
				continue
			}
		}
		f := &Feature{ID: uint64(i + 1), Geometry: orb.Clone(t.geometry), System: t.system}
		for _, name := range q.Fields {
			f.Values = append(f.Values, t.properties[name])
		}
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}

// styled makes a document of layers over one source.
func styled(t testing.TB, layers string) *Style {
	t.Helper()
	s, err := ParseStyle([]byte(`{"version":8,"sources":{"s":{"type":"vector"}},"layers":[` + layers + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pixels is a frame whose units are its pixels, about the middle of Yunfu.
func pixelFrame(width, height int) Frame {
	const x, y = 12_460_000, 2_610_000
	return Frame{
		System: crs.WebMercator, DPI: 96, Width: width, Height: height,
		Extent: orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + float64(width), y + float64(height)}},
	}
}

// at is a place in a pixel frame, y downward.
func at(f Frame, x, y float64) orb.Point {
	return orb.Point{f.Extent.Min[0] + x, f.Extent.Max[1] - y}
}

func ring(f Frame, places ...float64) orb.Ring {
	var r orb.Ring
	for i := 0; i < len(places); i += 2 {
		r = append(r, at(f, places[i], places[i+1]))
	}
	return append(r, r[0])
}

// needFonts skips where the fonts are not installed; with CI set it fails.
func needFonts(t testing.TB) {
	t.Helper()
	f := newFonts(nil)
	for i := range faceFiles {
		if _, err := f.load(i); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

func label(name string, at orb.Point) thing {
	return thing{at, crs.WebMercator, map[string]any{"name": name}}
}

const labelLayer = `{"id":"name","type":"symbol","source":"s","source-layer":"places","layout":{"text-field":["get","name"],"text-size":14},"paint":{"text-color":"#222","text-halo-color":"#fff","text-halo-width":1.4}}`

func fillLayer(id, colour string) string {
	return fmt.Sprintf(`{"id":%q,"type":"fill","source":"s","source-layer":"areas","paint":{"fill-color":%s}}`, id, colour)
}

const white = `{"id":"paper","type":"background","paint":{"background-color":"#fff"}}`
