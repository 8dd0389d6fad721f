package products_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/products"
	"onemap/styles/render"
)

// TestTheShippedSet publishes all products of the demonstration over real layers,
// without features, and opens each.
func TestTheShippedSet(t *testing.T) {
	c := newCity(t)
	shipped, err := products.ReadFolder(data.Files, "products")
	if err != nil {
		t.Fatal(err)
	}
	if len(shipped) < 24 {
		t.Errorf("%d products, want at least 24", len(shipped))
	}
	for _, l := range c.catalogue().Layers {
		c.publish(l.Definition.ID)
	}
	ctx, catalogue := c.operator(), c.catalogue()
	if n, err := c.products.Load(ctx, catalogue, shipped, true); err != nil || n != len(shipped) {
		t.Fatalf("loaded %d, %v", n, err)
	}
	if n, err := c.products.Load(ctx, catalogue, shipped, true); err != nil || n != 0 {
		t.Errorf("a second time %d were loaded, %v", n, err)
	}
	titles, used := map[string]bool{}, map[string]bool{}
	for _, in := range shipped {
		o, err := c.products.Open(ctx, catalogue, in.ID, 0)
		if err != nil {
			t.Errorf("%s: %v", in.ID, err)
			continue
		}
		if _, err := render.ParseStyle(o.Style); err != nil {
			t.Errorf("%s: %v", in.ID, err)
		}
		p := o.Product
		if !slices.Contains(p.Content.Tags, "演示数据") || !strings.Contains(p.Content.Text, "演示数据") || !strings.Contains(p.Content.Source, "演示数据") || !p.Synthetic {
			t.Errorf("%s does not say that it is a demonstration", in.ID)
		}
		if p.Content.Approval != "" {
			t.Errorf("%s has an approval number, which nobody gave", in.ID)
		}
		if titles[p.Content.Title] || !strings.HasPrefix(p.Content.Title, "云浮市") {
			t.Errorf("%s is called %s", in.ID, p.Content.Title)
		}
		titles[p.Content.Title] = true
		for i, l := range p.Content.Layers {
			used[l.ID] = true
			if lines := slices.ContainsFunc(o.Legend, func(line products.LegendLine) bool { return line.Layer == l.ID }); !lines {
				t.Errorf("%s: nothing in the legend for layer %d, %s", in.ID, i, l.ID)
			}
		}
	}
	for _, l := range catalogue.Layers {
		if !used[l.Definition.ID] && l.Definition.ID != "division_village" {
			t.Errorf("no product shows %s", l.Definition.ID)
		}
	}
	i, err := c.products.Indicator(c.as(), catalogue)
	if err != nil || i.Count != int64(len(shipped)) || i.Synthetic != i.Count || i.Target != 150 {
		t.Errorf("indicator %+v, %v", i, err)
	}
	for _, theme := range i.Themes {
		if theme.Count < 3 {
			t.Errorf("theme %s has %d products", theme.Theme, theme.Count)
		}
	}
	w := c.get(ctx, shipped[0].ID)
	if len(w.History) != 4 || w.History[3].To != products.Published || w.History[3].By != products.Demonstration {
		t.Errorf("history %+v", w.History)
	}
	if n, err := c.products.Load(c.as(access.Compose), catalogue, shipped, true); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who may not approve loads %d products: %v", n, err)
	}
}

// A set for layers that aren't there is loaded as a whole or not at all.
func TestLoadingNeedsTheLayers(t *testing.T) {
	c := newCity(t)
	c.publish("dltb")
	content := landUse()
	other := landUse()
	other.Layers = []products.Layer{{ID: "stbhhx"}}
	var wrong *products.ContentError
	n, err := c.products.Load(c.operator(), c.catalogue(), []products.Input{{ID: "one", Content: content}, {ID: "two", Content: other}}, true)
	if !errors.As(err, &wrong) || wrong.Value != "stbhhx" || n != 0 {
		t.Errorf("loaded %d, %v", n, err)
	}
	if _, err := c.products.Get(c.operator(), "one"); !errors.Is(err, products.ErrUnknown) {
		t.Errorf("the first was loaded all the same: %v", err)
	}
	if content.Secrecy != layers.Public {
		t.Error("what the caller has was changed")
	}
}
