package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
	"onemap/spatial/cells"
)

func TestCellsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	if _, _, err := mapserver(t, "locate", "112.005", "22.91"); !errors.Is(err, cells.ErrNoCells) {
		t.Errorf("without a grid: %v", err)
	}
	must(t, "import", write("grid.geojson", `{"type":"FeatureCollection","features":[{"type":"Feature",
		"properties":{"code":"44530200100101001","name":"微网格1","population":120,"liaison_name":"张小明","liaison_phone":"10087654321"},
		"geometry":{"type":"Polygon","coordinates":[[[112.00,22.90],[112.01,22.90],[112.01,22.92],[112.00,22.92],[112.00,22.90]]]}}]}`),
		"--layer", "grid_micro", "--publish", "--accept-errors")
	must(t, "import", write("places.geojson", string(places(3))), "--layer", "place_name", "--publish")
	square := write("square.json", `{"type":"Polygon","coordinates":[[[112.03,22.9],[112.06,22.9],[112.06,22.93],[112.03,22.93],[112.03,22.9]]]}`)
	list := write("list.txt", "112.005, 22.91\n\n113, 23\n22°54′36″N 112°00′18″E\nhere\n")
	for want, args := range map[string][]string{
		`"code": "44530200100101001"`: {"locate", "112.005", "22.91"},
		"张小明":                         {"locate", "112.005", "22.91", "--accuracy", "10"}, // who holds the database sees all
		`"probability": 1`:            {"locate", "603100", "2534920", "--crs", "4546", "--accuracy", "5"},
		`outside the grid`:            {"locate", "--file", list},
		`"neighbours": []`:            {"cells", "44530200100101001"},
		`"layer": "place_name"`:       {"cells", "44530200100101001", "--summary", "--layers", "place_name"},
		"人口 population 120":           {"cells", "--bbox", "112,22,113,23"},
		"X=2536055.2270":              {"convert", "112.04,22.92", "--to", "4546", "--form", "survey"},
		"N49F854259A":                 {"codes", "encode", "beidou", "112.043945", "22.92815", "--level", "5"},
		`"level": 5`:                  {"codes", "decode", "geohash", "wkpdm"},
		"wkpdn":                       {"codes", "neighbours", "geohash", "wkpdm"},
		"N49F85414":                   {"codes", "cover", "beidou", square, "--level", "4"},
	} {
		if out := must(t, args...); !strings.Contains(out, want) {
			t.Errorf("%v lacks %s: %.400s", args, want, out)
		}
	}
	if lines := strings.Split(strings.TrimSpace(must(t, "locate", "--file", list)), "\n"); len(lines) != 4 || !strings.Contains(lines[2], "44530200100101001") || !strings.Contains(lines[3], `"error"`) {
		t.Errorf("%q", lines)
	}
	for _, args := range [][]string{
		{"locate"},
		{"locate", "112"},
		{"locate", "22.9", "112"},
		{"locate", "112", "22.9", "--crs", "9999"},
		{"locate", "112", "22.9", "--accuracy", "-3"},
		{"locate", "112", "22.9", "--file", list},
		{"cells"},
		{"cells", "x"},
		{"cells", "--bbox", "1,2"},
		{"cells", "--bbox", "1,2,3,4", "--layer", "river"},
		{"convert", "here"},
		{"convert", "112.04,22.92", "--form", "survey"},
		{"convert", "112.04,22.92", "--to", "4610"},
		{"codes", "encode", "x", "112", "22"},
		{"codes", "encode", "beidou", "112", "22", "--level", "11"},
		{"codes", "decode", "s2", "zz"},
		{"codes", "draw", "s2", "1"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
