package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"onemap/tiles/grid"
)

// inEachGrid is the tile with the ponds, as each grid numbers it.
func inEachGrid(t *testing.T, g grid.Grid) string {
	t.Helper()
	tile, err := g.At(12-g.Above, 112.09, 22.91)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/tiles/%s/pond/%d/%d/%d.mvt", g.ID, tile.Z, tile.X, tile.Y)
}

func TestATileInEachGrid(t *testing.T) {
	s := newService(t)
	bySquare := map[grid.Square]answer{}
	for _, g := range grid.All() {
		address := inEachGrid(t, g)
		got := s.get(address)
		layers, err := mvt.Unmarshal(got.body)
		if got.status != http.StatusOK || err != nil || len(layers) == 0 || layers[0].Name != "pond" || len(layers[0].Features) != 2 {
			t.Errorf("%s: %d, %d bytes, %v", address, got.status, len(got.body), err)
			continue
		}
		if again := s.get(address, "If-None-Match: "+got.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s asked again: %d", address, again.status)
		}
		if same, ok := bySquare[g.Square]; ok && (string(same.body) != string(got.body) || same.header.Get("ETag") != got.header.Get("ETag")) {
			t.Errorf("%s differs from the same tile in another grid", address)
		}
		bySquare[g.Square] = got
	}
	if mercator := s.get(pondTile); string(mercator.body) != string(bySquare[grid.Mercator].body) {
		t.Error("WebMercatorQuad with its name and without are two tiles")
	}
	if bySquare[grid.Mercator].header.Get("ETag") == bySquare[grid.Geographic].header.Get("ETag") {
		t.Error("two grids, one ETag")
	}
}

func TestTileJSONOfEachGridLeadsToItsTiles(t *testing.T) {
	s := newService(t)
	for _, g := range grid.All() {
		d := s.json(s.get("/tiles/"+g.ID+"/pond.json"), http.StatusOK)
		if d["minzoom"] != float64(8-g.Above) || d["maxzoom"] != float64(14-g.Above) {
			t.Errorf("%s: levels %v to %v", g.ID, d["minzoom"], d["maxzoom"])
		}
		if said, _ := d["tile_matrix_set"].(string); said != g.ID && (said != "" || g.ID != "WebMercatorQuad") {
			t.Errorf("%s says it is of %q", g.ID, said)
		}
		tile, err := g.At(12-g.Above, 112.09, 22.91)
		if err != nil {
			t.Fatal(err)
		}
		address := strings.NewReplacer("{z}", fmt.Sprint(tile.Z), "{x}", fmt.Sprint(tile.X), "{y}", fmt.Sprint(tile.Y)).Replace(d["tiles"].([]any)[0].(string))
		if got := s.get(address); got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d, kept %q", address, got.status, got.header.Get("Cache-Control"))
		}
	}
	pinned := s.json(s.get("/tiles/c/pond@1.json"), http.StatusOK)["tiles"].([]any)[0].(string)
	if !strings.HasPrefix(pinned, "/tiles/c/pond@1/{z}/{x}/{y}.mvt?v=") {
		t.Errorf("a version's tiles in c are at %s", pinned)
	}
}

func TestTileMatrixSets(t *testing.T) {
	s := newService(t)
	listed := s.json(s.get("/tileMatrixSets"), http.StatusOK)["tileMatrixSets"].([]any)
	if len(listed) != len(grid.All()) {
		t.Fatalf("%v", listed)
	}
	for _, one := range listed {
		item := one.(map[string]any)
		d := s.json(s.get(item["links"].([]any)[0].(map[string]any)["href"].(string)), http.StatusOK)
		if d["id"] != item["id"] || d["crs"] != item["crs"] || len(d["tileMatrices"].([]any)) < 18 {
			t.Errorf("%v leads to %v", item, d["id"])
		}
	}
	for sentence, c := range map[string]struct {
		address string
		status  int
		code    string
	}{
		"a grid that nobody knows":              {"/tileMatrixSets/d", http.StatusNotFound, "unknown-grid"},
		"a tile of it":                          {"/tiles/d/pond/1/0/0.mvt", http.StatusNotFound, "unknown-grid"},
		"its TileJSON":                          {"/tiles/d/pond.json", http.StatusNotFound, "unknown-grid"},
		"level 0 of c":                          {"/tiles/c/pond/0/0/0.mvt", http.StatusBadRequest, "tile-outside-grid"},
		"the half of the square without a grid": {"/tiles/c/pond/1/0/1.mvt", http.StatusBadRequest, "tile-outside-grid"},
		"an unknown layer in a grid":            {"/tiles/c/lake/1/0/0.mvt", http.StatusNotFound, "unknown-layer"},
		"an internal layer in a grid":           {"/tiles/c/well/1/0/0.mvt", http.StatusUnauthorized, "unauthenticated"},
	} {
		t.Run(sentence, func(t *testing.T) { s.wantProblem(s.get(c.address), c.status, c.code) })
	}
}
