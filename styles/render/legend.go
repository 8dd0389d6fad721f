package render

import (
	"encoding/json"
	"fmt"
	"slices"
)

// LegendGroup is what the legend says of one layer of the catalogue.
type LegendGroup struct {
	Layer   string // id
	Entries []LegendEntry
}

// LegendEntry is a line of a legend: what features with these properties are
// called and look like.
type LegendEntry struct {
	Label      string         // Chinese
	LabelEN    string         // English
	Properties map[string]any // of one such feature
	Swatch     Swatch
}

// Swatch is what a feature looks like, from the lowest style layer to the topmost.
type Swatch struct {
	Fills   []FillSwatch
	Strokes []StrokeSwatch
	Circles []CircleSwatch
	Icons   []string // names of images
}

// FillSwatch is a fill: a colour, or an image that is repeated.
type FillSwatch struct {
	Colour  Colour // its opacity is in A
	Pattern string // name of an image; "" is none, and the colour holds
}

// StrokeSwatch is a line.
type StrokeSwatch struct {
	Colour Colour
	Width  float64   // CSS pixels
	Dash   []float64 // in widths; nil is a line without gaps
}

// CircleSwatch is a circle.
type CircleSwatch struct {
	Colour, Stroke      Colour
	Radius, StrokeWidth float64 // CSS pixels
}

// Empty tells that nothing would be seen.
func (w Swatch) Empty() bool {
	return len(w.Fills) == 0 && len(w.Strokes) == 0 && len(w.Circles) == 0 && len(w.Icons) == 0
}

// legendLine is a line as the document has it; see the styles package.
type legendLine struct {
	Label      string         `json:"label"`
	LabelEN    string         `json:"label_en"`
	Properties map[string]any `json:"properties"`
}

// Legend is the legend of what the style draws at a zoom, the topmost layer first,
// from the members onemap:layer and onemap:legend of the style layers' metadata. A
// line of which nothing is drawn at the zoom is left out.
func (s *Style) Legend(zoom float64) ([]LegendGroup, error) {
	compiled, err := s.at(zoom)
	if err != nil {
		return nil, err
	}
	drawn := map[string][]*layer{}
	lines := map[string][]legendLine{}
	var order []string
	for _, d := range s.layers {
		var id string
		var more []legendLine
		if text, ok := d.Metadata["onemap:layer"]; !ok || json.Unmarshal(text, &id) != nil {
			continue
		}
		if text, ok := d.Metadata["onemap:legend"]; ok {
			if err := json.Unmarshal(text, &more); err != nil {
				return nil, fmt.Errorf("%w: the legend of layer %q: %w", ErrInvalidStyle, d.ID, err)
			}
		}
		lines[id] = append(lines[id], more...)
		if i := slices.IndexFunc(compiled, func(l *layer) bool { return l.id == d.ID }); i >= 0 {
			if drawn[id] == nil {
				order = append(order, id)
			}
			drawn[id] = append(drawn[id], compiled[i])
		}
	}
	var groups []LegendGroup
	for _, id := range slices.Backward(order) {
		g := LegendGroup{Layer: id}
		for _, line := range lines[id] {
			e := LegendEntry{Label: line.Label, LabelEN: line.LabelEN, Properties: exampleOf(line.Properties)}
			if e.Swatch = swatchOf(drawn[id], e.Properties); !e.Swatch.Empty() {
				g.Entries = append(g.Entries, e)
			}
		}
		if len(g.Entries) > 0 {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// exampleOf are the properties of one feature that a legend line stands for: a
// property that is a list stands for any of its values.
func exampleOf(properties map[string]any) map[string]any {
	one := make(map[string]any, len(properties))
	for name, v := range properties {
		if list, ok := v.([]any); ok {
			v = nil
			if len(list) > 0 {
				v = list[0]
			}
		}
		one[name] = v
	}
	return one
}

func swatchOf(layers []*layer, properties map[string]any) (w Swatch) {
	for _, l := range layers {
		s := &subject{geometry: map[string]string{"fill": "Polygon", "fill-extrusion": "Polygon", "line": "LineString"}[l.kind], values: make([]any, len(l.fields))}
		if s.geometry == "" {
			s.geometry = "Point"
		}
		for i, name := range l.fields {
			s.values[i] = properties[name]
		}
		if yes, _ := l.filter.eval(s).(bool); !yes {
			continue
		}
		w.add(l, s)
	}
	return w
}

// add adds what a style layer draws of a feature; texts are no part of a swatch.
func (w *Swatch) add(l *layer, s *subject) {
	see := func(colour, opacity string) Colour {
		c := l.colour(s, colour)
		c.A *= l.number(s, opacity)
		return c
	}
	switch l.kind {
	case "fill", "fill-extrusion":
		f := FillSwatch{Colour: see(l.kind+"-color", l.kind+"-opacity"), Pattern: l.text(s, l.kind+"-pattern")}
		if f.Pattern != "" || f.Colour.A > 0 {
			w.Fills = append(w.Fills, f)
		}
	case "line":
		k := StrokeSwatch{Colour: see("line-color", "line-opacity"), Width: l.number(s, "line-width")}
		if dash := l.numbers(s, "line-dasharray"); len(dash) > 0 {
			k.Dash = dash
		}
		if k.Width > 0 && k.Colour.A > 0 {
			w.Strokes = append(w.Strokes, k)
		}
	case "circle":
		w.Circles = append(w.Circles, CircleSwatch{
			Colour: see("circle-color", "circle-opacity"), Stroke: see("circle-stroke-color", "circle-stroke-opacity"),
			Radius: l.number(s, "circle-radius"), StrokeWidth: l.number(s, "circle-stroke-width"),
		})
	case "symbol":
		if icon := l.text(s, "icon-image"); icon != "" {
			w.Icons = append(w.Icons, icon)
		}
	}
}

// SpriteColour is the colour of an image by its name, as "icon:drop:#1d6fb8", and
// the name without it: what else tells the image from others.
func SpriteColour(name string) (c Colour, rest string, ok bool) {
	s, ok := parseSprite(name)
	if !ok {
		return Colour{}, "", false
	}
	return s.colour, fmt.Sprintf("%s:%g:%s:%g:%g", s.kind, s.angle, s.shape, s.size, s.width), true
}
