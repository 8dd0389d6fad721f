package dem_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/importers/dem"
)

const side = 256

// raster writes a raster of a smooth hill, w × h pixels of a system, with its
// north-west corner and the size of its pixels, and nothing in its first column.
func raster(t *testing.T, driver godal.DriverName, name string, epsg int, kind godal.DataType, bands, w, h int, transform [6]float64) string {
	t.Helper()
	if err := godal.RegisterRaster(driver); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	made, err := godal.Create(driver, path, bands, kind, w, h)
	if err != nil {
		t.Fatal(err)
	}
	if epsg != 0 {
		system, err := godal.NewSpatialRefFromEPSG(epsg)
		if err != nil {
			t.Fatal(err)
		}
		defer system.Close()
		if err := made.SetSpatialRef(system); err != nil {
			t.Fatal(err)
		}
	}
	heights := make([]float32, w*h)
	for y := range h {
		for x := range w {
			heights[y*w+x] = float32(math.Round(400 + 300*math.Sin(float64(x)/11)*math.Cos(float64(y)/17)))
			if x == 0 {
				heights[y*w] = -9999
			}
		}
	}
	if err := errors.Join(made.SetGeoTransform(transform), made.SetNoData(-9999), made.Bands()[0].Write(0, 0, heights, w, h), made.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// box is where the rasters lie, in EPSG:3857 metres.
var box = orb.Bound{Min: orb.Point{12_460_000, 2_620_000}, Max: orb.Point{12_480_000, 2_640_000}}

// byGDAL is the box as gdalwarp makes it.
func byGDAL(t *testing.T, path string) []float32 {
	t.Helper()
	from, err := godal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close() //nolint:errcheck // it was only read
	if err := godal.RegisterRaster("MEM"); err != nil {
		t.Fatal(err)
	}
	to, err := from.Warp("", []string{
		"-of", "MEM", "-t_srs", "EPSG:3857", "-te", "12460000", "2620000", "12480000", "2640000", "-ts", "256", "256", "-r", "bilinear", "-et", "0", "-ot", "Float32", "-dstnodata", "-9999",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close() //nolint:errcheck // it is in memory alone
	heights := make([]float32, side*side)
	if err := to.Bands()[0].Read(0, 0, heights, side, side); err != nil {
		t.Fatal(err)
	}
	return heights
}

func TestHeightsLieWhereGDALPutsThem(t *testing.T) {
	for sentence, path := range map[string]string{
		"CGCS2000, three-degree zone of 111°": raster(t, godal.GTiff, "gk.tif", 4546, godal.Float32, 1, 200, 220, [6]float64{596_000, 100, 0, 2_536_000, 0, -100}),
		"CGCS2000, zone with its number":      raster(t, godal.GTiff, "zone.tif", 4525, godal.Int16, 1, 200, 220, [6]float64{37_596_000, 100, 0, 2_536_000, 0, -100}),
		"CGCS2000 degrees":                    raster(t, godal.GTiff, "4490.tif", 4490, godal.Int16, 1, 190, 190, [6]float64{111.93, 0.001, 0, 22.95, 0, -0.001}),
		"WGS 84, as ERDAS IMG":                raster(t, "HFA", "4326.img", 4326, godal.Float32, 1, 190, 190, [6]float64{111.93, 0.001, 0, 22.95, 0, -0.001}),
		"Web Mercator":                        raster(t, godal.GTiff, "3857.tif", 3857, godal.Float32, 1, 190, 190, [6]float64{12_459_000, 110, 0, 2_640_500, 0, -110}),
	} {
		r, err := dem.Open(path, dem.Options{})
		if err != nil {
			t.Errorf("%s: %v", sentence, err)
			continue
		}
		ours, theirs := make([]float32, side*side), byGDAL(t, path)
		if err := r.Warp(t.Context(), box, side, ours); err != nil {
			t.Errorf("%s: %v", sentence, err)
		}
		both, alone, sum, most := 0, 0, 0.0, 0.0
		for i, h := range theirs {
			switch {
			case h == -9999 && ours[i] != ours[i]:
			case h == -9999 || ours[i] != ours[i]:
				alone++
			default:
				both++
				d := math.Abs(float64(h - ours[i]))
				sum, most = sum+d, max(most, d)
			}
		}
		if both < side*side/10 || alone > side*side/200 || sum/float64(both) > 0.05 || most > 3 {
			t.Errorf("%s: %d pixels of both, %d of one alone; mean difference %.3f m, largest %.2f m", sentence, both, alone, sum/float64(both), most)
		}
		t.Logf("%s: %s: %d pixels of both, %d of one alone; mean difference %.4f m, largest %.3f m", sentence, r, both, alone, sum/float64(both), most)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestARealModelOfTheSeaAndTheLand(t *testing.T) {
	path := "../../../shared/data/raster/etopo5_guangdong_5arcmin_wgs84.tif"
	if _, err := os.Stat(path); err != nil {
		t.Log("not on this machine:", path)
		return
	}
	r, err := dem.Open(path, dem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // it was only read
	if w, h := r.Size(); w != 96 || h != 66 || r.Resolution() < 8_000 || r.Resolution() > 9_500 {
		t.Errorf("%s", r)
	}
	heights := make([]float32, side*side)
	if err := r.Warp(t.Context(), orb.Bound{Min: orb.Point{12_200_000, 2_250_000}, Max: orb.Point{13_000_000, 2_900_000}}, side, heights); err != nil {
		t.Fatal(err)
	}
	low, high := heights[0], heights[0]
	for _, h := range heights {
		low, high = min(low, h), max(high, h)
	}
	if low > -1000 || high < 700 {
		t.Errorf("heights from %g to %g m", low, high)
	}
}

func TestWhatIsNoElevationModelIsRefused(t *testing.T) {
	there := [6]float64{596_000, 100, 0, 2_536_000, 0, -100}
	text := filepath.Join(t.TempDir(), "heights.tif")
	if err := os.WriteFile(text, []byte("II*\x00no picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := raster(t, godal.GTiff, "whole.tif", 4546, godal.Float32, 1, 64, 64, there)
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	virtual := filepath.Join(t.TempDir(), "virtual.tif")
	if err := os.WriteFile(virtual, []byte(`<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>`), 0o600); err != nil {
		t.Fatal(err)
	}
	for sentence, one := range map[string]struct {
		path    string
		options dem.Options
		says    string
	}{
		"no file":                  {filepath.Join(t.TempDir(), "none.tif"), dem.Options{}, "there is no file"},
		"a folder":                 {t.TempDir(), dem.Options{}, "no plain file"},
		"a text":                   {text, dem.Options{}, "can be read"},
		"a recipe that leads away": {virtual, dem.Options{}, "can be read"},
		"a picture":                {raster(t, godal.GTiff, "byte.tif", 4546, godal.Byte, 1, 64, 64, there), dem.Options{}, "8 bits"},
		"three bands":              {raster(t, godal.GTiff, "rgb.tif", 4546, godal.Int16, 3, 64, 64, there), dem.Options{}, "--band"},
		"a band too many":          {whole, dem.Options{Band: 2}, "number 2"},
		"complex numbers":          {raster(t, godal.GTiff, "complex.tif", 4546, godal.CFloat32, 1, 64, 64, there), dem.Options{}, "complex"},
		"no system":                {raster(t, godal.GTiff, "none.tif", 0, godal.Float32, 1, 64, 64, there), dem.Options{}, "isn't recognised"},
		"another system than said": {whole, dem.Options{CRS: "EPSG:4490"}, "EPSG:4546"},
		"a system without a way":   {raster(t, godal.GTiff, "xian.tif", 2362, godal.Float32, 1, 64, 64, [6]float64{37_596_000, 100, 0, 2_536_000, 0, -100}), dem.Options{}, "isn't recognised"},
		"turned":                   {raster(t, godal.GTiff, "turned.tif", 4546, godal.Float32, 1, 64, 64, [6]float64{596_000, 100, 5, 2_536_000, 5, -100}), dem.Options{}, "north up"},
		"beyond the world":         {raster(t, godal.GTiff, "far.tif", 4490, godal.Float32, 1, 64, 64, [6]float64{179, 1, 0, 89, 0, -1}), dem.Options{}, "not in the system"},
		"a grid of nothing":        {raster(t, godal.GTiff, "fine.tif", 4546, godal.Float32, 1, 64, 64, [6]float64{596_000, 0.001, 0, 2_536_000, 0, -0.001}), dem.Options{}, "too fine"},
		"one pixel":                {raster(t, godal.GTiff, "one.tif", 4546, godal.Float32, 1, 1, 1, there), dem.Options{}, "least is 2"},
	} {
		r, err := dem.Open(one.path, one.options)
		if err == nil {
			t.Errorf("%s: it is taken", sentence)
			r.Close() //nolint:errcheck // the test has failed already
			continue
		}
		var refusal *dem.Refusal
		if !errors.Is(err, dem.ErrRefused) || !errors.As(err, &refusal) || !strings.Contains(refusal.EN, one.says) || refusal.ZH == "" {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	// One that was cut off is found when its heights are read, if not before.
	cut := filepath.Join(t.TempDir(), "cut.tif")
	if err := os.WriteFile(cut, content[:len(content)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := dem.Open(cut, dem.Options{})
	if err == nil {
		defer r.Close() //nolint:errcheck // it was only read
		err = r.Warp(t.Context(), box, side, make([]float32, side*side))
	}
	if !errors.Is(err, dem.ErrRefused) {
		t.Errorf("a file that was cut off: %v", err)
	}
}
