package styles

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"onemap/layers"
)

// ErrControl reports a change that can't be made; see [ControlError].
var ErrControl = errors.New("styles: the change can't be made")

// ControlError is an [ErrControl]: which control, what it was to be, and what it can be.
type ControlError struct {
	ID, Value string
	ZH, EN    string
}

func (e *ControlError) Error() string {
	return fmt.Sprintf("%v: control %q to be %.100s: %s", ErrControl, e.ID, e.Value, e.EN)
}

func (e *ControlError) Unwrap() error { return ErrControl }

// Adjust returns the fragment with some of its [Controls] changed. values are JSON
// by control's id; a colour's is an object, "#rrggbb" by palette. The fragment that
// was given stays as it is. What can't be is a [*ControlError].
func Adjust(layer layers.Definition, dictionaries []layers.Dictionary, f Fragment, values map[string]json.RawMessage) (Fragment, error) {
	controls, err := Controls(layer, dictionaries, f)
	if err != nil {
		return Fragment{}, err
	}
	to, err := f.clone()
	if err != nil {
		return Fragment{}, err
	}
	for _, id := range sortedKeys(values) {
		i := slices.IndexFunc(controls, func(c Control) bool { return c.ID == id })
		if i < 0 {
			return Fragment{}, &ControlError{id, string(values[id]), "没有这个控件；GET /api/v1/styles/" + layer.ID + " 列出全部", "there is no such control; GET /api/v1/styles/" + layer.ID + " lists them"}
		}
		if err := to.set(controls[i], values[id]); err != nil {
			return Fragment{}, err
		}
	}
	return to, nil
}

// clone copies a fragment wholly.
func (f Fragment) clone() (Fragment, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return Fragment{}, fmt.Errorf("styles: copying a look: %w", err)
	}
	var to Fragment
	if err := json.Unmarshal(text, &to); err != nil {
		return Fragment{}, fmt.Errorf("styles: copying a look: %w", err)
	}
	return to, nil
}

func (f *Fragment) set(c Control, text json.RawMessage) error {
	wrong := func(zh, en string) error { return &ControlError{c.ID, string(text), zh, en} }
	switch c.Kind {
	case "switch":
		var on *bool
		if err := json.Unmarshal(text, &on); err != nil || on == nil {
			return wrong("应为 true 或 false", "must be true or false")
		}
		if c.where.layer < 0 {
			f.DefaultVisible = *on
		} else {
			f.Layers[c.where.layer].Hidden = !*on
		}
	case "number":
		var n *float64
		if err := json.Unmarshal(text, &n); err != nil || n == nil || *n < *c.Min || *n > *c.Max {
			return wrong(fmt.Sprintf("应为 %g 至 %g 的数", *c.Min, *c.Max), fmt.Sprintf("must be a number from %g to %g", *c.Min, *c.Max))
		}
		f.setNumber(c, *n)
	case "choice":
		var choice string
		var possible []string
		for _, one := range c.Choices {
			possible = append(possible, one.Value)
		}
		if err := json.Unmarshal(text, &choice); err != nil || !slices.Contains(possible, choice) {
			return wrong("应为其中之一："+strings.Join(possible, "、"), "must be one of "+strings.Join(possible, ", "))
		}
		f.Layers[c.where.layer].Layout[c.where.property] = []any{"get", choice}
	default:
		var byPalette map[string]string
		if err := json.Unmarshal(text, &byPalette); err != nil || len(byPalette) == 0 {
			return wrong(`应为各调色板的颜色，如 {"screen": "#1d6fb8"}`, `must be colours by palette, as {"screen": "#1d6fb8"}`)
		}
		for palette, colour := range byPalette {
			if !slices.Contains(PaletteIDs(), palette) || !hexColour.MatchString(colour) {
				return wrong("颜色应写作 #rrggbb，调色板应为 "+strings.Join(PaletteIDs(), "、"), "a colour is #rrggbb, a palette one of "+strings.Join(PaletteIDs(), ", "))
			}
		}
		f.setColour(c, byPalette)
	}
	return nil
}

func (f *Fragment) setNumber(c Control, n float64) {
	l := &f.Layers[c.where.layer]
	switch c.where.property {
	case "minzoom":
		l.MinZoom = &n
		return
	case "maxzoom":
		l.MaxZoom = &n
		if n == 24 {
			l.MaxZoom = nil
		}
		return
	}
	group := l.Paint
	if _, ok := group[c.where.property]; !ok {
		group = l.Layout
	}
	was, _ := c.Value.(float64)
	group[c.where.property] = outcomes(group[c.where.property], func(o outcome) any {
		one, ok := o.value.(float64)
		switch {
		case ok && was == 0:
			return n
		case ok:
			return math.Round(one*n/was*1000) / 1000
		}
		return o.value
	})
}

// setColour gives a role the layer's own colours. A literal becomes a role first.
func (f *Fragment) setColour(c Control, byPalette map[string]string) {
	known, _ := c.Value.(map[string]string)
	role := c.where.role
	l := &f.Layers[c.where.layer]
	if role == "" {
		role = fmt.Sprintf("own.%s.%s.%d", l.ID, c.where.property, c.where.outcome)
		group := l.Paint
		if _, ok := group[c.where.property]; !ok {
			group = l.Layout
		}
		n := -1
		group[c.where.property] = outcomes(group[c.where.property], func(o outcome) any {
			text, ok := o.value.(string)
			if !ok {
				return o.value
			}
			if n++; n == c.where.outcome {
				return hexUse.ReplaceAllString(text, "@"+role)
			}
			return text
		})
	}
	if f.Colours == nil {
		f.Colours = map[string]map[string]string{}
	}
	colours := map[string]string{}
	if c.where.role == "" {
		maps.Copy(colours, known)
	} else if f.Colours[Screen] == nil { // stands in for palettes without the role
		colours[Screen] = known[Screen]
	}
	maps.Copy(colours, byPalette)
	for palette, colour := range colours {
		if f.Colours[palette] == nil {
			f.Colours[palette] = map[string]string{}
		}
		f.Colours[palette][role] = strings.ToLower(colour)
	}
}
