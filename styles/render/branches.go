package render

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// compileMatch finds a label's value by one look into a map.
func compileMatch(c *compiler, args []any, want kind, at where) (expression, error) {
	if len(args)%2 != 0 {
		return expression{}, at.invalid("match needs pairs of labels and values, and one value more")
	}
	input, err := c.compile(args[0], anyKind, at.at(1))
	if err != nil {
		return expression{}, err
	}
	cases := map[value]int{}
	var results []any
	for i := 1; i+1 < len(args); i += 2 {
		labels, several := args[i].([]any)
		if !several {
			labels = []any{args[i]}
		}
		for _, label := range labels {
			if k := kindOf(label); k != numberKind && k != stringKind {
				return expression{}, at.at(i+1).invalid("a label of match is a number or a string, not %.40v", label)
			}
			if _, twice := cases[label]; twice {
				return expression{}, at.at(i+1).invalid("label %.40v stands twice", label)
			}
			cases[label] = len(results)
		}
		results = append(results, args[i+1])
	}
	results = append(results, args[len(args)-1])
	outputs := make([]expression, len(results))
	for i, r := range results {
		place := min(2*i+3, len(args))
		if outputs[i], err = c.compile(r, want, at.at(place)); err != nil {
			return expression{}, err
		}
	}
	otherwise := len(outputs) - 1
	return c.choose([]expression{input}, outputs, func(s *subject) (int, value) {
		v := input.eval(s)
		switch v.(type) {
		case string, float64:
			if i, ok := cases[v]; ok {
				return i, nil
			}
		}
		return otherwise, nil
	}), nil
}

// choose makes an expression that is one of several: now, if what decides is constant.
func (c *compiler) choose(deciding, outputs []expression, which func(*subject) (int, value)) expression {
	if !slices.ContainsFunc(deciding, func(e expression) bool { return !e.constant() }) {
		i, failed := which(nil)
		if failed != nil {
			return expression{fix: failed}
		}
		return outputs[i]
	}
	gives := outputs[0].kind
	if slices.ContainsFunc(outputs, func(e expression) bool { return e.kind != gives }) {
		gives = anyKind
	}
	return expression{kind: gives, of: func(s *subject) value {
		i, failed := which(s)
		if failed != nil {
			return failed
		}
		return outputs[i].eval(s)
	}}
}

func compileCase(c *compiler, args []any, want kind, at where) (expression, error) {
	if len(args)%2 == 0 {
		return expression{}, at.invalid("case needs pairs of conditions and values, and one value more")
	}
	var conditions, outputs []expression
	for i, a := range args {
		kind := want
		if i%2 == 0 && i < len(args)-1 {
			kind = booleanKind
		}
		e, err := c.compile(a, kind, at.at(i+1))
		if err != nil {
			return expression{}, err
		}
		if i%2 == 0 && i < len(args)-1 {
			conditions = append(conditions, e)
		} else {
			outputs = append(outputs, e)
		}
	}
	return c.choose(conditions, outputs, func(s *subject) (int, value) {
		for i, condition := range conditions {
			switch v := condition.eval(s).(type) {
			case failure:
				return 0, v
			case bool:
				if v {
					return i, nil
				}
			}
		}
		return len(conditions), nil
	}), nil
}

// compileCoalesce gives the first that is neither null nor a failure.
func compileCoalesce(c *compiler, args []any, _ kind, at where) (expression, error) {
	compiled, err := c.all(args, anyKind, at)
	if err != nil {
		return expression{}, err
	}
	run := func(s *subject) (found value) {
		for _, e := range compiled {
			found = e.eval(s)
			if _, failed := found.(failure); !failed && found != nil {
				return found
			}
		}
		return found
	}
	if !slices.ContainsFunc(compiled, func(e expression) bool { return !e.constant() }) {
		return fixed(run(nil)), nil
	}
	return expression{of: run}, nil
}

// stops are the inputs and outputs of step and interpolate.
type stops struct {
	inputs  []float64
	outputs []expression
}

