package importers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"onemap/importers"
	"onemap/layers"
)

// deadline is how long an import of a small damaged file may take; a hang would
// take for ever.
const deadline = 30 * time.Second

// seeds are small whole files of every format, by name.
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	keep := func(name, path string) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = content
	}
	d := plainTable(t, 3)
	keep("shp.zip", zipped(t, delivery(d, prj4490)))
	keep("a.gpkg", made(t, "GPKG", "a.gpkg", "EPSG:4490"))
	keep("gdb.zip", zipDatabase(t))
	keep("a.fgb", made(t, "FlatGeobuf", "a.fgb", "EPSG:4490"))
	keep("a.kml", made(t, "LIBKML", "a.kml", "EPSG:4326"))
	keep("a.gml", made(t, "GML", "a.gml", "EPSG:4490"))
	keep("tab.zip", zipFolder(t, filepath.Dir(made(t, "MapInfo File", "a.tab", "EPSG:4326", "-lco", "ENCODING=CP936"))))
	keep("mif.zip", zipFolder(t, filepath.Dir(made(t, "MapInfo File", "a.mif", "EPSG:4326"))))
	keep("a.geojsonl", made(t, "GeoJSONSeq", "a.geojsonl", "EPSG:4326"))
	keep("a.xlsx", asWorkbook(t, "code,lon,lat\nA,112.04,22.92\nB,112.05,22.93"))
	all["a.geojson"] = []byte(plotsGeoJSON)
	all["a.csv"] = []byte(gbk(t, "code,经度,纬度,坐落单位名称\nA,112.04,22.92,罗定\nB,112.05,22.93,新兴\n"))
	all["a.txt"] = []byte(gbk(t, fmt.Sprintf(redlineText, "2000国家大地坐标系", "2536000.000,37606000.000", "2536100.000,37606000.000", "2536100.000,37606100.000", "2536000.000,37606100.000")))
	all["a.dxf"] = []byte("0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\n红线\n90\n4\n70\n1\n10\n37606000\n20\n2536000\n10\n37606100\n20\n2536000\n10\n37606100\n20\n2536100\n0\nENDSEC\n0\nEOF\n")
	return all
}

// zipDatabase is a zipped FileGDB, if this GDAL can write one; else a zip of nothing.
func zipDatabase(t testing.TB) string {
	t.Helper()
	dir := made(t, "OpenFileGDB", "a.gdb", "EPSG:4490")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if files["a.gdb/"+e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return zipped(t, files)
}

// TestFiveHundredDamagedFiles cuts files of every format and turns bits in them:
// no panic, no hang, and either rows with a report or a fault in words. A fixed
// seed makes every run the same.
func TestFiveHundredDamagedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(445300, 2026))
	all := seeds(t)
	names := slices.Sorted(maps.Keys(all))
	def := plot()
	def.Fields[0].Aliases = []string{"地块编号", "layer"}
	taken, refused, reasons := 0, 0, map[string]int{}
	for i := range 500 + len(names) {
		name := names[i%len(names)]
		content := all[name]
		if i >= len(names) { // the first round shows that the whole files are taken
			content = damagedInside(t, random, content)
		}
		dir := t.TempDir()
		o := importers.Options{File: filepath.Join(dir, name), Layer: "plot", CRS: "EPSG:4490", OverrideCRS: true, TempDir: t.TempDir()}
		if strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".dxf") {
			o.CRS = "EPSG:4525"
		}
		if strings.HasSuffix(name, ".csv") || strings.HasSuffix(name, ".xlsx") {
			def.Geometry = layers.Point
		} else {
			def.Geometry = layers.Polygon
		}
		if err := os.WriteFile(o.File, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s := newFake(t, def)
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		done := make(chan error, 1)
		go func() {
			_, err := importers.Run(ctx, s, o)
			done <- err
		}()
		select {
		case err := <-done:
			var worded *importers.Problem
			switch {
			case err == nil:
				taken++
			case !errors.As(err, &worded) || worded.ZH == "" || worded.EN == "":
				t.Errorf("file %d, %s: not worded: %v", i, name, err)
			default:
				refused++
			}
			if i < len(names) && err != nil {
				t.Errorf("%s, whole: %v", name, err)
			}
			reasons[fmt.Sprint(name, " ", codeOf(err))]++
			if err != nil && s.finished > 0 {
				t.Errorf("file %d, %s: a version was made next to %v", i, name, err)
			}
		case <-time.After(deadline + 10*time.Second):
			t.Fatalf("file %d, %s: it hangs", i, name)
		}
		cancel()
		if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
			t.Errorf("file %d, %s: left behind %v", i, name, left)
		}
	}
	t.Logf("%d taken, %d refused: %v", taken, refused, reasons)
}

