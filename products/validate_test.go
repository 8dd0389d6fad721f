package products_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"onemap/access"
	"onemap/layers"
	"onemap/products"
)

func TestAProductThatCannotBeUsedSaysWhy(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.publish("dltb", "0301")
	c.publish("forest_pest")
	catalogue := c.catalogue()
	parts, _ := shippedStyle(t, c)
	number := func(n float64) *float64 { return &n }
	for sentence, one := range map[string]struct {
		change func(*products.Content)
		member string
		says   string // in Chinese
	}{
		"no title":                      {func(p *products.Content) { p.Title = " " }, "title", "1 至 60"},
		"a control character":           {func(p *products.Content) { p.Text = "a\x00b" }, "text", "控制字符"},
		"a theme that isn't there":      {func(p *products.Content) { p.Theme = "sea" }, "theme", "water"},
		"no layers":                     {func(p *products.Content) { p.Layers = nil }, "layers", "1 至 16"},
		"a layer that isn't there":      {func(p *products.Content) { p.Layers[0].ID = "sea" }, "layers[0].id", "没有这个图层"},
		"a layer that isn't published":  {func(p *products.Content) { p.Layers[0].ID = "stbhhx" }, "layers[0].id", "停用"},
		"a layer twice":                 {func(p *products.Content) { p.Layers = append(p.Layers, p.Layers[0]) }, "layers[1].id", "重复"},
		"a layer that is less public":   {func(p *products.Content) { p.Layers[0].ID = "forest_pest" }, "secrecy", "密级"},
		"secret data":                   {func(p *products.Content) { p.Secrecy = "secret" }, "secrecy", "涉密"},
		"no type of sharing":            {func(p *products.Content) { p.Share = "" }, "share", "无条件共享"},
		"internal for everybody":        {func(p *products.Content) { p.Secrecy = layers.Internal }, "share", "非公开"},
		"conditions that aren't said":   {func(p *products.Content) { p.Share = products.Conditional }, "conditions", "共享条件"},
		"an approval number of no form": {func(p *products.Content) { p.Approval = "粤2026-001" }, "approval_number", "粤S(2026)001号"},
		"an approval of next century":   {func(p *products.Content) { p.Approval = "GS(2126)1号" }, "approval_number", "今年"},
		"data of tomorrow":              {func(p *products.Content) { p.DataDate = "2126" }, "data_date", "不晚于今天"},
		"data of no day":                {func(p *products.Content) { p.DataDate = "2025-02-30" }, "data_date", "2025-12-31"},
		"scales turned round":           {func(p *products.Content) { p.Scales = products.Scales{Finest: 50_000, Coarsest: 1000} }, "scales", "小于"},
		"a scale that is none":          {func(p *products.Content) { p.Scales.Finest = -1 }, "scales.finest", "分母"},
		"an extent turned round":        {func(p *products.Content) { p.Extent = &[4]float64{113, 22, 112, 23} }, "extent", "西小于东"},
		"an extent somewhere else":      {func(p *products.Content) { p.Extent = &[4]float64{116, 39, 117, 40} }, "extent", "之外"},
		"an extent that is no number":   {func(p *products.Content) { p.Extent = &[4]float64{math.NaN(), 22, 112, 23} }, "content", "JSON"},
		"an opacity above 1":            {func(p *products.Content) { p.Layers[0].Opacity = number(1.5) }, "layers[0].opacity", "0 至 1"},
		"a filter by an unknown field":  {func(p *products.Content) { p.Layers[0].Filter = []any{"==", []any{"get", "class"}, "01"} }, "layers[0].filter", "没有字段 class"},
		"a filter by a field that tiles lack": {
			func(p *products.Content) { p.Layers[0].Filter = []any{"==", []any{"get", "qsdwmc"}, "x"} }, "layers[0].filter", "不在瓦片中",
		},
		"a filter in the old language": {func(p *products.Content) { p.Layers[0].Filter = []any{"==", "dlbm", "01"} }, "layers[0].filter", "过滤表达式"},
		"an operator that isn't drawn": {
			func(p *products.Content) { p.Layers[0].Filter = []any{"distance", map[string]any{}} }, "layers[0].filter", "不支持",
		},
		"a style layer that isn't there": {
			func(p *products.Content) { p.Layers[0].Style = &products.Look{Hide: []string{"roof"}} }, "layers[0].style.hide", "fill",
		},
		"all style layers hidden": {
			func(p *products.Content) { p.Layers[0].Style = &products.Look{Hide: parts} }, "layers[0].style.hide", "不可见",
		},
		"a colour that is none": {
			func(p *products.Content) {
				p.Layers[0].Style = &products.Look{Change: map[string]products.Change{"fill": {Paint: map[string]any{"fill-color": "reddish"}}}}
			}, "layers.style", "样式",
		},
		"a property that isn't drawn": {
			func(p *products.Content) {
				p.Layers[0].Style = &products.Look{Change: map[string]products.Change{"line": {Paint: map[string]any{"line-gradient": "x"}}}}
			}, "layers.style", "line-gradient",
		},
		"a legend of an unknown field": {
			func(p *products.Content) {
				p.Layers[0].Style = &products.Look{Legend: []products.LegendLine{{Label: "甲", LabelEN: "A", Properties: map[string]any{"x": 1.0}}}}
			}, "layers[0].style.legend[0].properties", "瓦片",
		},
		"a rule that isn't there":  {func(p *products.Content) { p.Update.Rule = "often" }, "update.rule", "随图层更新"},
		"versions of what follows": {func(p *products.Content) { p.Update.Versions = map[string]int{"dltb": 1} }, "update.versions", "fixed"},
		"a version that isn't there": {func(p *products.Content) {
			p.Update = products.Update{Rule: products.Fixed, Versions: map[string]int{"dltb": 9}}
		}, "update", "没有这个版本"},
		"a version of another layer": {func(p *products.Content) {
			p.Update = products.Update{Rule: products.Fixed, Versions: map[string]int{"road": 1}}
		}, "update.versions", "不是"},
		"a day that is to come":      {func(p *products.Content) { p.Update = products.Update{Rule: products.OnDate, Date: "2126-01-01"} }, "update.date", "不晚于今天"},
		"a palette that isn't there": {func(p *products.Content) { p.Palette = "neon" }, "palette", "print"},
		"a tag twice":                {func(p *products.Content) { p.Tags = []string{"土地", " 土地"} }, "tags[1]", "重复"},
		"a tag that is too long":     {func(p *products.Content) { p.Tags = []string{strings.Repeat("长", 21)} }, "tags[0]", "20"},
	} {
		t.Run(sentence, func(t *testing.T) {
			content := landUse()
			one.change(&content)
			err := c.products.Create(c.operator(), catalogue, products.Input{ID: "land-use", Content: content})
			var wrong *products.ContentError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want a ContentError", err)
			}
			if wrong.Member != one.member || !strings.Contains(wrong.ZH, one.says) || wrong.EN == "" {
				t.Errorf("%s: %q (%s), want %s and %q", wrong.Member, wrong.ZH, wrong.EN, one.member, one.says)
			}
		})
	}
	for _, id := range []string{"", "A", "indicator", "-a", "a--b", "a_b", "../x", strings.Repeat("a", 49)} {
		if err := c.products.Create(c.operator(), catalogue, products.Input{ID: id, Content: landUse()}); !errors.Is(err, products.ErrContent) {
			t.Errorf("id %q: %v, want ErrContent", id, err)
		}
		if _, err := c.products.Get(c.operator(), id); !errors.Is(err, products.ErrUnknown) {
			t.Errorf("product %q: %v, want ErrUnknown", id, err)
		}
	}
	hidden := landUse()
	hidden.Layers[0].ID, hidden.Secrecy, hidden.Share = "forest_pest", layers.Internal, products.NotShared
	if err := c.products.Create(c.as(access.Compose), catalogue, products.Input{ID: "pests", Content: hidden}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a layer that who composes may not read: %v, want ErrForbidden", err)
	}
	if err := c.products.Create(c.as(), catalogue, products.Input{ID: "land-use", Content: landUse()}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right to compose: %v", err)
	}
}

