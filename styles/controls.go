package styles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"onemap/layers"
)

// Control is one thing about a look that people change without knowing how looks
// are written: a colour, a width, a zoom.
type Control struct {
	ID      string `json:"id"`       // as "colour:river.line", "number:line/line-width"
	Group   string `json:"group"`    // general, colours, widths, labels, zooms, opacity
	Kind    string `json:"kind"`     // colour, number, choice, switch
	Label   string `json:"label"`    // Chinese
	LabelEN string `json:"label_en"` // English
	Value   any    `json:"value"`    // a number, a text, true or false; of a colour an object: "#rrggbb" by palette

	Min     *float64 `json:"min,omitempty"`     // of a number
	Max     *float64 `json:"max,omitempty"`     //
	Step    float64  `json:"step,omitempty"`    //
	Unit    string   `json:"unit,omitempty"`    // as "px", "×"
	Choices []Choice `json:"choices,omitempty"` // of a choice

	where place
}

// Choice is one of the values that a choice can have.
type Choice struct {
	Value   string `json:"value"`
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
}

// place is what of a fragment a control changes.
type place struct {
	layer    int    // index of the style layer; -1 is the fragment itself
	property string // of paint or layout
	role     string // of a colour; "" is a literal
	outcome  int    // of a literal colour: which outcome of the property
}

// names are Chinese and English.
type names struct{ zh, en string }

// uses are what properties are called.
var uses = map[string]names{
	"fill-color": {"填充", "Fill"}, "fill-pattern": {"花纹", "Pattern"}, "fill-outline-color": {"轮廓", "Outline"}, "line-color": {"线", "Line"},
	"circle-color": {"圆点", "Dot"}, "circle-stroke-color": {"圆点边线", "Dot's edge"}, "icon-image": {"图标", "Icon"},
	"text-color": {"注记", "Label"}, "text-halo-color": {"注记晕圈", "Label's halo"},
}

// measure is a property that is a number of a size.
type measure struct {
	property, group  string
	names            names
	least, most, per float64
	unit             string
}

var measures = []measure{
	{"line-width", "widths", names{"线宽", "Line width"}, 0.1, 20, 0.1, "px"},
	{"circle-radius", "widths", names{"圆点半径", "Dot's radius"}, 0.5, 30, 0.1, "px"},
	{"circle-stroke-width", "widths", names{"圆点边线宽", "Width of dot's edge"}, 0.1, 10, 0.1, "px"},
	{"icon-size", "widths", names{"图标大小", "Icon size"}, 0.2, 3, 0.05, "×"},
	{"text-size", "labels", names{"注记字号", "Label size"}, 8, 36, 0.5, "px"},
	{"text-halo-width", "labels", names{"注记晕圈宽", "Width of label's halo"}, 0.5, 4, 0.1, "px"},
	{"fill-opacity", "opacity", names{"填充不透明度", "Fill opacity"}, 0, 1, 0.05, ""},
	{"line-opacity", "opacity", names{"线不透明度", "Line opacity"}, 0, 1, 0.05, ""},
}

// Controls are what can simply be changed about a layer's look. A number that
// differs by zoom or class stands for the largest, and all change with it.
func Controls(layer layers.Definition, dictionaries []layers.Dictionary, f Fragment) ([]Control, error) {
	palettes, err := Palettes()
	if err != nil {
		return nil, err
	}
	l := lister{layer: layer, dictionaries: dictionaries, fragment: f, palettes: palettes}
	l.add(Control{ID: "default_visible", Group: "general", Kind: "switch", Label: "打开地图时显示", LabelEN: "Shown when the map opens", Value: f.DefaultVisible, where: place{layer: -1}})
	for i := range f.Layers {
		l.ofLayer(i)
	}
	return l.controls, nil
}

// lister lists the controls of a fragment.
type lister struct {
	layer        layers.Definition
	dictionaries []layers.Dictionary
	fragment     Fragment
	palettes     []Palette
	controls     []Control
}

