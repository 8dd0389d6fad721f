package products

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"onemap/layers"
	"onemap/styles"
	"onemap/styles/render"
)

// composition is what the layers of a product become together.
type composition struct {
	style   []byte
	legend  []LegendLine     // the uppermost layer first
	filters []*render.Filter // of the product's layers; nil shows all
}

// material is what a style is composed of beside the product.
type material struct {
	dictionaries []layers.Dictionary
	fragments    map[string]styles.Fragment // looks of layers that were edited
}

// compose makes the style document of a product: the style of its layers, in its
// own order, with its filters and changes in it. Layers stand in bands as in every
// style: fills under lines under points under names; within a band the product's
// order holds. address gives where the TileJSON of a layer is. What can't be used
// is a [ContentError].
func compose(c Content, shown []layers.Layer, from material, address func(layers.Layer) string) (composition, error) {
	var made composition
	sources := make([]styles.Source, len(shown))
	for i, l := range shown {
		sources[i] = styles.Source{Layer: l.Definition, TileJSON: address(l), Shown: true}
		if l.Published != nil {
			sources[i].Bounds = l.Published.Bounds
		}
	}
	text, err := styles.Look{Palette: c.Palette, Fragments: from.fragments}.Document(sources, from.dictionaries)
	if errors.Is(err, styles.ErrUnknownPalette) {
		known := strings.Join(styles.PaletteIDs(), ", ")
		return made, &ContentError{"palette", c.Palette, "没有这个配色；有：" + known, "is no palette; there are " + known}
	}
	if err != nil {
		return made, fmt.Errorf("products: %w", err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return made, fmt.Errorf("products: reading the style: %w", err)
	}
	all, _ := document["layers"].([]any)
	parts := make([]part, 0, len(all))
	for _, one := range all {
		members, _ := one.(map[string]any)
		parts = append(parts, partOf(members))
	}
	for i := range c.Layers {
		filter, legend, err := applyLayer(c, i, shown[i].Definition, &parts)
		if err != nil {
			return made, err
		}
		made.filters = append(made.filters, filter)
		made.legend = append(slices.Clone(legend), made.legend...)
	}
	position := map[string]int{}
	for i, l := range c.Layers {
		position[l.ID] = i
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(a.band()-b.band(), position[a.layer]-position[b.layer])
	})
	drawn := make([]any, len(parts))
	for i, p := range parts {
		drawn[i] = p.members
	}
	document["layers"], document["name"] = drawn, c.Title
	made.style, err = encode(document)
	return made, err
}

func encode(document map[string]any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("products: writing the style: %w", err)
	}
	return text.Bytes(), nil
}

// part is a style layer of a document.
type part struct {
	members map[string]any
	layer   string // that it draws, "" for the background
	name    string // within the layer's style
}

func partOf(members map[string]any) part {
	p := part{members: members}
	metadata, _ := members["metadata"].(map[string]any)
	p.layer, _ = metadata["onemap:layer"].(string)
	id, _ := members["id"].(string)
	p.name = strings.TrimPrefix(id, p.layer+":")
	return p
}

// band is where a style layer stands among those of other layers.
func (p part) band() int {
	layout, _ := p.members["layout"].(map[string]any)
	switch p.members["type"] {
	case "background":
		return -1
	case "line":
		return 1
	case "circle":
		return 2
	case "symbol":
		if layout["icon-image"] != nil {
			return 2
		}
		return 3
	}
	return 0
}

// applyLayer makes the style layers of one layer those of the product, and returns
// the layer's filter and its legend.
func applyLayer(c Content, i int, definition layers.Definition, parts *[]part) (*render.Filter, []LegendLine, error) {
	l, member := c.Layers[i], fmt.Sprintf("layers[%d]", i)
	filter, err := l.readFilter(member, definition)
	if err != nil {
		return nil, nil, err
	}
	legend := legendOf(*parts, l, definition, filter)
	if err := l.Style.apply(parts, l.ID, member); err != nil {
		return nil, nil, err
	}
	finest, most := c.Scales.zooms()
	first := true
	for _, p := range *parts {
		if p.layer != l.ID {
			continue
		}
		if l.Filter != nil {
			p.filter(l.Filter)
		}
		if l.Opacity != nil {
			if err := p.fade(*l.Opacity, member); err != nil {
				return nil, nil, err
			}
		}
		p.limit(finest, most)
		metadata, _ := p.members["metadata"].(map[string]any)
		delete(metadata, "onemap:legend")
		if first {
			metadata["onemap:legend"] = legend
		}
		first = false
	}
	return filter, legend, nil
}

