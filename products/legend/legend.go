// Package legend draws legends of style documents, and plain lines of text, with
// the renderer that draws the map: a swatch is a little feature in the style itself, so it
// looks as the map does.
//
// It comes after styles/render and before web. Which lines a legend has is said by
// the product; where the legend stands on a sheet is not decided here.
package legend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

// ErrStyle reports a style document that can't be read.
var ErrStyle = errors.New("legend: the style document can't be read")

// Line is a line of a legend: what features of a layer with these properties are called.
type Line struct {
	Source     string // of the style document: a layer's id
	Geometry   string // Point, LineString or Polygon
	Label      string
	Properties map[string]any // a list stands for any of its values; its first one looks like all
	Heading    bool           // the label alone, larger
}

// Drawn is a legend or a text that is ready to be drawn.
type Drawn struct {
	Style  []byte
	Source render.Source
	Frame  render.Frame
}

// The measures of a legend, CSS pixels.
const (
	rowHeight  = 24
	edge       = 8
	swatchWide = 30
	swatchHigh = 16
	gap        = 10
	textSize   = 13
	mostWide   = 640
	mostLines  = 400
)

// Size is that of a legend in CSS pixels. It depends on the lines only.
func Size(lines []Line) (width, height int) {
	widest := 0.0
	for _, l := range lines {
		w := widthOf(l.Label)
		if !l.Heading {
			w += swatchWide + gap
		}
		widest = max(widest, w)
	}
	return int(min(math.Ceil(widest)+2*edge, mostWide)), max(1, min(len(lines), mostLines))*rowHeight + 2*edge
}

// widthOf is about how long a text is: a Chinese character is as wide as high.
func widthOf(text string) float64 {
	w := 0.0
	for _, r := range text {
		if r < 0x2000 {
			w += textSize * 0.62
		} else {
			w += textSize
		}
	}
	return w
}

