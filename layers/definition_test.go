package layers_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"onemap/layers"
)

const goodLayer = `{"id": "pond", "theme": "water", "name": "坑塘", "name_en": "Ponds", "geometry": "polygon", "key": ["code"],
	"label_field": "code", "min_zoom": 8, "max_zoom": 14, "sensitivity": "public", "department": "水务局", "source": "test",
	"fields": [{"name": "code", "label": "代码", "label_en": "Code", "type": "text", "dictionary": "kind"}]}`

func TestReadDefinitions(t *testing.T) {
	for sentence, c := range map[string]struct {
		change [2]string // in the text of the layer: from, to
		names  string    // what the message must name; "" for a good file
	}{
		"a good layer is read":                  {},
		"an unknown member is a spelling fault": {[2]string{`"name":`, `"nam":`}, "nam"},
		"an unknown theme":                      {[2]string{`"theme": "water"`, `"theme": "air"`}, "air"},
		"an unknown geometry":                   {[2]string{`"polygon"`, `"circle"`}, "circle"},
		"an unknown field type":                 {[2]string{`"type": "text"`, `"type": "blob"`}, "blob"},
		"an unknown dictionary":                 {[2]string{`"dictionary": "kind"`, `"dictionary": "none"`}, "none"},
		"an unknown key field":                  {[2]string{`"key": ["code"]`, `"key": ["cod"]`}, "cod"},
		"an unknown sensitivity":                {[2]string{`"public"`, `"secret"`}, "secret"},
		"a zoom that no tile has":               {[2]string{`"max_zoom": 14`, `"max_zoom": 25`}, "25"},
		"an id that is no identifier":           {[2]string{`"id": "pond"`, `"id": "pond; drop"`}, "drop"},
		"an id that is that of a label layer":   {[2]string{`"id": "pond"`, `"id": "pond_label"`}, "_label"},
		"a field that every table has":          {[2]string{`"name": "code", "label"`, `"name": "geom", "label"`}, "geom"},
	} {
		t.Run(sentence, func(t *testing.T) {
			layer := goodLayer
			if c.names != "" {
				layer = strings.Replace(layer, c.change[0], c.change[1], 1)
				if layer == goodLayer {
					t.Fatal("the change changes nothing")
				}
			}
			files := fstest.MapFS{
				"themes.json":            {Data: []byte(`[{"id": "water", "name": "水利", "name_en": "Water"}]`)},
				"dictionaries/kind.json": {Data: []byte(`{"id": "kind", "name": "类", "name_en": "Kind", "source": "test", "as_of": "2026", "entries": [{"code": "1", "name": "一"}]}`)},
				"layers/pond.json":       {Data: []byte(layer)},
			}
			defs, err := layers.ReadDefinitions(files)
			if c.names == "" {
				if err != nil || len(defs.Layers) != 1 {
					t.Fatalf("got %v, %v", defs, err)
				}
				return
			}
			if !errors.Is(err, layers.ErrInvalidDefinition) || !strings.Contains(err.Error(), c.names) {
				t.Errorf("got %v, want an ErrInvalidDefinition that names %q", err, c.names)
			}
		})
	}
}