// apply leaves out and changes style layers.
func (look *Look) apply(parts *[]part, layer, member string) error {
	if look == nil {
		return nil
	}
	find := func(name, of string) (int, error) {
		known := []string{}
		for i, p := range *parts {
			if p.layer == layer && p.name == name {
				return i, nil
			}
			if p.layer == layer {
				known = append(known, p.name)
			}
		}
		return 0, &ContentError{
			member + ".style." + of, name, "该图层的样式没有这一层；有：" + strings.Join(known, "、"),
			"is no style layer of the layer; there are " + strings.Join(known, ", "),
		}
	}
	for _, name := range slices.Sorted(maps.Keys(look.Change)) {
		i, err := find(name, "change")
		if err != nil {
			return err
		}
		look.Change[name].apply((*parts)[i].members)
	}
	for _, name := range look.Hide {
		i, err := find(name, "hide")
		if err != nil {
			return err
		}
		*parts = slices.Delete(*parts, i, i+1)
	}
	if !slices.ContainsFunc(*parts, func(p part) bool { return p.layer == layer }) {
		return &ContentError{member + ".style.hide", strings.Join(look.Hide, ","), "隐藏了该图层的全部样式，图层将不可见；请从产品中移除该图层", "hides all of the layer; take the layer out of the product"}
	}
	return nil
}

func (c Change) apply(members map[string]any) {
	for _, group := range []struct {
		name string
		set  map[string]any
	}{{"paint", c.Paint}, {"layout", c.Layout}} {
		if len(group.set) == 0 {
			continue
		}
		into, _ := members[group.name].(map[string]any)
		into = maps.Clone(into)
		if into == nil {
			into = map[string]any{}
		}
		maps.Copy(into, group.set)
		members[group.name] = into
	}
	if c.MinZoom != nil {
		members["minzoom"] = *c.MinZoom
	}
	if c.MaxZoom != nil {
		members["maxzoom"] = *c.MaxZoom
	}
}

// filter lets through what both filters let through.
func (p part) filter(own []any) {
	if given := p.members["filter"]; given != nil {
		p.members["filter"] = []any{"all", own, given}
		return
	}
	p.members["filter"] = own
}

// opacities are the opacities of a type of style layer.
func opacities(kind any, layout map[string]any) []string {
	switch kind {
	case "fill":
		return []string{"fill-opacity"}
	case "line":
		return []string{"line-opacity"}
	case "circle":
		return []string{"circle-opacity", "circle-stroke-opacity"}
	case "symbol":
		var names []string
		if layout["icon-image"] != nil {
			names = append(names, "icon-opacity")
		}
		if layout["text-field"] != nil {
			names = append(names, "text-opacity")
		}
		return names
	}
	return nil
}

// fade multiplies the opacity of a style layer.
func (p part) fade(opacity float64, member string) error {
	layout, _ := p.members["layout"].(map[string]any)
	paint, _ := p.members["paint"].(map[string]any)
	paint = maps.Clone(paint)
	if paint == nil {
		paint = map[string]any{}
	}
	for _, name := range opacities(p.members["type"], layout) {
		own := 1.0
		if given, ok := paint[name]; ok {
			if own, ok = given.(float64); !ok {
				return &ContentError{member + ".opacity", fmt.Sprint(opacity), "style 中的 " + name + " 不是数，不能再给 opacity", "can't be given where the style's " + name + " is not a number"}
			}
		}
		paint[name] = math.Round(own*opacity*1000) / 1000
	}
	p.members["paint"] = paint
	return nil
}

// limit shows a style layer within two zooms; NaN is without a limit.
func (p part) limit(least, most float64) {
	if given, ok := p.members["minzoom"].(float64); !math.IsNaN(least) && (!ok || given < least) {
		p.members["minzoom"] = least
	}
	if given, ok := p.members["maxzoom"].(float64); !math.IsNaN(most) && (!ok || given > most) {
		p.members["maxzoom"] = most
	}
}

// zoom0 is the denominator of the scale at zoom 0 of a MapLibre map: its tiles have
// 512 CSS pixels of 0.28 mm, and the scale is that at the equator, as tile matrix
// sets have it.
const zoom0 = 559_082_264.028_717_8 / 2

// paperZoom is how far below a scale's zoom on the screen its zoom on paper may lie:
// pixels of paper are 96ths of an inch, and Web Mercator draws the ground longer away from
// the equator, here by some hundredths. A sheet at just the smallest scale isn't empty.
const paperZoom = 0.06

// zooms are the zooms that scales lie between; NaN is without a limit.
func (s Scales) zooms() (least, most float64) {
	at := func(denominator, room float64) float64 {
		if denominator == 0 {
			return math.NaN()
		}
		return min(max(math.Round((math.Log2(zoom0/denominator)-room)*100)/100, 0), 24)
	}
	return at(s.Coarsest, paperZoom), at(s.Finest, 0)
}
