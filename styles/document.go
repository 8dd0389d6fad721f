package styles

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onemap/layers"
)

// Source is a layer that the document draws, and where its tiles are.
type Source struct {
	Layer    layers.Definition
	TileJSON string    // address of its TileJSON, as "/tiles/dltb.json"
	Bounds   []float64 // west, south, east, north in degrees (EPSG:4490); nil if unknown
	Shown    bool      // from the start, whatever the fragment says
}

// document is the part of the MapLibre style specification that is used.
type document struct {
	Version  int                     `json:"version"`
	Name     string                  `json:"name"`
	Metadata documentMetadata        `json:"metadata"`
	Sources  map[string]vectorSource `json:"sources"`
	Layers   []documentLayer         `json:"layers"`
}

type documentMetadata struct {
	DefaultVisible []string `json:"onemap:default_visible"` // layer ids
	Palette        string   `json:"onemap:palette"`
	Theme          string   `json:"onemap:theme,omitempty"`
}

type vectorSource struct {
	Type    string    `json:"type"`
	URL     string    `json:"url"`
	MinZoom int       `json:"minzoom"`
	MaxZoom int       `json:"maxzoom"`
	Bounds  []float64 `json:"bounds,omitempty"`
}

type documentLayer struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Metadata    *layerMetadata `json:"metadata,omitempty"`
	Source      string         `json:"source,omitempty"`
	SourceLayer string         `json:"source-layer,omitempty"`
	MinZoom     *float64       `json:"minzoom,omitempty"`
	MaxZoom     *float64       `json:"maxzoom,omitempty"`
	Filter      any            `json:"filter,omitempty"`
	Layout      map[string]any `json:"layout,omitempty"`
	Paint       map[string]any `json:"paint,omitempty"`

	order int
}

type layerMetadata struct {
	Layer  string       `json:"onemap:layer"`
	Legend []LegendLine `json:"onemap:legend,omitempty"` // on the lowest style layer of a layer
}

// compose turns the fragment's style layers into those of the document.
func (f Fragment) compose(layer layers.Definition, dictionaries []layers.Dictionary, palette Palette, mute float64) ([]documentLayer, error) {
	legendLines, err := f.legendLines(layer, dictionaries)
	if err != nil {
		return nil, err
	}
	drawn := append(slices.Clone(f.Layers), counts(layer, f)...)
	composed := make([]documentLayer, 0, len(drawn))
	in := colours{palette: palette, own: f.Colours, codes: codeColours(dictionaries), mute: mute}
	for _, l := range drawn {
		if l.Hidden {
			continue
		}
		x := expansion{layer: layer, dictionaries: dictionaries, colours: in}
		d := documentLayer{
			ID: layer.ID + ":" + l.ID, Type: l.Type,
			Metadata: &layerMetadata{Layer: layer.ID},
			Source:   layer.ID, SourceLayer: tileLayer(layer, l),
			MinZoom: l.MinZoom, MaxZoom: l.MaxZoom,
			Filter: l.Filter, Layout: x.members(l.Layout), Paint: x.members(l.Paint),
			order: l.Order,
		}
		if x.err != nil {
			return nil, fmt.Errorf("%w: layers/%s.json: %s: %w", ErrInvalidFragment, layer.ID, l.ID, x.err)
		}
		if d.MinZoom == nil && layer.MinZoom > 0 {
			lowest := float64(layer.MinZoom)
			d.MinZoom = &lowest
		}
		if !f.DefaultVisible {
			if d.Layout == nil {
				d.Layout = map[string]any{}
			}
			d.Layout["visibility"] = "none"
		}
		composed = append(composed, d)
	}
	if len(composed) > 0 {
		lowest := slices.MinFunc(composed, func(a, b documentLayer) int { return a.order - b.order })
		lowest.Metadata.Legend = legendLines
	}
	return composed, nil
}

// tileLayer is the layer of the tiles that a style layer draws. Names of polygons
// are drawn at their label points: the polygons themselves come in pieces, one a
// tile, and each piece would have the name again.
func tileLayer(layer layers.Definition, l styleLayer) string {
	_, text := l.Layout["text-field"]
	if labels := layer.LabelLayer(); l.Type == "symbol" && text && labels != "" && l.Layout["symbol-placement"] == nil {
		return labels
	}
	return layer.ID
}

// counts returns a style layer with the number of features that a symbol stands
// for, for a point layer drawn with symbols. Tiles of low zooms have room for the
// most important of those that would lie on each other, and say how many they are.
func counts(layer layers.Definition, f Fragment) []styleLayer {
	symbols := slices.ContainsFunc(f.Layers, func(l styleLayer) bool { return l.Layout["icon-image"] != nil })
	if layer.Geometry != layers.Point || !symbols {
		return nil
	}
	return []styleLayer{{
		ID: "count", Order: labels.first, Type: "symbol",
		Filter: []any{"has", pointCount},
		Layout: map[string]any{
			"text-field": []any{"to-string", []any{"get", pointCount}}, "text-font": []any{Font}, "text-size": 10.0,
			"text-anchor": "left", "text-offset": []any{0.7, -0.7}, "text-padding": 1.0,
		},
		Paint: map[string]any{"text-color": "@count.text", "text-halo-color": "@halo", "text-halo-width": 1.4},
	}}
}