func (l *lister) add(c Control) { l.controls = append(l.controls, c) }

// kinds are what style layers are called.
var kinds = map[string]names{"fill": {"面", "areas"}, "line": {"线", "lines"}, "circle": {"圆点", "dots"}, "icon": {"图标", "icons"}, "label": {"注记", "labels"}}

// title is what a style layer is called: by what it draws, and by its own name
// where several of the layer draw the same.
type title struct{ kind, own names }

// of is the title behind something of the style layer, as its colour.
func (t title) of(what names) names {
	if t.own.zh == "" {
		return what
	}
	return names{what.zh + "（" + t.own.zh + "）", what.en + " (" + t.own.en + ")"}
}

func (t title) whole() names { return t.of(t.kind) }

func (l *lister) called(i int) title {
	kind := func(s styleLayer) string {
		switch {
		case s.Type == "symbol" && s.Layout["icon-image"] != nil:
			return "icon"
		case s.Type == "symbol":
			return "label"
		}
		return s.Type
	}
	of := l.fragment.Layers[i]
	t := title{kind: kinds[kind(of)]}
	for k, other := range l.fragment.Layers {
		if k != i && kind(other) == kind(of) {
			t.own = names{cmp.Or(of.Name, of.ID), cmp.Or(of.NameEN, of.ID)}
		}
	}
	return t
}

func (l *lister) ofLayer(i int) {
	s := l.fragment.Layers[i]
	called := l.called(i)
	whole := called.whole()
	at := func(property string) place { return place{layer: i, property: property} }
	l.add(Control{ID: "shown:" + s.ID, Group: "general", Kind: "switch", Label: "显示" + whole.zh, LabelEN: "Show " + whole.en, Value: !s.Hidden, where: at("hidden")})
	for _, members := range []map[string]any{s.Layout, s.Paint} {
		for _, name := range sortedKeys(members) {
			if is, _ := coloured(name); is {
				l.colours(i, name, members[name], called)
			}
		}
	}
	for _, m := range measures {
		value, ok := s.Paint[m.property]
		if !ok {
			value, ok = s.Layout[m.property]
		}
		if largest := largestOf(value); ok && (largest > 0 || m.group == "opacity") {
			l.number("number:"+s.ID+"/"+m.property, m.group, called.of(m.names), largest, m.least, m.most, m.per, m.unit, at(m.property))
		}
	}
	if shown, ok := getOf(s.Layout["text-field"]); ok {
		field := called.of(names{"注记字段", "Label field"})
		c := Control{ID: "choice:" + s.ID + "/text-field", Group: "labels", Kind: "choice", Label: field.zh, LabelEN: field.en, Value: shown, where: at("text-field")}
		for _, f := range l.layer.TileFields() {
			c.Choices = append(c.Choices, Choice{f.Name, f.Label, f.LabelEN})
		}
		l.add(c)
	}
	least := float64(l.layer.MinZoom)
	lowest, highest := least, 24.0
	if s.MinZoom != nil {
		lowest = *s.MinZoom
	}
	if s.MaxZoom != nil {
		highest = *s.MaxZoom
	}
	l.number("number:"+s.ID+"/minzoom", "zooms", names{whole.zh + "：最小级别", "Lowest zoom of " + whole.en}, lowest, least, 22, 0.5, "", at("minzoom"))
	l.number("number:"+s.ID+"/maxzoom", "zooms", names{whole.zh + "：最大级别", "Highest zoom of " + whole.en}, highest, least+0.5, 24, 0.5, "", at("maxzoom"))
}

func (l *lister) number(id, group string, n names, value, least, most, step float64, unit string, where place) {
	l.add(Control{ID: id, Group: group, Kind: "number", Label: n.zh, LabelEN: n.en, Value: value, Min: &least, Max: &most, Step: step, Unit: unit, where: where})
}