func TestApprovalNumbersTakeTheirUsualForm(t *testing.T) {
	c := newCity(t)
	c.publish("dltb")
	for i, given := range []string{"粤S（2026）001号", "粤S (2026) 001号", "GS(2024)1234号", "GS京(2023)0001号", "粤WS(2025)12号"} {
		content := landUse()
		content.Approval = given
		id := "map-" + string(rune('a'+i))
		if err := c.products.Create(c.operator(), c.catalogue(), products.Input{ID: id, Content: content}); err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		if got := c.get(c.operator(), id).Content.Approval; strings.ContainsAny(got, "（） ") {
			t.Errorf("%s is kept as %s", given, got)
		}
	}
}

func TestReadInput(t *testing.T) {
	for sentence, one := range map[string]struct{ text, member string }{
		"a member that isn't known": {`{"id": "a", "state": "published"}`, "state"},
		"a number for a title":      {`{"content": {"title": 5}}`, "content.title"},
		"no object":                 {`[1]`, "(body)"},
		"two objects":               {`{"id": "a"} {}`, "(body)"},
		"nothing":                   {``, "(body)"},
		"too much":                  {`{"why": "` + strings.Repeat("a", products.MostBytes) + `"}`, "(body)"},
	} {
		_, err := products.ReadInput([]byte(one.text))
		var wrong *products.ContentError
		if !errors.As(err, &wrong) || wrong.Member != one.member {
			t.Errorf("%s: %v, want a ContentError of %s", sentence, err, one.member)
		}
	}
}

func FuzzReadInput(f *testing.F) {
	f.Add([]byte(`{"id": "a", "content": {"layers": [{"id": "dltb", "filter": ["==", ["get", "dlbm"], "01"]}]}}`))
	f.Add([]byte(`{"content": {"extent": [1, 2, 3, 4], "update": {"versions": {"a": 1}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := products.ReadInput(text); err != nil && !errors.Is(err, products.ErrContent) {
			t.Errorf("%q: %v is no ErrContent", text, err)
		}
	})
}