// pointCount is the property of a point that stands for several.
const pointCount = "point_count"

// legendLines returns the lines as given, or one a code of the field's
// dictionary, or one with the layer's name.
func (f Fragment) legendLines(layer layers.Definition, dictionaries []layers.Dictionary) ([]LegendLine, error) {
	switch {
	case f.Legend == nil:
		return []LegendLine{{Label: layer.Name, LabelEN: layer.NameEN, Properties: map[string]any{}}}, nil
	case f.Legend.Field == "":
		return f.Legend.Lines, nil
	}
	dictionary, err := dictionaryOf(layer, f.Legend.Field, dictionaries)
	if err != nil {
		return nil, fmt.Errorf("%w: layers/%s.json: legend: %w", ErrInvalidFragment, layer.ID, err)
	}
	made := make([]LegendLine, len(dictionary.Entries))
	for i, e := range dictionary.Entries {
		made[i] = LegendLine{Label: e.Name, LabelEN: cmp.Or(e.NameEN, e.Name), Properties: map[string]any{f.Legend.Field: e.Code}}
	}
	return made, nil
}

func dictionaryOf(layer layers.Definition, field string, dictionaries []layers.Dictionary) (layers.Dictionary, error) {
	f, ok := layer.Field(field)
	if !ok || f.Dictionary == "" {
		return layers.Dictionary{}, fmt.Errorf("field %q has no dictionary", field)
	}
	i := slices.IndexFunc(dictionaries, func(d layers.Dictionary) bool { return d.ID == f.Dictionary })
	if i < 0 {
		return layers.Dictionary{}, fmt.Errorf("dictionary %q is not given", f.Dictionary)
	}
	return dictionaries[i], nil
}

// codeColours are the colours that dictionaries give their codes, as roles.
func codeColours(dictionaries []layers.Dictionary) map[string]string {
	roles := map[string]string{}
	for _, d := range dictionaries {
		for _, e := range d.Entries {
			if e.Colour != "" {
				roles[d.ID+"."+e.Code] = e.Colour
			}
		}
	}
	return roles
}

// An expansion copies values of a fragment and replaces what only this package
// understands: roles become colours, and ["dictionary-colour", field, otherwise]
// a match of the field's codes to the colours of its dictionary. The first fault
// is kept.
type expansion struct {
	layer        layers.Definition
	dictionaries []layers.Dictionary
	colours      colours
	err          error
}

// coloured tells whether a property's strings are colours or names of images, and
// whether it is the colour of a text.
func coloured(property string) (is, text bool) {
	switch {
	case property == "text-color" || property == "text-halo-color":
		return true, true
	case strings.HasSuffix(property, "-color"), strings.HasSuffix(property, "-pattern"), property == "icon-image":
		return true, false
	}
	return false, false
}

func (x *expansion) members(from map[string]any) map[string]any {
	to := maps.Clone(from)
	for name, value := range to {
		if is, text := coloured(name); is {
			to[name] = x.value(value, text)
		}
	}
	return to
}

func (x *expansion) value(from any, text bool) any {
	switch v := from.(type) {
	case string:
		return x.colour(v, text)
	case []any:
		if len(v) == 3 && v[0] == "dictionary-colour" {
			return x.dictionaryColour(v, text)
		}
		to := make([]any, len(v))
		for i, member := range v {
			to[i] = x.value(member, text)
		}
		return to
	}
	return from
}

// colour replaces the roles in a colour or the name of an image.
func (x *expansion) colour(word string, text bool) string {
	word = roleUse.ReplaceAllStringFunc(word, func(use string) string {
		colour, ok := x.colours.role(use[1:])
		if !ok {
			x.err = cmp.Or(x.err, fmt.Errorf("role %q is in no palette", use[1:]))
		}
		return colour
	})
	if text || x.colours.mute == 0 {
		return word
	}
	return hexUse.ReplaceAllStringFunc(word, x.colours.muted)
}

func (x *expansion) dictionaryColour(expression []any, text bool) any {
	field, _ := expression[1].(string)
	dictionary, err := dictionaryOf(x.layer, field, x.dictionaries)
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return nil
	}
	match := []any{"match", []any{"get", field}}
	for _, e := range dictionary.Entries {
		if colour, ok := x.colours.role(dictionary.ID + "." + e.Code); ok {
			match = append(match, e.Code, x.colour(colour, text))
		}
	}
	otherwise := x.value(expression[2], text)
	if len(match) == 2 { // a match without cases is no valid expression
		return otherwise
	}
	return append(match, otherwise)
}
