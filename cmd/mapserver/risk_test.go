package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onemap/postgis/postgistest"
	"onemap/spatial/warnings"
)

func TestRiskAndWarningsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	hazard := file("points.geojson", `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"hazard_id": "445302020001", "name": "托洞滑坡", "kind": "01", "danger_grade": "2"}, "geometry": {"type": "Point", "coordinates": [112.05, 22.95]}}]}`)
	must(t, "import", hazard, "--layer", "geohazard_point", "--publish")
	area := file("area.geojson", `{"type": "Polygon", "coordinates": [[[112, 22.9], [112.1, 22.9], [112.1, 23], [112, 22.9]]]}`)
	body := func(colour string) string {
		now := time.Now()
		return fmt.Sprintf(`{"kind": "geohazard", "colour": %q, "headline": "预警", "text": "有险情。", "issuer": "自然资源局", "valid_from": %q, "valid_to": %q, "polygon": {"type": "Polygon", "coordinates": [[[112, 22.9], [112.1, 22.9], [112.1, 23], [112, 22.9]]]}}`,
			colour, now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{`"title": "托洞滑坡"`, []string{"risk", "112.05", "22.951"}},
		{`"risks": []`, []string{"risk", "112.05", "22.951", "--radius", "50"}},
		{`"risks": []`, []string{"risk", "112.05", "22.951", "--datetime", "2001-01-01"}},
		{`"by": "village"`, []string{"exposure", area, "--by", "village"}},
		{`"demo": true`, []string{"rain", file("rain.json", `{"stations": [{"lon": 112.05, "lat": 22.95, "h1": 40}]}`), "--draft"}},
		{`"colour": "orange"`, []string{"warnings", "publish", file("w.json", body("orange"))}},
		{`"revision": 2`, []string{"warnings", "update", "1", file("p.json", `{"colour": "red"}`), "--reason", "加强"}},
		{`"colour": "red"`, []string{"warnings", "list"}},
		{`"warnings": []`, []string{"warnings", "list", "--state", "ended"}},
		{`"11B37"`, []string{"warnings", "kinds"}},
		{`"reason": "加强"`, []string{"warnings", "show", "1"}},
		{`<msgType>Alert</msgType>`, []string{"warnings", "cap", "1", "--revision", "1"}},
		{`"state": "cancelled"`, []string{"warnings", "cancel", "1", "--reason", "解除"}},
		{`<msgType>Cancel</msgType>`, []string{"warnings", "cap", "1"}},
	} {
		if out := must(t, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v lacks %s: %.400s", c.args, c.want, out)
		}
	}
	for _, args := range [][]string{
		{"risk", "a", "b"},
		{"risk", "22.9", "112.05"},
		{"risk", "112.05", "22.9", "--radius", "-1"},
		{"risk", "112.05", "22.9", "--crs", "moon"},
		{"exposure"},
		{"exposure", area, "--by", "county"},
		{"exposure", file("bad.json", "{}")},
		{"rain", file("dry.json", `{"stations": []}`)},
		{"warnings", "publish"},
		{"warnings", "publish", file("x.json", `{"colour": "white"}`)},
		{"warnings", "publish", file("x.xml", `<!DOCTYPE a><a/>`)},
		{"warnings", "show", "x"},
		{"warnings", "burn", "1"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, _, err := mapserver(t, "warnings", "cap", "9"); !errors.Is(err, warnings.ErrUnknown) {
		t.Errorf("a warning that there is not: %v", err)
	}
}
