package styles

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"onemap/layers"
)

// ErrInvalidFragment reports a fragment file that cannot be used.
var ErrInvalidFragment = errors.New("styles: invalid fragment")

// files holds one fragment a layer, named by the layer's id.
//
//go:embed layers/*.json
var files embed.FS

// Font is the only font name of the styles. The viewer declares its files.
const Font = "Yunfu Sans"

// A Fragment says how one layer is drawn.
type Fragment struct {
	DefaultVisible bool         `json:"default_visible"`  // shown when a viewer starts
	Legend         *legend      `json:"legend,omitempty"` // nil: one line with the layer's name
	Layers         []styleLayer `json:"layers"`

	// Colours are the layer's own, by palette, then role: instead of those of the
	// palette, and for roles that palettes don't have. The screen's are also those
	// of palettes that have none.
	Colours map[string]map[string]string `json:"colours,omitempty"`
}

// A styleLayer is a layer of the MapLibre style specification without its
// source, plus its place in the drawing order of the whole document. Its colours
// are "#rrggbb" or roles of the palettes, as "@river.line"; so are those within
// the names of images, as "hatch:45:@stbhhx.pattern:14:1.4".
type styleLayer struct {
	ID      string         `json:"id"`    // new within the fragment; the document puts "layer:" before it
	Order   int            `json:"order"` // see bandOf; a larger one is drawn later, on top
	Type    string         `json:"type"`  // fill, line, circle or symbol
	MinZoom *float64       `json:"minzoom,omitempty"`
	MaxZoom *float64       `json:"maxzoom,omitempty"`
	Filter  any            `json:"filter,omitempty"`
	Layout  map[string]any `json:"layout,omitempty"`
	Paint   map[string]any `json:"paint,omitempty"`
	Hidden  bool           `json:"hidden,omitempty"` // left out of the document, and kept

	Name   string `json:"name,omitempty"`    // Chinese: what it draws, to those who edit it; "" is its id
	NameEN string `json:"name_en,omitempty"` // English
}

// A legend is either a list of lines, or the name of a field whose dictionary
// gives one line a code.
type legend struct {
	Lines []LegendLine
	Field string
}

// LegendLine is a line of a legend: what features with these properties are
// called. A property that is a list stands for any of its values; its first
// one looks like all. A viewer draws the swatch by asking the style what such
// a feature looks like.
type LegendLine struct {
	Label      string         `json:"label"`    // Chinese
	LabelEN    string         `json:"label_en"` // English
	Properties map[string]any `json:"properties"`
}

// UnmarshalJSON reads [{"label": …}, …] or {"field": "dlbm"}.
func (l *legend) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return json.Unmarshal(text, &l.Lines)
	}
	var byField struct {
		Field string `json:"field"`
	}
	err := json.Unmarshal(text, &byField)
	l.Field = byField.Field
	return err
}

// MarshalJSON writes what [legend.UnmarshalJSON] reads.
func (l legend) MarshalJSON() ([]byte, error) {
	if l.Field != "" {
		return json.Marshal(map[string]string{"field": l.Field})
	}
	return json.Marshal(l.Lines)
}

// A band is the span of orders that one kind of style layer may have, so that
// no fill ever hides a line, no line a point, and nothing a label.
type band struct {
	zh, name    string
	first, last int
}

var (
	fills  = band{"面", "fills", 100, 299}
	lines  = band{"线", "lines", 300, 499}
	points = band{"点", "points", 500, 699}
	labels = band{"注记", "labels", 700, 899}
)

// bandOf returns the band that the style layer belongs to, if its type is known.
func bandOf(l styleLayer) (of band, known bool) {
	switch l.Type {
	case "fill":
		return fills, true
	case "line":
		return lines, true
	case "circle":
		return points, true
	case "symbol":
		if _, ok := l.Layout["icon-image"]; ok {
			return points, true
		}
		return labels, true
	}
	return band{}, false
}

// Shipped returns the look that the layer comes with, or a plain one by its kind
// of geometry if it comes with none.
func Shipped(layer layers.Definition) (Fragment, error) {
	text, err := files.ReadFile("layers/" + layer.ID + ".json")
	if err != nil {
		return plain(layer), nil //nolint:nilerr // a missing file is no fault: embed.FS fails in no other way
	}
	return ReadFragment(layer, text)
}

