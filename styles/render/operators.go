package render

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// operator is how one operator of the specification is compiled.
type operator struct {
	least, most int // number of arguments; most is -1 without limit
	compile     func(c *compiler, args []any, want kind, at where) (expression, error)
}

// operators returns the operator of that name.
func operators(name string) (operator, bool) {
	switch name {
	case "literal":
		return operator{1, 1, func(_ *compiler, args []any, _ kind, _ where) (expression, error) { return fixed(args[0]), nil }}, true
	case "get", "has":
		return operator{1, 2, property(name)}, true
	case "id":
		return ofSubject(numberKind, func(s *subject) value { return float64(s.id) }), true
	case "geometry-type":
		return ofSubject(stringKind, func(s *subject) value { return s.geometry }), true
	case "zoom":
		return operator{0, 0, func(c *compiler, _ []any, _ kind, _ where) (expression, error) { return fixed(c.zoom), nil }}, true
	case "all", "any":
		return operator{0, -1, logic(name == "all")}, true
	case "match":
		return operator{4, -1, compileMatch}, true
	case "case":
		return operator{3, -1, compileCase}, true
	case "coalesce":
		return operator{1, -1, compileCoalesce}, true
	case "step":
		return operator{2, -1, compileStep}, true
	case "interpolate":
		return operator{4, -1, compileInterpolate}, true
	case "let":
		return operator{3, -1, compileLet}, true
	case "var":
		return operator{1, 1, compileVar}, true
	case "format":
		return operator{1, -1, compileFormat}, true
	case "number-format":
		return operator{2, 2, compileNumberFormat}, true
	case "==", "!=", "<", ">", "<=", ">=":
		return operator{2, 2, comparison(name)}, true
	}
	if op, ok := conversions(name); ok {
		return op, true
	}
	if op, ok := lists(name); ok {
		return op, true
	}
	return arithmetic(name)
}

// plain is an operator whose arguments are of one kind and known by their values.
func plain(least, most int, takes, gives kind, f func([]value) value) operator {
	return operator{least, most, func(c *compiler, args []any, _ kind, at where) (expression, error) {
		compiled, err := c.all(args, takes, at)
		if err != nil {
			return expression{}, err
		}
		return apply(compiled, gives, f), nil
	}}
}

func ofSubject(gives kind, of func(*subject) value) operator {
	return operator{0, 0, func(*compiler, []any, kind, where) (expression, error) {
		return expression{of: of, kind: gives}, nil
	}}
}

// property compiles get and has. The name must be known, so that the source is
// asked for the fields that are drawn and no others.
func property(op string) func(*compiler, []any, kind, where) (expression, error) {
	return func(c *compiler, args []any, _ kind, at where) (expression, error) {
		if len(args) == 2 {
			return expression{}, at.unsupported("%s of an object", op)
		}
		name, ok := args[0].(string)
		if !ok {
			return expression{}, at.unsupported("%s of a computed name", op)
		}
		i := c.fields.index(name)
		if op == "has" {
			return expression{kind: booleanKind, of: func(s *subject) value { return i < len(s.values) && s.values[i] != nil }}, nil
		}
		return expression{of: func(s *subject) value {
			if i < len(s.values) {
				return s.values[i]
			}
			return nil
		}}, nil
	}
}

// logic compiles all and any: what follows the deciding argument isn't looked at.
func logic(all bool) func(*compiler, []any, kind, where) (expression, error) {
	return func(c *compiler, args []any, _ kind, at where) (expression, error) {
		compiled, err := c.all(args, booleanKind, at)
		if err != nil {
			return expression{}, err
		}
		run := func(s *subject) value {
			for _, e := range compiled {
				if v := e.eval(s); v != value(all) {
					return v
				}
			}
			return all
		}
		if !slices.ContainsFunc(compiled, func(e expression) bool { return !e.constant() }) {
			return expression{fix: run(nil), kind: booleanKind}, nil
		}
		return expression{of: run, kind: booleanKind}, nil
	}
}

