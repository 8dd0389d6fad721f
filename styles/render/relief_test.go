package render

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// hills are heights that are known everywhere.
type hills struct{}

func (hills) Features(context.Context, Query, func(*Feature) error) error { return nil }

func (hills) Picture(_ context.Context, _ string, f Frame) (image.Image, error) {
	return image.NewUniform(color.RGBA{1, 2, 3, 255}), nil
}

func hillHeight(x, y float64) float32 {
	return float32(600 + 260*math.Sin(x/900)*math.Cos(y/1300) + 90*math.Sin((x+y)/420))
}

func (hills) Heights(_ context.Context, _ string, f Frame) ([]float32, error) {
	pixel := f.Pixel()
	heights := make([]float32, 0, (f.Width+2)*(f.Height+2))
	for row := -1; row <= f.Height; row++ {
		for column := -1; column <= f.Width; column++ {
			heights = append(heights, hillHeight(f.Extent.Min[0]+(float64(column)+0.5)*pixel[0], f.Extent.Max[1]-(float64(row)+0.5)*pixel[1]))
		}
	}
	return heights, nil
}

var hillFrame = Frame{System: mustParse("EPSG:4546"), Extent: orb.Bound{Min: orb.Point{600_000, 2_530_000}, Max: orb.Point{610_000, 2_537_500}}, Width: 400, Height: 300, DPI: 96}

func mustParse(text string) crs.System {
	s, err := crs.Parse(text)
	if err != nil {
		panic(err)
	}
	return s
}