// ReadFragment reads a layer's fragment. What isn't one is an [ErrInvalidFragment]
// with a [*Fault]; whether it can be drawn, and read by people, is for [Check] to say.
func ReadFragment(layer layers.Definition, text []byte) (Fragment, error) {
	wrong := func(where, value, zh, en string) (Fragment, error) {
		return Fragment{}, fmt.Errorf("%w: layers/%s.json: %w", ErrInvalidFragment, layer.ID, &Fault{Where: where, Value: value, ZH: zh, EN: en})
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var f Fragment
	if err := decoder.Decode(&f); err != nil {
		return wrong("fragment", "", "不是样式片段："+err.Error(), "it is no fragment: "+err.Error())
	}
	if _, err := decoder.Token(); err != io.EOF {
		return wrong("fragment", "", "JSON 之后还有内容", "something follows the JSON")
	}
	if fault := f.bounded(); fault != nil {
		return wrong(fault.Where, fault.Value, fault.ZH, fault.EN)
	}
	var seen []string
	for _, l := range f.Layers {
		band, known := bandOf(l)
		switch {
		case !known:
			return wrong(l.ID+".type", l.Type, "应为 fill、line、circle 或 symbol", "must be fill, line, circle or symbol")
		case l.ID == "" || slices.Contains(seen, l.ID):
			return wrong("id", l.ID, "为空或重复", "is empty or given twice")
		case l.Order < band.first || l.Order > band.last:
			return wrong(l.ID+".order", strconv.Itoa(l.Order), fmt.Sprintf("绘图次序应为 %d 至 %d（%s）", band.first, band.last, band.zh), fmt.Sprintf("must be %d to %d, the band of %s", band.first, band.last, band.name))
		case l.MinZoom != nil && *l.MinZoom < float64(layer.MinZoom):
			return wrong(l.ID+".minzoom", fmt.Sprint(*l.MinZoom), fmt.Sprintf("低于图层最低的瓦片级别 %d", layer.MinZoom), fmt.Sprintf("is below the layer's lowest tiles, %d", layer.MinZoom))
		}
		seen = append(seen, l.ID)
	}
	return f, nil
}

// The limits of a fragment.
const (
	maxStyleLayers = 60
	maxLegendLines = 200
	maxParts       = 6000 // of all expressions: words, numbers and lists
)

// bounded tells what of a fragment is larger than looks are; nil is nothing.
func (f Fragment) bounded() *Fault {
	parts := 0
	var count func(value any)
	count = func(value any) {
		parts++
		if list, ok := value.([]any); ok {
			for _, member := range list {
				count(member)
			}
		}
	}
	for _, l := range f.Layers {
		count(l.Filter)
		for _, members := range []map[string]any{l.Layout, l.Paint} {
			for _, value := range members {
				count(value)
			}
		}
	}
	for _, roles := range f.Colours {
		parts += len(roles)
	}
	much := func(where string, is, most int) *Fault {
		return &Fault{Where: where, Value: strconv.Itoa(is), ZH: fmt.Sprintf("过多，最多 %d", most), EN: fmt.Sprintf("too many, the most is %d", most)}
	}
	switch {
	case len(f.Layers) > maxStyleLayers:
		return much("layers", len(f.Layers), maxStyleLayers)
	case f.Legend != nil && len(f.Legend.Lines) > maxLegendLines:
		return much("legend", len(f.Legend.Lines), maxLegendLines)
	case parts > maxParts:
		return much("expressions", parts, maxParts)
	}
	return nil
}

// plain returns a grey look for a layer that nobody has styled yet.
func plain(layer layers.Definition) Fragment {
	const grey = "@plain"
	var f Fragment
	switch layer.Geometry {
	case layers.Point:
		f.Layers = []styleLayer{{ID: "point", Order: points.first, Type: "circle", Paint: map[string]any{
			"circle-color": grey, "circle-radius": 4.0, "circle-stroke-color": "@halo", "circle-stroke-width": 1.0,
		}}}
	case layers.LineString:
		f.Layers = []styleLayer{{ID: "line", Order: lines.first, Type: "line", Paint: map[string]any{"line-color": grey, "line-width": 1.5}}}
	default:
		f.Layers = []styleLayer{
			{ID: "fill", Order: fills.first, Type: "fill", Paint: map[string]any{"fill-color": grey, "fill-opacity": 0.2}},
			{ID: "line", Order: lines.first, Type: "line", Paint: map[string]any{"line-color": grey, "line-width": 1.0}},
		}
	}
	if field, ok := layer.Field(layer.Label); ok && field.InTiles && layer.Geometry != layers.LineString {
		f.Layers = append(f.Layers, styleLayer{
			ID: "label", Order: labels.first, Type: "symbol",
			Layout: map[string]any{"text-field": []any{"get", field.Name}, "text-font": []any{Font}, "text-size": 12.0},
			Paint:  map[string]any{"text-color": "@count.text", "text-halo-color": "@halo", "text-halo-width": 1.4},
		})
	}
	return f
}
