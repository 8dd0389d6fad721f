package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/postgis/postgistest"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
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
	if out := must(t, "tiles", "verify", "place_name", "--grid", "c"); !strings.Contains(out, "whole") {
		t.Errorf("verified: %s", out)
	}
	// The folder may be emptied: what says so goes on, and builds again.
	if err := os.RemoveAll(filepath.Join(folder, "tiles")); err != nil {
		t.Fatal(err)
	}
	if out := must(t, "tiles", "list"); !strings.Contains(out, "no archive") {
		t.Errorf("listed without files: %s", out)
	}
	must(t, "tiles", "build", "place_name")
	must(t, "tiles", "verify", "place_name")
	for _, args := range [][]string{{"tiles", "build", "place_name", "--tile-grids", "d"}, {"serve", "--tile-grids", "WebMercatorQuad,"}} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// Of fifty places from 111.9° to 111.949° E the division has the first twenty, in both grids.
func TestExportOfADivisionInEachGrid(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	folder := t.TempDir()
	file, county := filepath.Join(folder, "places.geojson"), filepath.Join(folder, "county.geojson")
	outline := `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"445302","name":"云城区","level":"county","parent":"445300"},
		"geometry":{"type":"Polygon","coordinates":[[[111.89,22.79],[111.9195,22.79],[111.9195,22.81],[111.89,22.81],[111.89,22.79]]]}}]}`
	if err := errors.Join(os.WriteFile(file, places(50), 0o600), os.WriteFile(county, []byte(outline), 0o600)); err != nil {
		t.Fatal(err)
	}
	must(t, "import", file, "--layer", "place_name", "--publish")
	must(t, "import", county, "--layer", "division_county", "--publish", "--accept-errors")
	must(t, "tiles", "build", "place_name", "--tile-grids", "WebMercatorQuad,c")
	for _, id := range []string{"WebMercatorQuad", "CGCS2000Quad"} {
		g, err := grid.Named(id)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(folder, id+".pmtiles")
		_, said, err := mapserver(t, "tiles", "export", "place_name", "--grid", id, "--division", "445302", "--min-zoom", "14", "--out", out)
		if err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(said, "GDAL"); warned != (g.Square != grid.Mercator) {
			t.Errorf("%s: who reads it is told %q", id, said)
		}
		a, err := archive.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		got := map[maptile.Tile]bool{}
		if err := a.Each(func(tile maptile.Tile, _ []byte) error { got[tile] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			tile, err := g.At(14-g.Above, 111.9+float64(i)*1e-3, 22.8)
			if err != nil || !got[g.InSquare(tile)] {
				t.Errorf("%s: place %d in %v is missing, %v", id, i, tile, err)
			}
		}
		if last, err := g.At(14-g.Above, 111.949, 22.8); err != nil || got[g.InSquare(last)] {
			t.Errorf("%s: %v is outside the division, %v", id, last, err)
		}
		head := make([]byte, 127)
		if _, err := a.Content().Read(head); err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{111.89, 22.79, 111.9195, 22.81} { // the header has them in 1e-7 degrees, from byte 102
			if is := float64(int32(binary.LittleEndian.Uint32(head[102+4*i:]))) / 1e7; math.Abs(is-want) > 1e-5 {
				t.Errorf("%s: bound %d is %g, want %g", id, i, is, want)
			}
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := mapserver(t, "tiles", "export", "place_name", "--grid", "c", "--out", filepath.Join(folder, "c.mbtiles")); !isUsage(err) {
		t.Errorf("MBTiles in longitude and latitude: %v", err)
	}
}