func shadedStyle(t *testing.T, paint string) *Style {
	t.Helper()
	s, err := ParseStyle([]byte(`{"version": 8, "sources": {"ground": {"type": "raster-dem", "url": "/terrain/ground.json"}}, "layers": [
		{"id": "paper", "type": "background", "paint": {"background-color": "#808080"}},
		{"id": "shade", "type": "hillshade", "source": "ground", "paint": {` + paint + `}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func relieved(t *testing.T, paint string) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := New(Options{}).Draw(t.Context(), &out, PNG, shadedStyle(t, paint), hills{}, hillFrame); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// byGDAL is what gdaldem hillshade makes of the same heights, lit from the
// north-west, 45° high.
func byGDAL(t *testing.T) []uint8 {
	t.Helper()
	if err := godal.RegisterRaster("MEM"); err != nil {
		t.Fatal(err)
	}
	f := hillFrame
	heights, err := hills{}.Heights(t.Context(), "", f)
	if err != nil {
		t.Fatal(err)
	}
	w, h := f.Width+2, f.Height+2
	pixel := f.Pixel()
	from, err := godal.Create("MEM", "", 1, godal.Float32, w, h)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close() //nolint:errcheck // it is in memory alone
	if err := from.SetGeoTransform([6]float64{f.Extent.Min[0] - pixel[0], pixel[0], 0, f.Extent.Max[1] + pixel[1], 0, -pixel[1]}); err != nil {
		t.Fatal(err)
	}
	if err := from.Bands()[0].Write(0, 0, heights, w, h); err != nil {
		t.Fatal(err)
	}
	to, err := from.Dem("", "hillshade", "", []string{"-of", "MEM", "-az", "315", "-alt", "45"})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close() //nolint:errcheck // it is in memory alone
	shade := make([]uint8, f.Width*f.Height)
	if err := to.Bands()[0].Read(1, 1, shade, f.Width, f.Height); err != nil {
		t.Fatal(err)
	}
	return shade
}

// The two don't use one formula: GDAL's flat ground is as bright as the sine of the
// light's height, ours is left as it is. So both are brought to mean 0 and
// deviation 1, in which the difference is that of where and how strongly it is lit.
func TestTheGroundIsLitAsGDALLightsIt(t *testing.T) {
	ours := relieved(t, `"hillshade-illumination-direction": 315, "hillshade-exaggeration": 0.5, "hillshade-shadow-color": "#000000", "hillshade-highlight-color": "#ffffff", "hillshade-accent-color": "rgba(0,0,0,0)"`)
	theirs := byGDAL(t)
	n := float64(len(theirs))
	a, b := make([]float64, len(theirs)), make([]float64, len(theirs))
	for i := range theirs {
		grey, _, _, _ := ours.At(i%hillFrame.Width, i/hillFrame.Width).RGBA()
		a[i], b[i] = float64(grey>>8), float64(theirs[i])
	}
	raw := 0.0
	for i := range a {
		raw += math.Abs(a[i] - b[i])
	}
	for _, list := range [][]float64{a, b} {
		mean, deviation := 0.0, 0.0
		for _, v := range list {
			mean += v / n
		}
		for _, v := range list {
			deviation += (v - mean) * (v - mean) / n
		}
		for i := range list {
			list[i] = (list[i] - mean) / math.Sqrt(deviation)
		}
	}
	correlation, difference := 0.0, 0.0
	for i := range a {
		correlation += a[i] * b[i] / n
		difference += math.Abs(a[i]-b[i]) / n
	}
	if correlation < 0.93 {
		t.Errorf("correlation with gdaldem hillshade is %.3f", correlation)
	}
	t.Logf("beside gdaldem hillshade: correlation %.3f, mean difference %.2f deviations, %.1f of 255 as they are", correlation, difference, raw/n)
}

func TestLightAndColoursAreTheStyles(t *testing.T) {
	west := relieved(t, `"hillshade-illumination-direction": 270, "hillshade-shadow-color": "#0000ff", "hillshade-highlight-color": "#ff0000", "hillshade-accent-color": "#00ff00"`)
	slopes := map[string][2]int{} // a pixel of each kind
	for y := range hillFrame.Height {
		for x := range hillFrame.Width {
			e := hillFrame.Extent.Min[0] + (float64(x)+0.5)*25
			n := hillFrame.Extent.Max[1] - (float64(y)+0.5)*25
			dx, dy := hillHeight(e+25, n)-hillHeight(e-25, n), hillHeight(e, n+25)-hillHeight(e, n-25)
			switch {
			case dx > 12 && math.Abs(float64(dy)) < 2:
				slopes["west"] = [2]int{x, y}
			case dx < -12 && math.Abs(float64(dy)) < 2:
				slopes["east"] = [2]int{x, y}
			}
		}
	}
	if len(slopes) != 2 {
		t.Fatal("the hills have no slope to the west and to the east")
	}
	r, g, b, _ := west.At(slopes["west"][0], slopes["west"][1]).RGBA()
	if r <= b+0x1000 || r <= g {
		t.Errorf("a slope towards the light is %x %x %x", r>>8, g>>8, b>>8)
	}
	r, g, b, _ = west.At(slopes["east"][0], slopes["east"][1]).RGBA()
	if b <= r+0x1000 || b <= g {
		t.Errorf("a slope away from the light is %x %x %x", r>>8, g>>8, b>>8)
	}
	weak, strong := contrastOf(relieved(t, `"hillshade-exaggeration": 0.1`)), contrastOf(relieved(t, `"hillshade-exaggeration": 0.9`))
	if none := contrastOf(relieved(t, `"hillshade-exaggeration": 0`)); none != 0 || weak*2 > strong {
		t.Errorf("contrast is %g without exaggeration, %g with little, %g with much", none, weak, strong)
	}
}

func contrastOf(picture image.Image) float64 {
	sum := 0.0
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, _, _, _ := picture.At(x, y).RGBA()
			sum += math.Abs(float64(r>>8) - 0x80)
		}
	}
	return sum / float64(picture.Bounds().Dx()*picture.Bounds().Dy())
}

func TestHillshadeGoesIntoEveryKindOfOutput(t *testing.T) {
	for format, mark := range map[Format]string{SVG: "<image", PDF: "/Image", JPEG: "JFIF"} {
		var out bytes.Buffer
		if err := New(Options{}).Draw(t.Context(), &out, format, shadedStyle(t, ""), hills{}, hillFrame); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if format != JPEG && !strings.Contains(out.String(), mark) || out.Len() < 1000 {
			t.Errorf("%s: %d bytes without %s", format, out.Len(), mark)
		}
	}
	var out bytes.Buffer
	if err := New(Options{}).Draw(t.Context(), &out, PNG, shadedStyle(t, ""), nothing{}, hillFrame); err == nil {
		t.Error("a source without heights is drawn")
	}
}

// nothing is a source without features and heights.
type nothing struct{}

func (nothing) Features(context.Context, Query, func(*Feature) error) error { return nil }