// codeOf is a fault's code, or "taken".
func codeOf(err error) string {
	var p *importers.Problem
	switch {
	case err == nil:
		return "taken"
	case errors.As(err, &p):
		return p.Code
	default:
		return "?"
	}
}

// damagedInside damages a file, or of an archive mostly one of its members, which
// is then packed as if nothing had happened.
func damagedInside(t testing.TB, random *rand.Rand, whole []byte) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil || random.IntN(8) == 0 {
		return damaged(random, whole)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	hurt := random.IntN(len(archive.File))
	for i, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if i == hurt {
			content = damaged(random, content)
		}
		out, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, NonUTF8: f.NonUTF8, Flags: f.Flags & 0x800})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// damaged returns a copy that is cut off, has bits turned, has a stretch
// overwritten or repeated, or several of these.
func damaged(random *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	for range 1 + random.IntN(2) {
		if len(b) < 2 {
			break
		}
		switch at := random.IntN(len(b)); random.IntN(4) {
		case 0:
			b = b[:at]
		case 1:
			for range 1 + random.IntN(8) {
				b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			}
		case 2:
			for j := at; j < min(len(b), at+16); j++ {
				b[j] = byte(random.IntN(256))
			}
		case 3:
			b = append(b[:at:at], b[max(0, at-64):]...)
		}
	}
	return b
}

func FuzzReadManifest(f *testing.F) {
	f.Add(`{"deliveries":[{"file":"a.zip","layer":"dltb","lon_column":"x","lat_column":"y","rows":3}]}`)
	f.Add(`{"deliveries":[{"file":"../a","layer":"dltb"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := importers.ReadManifest(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, importers.ErrManifest) {
				t.Fatal(err)
			}
			return
		}
		for _, d := range m.Deliveries {
			if !filepath.IsLocal(d.File) {
				t.Fatalf("file %q", d.File)
			}
		}
	})
}

func TestManifest(t *testing.T) {
	text := `{"note":"x","scale":"tiny","deliveries":[{"file":"测站.csv","layer":"plot","crs":"EPSG:4490","lon_column":"a","lat_column":"b","rows":1}]}`
	files := map[string][]byte{"deliveries.json": []byte(text), "测站.csv": []byte("code,a,b\nA,112.04,22.92\n")}
	dir := put(t, files)
	for sentence, path := range map[string]string{
		"a folder": dir, "the manifest itself": filepath.Join(dir, "deliveries.json"), "a ZIP of both": zipped(t, files),
	} {
		m, err := importers.OpenManifest(t.Context(), path, "", importers.Limits{})
		if err != nil {
			t.Errorf("%s: %v", sentence, err)
			continue
		}
		s := newFake(t, stations())
		if r := mustRun(t, s, m.Options(m.Deliveries[0])); r.Accepted != 1 {
			t.Errorf("%s: %+v", sentence, r)
		}
		m.Close()
		if _, err := os.Stat(m.Dir); (err == nil) != (sentence != "a ZIP of both") {
			t.Errorf("%s: its files after Close: %v", sentence, err)
		}
	}
	for sentence, c := range map[string]struct {
		text string
		want error
	}{
		"no JSON":               {"deliveries:", importers.ErrManifest},
		"no files":              {`{"deliveries":[]}`, importers.ErrManifest},
		"a file without layer":  {`{"deliveries":[{"file":"a.zip"}]}`, importers.ErrManifest},
		"a file elsewhere":      {`{"deliveries":[{"file":"../a.zip","layer":"x"}]}`, importers.ErrManifest},
		"an absolute path":      {`{"deliveries":[{"file":"/etc/passwd","layer":"x"}]}`, importers.ErrManifest},
		"one coordinate column": {`{"deliveries":[{"file":"a.csv","layer":"x","lon_column":"a"}]}`, importers.ErrManifest},
	} {
		_, err := importers.ReadManifest(strings.NewReader(c.text))
		var p *importers.Problem
		if !errors.Is(err, c.want) || !errors.As(err, &p) || p.Code != "manifest-not-usable" {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
	if _, err := importers.OpenManifest(t.Context(), t.TempDir(), "", importers.Limits{}); !errors.Is(err, importers.ErrManifest) {
		t.Errorf("a folder without one: %v", err)
	}
}
