package styles

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"onemap/layers"
)

// farm is a layer with a class and a name.
func farm() (layers.Definition, []layers.Dictionary) {
	return layers.Definition{
		ID: "farm", Name: "农场", NameEN: "Farms", Geometry: layers.Polygon, Label: "name", MinZoom: 8, MaxZoom: 14,
		Fields: []layers.Field{
			{Name: "kind", Label: "类", LabelEN: "Kind", Dictionary: "farm_kind", InTiles: true},
			{Name: "name", Label: "名称", LabelEN: "Name", InTiles: true},
			{Name: "owner", Label: "户主", LabelEN: "Owner"},
		},
	}, []layers.Dictionary{{ID: "farm_kind", Entries: []layers.Entry{{Code: "1", Name: "稻", Colour: "#f8d072"}, {Code: "2", Name: "茶", Colour: "#31ad69"}}}}
}

const goodFarm = `{"legend": {"field": "kind"}, "layers": [
	{"id": "fill", "order": 110, "type": "fill", "paint": {"fill-color": ["dictionary-colour", "kind", "#cccccc"], "fill-opacity": 0.8}},
	{"id": "label", "order": 760, "type": "symbol", "layout": {"text-field": ["get", "name"], "text-font": ["Yunfu Sans"], "text-size": 12},
	 "paint": {"text-color": "#333333", "text-halo-color": "#ffffff", "text-halo-width": 1.4}}]}`

func TestCheck(t *testing.T) {
	layer, dictionaries := farm()
	for sentence, c := range map[string]struct {
		from, to string // in the good look
		where    string // of the first fault; "" is none
	}{
		"the good look":                          {"", "", ""},
		"a field that tiles don't carry":         {`["get", "name"]`, `["get", "owner"]`, "label.layout.text-field"},
		"a field that there isn't":               {`"dictionary-colour", "kind"`, `"dictionary-colour", "sort"`, "fill.paint.fill-color"},
		"a field without a dictionary":           {`"dictionary-colour", "kind"`, `"dictionary-colour", "name"`, "fill.paint.fill-color"},
		"a legend of a field that there isn't":   {`{"field": "kind"}`, `{"field": "sort"}`, "legend.field"},
		"a legend line without a name":           {`{"field": "kind"}`, `[{"label": "", "label_en": "Rice", "properties": {"kind": "1"}}]`, "legend[0]"},
		"an opacity that is an expression":       {`"fill-opacity": 0.8`, `"fill-opacity": ["get", "kind"]`, "fill.paint.fill-opacity"},
		"an opacity above one":                   {`"fill-opacity": 0.8`, `"fill-opacity": 1.8`, "fill.paint.fill-opacity"},
		"a colour by name":                       {`"#333333"`, `"black"`, "label.paint.text-color"},
		"another font":                           {`Yunfu Sans`, `Arial`, "label.layout.text-font"},
		"an operator that isn't evaluated":       {`["get", "name"]`, `["upcase", ["get", "name"]]`, "label.layout.text-field"},
		"a property that isn't drawn":            {`"fill-opacity": 0.8`, `"fill-glow": 2`, "fill.fill-glow"},
		"a property that the renderer refuses":   {`"text-size": 12`, `"text-size": "large"`, "layers"},
		"a pattern of no kind":                   {`"fill-opacity": 0.8`, `"fill-pattern": "brick:#000000"`, "fill.paint.fill-pattern"},
		"a role of no palette":                   {`"#333333"`, `"@ink"`, "label.paint.text-color"},
		"a text without a halo":                  {`"text-halo-width": 1.4`, `"text-halo-width": 0`, "label.paint.text-color"},
		"a text too faint for its halo":          {`"#333333"`, `"#9a9a9a"`, "label.paint.text-color"},
		"a zoom range without zooms":             {`"order": 760, "type"`, `"order": 760, "minzoom": 12, "maxzoom": 12, "type"`, "label.maxzoom"},
		"classes of one colour":                  {`["dictionary-colour", "kind", "#cccccc"]`, `["match", ["get", "kind"], "1", "#f8d072", "#f8d27a"]`, "classes"},
		"colours for a palette that there isn't": {`{"legend"`, `{"colours": {"screen": {}, "neon": {"a": "#000000"}}, "legend"`, "colours"},
	} {
		t.Run(sentence, func(t *testing.T) {
			text := strings.Replace(goodFarm, c.from, c.to, 1)
			f, err := ReadFragment(layer, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			err = Check(layer, dictionaries, f)
			var broken *RuleError
			switch {
			case c.where == "" && err != nil:
				t.Fatal(err)
			case c.where == "":
			case !errors.As(err, &broken) || !errors.Is(err, ErrRules):
				t.Fatalf("got %v, want a fault at %s", err, c.where)
			case broken.Faults[0].Where != c.where || broken.Faults[0].ZH == "" || broken.Faults[0].EN == "":
				t.Errorf("got %+v, want a fault at %s", broken.Faults[0], c.where)
			}
		})
	}
}

// Red and green of one lightness are alike only to eyes that mix them up.
func TestClassesAreToldApartByTheEyesOfThePalette(t *testing.T) {
	layer, dictionaries := farm()
	f, err := ReadFragment(layer, []byte(strings.Replace(goodFarm, `["dictionary-colour", "kind", "#cccccc"]`, `["match", ["get", "kind"], "1", "#b08a3c", "#7d9a3c"]`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var broken *RuleError
	if err := Check(layer, dictionaries, f); !errors.As(err, &broken) {
		t.Fatalf("got %v, want a fault", err)
	}
	for _, one := range broken.Faults {
		if one.Palette != "safe" || one.Where != "classes" {
			t.Errorf("fault %+v; only in the colour-blind safe palette are they alike", one)
		}
	}
}

// Pairs of the supplementary data of Sharma, Wu and Dalal, The CIEDE2000
// Color-Difference Formula (2005).
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b lab
		want float64
	}{
		{lab{50, 2.6772, -79.7751}, lab{50, 0, -82.7485}, 2.0425},
		{lab{50, -1.3802, -84.2814}, lab{50, 0, -82.7485}, 1.0000},
		{lab{50, 0, 0}, lab{50, -1, 2}, 2.3669},
		{lab{50, 2.49, -0.001}, lab{50, -2.49, 0.0011}, 7.2195},
		{lab{50, 2.5, 0}, lab{73, 25, -18}, 27.1492},
		{lab{60.2574, -34.0099, 36.2677}, lab{60.4626, -34.1751, 39.4387}, 1.2644},
		{lab{2.0776, 0.0795, -1.1350}, lab{0.9033, -0.0636, -0.5514}, 0.9082},
	} {
		if got := distance(c.a, c.b); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%v to %v is %.4f, want %.4f", c.a, c.b, got, c.want)
		}
	}
}

func TestContrast(t *testing.T) {
	if got := contrast("#000000", "#ffffff"); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white is %g, want 21", got)
	}
	if got := contrast("#777777", "#ffffff"); math.Abs(got-4.48) > 0.005 {
		t.Errorf("#777777 on white is %.3f, want 4.48", got)
	}
}