func comparison(op string) func(*compiler, []any, kind, where) (expression, error) {
	return func(c *compiler, args []any, _ kind, at where) (expression, error) {
		compiled, err := c.all(args, anyKind, at)
		if err != nil {
			return expression{}, err
		}
		return apply(compiled, booleanKind, func(v []value) value { return compare(op, v[0], v[1]) }), nil
	}
}

func compare(op string, a, b value) value {
	switch op {
	case "==":
		return equal(a, b)
	case "!=":
		return !equal(a, b)
	}
	var order int
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		if !ok {
			return failure("a number is compared with something else")
		}
		order = compareNumbers(a, b)
	case string:
		b, ok := b.(string)
		if !ok {
			return failure("a string is compared with something else")
		}
		order = strings.Compare(a, b)
	default:
		return failure("only numbers and strings have an order")
	}
	switch op {
	case "<":
		return order < 0
	case ">":
		return order > 0
	case "<=":
		return order <= 0
	}
	return order >= 0
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// equal never panics: lists can't be compared by ==.
func equal(a, b value) bool {
	if la, ok := a.([]any); ok {
		lb, ok := b.([]any)
		return ok && slices.EqualFunc(la, lb, equal)
	}
	if kindOf(a) != kindOf(b) {
		return false
	}
	if _, object := a.(map[string]any); object {
		return false
	}
	return a == b
}

func conversions(name string) (operator, bool) {
	one := func(gives kind, f func(value) value) (operator, bool) {
		return plain(1, 1, anyKind, gives, func(v []value) value { return f(v[0]) }), true
	}
	first := func(gives kind, f func(value) value) (operator, bool) { // the first argument that can be had
		return plain(1, -1, anyKind, gives, func(v []value) value {
			var got value
			for _, one := range v {
				got = f(one)
				if _, failed := got.(failure); !failed {
					break
				}
			}
			return got
		}), true
	}
	switch name {
	case "to-string":
		return one(stringKind, toText)
	case "to-boolean":
		return one(booleanKind, toBoolean)
	case "image":
		return one(stringKind, toText)
	case "to-number":
		return first(numberKind, toNumber)
	case "to-color":
		return first(colourKind, toColour)
	case "number":
		return first(numberKind, assertKind(numberKind))
	case "string":
		return first(stringKind, assertKind(stringKind))
	case "boolean":
		return first(booleanKind, assertKind(booleanKind))
	case "typeof":
		return one(stringKind, func(v value) value {
			if v == nil {
				return "null"
			}
			return kindOf(v).String()
		})
	case "rgb", "rgba":
		n := len(name)
		return plain(n, n, numberKind, colourKind, func(v []value) value {
			c, ok := listColour(v)
			if !ok {
				return failure("red, green and blue are 0 to 255, alpha 0 to 1")
			}
			return c
		}), true
	}
	return operator{}, false
}

func lists(name string) (operator, bool) {
	switch name {
	case "concat":
		return plain(0, -1, anyKind, stringKind, func(v []value) value {
			var b strings.Builder
			for _, one := range v {
				text, ok := toText(one).(string)
				if !ok {
					return failure("no text")
				}
				b.WriteString(text)
			}
			return b.String()
		}), true
	case "upcase", "downcase":
		change := strings.ToUpper
		if name == "downcase" {
			change = strings.ToLower
		}
		return plain(1, 1, stringKind, stringKind, func(v []value) value { return change(v[0].(string)) }), true
	case "in":
		return plain(2, 2, anyKind, booleanKind, func(v []value) value {
			switch in := v[1].(type) {
			case []any:
				return slices.ContainsFunc(in, func(one any) bool { return equal(one, v[0]) })
			case string:
				text, ok := v[0].(string)
				return ok && strings.Contains(in, text)
			case nil:
				return false
			}
			return failure("in needs a list or a string")
		}), true
	case "length":
		return plain(1, 1, anyKind, numberKind, func(v []value) value {
			switch of := v[0].(type) {
			case []any:
				return float64(len(of))
			case string:
				return float64(utf8.RuneCountInString(of))
			}
			return failure("length needs a list or a string")
		}), true
	case "at":
		return plain(2, 2, anyKind, anyKind, func(v []value) value {
			i, ok := v[0].(float64)
			list, isList := v[1].([]any)
			if !ok || !isList || i != math.Trunc(i) || i < 0 || int(i) >= len(list) {
				return failure("there is no such place in the list")
			}
			return list[int(i)]
		}), true
	case "slice":
		return plain(2, 3, anyKind, anyKind, slice), true
	}
	return operator{}, false
}

