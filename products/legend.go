package products

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onemap/layers"
	"onemap/styles/render"
)

// readFilter reads the layer's filter and holds it to the fields that tiles carry,
// which every reader of the product has; nil is none.
func (l Layer) readFilter(member string, definition layers.Definition) (*render.Filter, error) {
	if l.Filter == nil {
		return nil, nil
	}
	text, _ := json.Marshal(l.Filter)
	wrong := func(zh, en string) error { return &ContentError{member + ".filter", string(text), zh, en} }
	filter, err := render.ParseFilter([]any(l.Filter))
	var unsupported *render.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return nil, wrong("不支持 "+unsupported.What, unsupported.What+" is not supported")
	case err != nil:
		return nil, wrong("不是可用的过滤表达式，应如 [\"==\", [\"get\", \"dlbm\"], \"0301\"]", err.Error())
	}
	carried := definition.TileFields()
	for _, name := range filter.Fields() {
		if slices.ContainsFunc(carried, func(f layers.Field) bool { return f.Name == name }) {
			continue
		}
		var known []string
		for _, f := range carried {
			known = append(known, f.Name)
		}
		list := strings.Join(known, ", ")
		if _, defined := definition.Field(name); defined {
			return nil, wrong(fmt.Sprintf("字段 %s 不在瓦片中，不能用于过滤；可用：%s", name, list), fmt.Sprintf("field %s is not carried by tiles; those of %s are %s", name, definition.ID, list))
		}
		return nil, wrong(fmt.Sprintf("图层 %s 没有字段 %s；可用：%s", definition.ID, name, list), fmt.Sprintf("%s has no field %s; it can be filtered by %s", definition.ID, name, list))
	}
	return filter, nil
}

// legendOf is the legend of a layer in a product: the lines that the product has
// for it, or those of its style whose features the filter lets through.
func legendOf(parts []part, l Layer, definition layers.Definition, filter *render.Filter) []LegendLine {
	if l.Style != nil && l.Style.Legend != nil {
		lines := slices.Clone(l.Style.Legend)
		for i := range lines {
			lines[i].Layer = l.ID
			if lines[i].Properties == nil {
				lines[i].Properties = map[string]any{}
			}
		}
		return lines
	}
	lines := []LegendLine{}
	for _, p := range parts {
		metadata, _ := p.members["metadata"].(map[string]any)
		given, _ := metadata["onemap:legend"].([]any)
		if p.layer != l.ID || given == nil {
			continue
		}
		for _, one := range given {
			members, _ := one.(map[string]any)
			line := LegendLine{Layer: l.ID}
			line.Label, _ = members["label"].(string)
			line.LabelEN, _ = members["label_en"].(string)
			line.Properties, _ = members["properties"].(map[string]any)
			if len(given) == 1 && l.Title != "" && line.Label == definition.Name {
				line.Label = l.Title
			}
			if mayShow(filter, line, definition) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// geometries are the names of the style specification.
func geometryOf(kind layers.GeometryKind) string {
	switch kind {
	case layers.Point:
		return "Point"
	case layers.LineString:
		return "LineString"
	}
	return "Polygon"
}

// mayShow tells whether a filter may let features of a legend line through. Lines
// that say nothing of a field that it reads stay.
func mayShow(filter *render.Filter, line LegendLine, definition layers.Definition) bool {
	if filter == nil {
		return true
	}
	choices := []map[string]any{{}}
	for _, name := range filter.Fields() {
		value, ok := line.Properties[name]
		if !ok {
			return true
		}
		values, several := value.([]any)
		if !several {
			values = []any{value}
		}
		var more []map[string]any
		for _, before := range choices {
			for _, v := range values {
				next := map[string]any{name: v}
				for k, kept := range before {
					next[k] = kept
				}
				more = append(more, next)
			}
		}
		if choices = more; len(choices) > 1000 {
			return true
		}
	}
	return slices.ContainsFunc(choices, func(one map[string]any) bool {
		return filter.Matches(0, geometryOf(definition.Geometry), func(name string) any { return one[name] })
	})
}
