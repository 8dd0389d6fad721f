package styles

import (
	"fmt"
	"maps"
	"slices"
)

// words returns all strings in the value.
func words(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, member := range v {
			all = append(all, words(member)...)
		}
		return all
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// outcome is a value that an expression can have, and of which class: the field
// that a match looks at and the first label of the case; "" is any other, and no
// match at all where there is no field.
type outcome struct {
	value        any
	field, class string
}

// outcomes calls change with every outcome of an expression, or with a plain value
// itself, and returns the expression with what change returns in their place.
func outcomes(value any, change func(outcome) any) any {
	return mapOutcomes(outcome{value: value}, change)
}

func mapOutcomes(of outcome, change func(outcome) any) any {
	list, ok := of.value.([]any)
	if !ok || len(list) == 0 {
		return change(of)
	}
	to := slices.Clone(list)
	in := func(i int, field, class string) {
		to[i] = mapOutcomes(outcome{list[i], field, class}, change)
	}
	every := func(first, step int) {
		for i := first; i < len(list); i += step {
			in(i, of.field, of.class)
		}
	}
	last := len(list) - 1
	switch list[0] {
	case "match":
		field, _ := getOf(list[1])
		for i := 3; i < last; i += 2 {
			in(i, field, labelOf(list[i-1]))
		}
		in(last, field, "")
	case "case":
		for i := 2; i < last; i += 2 {
			in(i, of.field, of.class)
		}
		in(last, of.field, of.class)
	case "step":
		every(2, 2)
	case "interpolate":
		every(4, 2)
	case "coalesce":
		every(1, 1)
	case "dictionary-colour":
		field, _ := list[1].(string)
		in(last, field, "")
	}
	return to
}

// labelOf is the first of the labels of a match.
func labelOf(label any) string {
	if several, ok := label.([]any); ok && len(several) > 0 {
		label = several[0]
	}
	return fmt.Sprint(label)
}

// texts are the outcomes that are strings.
func texts(value any) []string {
	var all []string
	outcomes(value, func(o outcome) any {
		if text, ok := o.value.(string); ok {
			all = append(all, text)
		}
		return o.value
	})
	return all
}
