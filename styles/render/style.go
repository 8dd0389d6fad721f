package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// The limits of a style document.
const (
	maxDocument = 8 << 20 // bytes
	maxLayers   = 2000
)

// Style is a style document that can be drawn. Many goroutines may use it at once.
type Style struct {
	layers  []documentLayer
	sources map[string]string // type of source by name

	mu     sync.Mutex
	zoomed map[float64][]*layer
}

type documentLayer struct {
	ID          string                     `json:"id"`
	Type        string                     `json:"type"`
	Source      string                     `json:"source"`
	SourceLayer string                     `json:"source-layer"`
	MinZoom     *float64                   `json:"minzoom"`
	MaxZoom     *float64                   `json:"maxzoom"`
	Filter      any                        `json:"filter"`
	Layout      map[string]any             `json:"layout"`
	Paint       map[string]any             `json:"paint"`
	Metadata    map[string]json.RawMessage `json:"metadata"`

	place string
}

// layer is a style layer compiled for one zoom.
type layer struct {
	id, kind            string
	source, sourceLayer string
	filter              expression
	fields              []string
	properties          map[string]expression
}

// ParseStyle reads a MapLibre style document, version 8. A document that isn't
// one is an [ErrInvalidStyle]; what it asks for and this package doesn't draw is
// an [UnsupportedError]. Layers that aren't visible are not looked at.
func ParseStyle(document []byte) (*Style, error) {
	if len(document) > maxDocument {
		return nil, fmt.Errorf("%w: it has %d bytes, the most is %d", ErrInvalidStyle, len(document), maxDocument)
	}
	var d struct {
		Version int `json:"version"`
		Sources map[string]struct {
			Type string `json:"type"`
		} `json:"sources"`
		Layers []documentLayer `json:"layers"`
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidStyle, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: something follows the document", ErrInvalidStyle)
	}
	if d.Version != 8 {
		return nil, fmt.Errorf("%w: version is %d, not 8", ErrInvalidStyle, d.Version)
	}
	if len(d.Layers) > maxLayers {
		return nil, fmt.Errorf("%w: it has %d layers, the most is %d", ErrInvalidStyle, len(d.Layers), maxLayers)
	}
	s := &Style{sources: map[string]string{}, zoomed: map[float64][]*layer{}}
	for name, source := range d.Sources {
		s.sources[name] = source.Type
	}
	seen := map[string]bool{}
	for i, l := range d.Layers {
		l.place = fmt.Sprintf("layers[%d]", i)
		at := where{layer: l.ID, path: l.place}
		if l.ID == "" || seen[l.ID] {
			return nil, at.invalid("id %q is empty or given twice", l.ID)
		}
		seen[l.ID] = true
		if l.Layout["visibility"] == "none" {
			continue
		}
		if err := s.check(l, at); err != nil {
			return nil, err
		}
		s.layers = append(s.layers, l)
	}
	// Every branch of every expression is compiled at any zoom: one will do.
	if _, err := s.at(12.5); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Style) check(l documentLayer, at where) error {
	at.property = "type"
	if _, ok := layerProperties[l.Type]; !ok {
		at.path += ".type"
		return at.unsupported("layer type %.40q", l.Type)
	}
	if l.Type == "background" {
		return nil
	}
	source, ok := s.sources[l.Source]
	if !ok {
		return at.invalid("source %.60q is not in the document", l.Source)
	}
	want := map[string]string{"raster": "raster", "hillshade": "raster-dem"}[l.Type]
	if want == "" {
		want = "vector"
	}
	if source != want && (want != "vector" || source != "geojson") {
		return at.invalid("a %s layer needs a source of type %s, not %.40q", l.Type, want, source)
	}
	return nil
}

