package styles

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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
	name        string
	first, last int
}

var (
	fills  = band{"fills", 100, 299}
	lines  = band{"lines", 300, 499}
	points = band{"points", 500, 699}
	labels = band{"labels", 700, 899}
)

// bandOf returns the band that the style layer belongs to.
func bandOf(l styleLayer) (band, error) {
	switch l.Type {
	case "fill":
		return fills, nil
	case "line":
		return lines, nil
	case "circle":
		return points, nil
	case "symbol":
		if _, ok := l.Layout["icon-image"]; ok {
			return points, nil
		}
		return labels, nil
	default:
		return band{}, fmt.Errorf("%w: type %q is none of fill, line, circle, symbol", ErrInvalidFragment, l.Type)
	}
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

// ReadFragment reads a layer's fragment. What isn't one is an [ErrInvalidFragment];
// whether it can be drawn, and read by people, is for [Check] to say.
func ReadFragment(layer layers.Definition, text []byte) (Fragment, error) {
	wrong := func(err error) error {
		return fmt.Errorf("%w: layers/%s.json: %w", ErrInvalidFragment, layer.ID, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var f Fragment
	if err := decoder.Decode(&f); err != nil {
		return Fragment{}, wrong(err)
	}
	if err := f.bounded(); err != nil {
		return Fragment{}, wrong(err)
	}
	var seen []string
	for _, l := range f.Layers {
		band, err := bandOf(l)
		switch {
		case err != nil:
			return Fragment{}, wrong(fmt.Errorf("%s: %w", l.ID, err))
		case l.ID == "" || slices.Contains(seen, l.ID):
			return Fragment{}, wrong(fmt.Errorf("id %q is empty or given twice", l.ID))
		case l.Order < band.first || l.Order > band.last:
			return Fragment{}, wrong(fmt.Errorf("%s: order %d is outside %d to %d, the band of %s", l.ID, l.Order, band.first, band.last, band.name))
		case l.MinZoom != nil && *l.MinZoom < float64(layer.MinZoom):
			return Fragment{}, wrong(fmt.Errorf("%s: minzoom %g is below the layer's lowest tiles, %d", l.ID, *l.MinZoom, layer.MinZoom))
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

// bounded tells whether a fragment is larger than looks are.
func (f Fragment) bounded() error {
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
	switch {
	case len(f.Layers) > maxStyleLayers:
		return fmt.Errorf("it has %d style layers, the most is %d", len(f.Layers), maxStyleLayers)
	case f.Legend != nil && len(f.Legend.Lines) > maxLegendLines:
		return fmt.Errorf("its legend has %d lines, the most is %d", len(f.Legend.Lines), maxLegendLines)
	case parts > maxParts:
		return fmt.Errorf("its expressions have %d parts, the most is %d", parts, maxParts)
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
