package styles

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"onemap/data"
	"onemap/layers"
	"onemap/styles/render"
)

var update = flag.Bool("update", false, "rewrite testdata/style.json")

func definitions(t *testing.T) layers.Definitions {
	t.Helper()
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

func allSources(defs layers.Definitions) []Source {
	var all []Source
	for _, l := range defs.Layers {
		all = append(all, Source{Layer: l, TileJSON: "/tiles/" + l.ID + ".json", Bounds: []float64{111.05, 22.37, 112.52, 23.32}})
	}
	return all
}

// TestDocument holds the whole document to testdata/style.json, which the
// viewer's tests validate against the MapLibre style specification.
func TestDocument(t *testing.T) {
	defs := definitions(t)
	got, err := Document(allSources(defs), defs.Dictionaries)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Document(allSources(defs), defs.Dictionaries)
	if err != nil || !bytes.Equal(got, again) {
		t.Fatalf("a second document differs, or fails: %v", err)
	}
	var readable bytes.Buffer
	if err := json.Indent(&readable, got, "", " "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/style.json"
	if *update {
		if err := os.WriteFile(golden, readable.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readable.Bytes(), want) {
		t.Errorf("the document is not that of %s; run go test ./styles -update and review the difference", golden)
	}
}

// TestLooks holds the documents of all palettes and themes to testdata/looks.jsonl,
// one a line, which the viewer's tests validate too.
func TestLooks(t *testing.T) {
	defs := definitions(t)
	themes, err := Themes()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, palette := range PaletteIDs() {
		for _, theme := range append([]Theme{{}}, themes...) {
			var shown []Source
			for _, s := range allSources(defs) {
				if theme.has(s.Layer.ID) {
					shown = append(shown, s)
				}
			}
			text, err := Look{Palette: palette, Theme: theme.ID}.Document(shown, defs.Dictionaries)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := render.ParseStyle(text); err != nil {
				t.Errorf("%s %s: %v", palette, theme.ID, err)
			}
			got.Write(text)
		}
	}
	const golden = "testdata/looks.jsonl"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the documents are not those of %s; run go test ./styles -update and review the difference", golden)
	}
}

func TestPalettes(t *testing.T) {
	all, err := Palettes()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Name == "" || p.NameEN == "" || p.Purpose == "" || p.PurposeEN == "" || len(p.Vision) == 0 {
			t.Errorf("palette %s: a name, a purpose or its eyes are missing", p.ID)
		}
		for role, colour := range p.Roles {
			if !roleName.MatchString(role) || !hexColour.MatchString(colour) {
				t.Errorf("palette %s: role %q is %q", p.ID, role, colour)
			}
			if _, ok := all[0].Roles[role]; !ok && !strings.HasPrefix(role, "land_class.") && !strings.HasPrefix(role, "risk_level.") {
				t.Errorf("palette %s: the screen has no role %q", p.ID, role)
			}
		}
		for role := range all[0].Roles {
			if _, ok := p.Roles[role]; !ok {
				t.Errorf("palette %s has no role %q", p.ID, role)
			}
		}
	}
	if _, err := PaletteNamed("neon"); !errors.Is(err, ErrUnknownPalette) {
		t.Errorf("got %v, want ErrUnknownPalette", err)
	}
}

// Every layer of a theme's map is defined, every layer is on the map of its own
// theme, and the context is paler than it is on the whole map.
func TestThemes(t *testing.T) {
	defs := definitions(t)
	themes, err := Themes()
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range themes {
		for _, id := range slices.Concat(theme.Shown, theme.More, theme.Context) {
			if !slices.ContainsFunc(defs.Layers, func(l layers.Definition) bool { return l.ID == id }) {
				t.Errorf("theme %s: no layer %q is defined", theme.ID, id)
			}
		}
		for _, l := range defs.Layers {
			if l.Theme == theme.ID && !slices.Contains(theme.Shown, l.ID) && !slices.Contains(theme.More, l.ID) {
				t.Errorf("theme %s doesn't have its layer %s", theme.ID, l.ID)
			}
		}
	}
	if len(themes) != len(defs.Themes) {
		t.Errorf("%d of %d themes have a look", len(themes), len(defs.Themes))
	}
	i := slices.IndexFunc(defs.Layers, func(l layers.Definition) bool { return l.ID == "river" })
	lightness := func(theme string) float64 {
		text, err := Look{Theme: theme}.Document([]Source{{Layer: defs.Layers[i], TileJSON: "/tiles/river.json"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var doc document
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		return seen(doc.Layers[1].Paint["line-color"].(string), Normal)[0]
	}
	if lightness("forestry") <= lightness("") || lightness("water") != lightness("") {
		t.Error("a river is not paler where it is context, or paler where it is not")
	}
	if _, err := (Look{Theme: "moon"}).Document(nil, nil); !errors.Is(err, ErrUnknownTheme) {
		t.Errorf("got %v, want ErrUnknownTheme", err)
	}
}

func TestFragments(t *testing.T) {
	defs := definitions(t)
	names, err := fs.Glob(files, "layers/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fragments: %v", err)
	}
	for _, name := range names {
		id := strings.TrimSuffix(path.Base(name), ".json")
		t.Run(id, func(t *testing.T) {
			i := slices.IndexFunc(defs.Layers, func(l layers.Definition) bool { return l.ID == id })
			if i < 0 {
				t.Fatalf("no layer %q is defined", id)
			}
			f, err := Shipped(defs.Layers[i])
			if err != nil {
				t.Fatal(err)
			}
			var broken *RuleError
			if err := Check(defs.Layers[i], defs.Dictionaries, f); errors.As(err, &broken) {
				for _, one := range broken.Faults {
					t.Errorf("%s %s: %q: %s", one.Palette, one.Where, one.Value, one.EN)
				}
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOrdersAreNotShared(t *testing.T) {
	owner := map[int]string{}
	for _, layer := range definitions(t).Layers {
		f, err := Shipped(layer)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range f.Layers {
			if other, taken := owner[l.Order]; taken && other != layer.ID && l.Type == "fill" {
				t.Errorf("fills of %s and %s both have order %d: which one is on top?", other, layer.ID, l.Order)
			}
			owner[l.Order] = layer.ID
		}
	}
}

func TestReadFragmentRefuses(t *testing.T) {
	layer := layers.Definition{ID: "parcel", Geometry: layers.Polygon, MinZoom: 8}
	for sentence, text := range map[string]string{
		"a file that is not JSON":                `{`,
		"a member that is not known":             `{"colour": "red", "layers": []}`,
		"a fill among the lines":                 `{"layers": [{"id": "fill", "order": 300, "type": "fill"}]}`,
		"an icon among the labels":               `{"layers": [{"id": "icon", "order": 700, "type": "symbol", "layout": {"icon-image": "icon:drop:#000000"}}]}`,
		"a type that the renderers do not know":  `{"layers": [{"id": "hill", "order": 100, "type": "hillshade"}]}`,
		"the same id twice":                      `{"layers": [{"id": "a", "order": 100, "type": "fill"}, {"id": "a", "order": 101, "type": "fill"}]}`,
		"more style layers than looks have":      `{"layers": [` + strings.Repeat(`{"id": "a", "order": 100, "type": "fill"},`, 60) + `{"id": "a", "order": 100, "type": "fill"}]}`,
		"a longer legend than people read":       `{"layers": [], "legend": [` + strings.Repeat(`{"label": "a", "label_en": "a"},`, 200) + `{"label": "a", "label_en": "a"}]}`,
		"an expression without end":              `{"layers": [{"id": "a", "order": 100, "type": "fill", "filter": ["all"` + strings.Repeat(`,1`, 6000) + `]}]}`,
		"a zoom at which the layer has no tiles": `{"layers": [{"id": "a", "order": 100, "type": "fill", "minzoom": 7}]}`,
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := ReadFragment(layer, []byte(text)); !errors.Is(err, ErrInvalidFragment) {
				t.Errorf("got %v, want ErrInvalidFragment", err)
			}
		})
	}
}

func TestLayerWithoutFragmentIsDrawnPlainly(t *testing.T) {
	for kind, want := range map[layers.GeometryKind][]string{
		layers.Point:      {"circle", "symbol"},
		layers.LineString: {"line"},
		layers.Polygon:    {"fill", "line", "symbol"},
	} {
		layer := layers.Definition{
			ID: "unstyled", Name: "新图层", NameEN: "New layer", Geometry: kind, Label: "name",
			Fields: []layers.Field{{Name: "name", InTiles: true}},
		}
		text, err := Document([]Source{{Layer: layer, TileJSON: "/tiles/unstyled.json"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var doc document
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range doc.Layers[1:] {
			got = append(got, l.Type)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: style layers %v, want %v", kind, got, want)
		}
		if legend := doc.Layers[1].Metadata.Legend; len(legend) != 1 || legend[0].Label != "新图层" {
			t.Errorf("%s: legend %+v, want one line with the layer's name", kind, legend)
		}
	}
}

// composed is the document of one layer without a fragment of its own, or of f.
func composed(t *testing.T, layer layers.Definition, f Fragment) map[string]documentLayer {
	t.Helper()
	screen, err := PaletteNamed(Screen)
	if err != nil {
		t.Fatal(err)
	}
	made, err := f.compose(layer, nil, screen, 0)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]documentLayer{}
	for _, l := range made {
		byID[strings.TrimPrefix(l.ID, layer.ID+":")] = l
	}
	return byID
}

func TestNamesOfPolygonsAreDrawnAtTheirLabelPoints(t *testing.T) {
	for sentence, c := range map[string]struct {
		layer layers.Definition
		want  string
	}{
		"polygons with a name":  {layers.Definition{ID: "lake", Geometry: layers.Polygon, Label: "name"}, "lake_label"},
		"points have one point": {layers.Definition{ID: "gauge", Geometry: layers.Point, Label: "name"}, "gauge"},
		"lines bear their name": {layers.Definition{ID: "road", Geometry: layers.LineString, Label: "name"}, "road"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := composed(t, c.layer, Fragment{Layers: []styleLayer{
				{ID: "line", Order: 300, Type: "line"},
				{ID: "label", Order: 700, Type: "symbol", Layout: map[string]any{"text-field": []any{"get", "name"}}},
			}})
			if got["label"].SourceLayer != c.want || got["line"].SourceLayer != c.layer.ID {
				t.Errorf("label from %q, line from %q, want %q and %q", got["label"].SourceLayer, got["line"].SourceLayer, c.want, c.layer.ID)
			}
		})
	}
}

func TestSymbolsSayHowManyPointsTheyStandFor(t *testing.T) {
	icon := Fragment{Layers: []styleLayer{{ID: "icon", Order: 500, Type: "symbol", Layout: map[string]any{"icon-image": "icon:drop:#1d6fb8"}}}}
	if got, ok := composed(t, layers.Definition{ID: "gauge", Geometry: layers.Point}, icon)["count"]; !ok || !slices.Equal(words(got.Filter), []string{"has", "point_count"}) {
		t.Errorf("symbols of points have the count layer %+v", got)
	}
	text := Fragment{Layers: []styleLayer{{ID: "name", Order: 700, Type: "symbol", Layout: map[string]any{"text-field": "x"}}}}
	if _, ok := composed(t, layers.Definition{ID: "place", Geometry: layers.Point}, text)["count"]; ok {
		t.Error("names of places have a count layer")
	}
}

func TestDictionaryColourNeedsADictionary(t *testing.T) {
	x := expansion{layer: layers.Definition{ID: "parcel", Fields: []layers.Field{{Name: "kind"}}}}
	x.value([]any{"dictionary-colour", "kind", "#000000"}, false)
	if x.err == nil {
		t.Error("a field without a dictionary gave no error")
	}
}
