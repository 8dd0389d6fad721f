package importers_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/importers"
	"onemap/layers"
)

// pointFile is a GeoJSON file of one point with fields, under a name.
func pointFile(t testing.TB, name string, fields ...string) string {
	t.Helper()
	var properties []string
	for _, f := range fields {
		properties = append(properties, fmt.Sprintf("%q: \"1\"", f))
	}
	text := fmt.Sprintf(`{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {%s}, "geometry": {"type": "Point", "coordinates": [112.04, 22.92]}}]}`, strings.Join(properties, ", "))
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRecognise(t *testing.T) {
	field := func(name, label string, required bool) layers.Field {
		return layers.Field{Name: name, Label: label, Type: layers.Text, Required: required}
	}
	defs := []layers.Definition{
		{ID: "reservoir", Name: "水库", NameEN: "Reservoirs", Aliases: []string{"SK"}, Fields: []layers.Field{field("skmc", "水库名称", true), field("kr", "库容", false), field("dm", "代码", false)}},
		{ID: "sluice", Name: "水闸", NameEN: "Sluices", Fields: []layers.Field{field("szmc", "水闸名称", true), field("dm", "代码", false)}},
		{ID: "gate", Name: "闸门", NameEN: "Gates", Fields: []layers.Field{field("szmc", "闸门名称", true), field("dm", "代码", false)}},
	}
	for sentence, c := range map[string]struct {
		file string
		want string // layer; "" is not recognised
	}{
		"by the layer's Chinese name":       {pointFile(t, "水库.geojson", "x"), "reservoir"},
		"by an alias in whatever case":      {pointFile(t, "sk.geojson", "x"), "reservoir"},
		"by its fields":                     {pointFile(t, "2025年.geojson", "SKMC", "KR"), "reservoir"},
		"by labels of its fields":           {pointFile(t, "2025年.geojson", "水库名称", "库容"), "reservoir"},
		"not without its required fields":   {pointFile(t, "2025年.geojson", "KR", "DM"), ""},
		"not by one field alone":            {pointFile(t, "2025年.geojson", "SKMC"), ""},
		"not where two layers suit equally": {pointFile(t, "2025年.geojson", "SZMC", "DM"), ""},
		"a name decides between two":        {pointFile(t, "闸门.geojson", "SZMC", "DM"), "gate"},
	} {
		t.Run(sentence, func(t *testing.T) {
			d, err := importers.Recognise(t.Context(), c.file, defs, t.TempDir(), importers.Limits{})
			var problem *importers.Problem
			if c.want == "" {
				if !errors.Is(err, importers.ErrNotRecognised) || !errors.As(err, &problem) || problem.Code != "layer-not-recognised" {
					t.Fatalf("got %+v, %v", d, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if len(d.Deliveries) != 1 || d.Deliveries[0].Layer != c.want || d.Options(d.Deliveries[0]).File != c.file {
				t.Errorf("got %+v", d.Deliveries)
			}
		})
	}
}
