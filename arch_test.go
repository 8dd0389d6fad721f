package onemap_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// mayImport is the architecture: which of our packages each may know. A
// package that is not listed may know none of them.
var mayImport = map[string][]string{
	"access":                  {},
	"data":                    {},
	"data/demo":               {"data", "importers", "incidents", "layers", "spatial/crs", "spatial/warnings"},
	"importers":               {"access", "importers/gdal", "importers/kml", "importers/quality", "importers/redline", "importers/repair", "importers/tables", "layers", "spatial/beidou", "spatial/crs"},
	"importers/gdal":          {},
	"importers/kml":           {},
	"importers/redline":       {},
	"importers/tables":        {"spatial/beidou"},
	"importers/quality":       {"layers"},
	"importers/repair":        {"layers"},
	"importers/jobs":          {"access", "importers", "layers", "postgis", "spatial/crs"},
	"incidents":               {"access", "incidents/photos", "layers", "spatial/cells"},
	"incidents/export":        {"incidents"},
	"incidents/photos":        {},
	"layers":                  {"access"},
	"layers/follow":           {"layers"},
	"layers/scorecard":        {"access", "layers"},
	"postgis":                 {},
	"postgis/postgistest":     {"postgis"},
	"products":                {"access", "layers", "styles", "styles/render", "styles/versions"},
	"spatial":                 {"access", "layers", "spatial/area", "spatial/overlay"},
	"spatial/area":            {},
	"spatial/beidou":          {},
	"spatial/cells":           {"access", "layers", "spatial/beidou"},
	"spatial/crs":             {},
	"spatial/gridcode":        {"spatial/beidou"},
	"spatial/compliance":      {"access", "layers", "spatial/area", "spatial/files", "spatial/overlay"},
	"spatial/overlay":         {"layers", "spatial/area"},
	"styles":                  {"layers", "styles/render"},
	"tiles":                   {"layers", "tiles/archive", "tiles/coverage", "tiles/draw", "tiles/flights", "tiles/grid", "tiles/mvt", "tiles/packed", "tiles/pyramid", "tiles/wkb"},
	"tiles/archive":           {},
	"tiles/coverage":          {},
	"tiles/draw":              {"tiles/coverage", "tiles/mvt", "tiles/wkb"},
	"tiles/grid":              {},
	"tiles/jobs":              {"layers", "postgis", "tiles", "tiles/grid"},
	"tiles/mvt":               {"tiles/coverage"},
	"tiles/mbtiles":           {},
	"tiles/packed":            {},
	"tiles/shelf":             {},
	"tiles/wkb":               {},
	"tiles/pyramid":           {"tiles/archive", "tiles/coverage", "tiles/mvt", "tiles/packed"},
	"web":                     {"access", "importers", "importers/jobs", "importers/quality", "incidents", "incidents/export", "incidents/photos", "layers", "layers/follow", "layers/scorecard", "postgis", "products", "products/gateway", "products/info", "products/legend", "products/links", "products/packages", "products/packages/jobs", "products/pictures", "products/registration", "products/sheets", "products/sheets/jobs", "products/sheets/orders", "products/wms", "products/wmts", "spatial", "spatial/beidou", "spatial/cells", "spatial/compliance", "spatial/crs", "spatial/elevation", "spatial/files", "spatial/gridcode", "spatial/overlay", "spatial/risk", "spatial/search", "spatial/warnings", "spatial/warnings/capxml", "styles", "styles/render", "styles/versions", "tiles", "tiles/archive", "tiles/grid", "tiles/terrain"},
	"cmd/mapserver":           {"access", "data", "data/demo", "importers", "importers/dem", "importers/jobs", "importers/redline", "incidents", "incidents/export", "incidents/photos", "layers", "layers/follow", "layers/scorecard", "postgis", "products", "products/gateway", "products/links", "products/packages", "products/packages/jobs", "products/pictures", "products/sheets", "products/sheets/jobs", "products/sheets/orders", "spatial", "spatial/cells", "spatial/compliance", "spatial/crs", "spatial/elevation", "spatial/files", "spatial/gridcode", "spatial/names", "spatial/overlay", "spatial/risk", "spatial/search", "spatial/warnings", "spatial/warnings/capxml", "styles", "styles/render", "styles/stored", "styles/versions", "tiles", "tiles/archive", "tiles/grid", "tiles/jobs", "tiles/mbtiles", "tiles/pyramid", "tiles/shelf", "tiles/terrain", "web"},
	"bench":                   {"access", "data", "data/demo", "importers", "layers", "layers/follow", "postgis", "products", "products/pictures", "products/sheets", "products/sheets/orders", "spatial", "spatial/cells", "spatial/compliance", "spatial/crs", "spatial/names", "spatial/risk", "spatial/search", "styles", "styles/render", "styles/stored", "tiles", "tiles/archive", "tiles/grid", "web"},
	"products/gateway":        {"access"},
	"products/kvp":            {},
	"products/legend":         {"spatial/crs", "styles/render"},
	"products/pictures":       {"spatial/crs", "styles/render", "tiles/flights"},
	"products/registration":   {},
	"products/wms":            {"products/info", "products/kvp", "spatial/crs"},
	"products/wmts":           {"products/info", "products/kvp", "tiles/grid"},
	"products/sheets":         {"spatial/crs", "styles/render"},
	"products/sheets/orders":  {"layers", "products/sheets", "spatial/crs", "styles", "styles/render", "styles/stored", "tiles", "tiles/terrain"},
	"products/sheets/jobs":    {"access", "layers", "postgis", "products/sheets/orders"},
	"products/links":          {},
	"products/packages":       {"access", "layers", "products", "spatial/crs", "spatial/files", "styles", "styles/render", "tiles", "tiles/archive", "tiles/grid", "tiles/pyramid"},
	"products/packages/jobs":  {"access", "layers", "postgis", "products/packages"},
	"spatial/files":           {},
	"tiles/flights":           {},
	"products/info":           {},
	"importers/dem":           {"spatial/crs"},
	"spatial/elevation":       {"spatial/geodesic"},
	"tiles/terrain":           {"access", "postgis", "tiles/archive"},
	"spatial/geodesic":        {},
	"spatial/risk":            {"access", "layers", "layers/follow", "spatial", "spatial/geodesic"},
	"spatial/warnings":        {"access", "layers", "postgis", "spatial/geodesic"},
	"spatial/warnings/capxml": {"spatial/warnings"},
	"spatial/names":           {},
	"spatial/search":          {"access", "layers", "spatial/beidou", "spatial/cells", "spatial/crs", "spatial/names"},
	"styles/render":           {"spatial/crs"},
	"styles/versions":         {"access", "layers", "postgis", "styles"},
	"styles/stored":           {"layers", "spatial/crs", "styles/render", "tiles", "tiles/terrain"},
}

