package styles

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"onemap/layers"
	"onemap/styles/render"
)

// ErrRules reports a look that breaks the rules; see [RuleError].
var ErrRules = errors.New("styles: the look breaks the rules")

// Fault is one thing that is wrong with a look, and what to do about it.
type Fault struct {
	Where   string `json:"where"`             // as "line.paint.line-color", "legend[2]", "colours.print"
	Value   string `json:"value,omitempty"`   // what stands there
	Palette string `json:"palette,omitempty"` // where it is wrong in one palette only
	ZH      string `json:"detail"`            // Chinese
	EN      string `json:"detail_en"`         // English
}

func (f *Fault) Error() string { return fmt.Sprintf("%s is %.100q: %s", f.Where, f.Value, f.EN) }

// RuleError is an [ErrRules] with all that is wrong.
type RuleError struct {
	Layer  string
	Faults []Fault
}

func (e *RuleError) Error() string {
	f := e.Faults[0]
	text := fmt.Sprintf("%v: layer %s: %v", ErrRules, e.Layer, &f)
	if n := len(e.Faults) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

func (e *RuleError) Unwrap() error { return ErrRules }

// maxFaults is how many faults are told at once.
const maxFaults = 20

// What the rules measure.
const (
	haloContrast  = 4.5 // least contrast of a text with its halo (WCAG 2, level AA)
	paperContrast = 3   // least contrast of a text with the paper
	leastDistance = 5   // least CIEDE2000 difference of two classes that nothing else tells apart
)

// operators are those that both the viewer's legend (web/ui/src/map/expression.ts)
// and the server's renderer evaluate.
var operators = []string{
	"literal", "get", "has", "zoom", "==", "!=", "<", "<=", ">", ">=", "!", "all", "any", "in", "coalesce", "concat", "to-string",
	"to-number", "slice", "*", "+", "/", "case", "match", "step", "interpolate", "linear", "exponential", "dictionary-colour",
}

// Check holds a layer's look to the rules, in every palette: it draws fields that
// tiles carry and nothing that the renderer doesn't draw, its texts can be read on
// their halos and on the paper, and no two classes look alike to the eyes that the
// palette is for. What is wrong is a [*RuleError].
func Check(layer layers.Definition, dictionaries []layers.Dictionary, f Fragment) error {
	c := &checker{layer: layer, dictionaries: dictionaries, fragment: f}
	palettes, err := Palettes()
	if err != nil {
		return err
	}
	if len(f.Layers) == 0 {
		c.fault("layers", "", "至少须有一个样式图层；不想显示请改用 hidden 或 default_visible", "there must be a style layer; use hidden or default_visible to show nothing")
	}
	c.ownColours()
	c.legend()
	for _, l := range f.Layers {
		c.styleLayer(l)
	}
	if len(c.faults) == 0 { // what follows reads the document, which must be whole
		for _, p := range palettes {
			if err := c.inPalette(p); err != nil {
				return err
			}
		}
	}
	if len(c.faults) == 0 {
		return nil
	}
	return &RuleError{Layer: layer.ID, Faults: c.faults[:min(len(c.faults), maxFaults)]}
}

// checker collects what is wrong with one fragment.
type checker struct {
	layer        layers.Definition
	dictionaries []layers.Dictionary
	fragment     Fragment
	faults       []Fault
}

func (c *checker) fault(where, value, zh, en string) {
	c.faults = append(c.faults, Fault{Where: where, Value: value, ZH: zh, EN: en})
}

func (c *checker) ownColours() {
	if n := len(c.fragment.Colours); n > 0 && c.fragment.Colours[Screen] == nil {
		c.fault("colours", "", "须先给出 screen 调色板的颜色，其他调色板以它为准", "the palette screen must have colours: they stand in for those that other palettes lack")
	}
	for palette, roles := range c.fragment.Colours {
		if !slices.Contains(PaletteIDs(), palette) {
			c.fault("colours", palette, "没有这个调色板；应为 "+strings.Join(PaletteIDs(), "、"), "there is no such palette; use "+strings.Join(PaletteIDs(), ", "))
		}
		for role, colour := range roles {
			if !roleName.MatchString(role) || len(role) > 80 {
				c.fault("colours."+palette, role, "颜色名须以小写字母开头，由字母、数字、下划线组成，以点分段", "a role begins with a lower-case letter and has letters, digits, underscores, with dots between its parts")
			}
			if !hexColour.MatchString(colour) {
				c.fault("colours."+palette+"."+role, colour, "颜色应写作 #rrggbb", "a colour is written #rrggbb")
			}
		}
	}
	slices.SortFunc(c.faults, func(a, b Fault) int { return strings.Compare(a.Where+a.Value, b.Where+b.Value) }) // of maps
}

func (c *checker) legend() {
	if c.fragment.Legend == nil {
		return
	}
	if field := c.fragment.Legend.Field; field != "" {
		c.field("legend.field", field)
		if _, err := dictionaryOf(c.layer, field, c.dictionaries); err != nil {
			c.fault("legend.field", field, "该字段没有字典，不能据以生成图例；请改用图例行", "the field has no dictionary to make a legend of; list the lines instead")
		}
		return
	}
	for i, line := range c.fragment.Legend.Lines {
		where := fmt.Sprintf("legend[%d]", i)
		if line.Label == "" || line.LabelEN == "" {
			c.fault(where, line.Label, "图例行须有 label 与 label_en", "a line needs label and label_en")
		}
		for name := range line.Properties {
			c.field(where+".properties", name)
		}
	}
}

// field says that a field must be carried by the tiles.
func (c *checker) field(where, name string) {
	if name == pointCount {
		return
	}
	var carried []string
	for _, f := range c.layer.TileFields() {
		carried = append(carried, f.Name)
	}
	if !slices.Contains(carried, name) {
		c.fault(where, name, fmt.Sprintf("图层 %s 的瓦片没有这个字段；可用：%s", c.layer.ID, strings.Join(carried, "、")),
			fmt.Sprintf("the tiles of %s have no such field; there are: %s", c.layer.ID, strings.Join(carried, ", ")))
	}
}

var imageUse = regexp.MustCompile(`^(hatch:(0|45|90|135)|cross|dots|(icon|marks):[a-z]+):(#[0-9a-fA-F]{6}|@[\p{Han}A-Za-z0-9_.-]+)(:[0-9.]+){0,2}$`)

func (c *checker) styleLayer(l styleLayer) {
	for _, group := range []struct {
		name    string
		members map[string]any
	}{{"layout", l.Layout}, {"paint", l.Paint}} {
		for _, name := range sortedKeys(group.members) {
			where, value := l.ID+"."+group.name+"."+name, group.members[name]
			c.expression(where, value)
			c.property(where, name, value)
		}
	}
	c.expression(l.ID+".filter", l.Filter)
	if l.Layout["text-field"] != nil && !slices.Equal(words(l.Layout["text-font"]), []string{Font}) {
		c.fault(l.ID+".layout.text-font", strings.Join(words(l.Layout["text-font"]), ","), fmt.Sprintf("字体只有 %q", Font), fmt.Sprintf("the only font is %q", Font))
	}
	if l.MaxZoom != nil && (*l.MaxZoom <= max(float64(c.layer.MinZoom), deref(l.MinZoom)) || *l.MaxZoom > 24) {
		c.fault(l.ID+".maxzoom", fmt.Sprint(*l.MaxZoom), "最大级别须大于最小级别与图层最低瓦片级别，且不超过 24", "maxzoom must be above minzoom and the layer's lowest tiles, and at most 24")
	}
}

func deref(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func (c *checker) property(where, name string, value any) {
	if strings.HasSuffix(name, "-opacity") {
		if n, plain := value.(float64); !plain || n < 0 || n > 1 {
			c.fault(where, fmt.Sprint(value), "不透明度应为 0 至 1 的数，不能是表达式：浏览时还要乘以用户设置的透明度", "an opacity is a number from 0 to 1 and no expression: viewers multiply it by the user's own")
		}
	}
	if is, _ := coloured(name); !is {
		return
	}
	for _, word := range texts(value) {
		switch {
		case strings.HasSuffix(name, "-color"):
			if !hexColour.MatchString(word) && !wholeRole.MatchString(word) {
				c.fault(where, word, "颜色应写作 #rrggbb，或 @ 加颜色名", "a colour is #rrggbb, or @ and the name of a role")
			}
		case word != "" && !imageUse.MatchString(word):
			c.fault(where, word, "图案名应为 hatch:角度:颜色、cross:颜色、dots:颜色、marks:形状:颜色 或 icon:形状:颜色", "an image is hatch:ANGLE:COLOUR, cross:COLOUR, dots:COLOUR, marks:SHAPE:COLOUR or icon:SHAPE:COLOUR")
		}
		for _, use := range roleUse.FindAllString(word, -1) {
			c.role(where, use[1:])
		}
	}
}

// role says that every palette must know a role.
func (c *checker) role(where, role string) {
	palettes, err := Palettes()
	if err != nil {
		return
	}
	for _, p := range palettes {
		in := colours{palette: p, own: c.fragment.Colours, codes: codeColours(c.dictionaries)}
		if _, ok := in.role(role); !ok {
			c.fault(where, "@"+role, "没有这个颜色名：调色板 "+p.ID+" 与 colours 中都没有；请在 colours.screen 中给出", "there is no such role in the palette "+p.ID+" nor in colours; give it in colours.screen")
			return
		}
	}
}

// expression says that an expression reads fields that there are, by operators that there are.
func (c *checker) expression(where string, value any) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return
	}
	name, ok := list[0].(string)
	if !ok || name == "literal" {
		return
	}
	if !slices.Contains(operators, name) {
		if !strings.HasSuffix(where, ".text-font") {
			c.fault(where, name, "表达式运算不支持；可用："+strings.Join(operators, " "), "the operator is not supported; there are: "+strings.Join(operators, " "))
		}
		return
	}
	if len(list) > 1 && (name == "get" || name == "has" || name == "dictionary-colour") {
		field, _ := list[1].(string)
		c.field(where, field)
		if name == "dictionary-colour" {
			if _, err := dictionaryOf(c.layer, field, c.dictionaries); err != nil {
				c.fault(where, field, "该字段没有字典，不能按代码着色", "the field has no dictionary to colour its codes by")
			}
			return
		}
	}
	for i, member := range list[1:] {
		if name == "match" && i%2 == 1 && i < len(list)-2 { // a list of labels
			continue
		}
		c.expression(where, member)
	}
}

