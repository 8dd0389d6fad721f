package styles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

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

// background is the paper's colour, under everything.
const background = "#e9e6dd"

// Document composes the style of these layers: version 8, one vector source a
// layer, named by the layer's id, and all their style layers in drawing order.
// Layers that are not shown at the start have visibility "none". The document
// names no glyphs and no sprite: the font is [Font], images are drawn by the
// viewer from their names ("hatch:45:#2a7d2a"). The same input gives the same
// bytes. A fragment that cannot be used is an [ErrInvalidFragment].
func Document(shown []Source, dictionaries []layers.Dictionary) ([]byte, error) {
	doc := document{
		Version:  8,
		Name:     "云浮一张图 Yunfu one map",
		Metadata: documentMetadata{DefaultVisible: []string{}},
		Sources:  map[string]vectorSource{},
		Layers:   []documentLayer{{ID: "background", Type: "background", Paint: map[string]any{"background-color": background}, order: -1}},
	}
	for _, source := range shown {
		f, err := fragmentOf(source.Layer)
		if err != nil {
			return nil, err
		}
		f.DefaultVisible = f.DefaultVisible || source.Shown
		added, err := f.compose(source.Layer, dictionaries)
		if err != nil {
			return nil, err
		}
		id := source.Layer.ID
		doc.Layers = append(doc.Layers, added...)
		doc.Sources[id] = vectorSource{Type: "vector", URL: source.TileJSON, MinZoom: source.Layer.MinZoom, MaxZoom: source.Layer.MaxZoom, Bounds: source.Bounds}
		if f.DefaultVisible {
			doc.Metadata.DefaultVisible = append(doc.Metadata.DefaultVisible, id)
		}
	}
	slices.SortFunc(doc.Layers, func(a, b documentLayer) int {
		return cmp.Or(a.order-b.order, cmp.Compare(a.ID, b.ID))
	})
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(doc); err != nil {
		return nil, fmt.Errorf("styles: writing the document: %w", err)
	}
	return text.Bytes(), nil
}

// compose turns the fragment's style layers into those of the document.
func (f fragment) compose(layer layers.Definition, dictionaries []layers.Dictionary) ([]documentLayer, error) {
	legendLines, err := f.legendLines(layer, dictionaries)
	if err != nil {
		return nil, err
	}
	drawn := append(slices.Clone(f.Layers), counts(layer, f)...)
	composed := make([]documentLayer, 0, len(drawn))
	for _, l := range drawn {
		x := expansion{layer: layer, dictionaries: dictionaries}
		d := documentLayer{
			ID: layer.ID + ":" + l.ID, Type: l.Type,
			Metadata: &layerMetadata{Layer: layer.ID},
			Source:   layer.ID, SourceLayer: tileLayer(layer, l),
			MinZoom: l.MinZoom, MaxZoom: l.MaxZoom,
			Filter: x.value(l.Filter), Layout: x.members(l.Layout), Paint: x.members(l.Paint),
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
func counts(layer layers.Definition, f fragment) []styleLayer {
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
		Paint: map[string]any{"text-color": "#333333", "text-halo-color": "#ffffff", "text-halo-width": 1.4},
	}}
}

// pointCount is the property of a point that stands for several.
const pointCount = "point_count"

// legendLines returns the lines as given, or one a code of the field's
// dictionary, or one with the layer's name.
func (f fragment) legendLines(layer layers.Definition, dictionaries []layers.Dictionary) ([]LegendLine, error) {
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

// An expansion copies values of a fragment and replaces what only this package
// understands: ["dictionary-colour", field, otherwise] becomes a match of the
// field's codes to the colours of its dictionary. The first fault is kept.
type expansion struct {
	layer        layers.Definition
	dictionaries []layers.Dictionary
	err          error
}

func (x *expansion) members(from map[string]any) map[string]any {
	to := maps.Clone(from)
	for name, value := range to {
		to[name] = x.value(value)
	}
	return to
}

func (x *expansion) value(from any) any {
	list, ok := from.([]any)
	if !ok {
		return from
	}
	if len(list) == 3 && list[0] == "dictionary-colour" {
		return x.dictionaryColour(list)
	}
	to := make([]any, len(list))
	for i, member := range list {
		to[i] = x.value(member)
	}
	return to
}

func (x *expansion) dictionaryColour(expression []any) any {
	field, _ := expression[1].(string)
	dictionary, err := dictionaryOf(x.layer, field, x.dictionaries)
	if err != nil {
		x.err = cmp.Or(x.err, err)
		return nil
	}
	match := []any{"match", []any{"get", field}}
	for _, e := range dictionary.Entries {
		if e.Colour != "" {
			match = append(match, e.Code, e.Colour)
		}
	}
	if len(match) == 2 { // a match without cases is no valid expression
		return expression[2]
	}
	return append(match, expression[2])
}
