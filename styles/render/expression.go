package render

import (
	"math"
	"slices"
)

// kind is a type of the style specification.
type kind int

const (
	anyKind kind = iota
	numberKind
	stringKind
	booleanKind
	colourKind
	listKind // an array
	textKind // string, with whatever else made into one: "formatted" and "resolvedImage"
)

func (k kind) String() string {
	return [...]string{"value", "number", "string", "boolean", "color", "array", "string"}[k]
}

// A value is nil, float64, string, bool, [Colour], []any, or a failure.
type value = any

// failure is why an expression has no value for a feature; the property then has its default.
type failure string

// subject is the feature that an expression is evaluated for.
type subject struct {
	values   []any // by the compiler's fields
	id       uint64
	geometry string // Point, LineString, Polygon
	bound    []value
}

// expression is a compiled expression: a constant, or a function of the feature.
type expression struct {
	of   func(*subject) value // nil for a constant
	fix  value
	kind kind
}

func fixed(v value) expression { return expression{fix: v, kind: kindOf(v)} }

func (e expression) constant() bool { return e.of == nil }

// eval is the expression's value for a feature.
func (e expression) eval(s *subject) value {
	if e.of == nil {
		return e.fix
	}
	return e.of(s)
}

func kindOf(v value) kind {
	switch v.(type) {
	case float64:
		return numberKind
	case string:
		return stringKind
	case bool:
		return booleanKind
	case Colour:
		return colourKind
	case []any:
		return listKind
	}
	return anyKind
}

// The limits of an expression. A document's own size is limited in [ParseStyle].
const maxDepth = 100

// compiler turns expressions into functions for one zoom.
type compiler struct {
	zoom   float64
	fields *fieldList
	scope  []binding // of let
	slots  int
	depth  int
}

type binding struct {
	name string
	slot int
	kind kind
}

// fieldList names the properties that expressions read, in the order of a feature's values.
type fieldList struct{ names []string }

func (l *fieldList) index(name string) int {
	i := slices.Index(l.names, name)
	if i < 0 {
		i = len(l.names)
		l.names = append(l.names, name)
	}
	return i
}

// compile compiles a JSON value, as it stands in a property, that must give a kind.
func (c *compiler) compile(json any, want kind, at where) (expression, error) {
	if c.depth++; c.depth > maxDepth {
		return expression{}, at.invalid("expressions are nested deeper than %d", maxDepth)
	}
	defer func() { c.depth-- }()
	e, err := c.any(json, want, at)
	if err != nil {
		return e, err
	}
	return c.as(e, want, at)
}

// any compiles a literal or an operator, of whatever kind it is.
func (c *compiler) any(json any, want kind, at where) (expression, error) {
	list, ok := json.([]any)
	if !ok {
		if _, object := json.(map[string]any); object {
			return expression{}, at.invalid("an object is no expression; use [\"literal\", …]")
		}
		return fixed(json), nil
	}
	if len(list) == 0 {
		return expression{}, at.invalid("an empty list is no expression; use [\"literal\", []]")
	}
	name, ok := list[0].(string)
	if !ok {
		return expression{}, at.invalid("an expression begins with the name of its operator, not with %.40v; use [\"literal\", …]", list[0])
	}
	op, ok := operators(name)
	if !ok {
		return expression{}, at.unsupported("operator %.60q", name)
	}
	args := list[1:]
	if len(args) < op.least || (op.most >= 0 && len(args) > op.most) {
		return expression{}, at.invalid("%q with %d arguments", name, len(args))
	}
	return op.compile(c, args, want, at)
}

// as makes an expression give a kind: at once for a constant, else with every feature.
func (c *compiler) as(e expression, want kind, at where) (expression, error) {
	convert := converters[want]
	if convert == nil || (e.kind == want && !e.constant()) {
		return e, nil
	}
	if e.constant() {
		v := convert(e.fix)
		if why, failed := v.(failure); failed {
			return e, at.invalid("%s", string(why))
		}
		if want == textKind && v == nil {
			v = ""
		}
		return fixed(v), nil
	}
	if e.kind != anyKind && want != textKind && !(want == colourKind && e.kind == stringKind) {
		return e, at.invalid("a %s stands where a %s is needed", e.kind, want)
	}
	of := e.of
	return expression{kind: want, of: func(s *subject) value { return convert(of(s)) }}, nil
}

// all compiles arguments of one kind.
func (c *compiler) all(args []any, want kind, at where) ([]expression, error) {
	out := make([]expression, len(args))
	for i, a := range args {
		var err error
		if out[i], err = c.compile(a, want, at.at(i+1)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// apply makes an expression of a function of its arguments: evaluated now where
// they are all constants. A failure among them is the result.
func apply(args []expression, gives kind, f func([]value) value) expression {
	run := func(s *subject) value {
		var room [4]value
		values := room[:0]
		for _, a := range args {
			v := a.eval(s)
			if _, failed := v.(failure); failed {
				return v
			}
			values = append(values, v)
		}
		return f(values)
	}
	if !slices.ContainsFunc(args, func(a expression) bool { return !a.constant() }) {
		return expression{fix: run(nil), kind: gives}
	}
	return expression{of: run, kind: gives}
}

// numeric lets a result that is no number be a failure.
func numeric(v float64) value {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return failure("the result is not a number")
	}
	return v
}