// Draw makes a legend of a style document at a zoom. Of a layer that is not shown
// at the zoom, swatches are those of the nearest zoom at which it is.
func Draw(document []byte, lines []Line, zoom float64) (Drawn, error) {
	lines = lines[:min(len(lines), mostLines)]
	var d struct {
		Layers []map[string]any `json:"layers"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return Drawn{}, fmt.Errorf("%w: %w", ErrStyle, err)
	}
	width, height := Size(lines)
	scene := newScene(width, height, zoom)
	for _, source := range sourcesOf(lines) {
		scene.layers = append(scene.layers, swatchLayers(d.Layers, source, zoom)...)
	}
	for i, l := range lines {
		top := float64(edge + i*rowHeight)
		middle := top + rowHeight/2
		if l.Heading {
			scene.text(edge, middle, l.Label, true)
			continue
		}
		scene.swatch(l, edge, middle-swatchHigh/2)
		scene.text(edge+swatchWide+gap, middle, l.Label, false)
	}
	return scene.drawn()
}

// Text makes a picture of a text on white, in lines as long as the picture is wide.
// What has no room is left out.
func Text(text string, width, height int) (Drawn, error) {
	scene := newScene(width, height, 14)
	y := float64(edge + rowHeight/2)
	for _, line := range wrap(text, float64(width-2*edge)) {
		if y > float64(height) {
			break
		}
		scene.text(edge, y, line, false)
		y += rowHeight
	}
	return scene.drawn()
}

func wrap(text string, width float64) []string {
	var lines []string
	line, long := "", 0.0
	for _, r := range strings.ToValidUTF8(text, "") {
		w := widthOf(string(r))
		if r == '\n' || (long+w > width && line != "") {
			lines, line, long = append(lines, line), "", 0
		}
		if r != '\n' {
			line, long = line+string(r), long+w
		}
		if len(lines) > 200 {
			break
		}
	}
	return append(lines, line)
}

func sourcesOf(lines []Line) []string {
	var all []string
	for _, l := range lines {
		if l.Source != "" && !slices.Contains(all, l.Source) {
			all = append(all, l.Source)
		}
	}
	return all
}

// swatchLayers are the style layers of a source that make its swatches: without
// their limits of zoom, icons without regard to one another, and names only where there is
// nothing else to see.
func swatchLayers(all []map[string]any, source string, zoom float64) []map[string]any {
	var own []map[string]any
	for _, l := range all {
		layout, _ := l["layout"].(map[string]any)
		if l["source"] == source && layout["visibility"] != "none" {
			own = append(own, l)
		}
	}
	name := func(l map[string]any) bool {
		layout, _ := l["layout"].(map[string]any)
		return l["type"] == "symbol" && layout["icon-image"] == nil
	}
	if things := slices.DeleteFunc(slices.Clone(own), name); len(things) > 0 {
		own = things
	}
	shown := func(at float64) []map[string]any {
		return slices.DeleteFunc(slices.Clone(own), func(l map[string]any) bool {
			least, _ := l["minzoom"].(float64)
			most, limited := l["maxzoom"].(float64)
			return at < least || (limited && at >= most)
		})
	}
	// Whole zooms away from the one that is asked for, the nearer first.
	chosen := shown(zoom)
	for step := 1.0; len(chosen) == 0 && step <= 24; step++ {
		if chosen = shown(zoom + step); len(chosen) == 0 {
			chosen = shown(zoom - step)
		}
	}
	made := make([]map[string]any, 0, len(chosen))
	for _, l := range chosen {
		one := map[string]any{}
		for k, v := range l {
			if k != "minzoom" && k != "maxzoom" && k != "metadata" {
				one[k] = v
			}
		}
		one["source-layer"] = source
		if l["type"] == "symbol" {
			layout, _ := l["layout"].(map[string]any)
			one["layout"] = swatchLayout(layout)
		}
		made = append(made, one)
	}
	return made
}

func swatchLayout(layout map[string]any) map[string]any {
	made := map[string]any{"icon-allow-overlap": true, "icon-ignore-placement": true}
	icon := layout["icon-image"] != nil
	for k, v := range layout {
		text := strings.HasPrefix(k, "text-")
		if k == "symbol-placement" || k == "symbol-spacing" || (icon && text) || strings.Contains(k, "overlap") || k == "text-offset" || k == "text-variable-anchor" || k == "text-radial-offset" || k == "text-anchor" {
			continue
		}
		made[k] = v
	}
	if !icon && layout["text-field"] != nil {
		made["text-field"], made["text-allow-overlap"], made["text-ignore-placement"] = "名", true, true
	}
	return made
}

// scene is a picture in CSS pixels, y downward: a map at a zoom that begins where the
// equator meets longitude 0.
type scene struct {
	width, height int
	zoom, unit    float64 // metres of Web Mercator to a pixel
	layers        []map[string]any
	features      map[string][]feature // by source
}

type feature struct {
	geometry   orb.Geometry
	properties map[string]any
}

const texts = "legend:texts"

func newScene(width, height int, zoom float64) *scene {
	return &scene{
		width: width, height: height, zoom: zoom, unit: 2 * math.Pi * 6378137 / 512 / math.Exp2(zoom), features: map[string][]feature{},
		layers: []map[string]any{{"id": "legend:paper", "type": "background", "paint": map[string]any{"background-color": "#ffffff"}}},
	}
}

func (s *scene) at(x, y float64) orb.Point { return orb.Point{x * s.unit, -y * s.unit} }

func (s *scene) text(x, y float64, text string, heading bool) {
	size := float64(textSize)
	if heading {
		size++
	}
	s.features[texts] = append(s.features[texts], feature{s.at(x, y), map[string]any{"text": text, "size": size}})
}

func (s *scene) swatch(l Line, x, y float64) {
	properties := map[string]any{}
	for name, v := range l.Properties {
		if list, ok := v.([]any); ok {
			v = nil
			if len(list) > 0 {
				v = list[0]
			}
		}
		properties[name] = v
	}
	var g orb.Geometry
	switch l.Geometry {
	case "Polygon":
		a, b := s.at(x+1, y+swatchHigh), s.at(x+swatchWide-1, y)
		g = orb.Bound{Min: a, Max: b}.ToPolygon()
	case "LineString":
		g = orb.LineString{s.at(x+1, y+swatchHigh/2), s.at(x+swatchWide-1, y+swatchHigh/2)}
	default:
		g = s.at(x+swatchWide/2, y+swatchHigh/2)
	}
	s.features[l.Source] = append(s.features[l.Source], feature{g, properties})
}

func (s *scene) drawn() (Drawn, error) {
	sources := map[string]any{texts: map[string]any{"type": "vector"}}
	for source := range s.features {
		sources[source] = map[string]any{"type": "vector"}
	}
	for _, l := range s.layers {
		if source, ok := l["source"].(string); ok {
			sources[source] = map[string]any{"type": "vector"}
		}
	}
	labels := map[string]any{
		"id": texts, "type": "symbol", "source": texts, "source-layer": texts,
		"layout": map[string]any{
			"text-field": []any{"get", "text"}, "text-size": []any{"get", "size"}, "text-anchor": "left", "text-max-width": 1000,
			"text-allow-overlap": true, "text-ignore-placement": true,
		},
		"paint": map[string]any{"text-color": "#222222"},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any{"version": 8, "sources": sources, "layers": append(slices.Clone(s.layers), labels)}); err != nil {
		return Drawn{}, fmt.Errorf("legend: writing a style: %w", err)
	}
	return Drawn{b.Bytes(), s, render.Frame{
		System: crs.WebMercator, Width: s.width, Height: s.height, DPI: 96,
		Extent: orb.Bound{Min: s.at(0, float64(s.height)), Max: s.at(float64(s.width), 0)},
	}}, nil
}

// Features implements [render.Source].
func (s *scene) Features(_ context.Context, q render.Query, take func(*render.Feature) error) error {
	for i, f := range s.features[q.Source] {
		values := make([]any, len(q.Fields))
		for k, name := range q.Fields {
			switch v := f.properties[name].(type) {
			case string, bool, float64:
				values[k] = v
			case int:
				values[k] = float64(v)
			}
		}
		if err := take(&render.Feature{ID: uint64(i + 1), Values: values, Geometry: orb.Clone(f.geometry), System: crs.WebMercator}); err != nil {
			return err
		}
	}
	return nil
}
