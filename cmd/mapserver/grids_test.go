package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
	"onemap/tiles/archive"
)

func TestArchivesInTwoGridsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	folder := t.TempDir()
	t.Setenv("ONEMAP_DATA", folder)
	file := filepath.Join(t.TempDir(), "places.geojson")
	if err := os.WriteFile(file, places(50), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", file, "--layer", "place_name", "--publish")
	if out := must(t, "tiles", "build", "place_name", "--tile-grids", "WebMercatorQuad,CGCS2000Quad"); strings.Count(out, "place_name-v1-") != 2 {
		t.Errorf("built: %s", out)
	}
	out := must(t, "tiles", "list")
	for _, want := range []string{"WebMercatorQuad", "place_name-v1-c-"} {
		if !strings.Contains(out, want) {
			t.Errorf("listed without %s: %s", want, out)
		}
	}
	made, err := filepath.Glob(filepath.Join(folder, "tiles", "place_name-v1-c-*.pmtiles"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%v, %v", made, err)
	}
	var m archive.Metadata
	if err := json.Unmarshal([]byte(must(t, "tiles", "inspect", made[0], "--json")), &m); err != nil || m.TileMatrixSet != "c" || !strings.HasSuffix(m.CRS, "/4490") {
		t.Errorf("%+v, %v", m, err)
	}
	must(t, "tiles", "verify", made[0])
	for _, args := range [][]string{{"tiles", "build", "place_name", "--tile-grids", "d"}, {"serve", "--tile-grids", "WebMercatorQuad,"}} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