// onlyIn names libraries that have one door each.
var onlyIn = map[string][]string{
	"net/http":                   {"bench", "cmd/mapserver", "web"},
	"github.com/gorilla/mux":     {"web"},
	"github.com/twpayne/go-geos": {"importers/repair"},
	"github.com/xuri/excelize":   {"importers/quality", "importers/tables", "incidents/export", "layers/scorecard", "products/registration", "spatial/compliance", "spatial/files"},
	"golang.org/x/image":         {"incidents/photos", "styles/render"},
	"rsc.io/qr":                  {"cmd/mapserver"},
	"github.com/riverqueue":      {"importers/jobs", "postgis", "products/packages/jobs", "products/sheets/jobs", "tiles/jobs"},
	"github.com/go-spatial":      {"bench/tegola", "tiles/shelf"},
	"github.com/maypok86/otter":  {"tiles"},
	"github.com/golang/geo":      {"spatial/gridcode"},
	"github.com/airbusgeo/godal": {"data/demo", "importers/dem", "tiles/mbtiles"},
}

func TestArrowsPointOneWay(t *testing.T) {
	for _, wrong := range wrongArrows(t, os.DirFS(".")) {
		t.Error(wrong)
	}
}

func TestAReversedArrowIsSeen(t *testing.T) {
	for sentence, file := range map[string]string{
		"layers may not know tiles":          "package layers\nimport _ \"onemap/tiles\"",
		"layers may not speak HTTP":          "package layers\nimport _ \"net/http\"",
		"GEOS has one door":                  "package layers\nimport _ \"github.com/twpayne/go-geos\"",
		"a new package must be in the table": "package layers\nimport _ \"onemap/somewhere\"",
	} {
		if got := wrongArrows(t, fstest.MapFS{"layers/x.go": {Data: []byte(file)}}); len(got) != 1 {
			t.Errorf("%s: got %q, want one complaint", sentence, got)
		}
	}
}

// wrongArrows reads the sources themselves, so that the test's cache cannot
// hide a change. Tests of a package may import what they like.
func wrongArrows(t *testing.T, tree fs.FS) (wrong []string) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "build" || (strings.HasPrefix(entry.Name(), ".") && name != ".")) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := path.Dir(name)
		for _, spec := range file.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if ours, ok := strings.CutPrefix(to, "onemap/"); ok && !slices.Contains(mayImport[from], ours) {
				wrong = append(wrong, name+": "+from+" may not import "+to)
			}
			for library, doors := range onlyIn {
				if (to == library || strings.HasPrefix(to, library+"/")) && !slices.Contains(doors, from) {
					wrong = append(wrong, name+": only "+strings.Join(doors, ", ")+" may import "+to)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}