// colours lists the colours of a property, each role once in the whole fragment.
func (l *lister) colours(i int, property string, value any, called title) {
	n := -1
	use := uses[property]
	outcomes(value, func(o outcome) any {
		text, ok := o.value.(string)
		if !ok {
			return o.value
		}
		n++
		class := l.classOf(o)
		for _, found := range roleUse.FindAllString(text, -1) {
			l.colour(place{layer: i, property: property, role: found[1:]}, use, class, called)
		}
		if hexUse.MatchString(text) {
			l.colour(place{layer: i, property: property, outcome: n}, use, class, called)
		}
		return o.value
	})
	if list, ok := value.([]any); ok && len(list) == 3 && list[0] == "dictionary-colour" {
		field, _ := list[1].(string)
		d, err := dictionaryOf(l.layer, field, l.dictionaries)
		if err != nil {
			return
		}
		for _, e := range d.Entries {
			l.colour(place{layer: i, property: property, role: d.ID + "." + e.Code}, use, names{e.Name, cmp.Or(e.NameEN, e.Name)}, called)
		}
	}
}

func (l *lister) colour(where place, use, class names, called title) {
	s := l.fragment.Layers[where.layer]
	id := "colour:" + where.role
	if where.role == "" {
		id = fmt.Sprintf("colour:%s/%s/%d", s.ID, where.property, where.outcome)
	}
	label := called.of(use)
	if class.zh != "" {
		label = names{class.zh + "：" + label.zh, class.en + ": " + label.en}
	}
	if k := slices.IndexFunc(l.controls, func(c Control) bool { return c.ID == id }); k >= 0 {
		if known := &l.controls[k]; !strings.Contains(known.Label, use.zh) {
			known.Label, known.LabelEN = known.Label+"、"+use.zh, known.LabelEN+", "+strings.ToLower(use.en)
		}
		return
	}
	values := map[string]string{}
	for _, p := range l.palettes {
		if where.role == "" {
			values[p.ID] = hexUse.FindString(textAt(s, where))
		} else if colour, ok := (colours{palette: p, own: l.fragment.Colours, codes: codeColours(l.dictionaries)}).role(where.role); ok {
			values[p.ID] = colour
		}
	}
	if len(values) == 0 {
		return
	}
	l.add(Control{ID: id, Group: "colours", Kind: "colour", Label: label.zh, LabelEN: label.en, Value: values, where: where})
}

// classOf names the class of an outcome: as the legend does, or the dictionary.
func (l *lister) classOf(o outcome) names {
	if o.class == "" {
		if o.field != "" {
			return names{"其他", "Others"}
		}
		return names{}
	}
	if l.fragment.Legend != nil {
		for _, line := range l.fragment.Legend.Lines {
			value := line.Properties[o.field]
			if several, ok := value.([]any); ok && slices.ContainsFunc(several, func(v any) bool { return fmt.Sprint(v) == o.class }) || fmt.Sprint(value) == o.class {
				return names{line.Label, line.LabelEN}
			}
		}
	}
	if d, err := dictionaryOf(l.layer, o.field, l.dictionaries); err == nil {
		for _, e := range d.Entries {
			if e.Code == o.class {
				return names{e.Name, cmp.Or(e.NameEN, e.Name)}
			}
		}
	}
	return names{o.class, o.class}
}

// textAt is the outcome that a literal's place means.
func textAt(s styleLayer, where place) (found string) {
	value, ok := s.Paint[where.property]
	if !ok {
		value = s.Layout[where.property]
	}
	if all := texts(value); where.outcome < len(all) {
		found = all[where.outcome]
	}
	return found
}

// largestOf is the largest number that a property can be, or 0.
func largestOf(value any) (most float64) {
	outcomes(value, func(o outcome) any {
		if n, ok := o.value.(float64); ok {
			most = max(most, n)
		}
		return o.value
	})
	return most
}

// getOf is the field of ["get", field].
func getOf(value any) (string, bool) {
	list, ok := value.([]any)
	if !ok || len(list) != 2 || list[0] != "get" {
		return "", false
	}
	field, ok := list[1].(string)
	return field, ok
}
