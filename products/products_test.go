package products_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/products"
	"onemap/styles"
	"onemap/styles/render"
)

// city is a database with the real definitions, in which layers are published.
type city struct {
	t        testing.TB
	db       *pgxpool.Pool
	layers   *layers.Store
	products *products.Store
}

func newCity(t testing.TB) *city {
	t.Helper()
	db := postgistest.DB(t)
	c := &city{t, db, layers.NewStore(db), products.NewStore(db)}
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.layers.Define(c.operator(), defs); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *city) operator() context.Context {
	return access.With(c.t.Context(), access.Operator("test"))
}

func (c *city) as(rights ...access.Right) context.Context {
	return access.With(c.t.Context(), access.Principal{Name: "token:someone", Rights: append(rights, access.ReadPublic)})
}

// publish publishes a new version of a layer, with squares of some classes.
func (c *city) publish(layer string, codes ...string) int {
	c.t.Helper()
	number := c.load(layer, codes...)
	if _, err := c.layers.Publish(c.operator(), layer, number); err != nil {
		c.t.Fatal(err)
	}
	return number
}

// load makes a version that isn't published.
func (c *city) load(layer string, codes ...string) int {
	c.t.Helper()
	ctx := c.operator()
	draft, err := c.layers.BeginDraft(ctx, layer)
	if err != nil {
		c.t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
	if err != nil {
		c.t.Fatal(err)
	}
	for i, code := range codes {
		_, err := c.db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, dlbm, geom, geom_3857)
			SELECT $1, $2, ST_Multi(g), ST_Transform(ST_Multi(g), 3857) FROM ST_MakeEnvelope(112, 22.9, 112.1, 23, 4490) g`, layers.Table(layer, v.Number).Sanitize()), i+1, code)
		if err != nil {
			c.t.Fatal(err)
		}
	}
	if _, err := c.db.Exec(ctx, "UPDATE catalogue.versions SET bounds = '{112, 22.9, 112.1, 23}' WHERE layer = $1 AND number = $2", layer, v.Number); err != nil {
		c.t.Fatal(err)
	}
	return v.Number
}

func (c *city) catalogue() *layers.Catalogue {
	c.t.Helper()
	got, err := layers.LoadCatalogue(c.operator(), c.db)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func landUse() products.Content {
	return products.Content{
		Title: "云城区土地利用现状图", TitleEN: "Land use of Yuncheng", Theme: "natural_resources", Department: "云浮市自然资源局", Text: "按三调工作分类表示的土地利用现状。",
		Source: "演示数据", DataDate: "2025-12-31", Layers: []products.Layer{{ID: "dltb"}}, Secrecy: layers.Public, Share: products.Unconditional, Tags: []string{"土地"},
	}
}

// release creates a product and takes it to publication.
func (c *city) release(id string, content products.Content) {
	c.t.Helper()
	ctx := c.operator()
	if err := c.products.Create(ctx, c.catalogue(), products.Input{ID: id, Content: content}); err != nil {
		c.t.Fatal(err)
	}
	for i, to := range []products.State{products.Checked, products.Approved, products.Published} {
		if err := c.products.Move(ctx, c.catalogue(), id, products.Move{To: to, Revision: i + 1}); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *city) get(ctx context.Context, id string) products.Whole {
	c.t.Helper()
	w, err := c.products.Get(ctx, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return w
}

func (c *city) open(id string, version int) products.Opened {
	c.t.Helper()
	o, err := c.products.Open(c.as(), c.catalogue(), id, version)
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}

func TestAProductPassesThroughItsStates(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	composer, approver := c.as(access.Compose), c.as(access.Approve)
	if err := c.products.Create(composer, c.catalogue(), products.Input{ID: "land-use", Content: landUse(), Why: "年度更新"}); err != nil {
		t.Fatal(err)
	}
	if err := c.products.Create(composer, c.catalogue(), products.Input{ID: "land-use", Content: landUse()}); !errors.Is(err, products.ErrExists) {
		t.Errorf("the same id again: %v, want ErrExists", err)
	}
	if _, err := c.products.Open(c.as(), c.catalogue(), "land-use", 0); !errors.Is(err, products.ErrUnknown) {
		t.Errorf("a draft is open to anybody: %v, want ErrUnknown", err)
	}
	if _, err := c.products.Open(composer, c.catalogue(), "land-use", 0); err != nil {
		t.Errorf("a draft is not open to who works on it: %v", err)
	}
	move := func(ctx context.Context, to products.State, revision int, why string) error {
		return c.products.Move(ctx, c.catalogue(), "land-use", products.Move{To: to, Revision: revision, Why: why})
	}
	if err := move(composer, products.Checked, 1, ""); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who composes checks: %v, want ErrForbidden", err)
	}
	var step *products.TransitionError
	if err := move(approver, products.Published, 1, ""); !errors.As(err, &step) || len(step.Possible) != 1 || step.Possible[0].To != products.Checked {
		t.Errorf("a draft is published: %v, want a TransitionError with what is possible", err)
	}
	for revision, to := range []products.State{products.Checked, products.Approved, products.Published} {
		if err := move(approver, to, revision+1, ""); err != nil {
			t.Fatal(err)
		}
		if err := move(approver, to, revision+1, ""); !errors.Is(err, products.ErrChanged) {
			t.Errorf("with an old revision: %v, want ErrChanged", err)
		}
	}
	w := c.get(approver, "land-use")
	if w.State != products.Published || w.StateName != "发布" || w.Revision != 4 || w.Number != 1 || w.From == nil || !maps.Equal(w.Shows, map[string]int{"dltb": 1}) {
		t.Errorf("published product %+v", w.Product)
	}
	var path []string
	for _, s := range w.History {
		path = append(path, string(s.To)+" by "+s.By)
	}
	want := []string{"draft by token:someone", "checked by token:someone", "approved by token:someone", "published by token:someone"}
	if !slices.Equal(path, want) || w.History[0].Why != "年度更新" {
		t.Errorf("history %q, want %q", path, want)
	}
	var wrong *products.ContentError
	if err := move(approver, products.Retired, 4, ""); !errors.As(err, &wrong) || wrong.Member != "reason" {
		t.Errorf("retired without a reason: %v", err)
	}
	if err := move(approver, products.Retired, 4, "数据过时"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.products.Open(c.as(), c.catalogue(), "land-use", 0); !errors.Is(err, products.ErrRetired) {
		t.Errorf("a retired product: %v, want ErrRetired", err)
	}
	if err := c.products.Delete(composer, "land-use", 5); !errors.Is(err, products.ErrKept) {
		t.Errorf("deleting what was published: %v, want ErrKept", err)
	}
	if err := c.products.Update(composer, c.catalogue(), "land-use", products.Input{Content: landUse(), Revision: 5}); !errors.Is(err, products.ErrRetired) {
		t.Errorf("changing a retired product: %v, want ErrRetired", err)
	}
	// worked on again, and published as it was
	for i, to := range []products.State{products.Draft, products.Checked, products.Approved, products.Published} {
		if err := c.products.Move(c.operator(), c.catalogue(), "land-use", products.Move{To: to, Revision: 5 + i}); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := c.products.Versions(c.as(), "land-use", 0, 10)
	if err != nil || len(versions) != 2 || versions[0].Cause != products.ByPublication || versions[0].Until != nil || versions[1].Until == nil {
		t.Errorf("versions %+v, %v", versions, err)
	}
}

func TestAProductFollowsItsLayers(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	before := c.catalogue()
	if n := c.publish("dltb", "0101", "0301"); n != 2 {
		t.Fatal(n)
	}
	// a server that has not yet heard of the publication shows it too
	o, err := c.products.Open(c.as(), before, "land-use", 0)
	if err != nil || o.Product.Number != 2 || o.Layers[0].Published.Number != 2 {
		t.Fatalf("opened %+v, %v", o.Product, err)
	}
	old := c.open("land-use", 1)
	if old.Product.Until == nil || old.Layers[0].Published.Number != 1 || old.Layers[0].Table().Sanitize() != `"features"."dltb_v1"` {
		t.Errorf("yesterday's version shows %+v", old.Layers[0].Published)
	}
	if !strings.Contains(string(old.Style), "/tiles/dltb.json?datetime=") || !strings.Contains(string(c.open("land-use", 0).Style), `"/tiles/dltb.json"`) {
		t.Error("the styles don't lead to the tiles of their versions")
	}
	if _, err := c.layers.Rollback(c.operator(), "dltb"); err != nil {
		t.Fatal(err)
	}
	o, err = c.products.Open(c.as(), before, "land-use", 0)
	if err != nil || o.Product.Number != 3 || o.Layers[0].Published.Number != 1 {
		t.Fatalf("after the rollback it shows version %d of dltb as its version %d, %v", o.Layers[0].Published.Number, o.Product.Number, err)
	}
	versions, err := c.products.Versions(c.as(), "land-use", 0, 10)
	if err != nil || len(versions) != 3 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	for i, want := range []struct {
		shows int
		cause products.Cause
		why   string
	}{{1, products.ByLayers, "dltb@1 回滚"}, {2, products.ByLayers, "dltb@2 发布"}, {1, products.ByContent, ""}} {
		v := versions[i]
		if v.Shows["dltb"] != want.shows || v.Cause != want.cause || !strings.HasPrefix(v.Why, want.why) {
			t.Errorf("version %d shows %v because of %s, %q", v.Number, v.Shows, v.Cause, v.Why)
		}
		if i > 0 && !versions[i].Until.Equal(*versions[i-1].From) {
			t.Errorf("version %d ends at %v, the next begins at %v", v.Number, v.Until, versions[i-1].From)
		}
	}
	// Whatever happened while nobody looked is told afterwards.
	c.publish("dltb", "0401")
	c.publish("dltb", "0402")
	if err := c.products.CatchUp(c.operator()); err != nil {
		t.Fatal(err)
	}
	w := c.get(c.as(), "land-use")
	if w.Number != 5 || w.Shows["dltb"] != 4 || w.Revision != 4 {
		t.Errorf("after two publications it is version %d at revision %d and shows %v", w.Number, w.Revision, w.Shows)
	}
}

func TestFixedVersionsAndDaysStay(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	fixed := landUse()
	fixed.Update.Rule = products.Fixed
	c.release("land-use-2025", fixed)
	c.publish("dltb", "0301")
	o := c.open("land-use-2025", 0)
	if o.Product.Number != 1 || o.Layers[0].Published.Number != 1 || !strings.Contains(string(o.Style), "/tiles/dltb@1.json") {
		t.Errorf("a product of fixed versions shows %+v", o.Layers[0].Published)
	}
	daily := landUse()
	daily.Update = products.Update{Rule: products.OnDate, Date: "2020-01-01"}
	var wrong *products.ContentError
	if err := c.products.Create(c.operator(), c.catalogue(), products.Input{ID: "too-early", Content: daily}); !errors.As(err, &wrong) || wrong.Member != "update" {
		t.Errorf("a day before the first publication: %v", err)
	}
	if _, err := c.db.Exec(t.Context(), "UPDATE catalogue.publications SET at = '2026-01-01' WHERE version = 1"); err != nil {
		t.Fatal(err)
	}
	daily.Update.Date = "2026-02-01"
	c.release("land-use-february", daily)
	if o := c.open("land-use-february", 0); o.Layers[0].Published.Number != 1 || o.Product.Shows["dltb"] != 1 {
		t.Errorf("a product of a day shows %+v", o.Layers[0].Published)
	}
}

func TestChangingAProduct(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	composer := c.as(access.Compose)
	if err := c.products.Create(composer, c.catalogue(), products.Input{ID: "land-use", Content: landUse()}); err != nil {
		t.Fatal(err)
	}
	changed := landUse()
	changed.Title = "云城区土地利用图"
	update := func(ctx context.Context, title string, revision int) error {
		changed.Title = title
		return c.products.Update(ctx, c.catalogue(), "land-use", products.Input{Content: changed, Revision: revision, Why: "改名"})
	}
	if err := update(composer, "一", 1); err != nil {
		t.Fatal(err)
	}
	if err := update(composer, "二", 1); !errors.Is(err, products.ErrChanged) {
		t.Errorf("with an old revision: %v, want ErrChanged", err)
	}
	if w := c.get(composer, "land-use"); w.Number != 1 || w.Content.Title != "一" || w.Revision != 2 {
		t.Errorf("a draft is changed as it is: %+v", w.Product)
	}
	if err := c.products.Move(c.operator(), c.catalogue(), "land-use", products.Move{To: products.Checked, Revision: 2}); err != nil {
		t.Fatal(err)
	}
	if err := update(composer, "三", 3); err != nil {
		t.Fatal(err)
	}
	if w := c.get(composer, "land-use"); w.State != products.Draft || len(w.History) != 3 {
		t.Errorf("what was checked and then changed is %s", w.State)
	}
	for i, to := range []products.State{products.Checked, products.Approved, products.Published} {
		if err := c.products.Move(c.operator(), c.catalogue(), "land-use", products.Move{To: to, Revision: 4 + i}); err != nil {
			t.Fatal(err)
		}
	}
	if err := update(composer, "四", 7); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who may not approve changes what is published: %v", err)
	}
	if err := update(c.operator(), "四", 7); err != nil {
		t.Fatal(err)
	}
	if err := update(c.operator(), "四", 8); err != nil { // nothing changes
		t.Fatal(err)
	}
	if now, old := c.open("land-use", 0), c.open("land-use", 1); now.Product.Number != 2 || now.Product.Content.Title != "四" || old.Product.Content.Title != "三" {
		t.Errorf("version %d is called %s, version 1 %s", now.Product.Number, now.Product.Content.Title, old.Product.Content.Title)
	}
	if _, err := c.products.Open(c.as(), c.catalogue(), "land-use", 3); !errors.Is(err, products.ErrUnknownVersion) {
		t.Errorf("version 3: %v, want ErrUnknownVersion", err)
	}
}

func TestWhatIsNotOpenIsToldClearly(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.publish("forest_pest")
	content := landUse()
	content.Layers = append(content.Layers, products.Layer{ID: "forest_pest"})
	var wrong *products.ContentError
	if err := c.products.Create(c.operator(), c.catalogue(), products.Input{ID: "pests", Content: content}); !errors.As(err, &wrong) || wrong.Member != "secrecy" {
		t.Fatalf("a public product with an internal layer: %v", err)
	}
	content.Secrecy, content.Share, content.Conditions = layers.Sensitive, products.Conditional, "经市林业局同意"
	c.release("pests", content)
	if _, err := c.products.Open(c.as(), c.catalogue(), "pests", 0); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("an internal product is open to anybody: %v", err)
	}
	if _, err := c.products.Open(c.as(access.ReadInternal), c.catalogue(), "pests", 0); err != nil {
		t.Errorf("an internal product is not open to who may read it: %v", err)
	}
	list, err := c.products.List(c.as(), products.Query{}, "", 10)
	if err != nil || len(list) != 0 {
		t.Errorf("anybody's list has %d products, %v", len(list), err)
	}
	// A layer that is no longer there.
	c.release("land-use", landUse())
	if _, err := c.db.Exec(t.Context(), "UPDATE catalogue.layers SET published = NULL WHERE id = 'dltb'"); err != nil {
		t.Fatal(err)
	}
	var missing *products.LayerError
	if _, err := c.products.Open(c.as(), c.catalogue(), "land-use", 0); err != nil && !errors.As(err, &missing) {
		t.Errorf("a product whose layer isn't published any more: %v", err)
	}
}

func TestTheStyleOfAProduct(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.publish("stbhhx")
	half := 0.5
	content := landUse()
	content.Secrecy, content.Share = layers.Internal, products.NotShared
	content.Scales = products.Scales{Finest: 2000, Coarsest: 500_000}
	content.Layers = []products.Layer{
		{ID: "stbhhx"},
		{
			ID: "dltb", Title: "耕地", Filter: []any{"==", []any{"slice", []any{"get", "dlbm"}, 0.0, 2.0}, "01"}, Opacity: &half,
			Style: &products.Look{Hide: []string{"label"}, Change: map[string]products.Change{"line": {Paint: map[string]any{"line-color": "#ff0000"}}}},
		},
	}
	c.release("cropland", content)
	o, err := c.products.Open(c.operator(), c.catalogue(), "cropland", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := render.ParseStyle(o.Style); err != nil {
		t.Fatal(err)
	}
	var style struct {
		Name   string
		Layers []struct {
			ID               string
			MinZoom, MaxZoom float64
			Filter           any
			Paint            map[string]any
			Metadata         map[string]any
		}
	}
	if err := json.Unmarshal(o.Style, &style); err != nil {
		t.Fatal(err)
	}
	if style.Name != content.Title {
		t.Errorf("name %q", style.Name)
	}
	order, faded := map[string]int{}, 0.0
	for i, l := range style.Layers {
		order[l.ID] = i
		if !strings.HasPrefix(l.ID, "dltb:") {
			continue
		}
		if l.Filter == nil || l.MaxZoom > 17.1 || l.MinZoom < 9.05 { // 9.13 on the screen, and room for paper
			t.Errorf("%s: filter %v, zooms %g to %g", l.ID, l.Filter, l.MinZoom, l.MaxZoom)
		}
		if l.ID == "dltb:fill" {
			faded, _ = l.Paint["fill-opacity"].(float64)
		}
		if l.ID == "dltb:line" && l.Paint["line-color"] != "#ff0000" {
			t.Errorf("colour %v", l.Paint["line-color"])
		}
		if l.ID == "dltb:label" {
			t.Error("the label is not hidden")
		}
	}
	if whole := paintOf(t, c, "dltb:fill", "fill-opacity"); math.Abs(faded-whole/2) > 0.001 {
		t.Errorf("opacity %g, want half of %g", faded, whole)
	}
	if order["dltb:fill"] < order["stbhhx:fill"] || order["dltb:line"] < order["dltb:fill"] {
		t.Errorf("order %v", order)
	}
	if len(o.Legend) == 0 || o.Legend[0].Layer != "dltb" {
		t.Fatalf("legend %v", o.Legend)
	}
	for _, line := range o.Legend {
		if code, _ := line.Properties["dlbm"].(string); line.Layer == "dltb" && !strings.HasPrefix(code, "01") {
			t.Errorf("the legend has %s %s, which the filter leaves out", code, line.Label)
		}
	}
	if !o.Filters[1].Matches(0, "Polygon", func(string) any { return "0102" }) || o.Filters[0] != nil {
		t.Error("the filters are not those of the layers")
	}
	if e, ok := o.Extent(); !ok || e != [4]float64{112, 22.9, 112.1, 23} {
		t.Errorf("extent %v", e)
	}
}

// shippedStyle is the style of land use without any product.
func shippedStyle(t *testing.T, c *city) (names []string, paint map[string]map[string]any) {
	t.Helper()
	catalogue := c.catalogue()
	l, err := catalogue.Layer("dltb")
	if err != nil {
		t.Fatal(err)
	}
	text, err := styles.Document([]styles.Source{{Layer: l.Definition, TileJSON: "/tiles/dltb.json", Shown: true}}, styles.DictionariesOf(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	var style struct {
		Layers []struct {
			ID    string
			Paint map[string]any
		}
	}
	if err := json.Unmarshal(text, &style); err != nil {
		t.Fatal(err)
	}
	paint = map[string]map[string]any{}
	for _, one := range style.Layers {
		paint[one.ID] = one.Paint
		if name, ok := strings.CutPrefix(one.ID, "dltb:"); ok {
			names = append(names, name)
		}
	}
	return names, paint
}

func paintOf(t *testing.T, c *city, layer, property string) float64 {
	t.Helper()
	_, paint := shippedStyle(t, c)
	n, _ := paint[layer][property].(float64)
	return n
}

func TestAProductHasItsPalette(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	content := landUse()
	content.Palette = "print"
	c.release("land-use-print", content)
	screen, paper := c.open("land-use", 0), c.open("land-use-print", 0)
	if !strings.Contains(string(paper.Style), `"onemap:palette":"print"`) || !strings.Contains(string(screen.Style), `"onemap:palette":"screen"`) {
		t.Errorf("the styles are not of their palettes: %.300s", paper.Style)
	}
}