// slice takes part of a list or, by characters, of a string; negative places count from the end.
func slice(v []value) value {
	var runes []rune
	list, isList := v[0].([]any)
	size := len(list)
	if !isList {
		text, ok := v[0].(string)
		if !ok {
			return failure("slice needs a list or a string")
		}
		runes = []rune(text)
		size = len(runes)
	}
	ends := [2]int{0, size}
	for i, one := range v[1:] {
		n, ok := one.(float64)
		if !ok {
			return failure("slice needs numbers")
		}
		if n < 0 {
			n += float64(size)
		}
		ends[i] = int(max(0, min(n, float64(size))))
	}
	if ends[0] > ends[1] {
		ends[1] = ends[0]
	}
	if isList {
		return list[ends[0]:ends[1]]
	}
	return string(runes[ends[0]:ends[1]])
}

func arithmetic(name string) (operator, bool) {
	fold := func(least int, f func(a, b float64) float64) (operator, bool) {
		return plain(least, -1, numberKind, numberKind, func(v []value) value {
			sum := v[0].(float64)
			for _, one := range v[1:] {
				sum = f(sum, one.(float64))
			}
			return numeric(sum)
		}), true
	}
	one := func(f func(float64) float64) (operator, bool) {
		return plain(1, 1, numberKind, numberKind, func(v []value) value { return numeric(f(v[0].(float64))) }), true
	}
	fix := func(v float64) (operator, bool) {
		return operator{0, 0, func(*compiler, []any, kind, where) (expression, error) { return fixed(v), nil }}, true
	}
	switch name {
	case "!":
		return plain(1, 1, booleanKind, booleanKind, func(v []value) value { return !v[0].(bool) }), true
	case "+":
		return fold(1, func(a, b float64) float64 { return a + b })
	case "*":
		return fold(1, func(a, b float64) float64 { return a * b })
	case "min":
		return fold(1, math.Min)
	case "max":
		return fold(1, math.Max)
	case "-":
		return plain(1, 2, numberKind, numberKind, func(v []value) value {
			if len(v) == 1 {
				return -v[0].(float64)
			}
			return v[0].(float64) - v[1].(float64)
		}), true
	case "/":
		return plain(2, 2, numberKind, numberKind, func(v []value) value { return numeric(v[0].(float64) / v[1].(float64)) }), true
	case "%":
		return plain(2, 2, numberKind, numberKind, func(v []value) value { return numeric(math.Mod(v[0].(float64), v[1].(float64))) }), true
	case "^":
		return plain(2, 2, numberKind, numberKind, func(v []value) value { return numeric(math.Pow(v[0].(float64), v[1].(float64))) }), true
	case "abs":
		return one(math.Abs)
	case "floor":
		return one(math.Floor)
	case "ceil":
		return one(math.Ceil)
	case "round":
		return one(math.Round)
	case "sqrt":
		return one(math.Sqrt)
	case "ln":
		return one(math.Log)
	case "log10":
		return one(math.Log10)
	case "log2":
		return one(math.Log2)
	case "pi":
		return fix(math.Pi)
	case "e":
		return fix(math.E)
	case "ln2":
		return fix(math.Ln2)
	}
	return operator{}, false
}
