package render

import (
	"slices"
	"strings"
)

// filter compiles a style layer's filter, in either of the specification's two
// languages. What is no boolean lets nothing through.
func (c *compiler) filter(json any, at where) (expression, error) {
	if json == nil {
		return fixed(true), nil
	}
	if list, ok := json.([]any); ok && !isExpressionFilter(list) {
		modern, err := c.modern(list, at)
		if err != nil {
			return expression{}, err
		}
		json = modern
	}
	return c.compile(json, booleanKind, at)
}

// isExpressionFilter tells the languages apart, as MapLibre does.
func isExpressionFilter(filter []any) bool {
	if len(filter) == 0 {
		return false
	}
	name, _ := filter[0].(string)
	isList := func(i int) bool { _, ok := filter[i].([]any); return ok }
	switch name {
	case "has":
		return len(filter) >= 2 && filter[1] != "$id" && filter[1] != "$type"
	case "in":
		_, text := filter[min(1, len(filter)-1)].(string)
		return len(filter) >= 3 && (!text || isList(2))
	case "!in", "!has", "none":
		return false
	case "==", "!=", ">", ">=", "<", "<=":
		return len(filter) != 3 || isList(1) || isList(2)
	case "any", "all":
		for i, f := range filter[1:] {
			if _, yes := f.(bool); !yes && (!isList(i+1) || !isExpressionFilter(f.([]any))) {
				return false
			}
		}
	}
	return true
}

// modern rewrites a legacy filter as an expression. A comparison there is false
// for values of another type.
func (c *compiler) modern(filter []any, at where) (any, error) {
	if c.depth++; c.depth > maxDepth {
		return nil, at.invalid("filters are nested deeper than %d", maxDepth)
	}
	defer func() { c.depth-- }()
	if len(filter) == 0 {
		return true, nil
	}
	name, _ := filter[0].(string)
	key := func() (any, error) {
		if len(filter) > 1 {
			switch k := filter[1].(type) {
			case string:
				return map[string][]any{"$type": {"geometry-type"}, "$id": {"id"}}[k], nil
			}
		}
		return nil, at.invalid("filter %.40q needs a key", name)
	}
	get := func() (any, error) {
		special, err := key()
		if err != nil {
			return nil, err
		}
		if list, ok := special.([]any); ok && list != nil {
			return list, nil
		}
		return []any{"get", filter[1]}, nil
	}
	switch name {
	case "all", "any", "none":
		parts := []any{name}
		if name == "none" {
			parts[0] = "any"
		}
		for i, f := range filter[1:] {
			list, ok := f.([]any)
			if !ok {
				return nil, at.at(i + 1).invalid("a filter is a list")
			}
			part, err := c.modern(list, at.at(i+1))
			if err != nil {
				return nil, err
			}
			parts = append(parts, part)
		}
		if name == "none" {
			return []any{"!", parts}, nil
		}
		return parts, nil
	case "==", "!=", "<", "<=", ">", ">=":
		field, err := get()
		if err != nil {
			return nil, err
		}
		if len(filter) != 3 {
			return nil, at.invalid("filter %q needs a key and a value", name)
		}
		if name == "==" || name == "!=" {
			return []any{name, field, []any{"literal", filter[2]}}, nil
		}
		sameType := []any{"==", []any{"typeof", field}, kindOf(filter[2]).String()}
		return []any{"all", sameType, []any{name, field, filter[2]}}, nil
	case "in", "!in":
		field, err := get()
		if err != nil {
			return nil, err
		}
		in := []any{"in", field, []any{"literal", slices.Clone(filter[2:])}}
		if name == "!in" {
			return []any{"!", in}, nil
		}
		return in, nil
	case "has", "!has":
		if special, err := key(); err != nil {
			return nil, err
		} else if list, ok := special.([]any); ok && list != nil {
			return name == "has", nil
		}
		if name == "!has" {
			return []any{"!", []any{"has", filter[1]}}, nil
		}
		return []any{"has", filter[1]}, nil
	}
	return filter, nil // an expression among legacy filters
}

// function rewrites a legacy function, {"stops": …}, as an expression.
func (c *compiler) function(f map[string]any, interpolated bool, at where) (any, error) {
	kindName, _ := f["type"].(string)
	property, byProperty := f["property"].(string)
	var input any = []any{"zoom"}
	if byProperty {
		input = []any{"get", property}
	}
	for name := range f {
		if !slices.Contains([]string{"type", "property", "stops", "base", "default", "colorSpace"}, name) {
			return nil, at.invalid("a function has no %.40q", name)
		}
	}
	if space, ok := f["colorSpace"]; ok && space != "rgb" {
		return nil, at.unsupported("colorSpace %.40v", space)
	}
	if kindName == "identity" {
		if !byProperty {
			return nil, at.invalid("an identity function needs a property")
		}
		if d, ok := f["default"]; ok {
			return []any{"coalesce", input, d}, nil
		}
		return input, nil
	}
	list, ok := f["stops"].([]any)
	if !ok || len(list) == 0 {
		return nil, at.invalid("a function needs stops")
	}
	var pairs []any
	for _, stop := range list {
		pair, ok := stop.([]any)
		if !ok || len(pair) != 2 {
			return nil, at.invalid("a stop is a pair of an input and a value")
		}
		if _, both := pair[0].(map[string]any); both {
			return nil, at.unsupported("a function of zoom and a property together")
		}
		out := pair[1]
		if l, isList := out.([]any); isList {
			out = []any{"literal", l}
		}
		pairs = append(pairs, pair[0], out)
	}
	switch {
	case kindName == "categorical":
		otherwise, ok := f["default"]
		if !ok {
			return nil, at.invalid("a categorical function needs a default")
		}
		return append(append([]any{"match", input}, pairs...), otherwise), nil
	case kindName == "interval" || !interpolated:
		return append([]any{"step", input, pairs[1]}, pairs...), nil
	case len(list) == 1:
		return pairs[1], nil
	}
	base, ok := f["base"].(float64)
	if !ok {
		base = 1
	}
	return append([]any{"interpolate", []any{"exponential", base}, input}, pairs...), nil
}

// tokens rewrites "{name} {ref}" as a concat, the legacy way to write text-field.
func tokens(text string) any {
	if !strings.Contains(text, "{") {
		return text
	}
	parts := []any{"concat"}
	for text != "" {
		open := strings.IndexByte(text, '{')
		end := strings.IndexByte(text[max(open, 0):], '}')
		if open < 0 || end < 0 {
			parts = append(parts, text)
			break
		}
		if open > 0 {
			parts = append(parts, text[:open])
		}
		parts = append(parts, []any{"get", text[open+1 : open+end]})
		text = text[open+end+1:]
	}
	return parts
}