// inPalette checks what only the document of one palette shows.
func (c *checker) inPalette(p Palette) error {
	before := len(c.faults)
	text, err := Look{Palette: p.ID, Fragments: map[string]Fragment{c.layer.ID: c.fragment}}.Document(
		[]Source{{Layer: c.layer, TileJSON: "/tiles/" + c.layer.ID + ".json", Shown: true}}, c.dictionaries)
	if errors.Is(err, ErrInvalidFragment) {
		c.fault("layers", "", "样式不能使用："+err.Error(), err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	style, err := render.ParseStyle(text)
	if err != nil {
		c.undrawn(err)
	} else if err := c.alike(p, style); err != nil {
		return err
	}
	c.contrasts(p)
	for i := range c.faults[before:] {
		c.faults[before+i].Palette = p.ID
	}
	return nil
}

// undrawn words what the renderer refuses.
func (c *checker) undrawn(err error) {
	var un *render.UnsupportedError
	if errors.As(err, &un) {
		c.fault(strings.TrimPrefix(un.Layer, c.layer.ID+":")+"."+un.Property, un.What, "服务器出图不支持："+un.What, "the server's renderer doesn't draw "+un.What)
		return
	}
	c.fault("layers", "", "样式不符合 MapLibre 样式规范："+err.Error(), err.Error())
}

// contrasts checks the texts.
func (c *checker) contrasts(p Palette) {
	drawn, err := c.fragment.compose(c.layer, c.dictionaries, p, 0)
	if err != nil {
		return // it was told
	}
	for _, l := range drawn {
		if l.Layout["text-field"] == nil {
			continue
		}
		where := strings.TrimPrefix(l.ID, c.layer.ID+":") + ".paint.text-color"
		halos := hexUse.FindAllString(strings.Join(words(l.Paint["text-halo-color"]), " "), -1)
		texts := hexUse.FindAllString(strings.Join(words(l.Paint["text-color"]), " "), -1)
		if width, _ := l.Paint["text-halo-width"].(float64); len(halos) == 0 || width < 0.5 || len(texts) == 0 {
			c.fault(where, strings.Join(texts, " "), "注记须有颜色和至少 0.5 像素的晕圈，才能在任何底色上读清", "a text needs a colour and a halo of at least 0.5 pixels, to be read on any ground")
			continue
		}
		for _, text := range texts {
			for _, halo := range halos {
				if ratio := contrast(text, halo); ratio < haloContrast {
					c.fault(where, text, fmt.Sprintf("与晕圈 %s 的对比度为 %.1f，至少应为 %.1f；请改用更深或更浅的颜色", halo, ratio, haloContrast),
						fmt.Sprintf("its contrast with the halo %s is %.1f, and must be %.1f; make one darker or lighter", halo, ratio, haloContrast))
				}
			}
			if ratio := contrast(text, p.Roles[paper]); ratio < paperContrast {
				c.fault(where, text, fmt.Sprintf("与底色 %s 的对比度为 %.1f，至少应为 %d；请改用更深的颜色", p.Roles[paper], ratio, paperContrast),
					fmt.Sprintf("its contrast with the paper %s is %.1f, and must be %d; make it darker", p.Roles[paper], ratio, paperContrast))
			}
		}
	}
}

// Composable tells why a look can't be drawn at all, whatever people think of it:
// nil is that it can, in every palette.
func Composable(layer layers.Definition, dictionaries []layers.Dictionary, f Fragment) error {
	palettes, err := Palettes()
	if err != nil {
		return err
	}
	for _, p := range palettes {
		if _, err := f.compose(layer, dictionaries, p, 0); err != nil {
			return err
		}
	}
	return nil
}
