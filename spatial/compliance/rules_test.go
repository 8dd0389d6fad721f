package compliance_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"onemap/data"
	"onemap/layers"
	"onemap/spatial/compliance"
)

func TestSetsOfRulesAreHeldToTheLayers(t *testing.T) {
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	land, err := fs.ReadFile(data.Files, "landuse/land_classes.json")
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"id": "one", "version": "1", "name": "一", "name_en": "One", "source": "s", "rules": [{"id": "r", "layer": "yjjbnttb", "name": "名", "name_en": "Name",
		"relation": "overlaps", "verdict": "prohibited", "tolerance_m2": 1, "basis": "法", "advice": "避让", "advice_en": "Move"}]}`
	for sentence, c := range map[string]struct{ old, changed, says string }{
		"as it should be":           {"", "", ""},
		"an unknown layer":          {`"yjjbnttb"`, `"nowhere"`, `no layer "nowhere"`},
		"an unknown relation":       {`"overlaps"`, `"touches"`, "touches"},
		"an unknown verdict":        {`"prohibited"`, `"bad"`, "bad"},
		"near without a distance":   {`"overlaps"`, `"near"`, "distance_m"},
		"a distance for overlaps":   {`"tolerance_m2": 1`, `"distance_m": 5`, "distance_m"},
		"within a layer of points":  {`"layer": "yjjbnttb", "name": "名", "name_en": "Name",` + "\n\t\t" + `"relation": "overlaps"`, `"layer": "ancient_tree", "name": "名", "name_en": "Name", "relation": "within"`, "no polygons"},
		"a tolerance below nothing": {`"tolerance_m2": 1`, `"tolerance_m2": -1`, "tolerance_m2"},
		"a field that isn't there":  {`"tolerance_m2": 1`, `"where": {"field": "nope", "values": ["1"]}`, "field of yjjbnttb"},
		"a member nobody knows":     {`"version"`, `"versoin"`, "versoin"},
		"no advice":                 {`"避让"`, `""`, "advice"},
	} {
		files := fstest.MapFS{
			"landuse/land_classes.json": {Data: land},
			"compliance/one.json":       {Data: []byte(strings.Replace(good, c.old, c.changed, 1))},
		}
		_, err := compliance.ReadRules(files, defs.Layers)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", sentence, err)
			}
			continue
		}
		if !errors.Is(err, compliance.ErrInvalidRules) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want it to say %q", sentence, err, c.says)
		}
	}
	rules, err := compliance.ReadRules(data.Files, defs.Layers)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	construction, err := rules.Set("construction_land")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range construction.Rules {
		seen[r.Layer] = true
	}
	if len(rules.Sets) < 3 || len(seen) != 12 {
		t.Errorf("%d sets; construction_land asks %d layers", len(rules.Sets), len(seen))
	}
}