func (c *compiler) stops(args []any, first int, want kind, at where) (s stops, err error) {
	if len(args) == 0 || len(args)%2 != 0 {
		return s, at.invalid("stops are pairs of a number and a value")
	}
	for i := 0; i < len(args); i += 2 {
		input, ok := args[i].(float64)
		if !ok || (len(s.inputs) > 0 && input <= s.inputs[len(s.inputs)-1]) {
			return s, at.at(first+i).invalid("stops are numbers in ascending order, not %.40v", args[i])
		}
		output, err := c.compile(args[i+1], want, at.at(first+i+1))
		if err != nil {
			return s, err
		}
		s.inputs, s.outputs = append(s.inputs, input), append(s.outputs, output)
	}
	return s, nil
}

// under is how many stops are at or below an input.
func (s stops) under(input float64) int {
	i, found := slices.BinarySearch(s.inputs, input)
	if found {
		i++
	}
	return i
}

func compileStep(c *compiler, args []any, want kind, at where) (expression, error) {
	input, err := c.compile(args[0], numberKind, at.at(1))
	if err != nil {
		return expression{}, err
	}
	lowest, err := c.compile(args[1], want, at.at(2))
	if err != nil {
		return expression{}, err
	}
	s := stops{}
	if len(args) > 2 {
		if s, err = c.stops(args[2:], 3, want, at); err != nil {
			return expression{}, err
		}
	}
	outputs := append([]expression{lowest}, s.outputs...)
	return c.choose([]expression{input}, outputs, func(sub *subject) (int, value) {
		n, ok := input.eval(sub).(float64)
		if !ok {
			return 0, failure("step of something that is no number")
		}
		return s.under(n), nil
	}), nil
}

func compileInterpolate(c *compiler, args []any, want kind, at where) (expression, error) {
	ease, err := easing(args[0], at.at(1))
	if err != nil {
		return expression{}, err
	}
	if want != colourKind && want != listKind {
		want = numberKind
	}
	input, err := c.compile(args[1], numberKind, at.at(2))
	if err != nil {
		return expression{}, err
	}
	s, err := c.stops(args[2:], 3, want, at)
	if err != nil {
		return expression{}, err
	}
	between := func(sub *subject, n float64) value {
		i := s.under(n)
		switch {
		case i == 0:
			return s.outputs[0].eval(sub)
		case i == len(s.inputs):
			return s.outputs[i-1].eval(sub)
		}
		return blend(s.outputs[i-1].eval(sub), s.outputs[i].eval(sub), ease(n, s.inputs[i-1], s.inputs[i]))
	}
	if n, ok := input.fix.(float64); ok && input.constant() { // by zoom: one of the stops, or a mixture of two
		i := s.under(n)
		low, high := s.outputs[max(i-1, 0)], s.outputs[min(i, len(s.outputs)-1)]
		if low.constant() && high.constant() {
			return expression{fix: between(nil, n), kind: want}, nil
		}
		if i == 0 || i == len(s.inputs) {
			return low, nil
		}
		t := ease(n, s.inputs[i-1], s.inputs[i])
		return expression{kind: want, of: func(sub *subject) value { return blend(low.eval(sub), high.eval(sub), t) }}, nil
	}
	return expression{kind: want, of: func(sub *subject) value {
		n, ok := input.eval(sub).(float64)
		if !ok {
			return failure("interpolation of something that is no number")
		}
		return between(sub, n)
	}}, nil
}

// easing reads ["linear"] or ["exponential", base].
func easing(json any, at where) (func(n, low, high float64) float64, error) {
	list, _ := json.([]any)
	switch {
	case len(list) == 1 && list[0] == "linear":
		return exponential(1), nil
	case len(list) == 2 && list[0] == "exponential":
		base, ok := list[1].(float64)
		if !ok || base <= 0 {
			return nil, at.invalid("the base of exponential is a number above 0")
		}
		return exponential(base), nil
	}
	return nil, at.unsupported("interpolation %.60v", json)
}

func exponential(base float64) func(n, low, high float64) float64 {
	if base == 1 {
		return func(n, low, high float64) float64 { return (n - low) / (high - low) }
	}
	return func(n, low, high float64) float64 {
		return (math.Pow(base, n-low) - 1) / (math.Pow(base, high-low) - 1)
	}
}

