package render

import (
	"slices"
)

// Filter is a filter of the style specification by itself, for whoever must know
// which features a style would show. Many goroutines may use it at once.
type Filter struct {
	matches expression
	fields  []string
}

// ParseFilter reads a filter as it stands in JSON: an expression that gives a
// boolean, as ["==", ["get", "dlbm"], "0301"]. The legacy language, and an
// expression that depends on the zoom, are an [ErrInvalidStyle]: the first can't be
// joined with other filters, the second has no answer without a map. What this
// package doesn't evaluate is an [UnsupportedError].
func ParseFilter(json any) (*Filter, error) {
	at := where{property: "filter", path: "filter"}
	list, ok := json.([]any)
	if !ok || len(list) == 0 {
		return nil, at.invalid("must be an expression, as [\"==\", [\"get\", \"dlbm\"], \"0301\"]")
	}
	if !isExpressionFilter(list) {
		return nil, at.invalid("is written in the legacy language; write [\"get\", FIELD] for a field, as [\"==\", [\"get\", \"dlbm\"], \"0301\"]")
	}
	if readsZoom(list, 0) {
		return nil, at.invalid("must not depend on the zoom")
	}
	fields := &fieldList{}
	c := compiler{fields: fields}
	e, err := c.filter(list, at)
	if err != nil {
		return nil, err
	}
	return &Filter{e, fields.names}, nil
}

// readsZoom tells whether the operator "zoom" is somewhere in an expression. What
// is nested too deep is left to the compiler.
func readsZoom(list []any, depth int) bool {
	if depth > maxDepth || len(list) == 0 || list[0] == "literal" {
		return false
	}
	return list[0] == "zoom" || slices.ContainsFunc(list[1:], func(one any) bool {
		inner, ok := one.([]any)
		return ok && readsZoom(inner, depth+1)
	})
}

// Fields are the properties that the filter reads.
func (f *Filter) Fields() []string { return slices.Clone(f.fields) }

// Matches tells whether the filter lets a feature through. value gives a property
// by its name: string, float64, bool, or nil for one that isn't there. geometry is
// Point, LineString or Polygon.
func (f *Filter) Matches(id uint64, geometry string, value func(field string) any) bool {
	s := &subject{id: id, geometry: geometry, values: make([]any, len(f.fields))}
	for i, name := range f.fields {
		s.values[i] = value(name)
	}
	yes, _ := f.matches.eval(s).(bool)
	return yes
}