func TestAdjust(t *testing.T) {
	layer, dictionaries := farm()
	f, err := ReadFragment(layer, []byte(goodFarm))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(f)
	got, err := Adjust(layer, dictionaries, f, map[string]json.RawMessage{
		"colour:farm_kind.1":        json.RawMessage(`{"screen": "#FFCC00"}`),
		"colour:label/text-color/0": json.RawMessage(`{"print": "#111111"}`),
		"number:label/text-size":    json.RawMessage(`14`),
		"number:label/minzoom":      json.RawMessage(`10`),
		"number:fill/fill-opacity":  json.RawMessage(`0.5`),
		"choice:label/text-field":   json.RawMessage(`"kind"`),
		"shown:fill":                json.RawMessage(`false`),
		"default_visible":           json.RawMessage(`true`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(f); string(after) != string(before) {
		t.Error("the look that was given has changed")
	}
	if err := Check(layer, dictionaries, got); err != nil {
		t.Error(err)
	}
	controls, err := Controls(layer, dictionaries, got)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, c := range controls {
		text, _ := json.Marshal(c.Value)
		values[c.ID] = string(text)
	}
	for id, want := range map[string]string{
		"colour:farm_kind.1":             `{"print":"#f8d072","safe":"#f8d072","screen":"#ffcc00"}`,
		"colour:own.label.text-color.0":  `{"print":"#111111","safe":"#333333","screen":"#333333"}`,
		"number:label/text-size":         `14`,
		"number:label/minzoom":           `10`,
		"number:fill/fill-opacity":       `0.5`,
		"choice:label/text-field":        `"kind"`,
		"shown:fill":                     `false`,
		"default_visible":                `true`,
		"colour:label/text-halo-color/0": `{"print":"#ffffff","safe":"#ffffff","screen":"#ffffff"}`,
	} {
		if values[id] != want {
			t.Errorf("%s is %s, want %s", id, values[id], want)
		}
	}
}

// Widths that differ by zoom and class keep their proportions.
func TestAWidthChangesWithAllThatFollowIt(t *testing.T) {
	defs := definitions(t)
	for _, l := range defs.Layers {
		if l.ID != "river" {
			continue
		}
		f, err := Shipped(l)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Adjust(l, defs.Dictionaries, f, map[string]json.RawMessage{"number:line/line-width": json.RawMessage(`18`)})
		if err != nil {
			t.Fatal(err)
		}
		was, is := largestOf(f.Layers[0].Paint["line-width"]), largestOf(got.Layers[0].Paint["line-width"])
		if is != 18 || was == 18 {
			t.Errorf("the width was %g and is %g, want 18", was, is)
		}
		first := func(f Fragment) (one float64) {
			outcomes(f.Layers[0].Paint["line-width"], func(o outcome) any {
				if n, ok := o.value.(float64); ok && one == 0 {
					one = n
				}
				return o.value
			})
			return one
		}
		if ratio := first(got) / first(f); math.Abs(ratio-18/was) > 0.01 {
			t.Errorf("the first width changed by %g, the last by %g", ratio, 18/was)
		}
	}
}

// Every control of every layer can be set to what it is, and names itself.
func TestControlsOfAllLayers(t *testing.T) {
	defs := definitions(t)
	for _, l := range defs.Layers {
		f, err := Shipped(l)
		if err != nil {
			t.Fatal(err)
		}
		controls, err := Controls(l, defs.Dictionaries, f)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]json.RawMessage{}
		for _, c := range controls {
			if c.Label == "" || c.LabelEN == "" || values[c.ID] != nil {
				t.Errorf("%s: control %+v has no name, or its id twice", l.ID, c)
			}
			text, err := json.Marshal(c.Value)
			if err != nil {
				t.Fatal(err)
			}
			values[c.ID] = text
		}
		same, err := Adjust(l, defs.Dictionaries, f, values)
		if err != nil {
			t.Errorf("%s: %v", l.ID, err)
			continue
		}
		if err := Check(l, defs.Dictionaries, same); err != nil {
			t.Errorf("%s, set to what it was: %v", l.ID, err)
		}
	}
}
