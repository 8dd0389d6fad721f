package importers_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"

	"onemap/importers"
)

// manyPlots writes 400 plots with one of GDAL's drivers and returns the folder
// with its files.
func manyPlots(t testing.TB, driver, name, system string, options ...string) string {
	t.Helper()
	godal.RegisterAll()
	var features []string
	for i := range 400 {
		x, y := 112+0.002*float64(i%20), 22.9+0.002*float64(i/20)
		features = append(features, fmt.Sprintf(`{"type":"Feature","properties":{"code":"A%d","name":"罗定市第%d号"},"geometry":{"type":"Polygon","coordinates":[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]}}`,
			i, i, x, y, x+0.001, y, x+0.001, y+0.001, x, y))
	}
	dir := t.TempDir()
	source, err := godal.Open(write(t, "plots.geojson", []byte(`{"type":"FeatureCollection","features":[`+strings.Join(features, ",")+`]}`)), godal.VectorOnly())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	out, err := source.VectorTranslate(filepath.Join(dir, name), append([]string{"-f", driver, "-t_srs", system}, options...))
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestAShapefileWithoutShapesBesideAWholeOne is told, in a folder as in an archive.
func TestAShapefileWithoutShapesBesideAWholeOne(t *testing.T) {
	files := map[string][]byte{}
	for name, content := range delivery(plainTable(t, 3), prj4490) {
		files["whole"+filepath.Ext(name)] = content
		if filepath.Ext(name) != ".shp" {
			files["other"+filepath.Ext(name)] = content
		}
	}
	for _, path := range []string{put(t, files), zipped(t, files)} {
		o := into(path)
		if p := wantProblem(t, newFake(t, plot()), o, importers.ErrSourceLayer); !strings.Contains(p.EN, "other.shp") {
			t.Error(p)
		}
		o.SourceLayer = "other"
		if p := wantProblem(t, newFake(t, plot()), o, importers.ErrIncomplete); !strings.Contains(p.EN, ".shp") {
			t.Error(p)
		}
	}
}

// TestDamagedSideFiles takes away or cuts off each file of a format with several:
// all rows are there as they were, or the import is refused.
func TestDamagedSideFiles(t *testing.T) {
	for sentence, c := range map[string]struct {
		driver, name, system string
		options              []string
	}{
		"MapInfo MIF": {"MapInfo File", "a.mif", "EPSG:4326", []string{"-lco", "ENCODING=CP936"}},
		"MapInfo TAB": {"MapInfo File", "a.tab", "EPSG:4326", []string{"-lco", "ENCODING=CP936"}},
		"FileGDB":     {"OpenFileGDB", "a.gdb", "EPSG:4490", nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			whole := map[string][]byte{}
			dir := manyPlots(t, c.driver, c.name, c.system, c.options...)
			err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					name, _ := filepath.Rel(dir, path)
					whole[name], err = os.ReadFile(path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			good := newFake(t, plot())
			want := mustRun(t, good, into(zipped(t, whole)))
			if want.Accepted != 400 {
				t.Fatalf("report %+v", want)
			}
			refused := 0
			for part, content := range whole {
				for _, length := range []int{-1, 0, 1, 40, len(content) / 4, len(content) / 2, len(content) * 3 / 4, len(content) * 9 / 10, len(content) - 100, len(content) - 1} {
					if length >= len(content) || length < -1 {
						continue
					}
					files := map[string][]byte{}
					for name, b := range whole {
						files[name] = b
					}
					if files[part] = content[:max(length, 0)]; length < 0 {
						delete(files, part)
					}
					s := newFake(t, plot())
					r, err := importers.Run(t.Context(), s, into(zipped(t, files)))
					var worded *importers.Problem
					switch {
					case errors.As(err, &worded):
						if refused++; strings.Contains(err.Error(), os.TempDir()) {
							t.Errorf("it tells where files lie: %v", err)
						}
					case err != nil:
						t.Errorf("%s of %d bytes: %v", part, length, err)
					case r.ContentHash != want.ContentHash && r.Rejected == 0:
						t.Errorf("%s cut to %d of %d bytes: %d rows taken, changed, notes %v", part, length, len(content), r.Accepted, r.Notes)
					case r.Accepted+r.Rejected != 400:
						t.Errorf("%s cut to %d of %d bytes: %d rows taken, %d refused, notes %v", part, length, len(content), r.Accepted, r.Rejected, r.Notes)
					}
				}
			}
			if refused == 0 {
				t.Errorf("nothing of %d files was refused", len(whole))
			}
		})
	}
}

// TestMapInfoCharsets has files name one encoding and hold another: the bytes
// decide, the report says so, and the delivery stays as it was.
func TestMapInfoCharsets(t *testing.T) {
	const name = "云浮堃镕丂镇" // bytes that Latin-1 hasn't
	for _, c := range []struct{ driver, main, table string }{{"MapInfo File", "a.mif", "a.mid"}, {"MapInfo File", "a.tab", "a.dat"}} {
		for charset, says := range map[string]string{
			"WindowsSimpChinese": "相符", "WindowsLatin1": "GB18030", "Neutral": "GB18030", "WindowsCyrillic": "未采用", "UTF-8": "未采用",
		} {
			t.Run(c.main+" "+charset, func(t *testing.T) {
				dir := manyPlots(t, c.driver, c.main, "EPSG:4326", "-lco", "ENCODING=CP936")
				change := func(file, from, to string) {
					path := filepath.Join(dir, file)
					content, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Contains(content, []byte(from)) {
						t.Fatalf("no %q in %s", from, file)
					}
					if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte(from), []byte(to)), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				change(c.main, "WindowsSimpChinese", charset)
				change(c.table, gbk(t, "罗定市第11号"), gbk(t, name))
				before := content(t, dir)
				for _, file := range []string{filepath.Join(dir, c.main), zipFolder(t, dir), dir} {
					s, o := newFake(t, plot()), into(file)
					o.TempDir = t.TempDir()
					r := mustRun(t, s, o)
					if got := s.column(t, "plot", "name")[11]; got != name || r.Encoding.Name != "GB18030" || !strings.Contains(fmt.Sprint(r.Encoding), says) {
						t.Errorf("%s: %q as %+v", filepath.Base(file), got, r.Encoding)
					}
					if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
						t.Errorf("left behind: %v", left)
					}
				}
				if content(t, dir) != before {
					t.Error("the delivery was changed")
				}
			})
		}
	}
}

// content is all that is in a folder's files.
func content(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %x\n", e.Name(), b)
	}
	return all.String()
}

func TestMapInfoWithoutAPart(t *testing.T) {
	def := plot()
	def.Fields[0].Required = false // so that the attributes alone are no reason
	for main, parts := range map[string][]string{"a.mif": {".mid"}, "a.tab": {".dat", ".map", ".id"}} {
		for _, part := range parts {
			dir := manyPlots(t, "MapInfo File", main, "EPSG:4326", "-lco", "ENCODING=CP936")
			if err := os.Remove(filepath.Join(dir, "a"+part)); err != nil {
				t.Fatal(err)
			}
			o := into(filepath.Join(dir, main))
			o.CRS = "EPSG:4490"
			if p := wantProblem(t, newFake(t, def), o, importers.ErrIncomplete); !strings.Contains(p.ZH, part) {
				t.Error(p)
			}
		}
	}
}
