package layers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

func definitions(extra ...layers.Field) layers.Definitions {
	fields := append([]layers.Field{
		{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, InTiles: true},
		{Name: "area", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2},
	}, extra...)
	return layers.Definitions{
		Themes: []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}},
		Layers: []layers.Definition{{
			ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Polygon, Key: []string{"code"}, Label: "code",
			MinZoom: 8, MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test", Fields: fields,
		}},
		Dictionaries: []layers.Dictionary{{ID: "kind", Name: "类", Source: "test", Entries: []layers.Entry{{Code: "1", Name: "一"}}}},
	}
}

type fixture struct {
	db    *pgxpool.Pool
	store *layers.Store
	ctx   context.Context // of an operator
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	db := postgistest.DB(t)
	f := fixture{db, layers.NewStore(db), access.With(t.Context(), access.Operator("test"))}
	if err := f.store.Define(f.ctx, definitions()); err != nil {
		t.Fatal(err)
	}
	return f
}

// load imports n square ponds along the parallel 22.9° N and returns the version.
func (f fixture) load(t *testing.T, n int, publish bool) layers.Version {
	t.Helper()
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(f.ctx)
	f.copyPonds(t, draft, n)
	v, err := draft.Finish(f.ctx, layers.DraftSummary{
		SourceFile: "ponds.zip", SourceSHA256: "00", SourceCRS: "EPSG:4490", ContentHash: fmt.Sprint(n),
		Report: json.RawMessage(`{"accepted": 1}`), Publish: publish,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (f fixture) copyPonds(t *testing.T, draft *layers.DraftTable, n int) {
	t.Helper()
	var rows [][]any
	for i := range n {
		west := 111.5 + float64(i)*0.01
		square := orb.Bound{Min: orb.Point{west, 22.9}, Max: orb.Point{west + 0.005, 22.905}}.ToPolygon()
		geom, err := ewkb.Marshal(orb.MultiPolygon{square}, 4490)
		if err != nil {
			t.Fatal(err)
		}
		screen, err := ewkb.Marshal(orb.MultiPolygon{square}, 3857) // its place does not matter here
		if err != nil {
			t.Fatal(err)
		}
		row := []any{int64(i + 1), fmt.Sprintf("P%03d", i+1), "12.50", geom, screen}
		for len(row) < len(draft.Columns()) {
			row = slices.Insert(row, 3, any("new"))
		}
		rows = append(rows, row)
	}
	if _, err := draft.CopyFrom(f.ctx, pgx.CopyFromRows(rows)); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) viewCount(t *testing.T) int {
	t.Helper()
	var n int
	if err := f.db.QueryRow(f.ctx, "SELECT count(*) FROM features.pond").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPublishAndRollback(t *testing.T) {
	f := newFixture(t)
	first := f.load(t, 3, true)
	if first.Number != 1 || first.State != layers.Published || first.FeatureCount != 3 {
		t.Fatalf("first version: %+v", first)
	}
	if got := fmt.Sprintf("%.6f", first.Bounds); got != "[111.500000 22.900000 111.525000 22.905000]" {
		t.Errorf("bounds %s", got)
	}
	second := f.load(t, 5, false)
	if second.State != layers.Checked || f.viewCount(t) != 3 {
		t.Errorf("a draft shows: state %s, view has %d rows", second.State, f.viewCount(t))
	}
	if v, err := f.store.Publish(f.ctx, "pond", 2); err != nil || v.State != layers.Published || f.viewCount(t) != 5 {
		t.Fatalf("publishing version 2: %+v, %v, view has %d rows", v, err, f.viewCount(t))
	}
	if v, err := f.store.Rollback(f.ctx, "pond"); err != nil || v.Number != 1 || f.viewCount(t) != 3 {
		t.Fatalf("rolling back: %+v, %v, view has %d rows", v, err, f.viewCount(t))
	}
	if _, err := f.store.Rollback(f.ctx, "pond"); !errors.Is(err, layers.ErrNothingToRollBackTo) {
		t.Errorf("rolling back the first version: %v", err)
	}
	versions, err := f.store.Versions(f.ctx, "pond")
	if err != nil || len(versions) != 2 || versions[0].State != layers.Retired {
		t.Errorf("versions: %+v, %v", versions, err)
	}
	var log string
	if err := f.db.QueryRow(f.ctx, "SELECT string_agg(action || version || '/' || coalesce(replaced, 0), ' ' ORDER BY id) FROM catalogue.publications WHERE by = 'operator:test'").Scan(&log); err != nil {
		t.Fatal(err)
	}
	if log != "publish1/0 publish2/1 rollback1/2" {
		t.Errorf("the record of publications is %q", log)
	}
}

func TestWrongPublications(t *testing.T) {
	f := newFixture(t)
	f.load(t, 1, false)
	nobody := access.With(t.Context(), access.Anonymous())
	for sentence, c := range map[string]struct {
		do   func() error
		want error
	}{
		"a layer that is not defined":   {func() error { _, err := f.store.Publish(f.ctx, "lake", 1); return err }, layers.ErrUnknownLayer},
		"a version that does not exist": {func() error { _, err := f.store.Publish(f.ctx, "pond", 9); return err }, layers.ErrUnknownVersion},
		"nobody may publish":            {func() error { _, err := f.store.Publish(nobody, "pond", 1); return err }, access.ErrUnauthenticated},
		"nobody may roll back":          {func() error { _, err := f.store.Rollback(nobody, "pond"); return err }, access.ErrUnauthenticated},
		"nobody may import":             {func() error { _, err := f.store.BeginDraft(nobody, "pond"); return err }, access.ErrUnauthenticated},
		"a draft of an undefined layer": {func() error { _, err := f.store.BeginDraft(f.ctx, "lake"); return err }, layers.ErrUnknownLayer},
	} {
		t.Run(sentence, func(t *testing.T) {
			if err := c.do(); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	c, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.PublishedLayer("pond"); !errors.Is(err, layers.ErrNotPublished) {
		t.Errorf("after all that the layer counts as published: %v", err)
	}
}

func TestAnAbandonedDraftLeavesNothing(t *testing.T) {
	f := newFixture(t)
	f.load(t, 2, true)
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	f.copyPonds(t, draft, 4)
	draft.Abandon(f.ctx)
	draft.Abandon(f.ctx)
	var tables int
	if err := f.db.QueryRow(f.ctx, "SELECT count(*) FROM pg_tables WHERE schemaname IN ('staging', 'features')").Scan(&tables); err != nil {
		t.Fatal(err)
	}
	if tables != 1 || f.viewCount(t) != 2 {
		t.Errorf("%d tables and %d rows in the view, want 1 and 2", tables, f.viewCount(t))
	}
	if in := f.db.Stat().AcquiredConns(); in != 0 {
		t.Errorf("%d connections are still taken", in)
	}
}

func TestImportsOfOneLayerQueueUpAndPublishingDoesNotWait(t *testing.T) {
	f := newFixture(t)
	f.load(t, 1, false)
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(f.ctx, 300*time.Millisecond)
	defer cancel()
	if second, err := f.store.BeginDraft(ctx, "pond"); err == nil {
		second.Abandon(f.ctx)
		t.Error("two imports of one layer ran at once")
	}
	if _, err := f.store.Publish(f.ctx, "pond", 1); err != nil {
		t.Errorf("publishing during an import: %v", err)
	}
	draft.Abandon(f.ctx)
	f.load(t, 1, false)
}

func TestANewFieldChangesTheViewAtPublicationOnly(t *testing.T) {
	f := newFixture(t)
	f.load(t, 2, true)
	if err := f.store.Define(f.ctx, definitions(layers.Field{Name: "depth", Label: "深", LabelEN: "Depth", Type: layers.Text, InTiles: true})); err != nil {
		t.Fatal(err)
	}
	before, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := before.PublishedLayer("pond")
	if err != nil {
		t.Fatal(err)
	}
	if names := fieldNames(l.TileFields()); !slices.Equal(names, []string{"code"}) {
		t.Errorf("tiles of the old version carry %v; the new field has no column there", names)
	}
	f.load(t, 2, true)
	var depth string
	if err := f.db.QueryRow(f.ctx, "SELECT depth FROM features.pond LIMIT 1").Scan(&depth); err != nil || depth != "new" {
		t.Errorf("the new column in the view: %q, %v", depth, err)
	}
}

func fieldNames(fields []layers.Field) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

func TestFeaturesComeInPages(t *testing.T) {
	f := newFixture(t)
	f.load(t, 7, true)
	c, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.PublishedLayer("pond")
	if err != nil {
		t.Fatal(err)
	}
	var seen []int64
	for after := int64(0); ; {
		page, next, err := f.store.Features(f.ctx, l, layers.FeatureQuery{After: after, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, feature := range page {
			seen = append(seen, feature.FID)
		}
		if next == 0 {
			break
		}
		after = next
	}
	if !slices.Equal(seen, []int64{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("pages of 3 gave %v", seen)
	}
	inside, _, err := f.store.Features(f.ctx, l, layers.FeatureQuery{Bounds: &layers.Bounds{111.519, 22.9, 111.521, 22.91}, Limit: 10})
	if err != nil || len(inside) != 1 || inside[0].FID != 3 {
		t.Fatalf("in the bounds of the third pond: %+v, %v", inside, err)
	}
	if got := string(inside[0].Properties); got != `{"code":"P003","area":12.50}` {
		t.Errorf("properties %s", got)
	}
	if _, err := f.store.Feature(f.ctx, l, 99); !errors.Is(err, layers.ErrUnknownFeature) {
		t.Errorf("feature 99: %v", err)
	}
}

func TestAWatcherSeesAPublicationWithinASecond(t *testing.T) {
	f := newFixture(t)
	reloaded := make(chan error, 100)
	w, err := layers.NewWatcher(f.ctx, f.db, func(err error) { reloaded <- err })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(f.ctx)
	done := make(chan struct{})
	go func() { w.Watch(ctx); close(done) }()
	if err := <-reloaded; err != nil {
		t.Fatal(err)
	}
	f.load(t, 2, true)
	deadline := time.After(5 * time.Second)
	for {
		if l, err := w.Catalogue().PublishedLayer("pond"); err == nil {
			if n, features := w.Catalogue().Totals(); n != 1 || features != 2 || l.Published.Number != 1 {
				t.Errorf("totals %d layers, %d features, version %d", n, features, l.Published.Number)
			}
			break
		}
		select {
		case err := <-reloaded:
			if err != nil {
				t.Fatal(err)
			}
		case <-deadline:
			t.Fatal("no notice of the publication in 5 s")
		}
	}
	cancel()
	<-done
}

func TestLayersThatAreNoLongerDefinedGoOnlyWhenTheyHoldNothing(t *testing.T) {
	f := newFixture(t)
	two := definitions()
	other := two.Layers[0]
	other.ID = "well"
	two.Layers = append(two.Layers, other)
	if err := f.store.Define(f.ctx, two); err != nil {
		t.Fatal(err)
	}
	f.load(t, 1, true)
	none := definitions()
	none.Layers = nil
	if err := f.store.Define(f.ctx, none); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.Definition(f.ctx, "well"); !errors.Is(err, layers.ErrUnknownLayer) {
		t.Errorf("the empty layer is still there: %v", err)
	}
	if _, err := f.store.Definition(f.ctx, "pond"); err != nil {
		t.Errorf("the layer with data is gone: %v", err)
	}
}
