package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
)

func TestLooksOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	file := filepath.Join(t.TempDir(), "places.geojson")
	if err := os.WriteFile(file, places(3), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", file, "--layer", "place_name", "--publish")
	if out := must(t, "styles", "list"); !strings.Contains(out, "place_name") || !strings.Contains(out, "safe") {
		t.Errorf("listed: %s", out)
	}
	must(t, "styles", "set", "place_name", "--controls", `{"colour:place_name.text.town": {"screen": "#123456"}}`, "--note", "深色")
	if out := must(t, "style"); !strings.Contains(out, "#123456") {
		t.Error("the style doesn't have the edit")
	}
	if out := must(t, "style", "--palette", "print", "--layers", "place_name"); strings.Contains(out, "#123456") {
		t.Error("the print palette has the screen's colour")
	}
	picture := filepath.Join(t.TempDir(), "map.svg")
	must(t, "styles", "set", "place_name", "--controls", `{"shown:village": false, "number:town/text-size": 18}`, "--check")
	must(t, "render", "--layers", "place_name", "--theme", "water", "--palette", "safe", "--bbox=12400000,2600000,12500000,2700000", "--size", "200x200", "--out", picture)
	out := must(t, "styles", "show", "place_name", "--version", "1")
	file = filepath.Join(t.TempDir(), "look.json")
	if err := os.WriteFile(file, []byte(`{"layers": [{"id": "dot", "order": 520, "type": "circle", "paint": {"circle-color": "#ff0000", "circle-radius": 3}}]}`), 0o600); err != nil || !strings.Contains(out, "深色") {
		t.Fatalf("%v, shown: %s", err, out)
	}
	must(t, "styles", "set", "place_name", "--file", file, "--based-on", "1")
	if _, _, err := mapserver(t, "styles", "set", "place_name", "--file", file, "--based-on", "1"); !isUsage(err) {
		t.Errorf("a change of what was changed: %v", err)
	}
	must(t, "styles", "restore", "place_name", "0")
	if out := must(t, "styles", "versions", "place_name"); strings.Count(out, "\n") != 4 || !strings.Contains(out, "restored from v0") {
		t.Errorf("versions: %s", out)
	}
	for _, wrong := range [][]string{{"styles", "show", "nowhere"}, {"styles", "set", "place_name"}, {"styles", "restore", "place_name", "9"}, {"style", "--palette", "neon"}, {"styles", "paint", "place_name"}} {
		if _, _, err := mapserver(t, wrong...); err == nil {
			t.Errorf("%v was done", wrong)
		}
	}
}