// blend goes from a to b: numbers, colours, or lists of numbers of one length.
func blend(a, b value, t float64) value {
	switch a := a.(type) {
	case failure:
		return a
	case float64:
		if b, ok := b.(float64); ok {
			return a + (b-a)*t
		}
	case Colour:
		if b, ok := b.(Colour); ok {
			return mix(a, b, t)
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			mixed := make([]any, len(a))
			for i := range a {
				mixed[i] = blend(a[i], b[i], t)
				if _, failed := mixed[i].(failure); failed {
					return mixed[i]
				}
			}
			return mixed
		}
	}
	return failure("there is nothing between these values")
}

func compileLet(c *compiler, args []any, want kind, at where) (expression, error) {
	if len(args)%2 == 0 {
		return expression{}, at.invalid("let needs pairs of names and values, and one expression more")
	}
	before := len(c.scope)
	defer func() { c.scope = c.scope[:before] }()
	var bound []expression
	for i := 0; i+1 < len(args); i += 2 {
		name, ok := args[i].(string)
		if !ok {
			return expression{}, at.at(i + 1).invalid("a name of let is a string")
		}
		e, err := c.compile(args[i+1], anyKind, at.at(i+2))
		if err != nil {
			return expression{}, err
		}
		bound = append(bound, e)
		c.scope = append(c.scope, binding{name, c.slots, e.kind})
		c.slots++
	}
	slots := c.scope[before:]
	first := slots[0].slot
	body, err := c.compile(args[len(args)-1], want, at.at(len(args)))
	if err != nil || body.constant() {
		return body, err
	}
	return expression{kind: body.kind, of: func(s *subject) value {
		for i, e := range bound {
			v := e.eval(s)
			for len(s.bound) <= first+i {
				s.bound = append(s.bound, nil)
			}
			s.bound[first+i] = v
		}
		return body.eval(s)
	}}, nil
}

func compileVar(c *compiler, args []any, _ kind, at where) (expression, error) {
	for _, b := range slices.Backward(c.scope) {
		if b.name == args[0] {
			return expression{kind: b.kind, of: func(s *subject) value { return s.bound[b.slot] }}, nil
		}
	}
	return expression{}, at.at(1).invalid("no let binds %.40v", args[0])
}

// compileFormat joins the texts of the sections; sections that look different are refused.
func compileFormat(c *compiler, args []any, _ kind, at where) (expression, error) {
	var texts []any
	for i, a := range args {
		options, isOptions := a.(map[string]any)
		switch {
		case isOptions && len(options) > 0:
			return expression{}, at.at(i + 1).unsupported("a section of format with a look of its own")
		case !isOptions:
			texts = append(texts, a)
		}
	}
	join, _ := lists("concat")
	return join.compile(c, texts, stringKind, at)
}

// compileNumberFormat knows fraction digits; digits are grouped by threes.
func compileNumberFormat(c *compiler, args []any, _ kind, at where) (expression, error) {
	number, err := c.compile(args[0], numberKind, at.at(1))
	if err != nil {
		return expression{}, err
	}
	options, ok := args[1].(map[string]any)
	if !ok {
		return expression{}, at.at(2).invalid("number-format needs an object")
	}
	digits := map[string]int{"min-fraction-digits": 0, "max-fraction-digits": 3}
	for name, v := range options {
		if name == "locale" {
			continue // Chinese and English write numbers alike
		}
		n, isNumber := v.(float64)
		if _, known := digits[name]; !known || !isNumber || n < 0 || n > 20 {
			return expression{}, at.at(2).unsupported("%.40q: %.40v", name, v)
		}
		digits[name] = int(n)
	}
	least, most := digits["min-fraction-digits"], max(digits["max-fraction-digits"], digits["min-fraction-digits"])
	return apply([]expression{number}, stringKind, func(v []value) value { return grouped(v[0].(float64), least, most) }), nil
}

func grouped(v float64, least, most int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(v), 'f', most, 64), ".")
	for len(fraction) > least && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 {
		whole = "-" + whole
	}
	return whole
}