// at is the style's layers for a zoom: all that are shown there, in drawing order.
func (s *Style) at(zoom float64) ([]*layer, error) {
	s.mu.Lock()
	known, ok := s.zoomed[zoom]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	compiled := make([]*layer, 0, len(s.layers))
	for _, d := range s.layers {
		l, err := d.compile(zoom)
		if err != nil {
			return nil, err
		}
		if (d.MinZoom == nil || zoom >= *d.MinZoom) && (d.MaxZoom == nil || zoom < *d.MaxZoom) {
			compiled = append(compiled, l)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.zoomed) >= 64 {
		clear(s.zoomed)
	}
	s.zoomed[zoom] = compiled
	return compiled, nil
}

func (d documentLayer) compile(zoom float64) (*layer, error) {
	fields := &fieldList{}
	l := &layer{id: d.ID, kind: d.Type, source: d.Source, sourceLayer: d.SourceLayer, properties: map[string]expression{}}
	c := compiler{zoom: zoom, fields: fields}
	var err error
	if l.filter, err = c.filter(d.Filter, where{d.ID, "filter", d.place + ".filter"}); err != nil {
		return nil, err
	}
	known := layerProperties[d.Type]
	for _, group := range []struct {
		name    string
		members map[string]any
	}{{"layout", d.Layout}, {"paint", d.Paint}} {
		for _, name := range slices.Sorted(maps.Keys(group.members)) {
			at := where{d.ID, name, d.place + "." + group.name + "." + name}
			if name == "visibility" || strings.HasSuffix(name, "-transition") {
				continue
			}
			p, ok := known[name]
			if !ok {
				return nil, at.unsupported("property %.60q of a %s layer", name, d.Type)
			}
			if l.properties[name], err = c.property(group.members[name], p, at); err != nil {
				return nil, err
			}
		}
	}
	for name, p := range known {
		if _, given := l.properties[name]; !given {
			l.properties[name] = fixed(p.otherwise)
		}
	}
	l.fields = fields.names
	return l, nil
}

// property compiles a property's value, whichever way it is written.
func (c *compiler) property(json any, p propertyOf, at where) (expression, error) {
	c.scope, c.slots = nil, 0
	if f, ok := json.(map[string]any); ok {
		rewritten, err := c.function(f, p.interpolated, at)
		if err != nil {
			return expression{}, err
		}
		json = rewritten
	}
	if text, ok := json.(string); ok && p.kind == textKind {
		json = tokens(text)
	}
	if list, ok := json.([]any); ok && p.kind == listKind && (len(list) == 0 || !isOperator(list[0])) {
		json = []any{"literal", list}
	}
	e, err := c.compile(json, p.kind, at)
	if err != nil {
		return e, err
	}
	if e.constant() {
		if why := p.wrong(e.fix); why != "" {
			return e, at.invalid("%s", why)
		}
		return e, nil
	}
	return expression{kind: e.kind, of: func(s *subject) value {
		v := e.of(s)
		if _, failed := v.(failure); failed || p.wrong(v) != "" {
			return p.otherwise
		}
		return v
	}}, nil
}

func isOperator(first any) bool {
	name, ok := first.(string)
	if !ok {
		return false
	}
	_, ok = operators(name)
	return ok
}

// What follows looks at a property as the type that it has.

func (l *layer) number(s *subject, name string) float64 {
	v, _ := l.properties[name].eval(s).(float64)
	return v
}

func (l *layer) text(s *subject, name string) string {
	v, _ := l.properties[name].eval(s).(string)
	return v
}

func (l *layer) yes(s *subject, name string) bool {
	v, _ := l.properties[name].eval(s).(bool)
	return v
}

func (l *layer) colour(s *subject, name string) Colour {
	v, _ := l.properties[name].eval(s).(Colour)
	return v
}

func (l *layer) numbers(s *subject, name string) []float64 {
	list, _ := l.properties[name].eval(s).([]any)
	out := make([]float64, len(list))
	for i, v := range list {
		out[i], _ = v.(float64)
	}
	return out
}

func (l *layer) pair(s *subject, name string) (x, y float64) {
	if n := l.numbers(s, name); len(n) == 2 {
		return n[0], n[1]
	}
	return 0, 0
}
