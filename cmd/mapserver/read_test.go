package main

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

// deliveryOfTwo is a ZIP of named places and a second file, with its manifest.
func deliveryOfTwo(t *testing.T, second string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "all.zip")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	for member, text := range map[string]string{
		"a.geojson": string(places(5)), "b.geojson": second,
		importers.ManifestFile: `{"deliveries": [{"file": "a.geojson", "layer": "place_name"}, {"file": "b.geojson", "layer": "mineral_site"}]}`,
	} {
		f, err := w.Create(member)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestADeliveryOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	serving(t)
	must(t, "imports", "submit", deliveryOfTwo(t, "no map"), "--publish")
	out := must(t, "imports", "watch", "1")
	for _, want := range []string{"failed", "1/2  place_name", "v1", "2/2  mineral_site", "mineral_site；原因见各图层"} {
		if !strings.Contains(out, want) {
			t.Errorf("watched without %q: %s", want, out)
		}
	}
	one := filepath.Join(t.TempDir(), "places.geojson")
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	if err := errors.Join(os.WriteFile(one, places(5), 0o600), os.WriteFile(manifest, []byte(`{"deliveries": [{"layer": "place_name"}]}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	must(t, "imports", "submit", one, "--manifest", manifest, "--publish")
	if out := must(t, "imports", "watch", "2"); !strings.Contains(out, "v2 已发布") {
		t.Errorf("watched: %s", out)
	}
	if _, _, err := mapserver(t, "imports", "resume", "2", one); err == nil {
		t.Error("what has ended is resumed")
	}
}

func TestReadingOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	one := filepath.Join(t.TempDir(), "places.geojson")
	for _, n := range []int{2500, 3} {
		if err := os.WriteFile(one, places(n), 0o600); err != nil {
			t.Fatal(err)
		}
		must(t, "import", one, "--layer", "place_name", "--publish")
	}
	count := func(text string) int {
		t.Helper()
		var c struct{ Features []layers.GeoFeature }
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatalf("%v: %.300s", err, text)
		}
		return len(c.Features)
	}
	file := filepath.Join(t.TempDir(), "out")
	for sentence, c := range map[string]struct {
		args []string
		want int // features
	}{
		"what is published":             {[]string{"features", "place_name"}, 3},
		"an older version, in pages":    {[]string{"features", "place_name", "--version", "1"}, 2500},
		"at most some of it":            {[]string{"features", "place_name@1", "--limit", "1200"}, 1200},
		"after one":                     {[]string{"features", "place_name", "--after", "2"}, 1},
		"as it is now, said with a day": {[]string{"features", "place_name", "--datetime", "2999-01-01"}, 3},
		"within a rectangle":            {[]string{"features", "place_name", "--bbox", "111.8995,22.7,111.9005,23"}, 1},
		"what differs":                  {[]string{"difference", "place_name", "2", "--features"}, 2497},
		"what was removed, the first":   {[]string{"difference", "place_name", "2", "--features", "--kind", "removed", "--limit", "7"}, 7},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := count(must(t, c.args...)); got != c.want {
				t.Errorf("%d features, want %d", got, c.want)
			}
			must(t, append(c.args, "--out", file)...)
			if text, err := os.ReadFile(file); err != nil || count(string(text)) != c.want {
				t.Errorf("in the file: %v", err)
			}
		})
	}
	if out := must(t, "features", "place_name", "--version", "1", "--seq"); strings.Count(out, "\n") != 2500 || !strings.HasPrefix(out, `{"type":"Feature"`) {
		t.Errorf("a feature a line: %.200s", out)
	}
	for want, args := range map[string][]string{
		`"name": "地名1"`:          {"features", "place_name", "2"},
		`"layer": "place_name"`:  {"identify", "111.9", "22.8"},
		`"地名0"`:                  {"identify", "111.9", "22.8", "--layers", "place_name"},
		`"results": []`:          {"identify", "111.9", "22.8", "--datetime", "2001-01-01"},
		`"accepted": 3`:          {"report", "place_name", "2"},
		"<html":                  {"report", "place_name", "2", "--format", "html"},
		"PK\x03\x04":             {"report", "place_name", "2", "--format", "xlsx"},
		`"tilejson": "3.0.0"`:    {"tile", "place_name"},
		"place_name":             {"tile", "place_name@1", "14", "13286", "7125"},
		`"tile_matrix_set": "c"`: {"tile", "place_name", "--grid", "c"},
		"地名0":                    {"tile", "place_name@1", "14", "13284", "3058", "--grid", "c"},
		`WorldCRS84Quad   CRS84`: {"grids"},
		`"pointOfOrigin": [`:     {"grids", "c"},
		`"sources"`:              {"style"},
		"czcsxm":                 {"dictionary"},
		`"entries"`:              {"dictionary", strings.Fields(must(t, "dictionary"))[0]},
		`"versions"`:             {"layers", "place_name", "--json"},
		`"themes"`:               {"layers", "--json"},
		`"skippable"`:            {"layers", "place_name", "--rules", "--json"},
		"可省略 --skip":             {"layers", "place_name", "--rules"},
	} {
		if out := must(t, args...); !strings.Contains(out, want) {
			t.Errorf("%v lacks %s: %.300s", args, want, out)
		}
	}
	for _, args := range [][]string{
		{"features", "place_name", "--bbox", "1,2"},
		{"features", "place_name", "x"},
		{"features", "place_name", "--datetime", "soon"},
		{"identify", "a", "b"},
		{"report", "place_name", "x"},
		{"report", "place_name", "1", "--format", "pdf"},
		{"dictionary", "moon"},
		{"tile", "place_name", "1"},
		{"tile", "place_name", "--grid", "d"},
		{"tile", "place_name", "0", "0", "0", "--grid", "c"},
		{"tile", "place_name", "1", "0", "0", "--grid", "c", "--difference", "2"},
		{"grids", "d"},
		{"difference", "place_name", "2", "--kind", "odd"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, _, err := mapserver(t, "features", "moon"); !errors.Is(err, layers.ErrUnknownLayer) {
		t.Errorf("a layer that is not there: %v", err)
	}
	if _, _, err := mapserver(t, "features", "place_name", "--datetime", "2001-01-01", "--out", filepath.Join(t.TempDir(), "none")); !isNotPublished(err) {
		t.Errorf("before it was published: %v", err)
	}
}
