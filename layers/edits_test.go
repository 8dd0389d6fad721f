package layers_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"onemap/access"
	"onemap/layers"
)

// edit makes an edit with values, and a square where west is not 0.
func (f fixture) edit(operation layers.Operation, fid int64, values map[string]any, west float64) (layers.Feature, error) {
	_, feature, err := f.store.Edit(f.ctx, layers.FeatureEdit{
		Layer: "pond", FID: fid, Operation: operation,
		Make: func(context.Context, layers.Layer, *layers.StoredFeature) (layers.NewFeature, error) {
			made := layers.NewFeature{Values: values}
			if west != 0 {
				square := orb.MultiPolygon{orb.Bound{Min: orb.Point{west, 22.9}, Max: orb.Point{west + 0.00512345678, 22.905}}.ToPolygon()}
				made.Geom, made.Mercator = ewkb.MustMarshal(square, 4490), ewkb.MustMarshal(square, 3857)
			}
			return made, nil
		},
	})
	return feature, err
}

// rows are all that is stored of the features that a layer shows, to the last bit.
func (f fixture) rows(t *testing.T, l layers.Layer) string {
	t.Helper()
	rows, err := f.db.Query(f.ctx, "SELECT fid || ' ' || ROW(code, area, depth, day, moment, dry)::text || ' ' || encode(ST_AsEWKB(geom), 'hex') || ' ' || encode(ST_AsEWKB(geom_3857), 'hex') FROM "+l.From()+" f ORDER BY fid")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

// TestEveryMomentIsRemembered makes edits at random and asks afterwards for the
// features as they were after each.
func TestEveryMomentIsRemembered(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Define(f.ctx, definitions(
		layers.Field{Name: "depth", Label: "深", LabelEN: "Depth", Type: layers.Real},
		layers.Field{Name: "day", Label: "日", LabelEN: "Day", Type: layers.Date},
		layers.Field{Name: "moment", Label: "时", LabelEN: "Moment", Type: layers.Time},
		layers.Field{Name: "dry", Label: "干", LabelEN: "Dry", Type: layers.Boolean},
	)); err != nil {
		t.Fatal(err)
	}
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(f.ctx)
	if _, err := draft.Finish(f.ctx, layers.DraftSummary{Report: []byte("{}"), Publish: true}); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	now := func() layers.Layer {
		t.Helper()
		c, err := layers.LoadCatalogue(f.ctx, f.db)
		if err != nil {
			t.Fatal(err)
		}
		l, err := c.PublishedLayer("pond")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	type state struct {
		at   time.Time
		rows string
	}
	states := []state{{time.Now(), ""}}
	living := []int64{}
	for i := range 60 {
		time.Sleep(2 * time.Millisecond)
		values := map[string]any{
			"code": fmt.Sprintf(`C%d "quoted" \ 塘 {}`, i), "area": "12.30", "depth": random.NormFloat64() * 1e-7,
			"day": time.Date(1900+i, 1, 2, 0, 0, 0, 0, time.UTC), "moment": time.Now().Add(-time.Duration(i) * time.Hour), "dry": i%2 == 0,
		}
		if i%5 == 0 {
			values = map[string]any{"code": fmt.Sprint(i), "area": nil, "depth": nil, "day": nil, "moment": nil, "dry": nil}
		}
		var err error
		switch n := random.IntN(10); {
		case len(living) < 3 || n < 3:
			var made layers.Feature
			made, err = f.edit(layers.Create, 0, values, 111.5+random.Float64())
			living = append(living, made.FID)
		case n < 6:
			_, err = f.edit(layers.Replace, living[random.IntN(len(living))], values, 111.5+random.Float64())
		case n < 8:
			_, err = f.edit(layers.Update, living[random.IntN(len(living))], map[string]any{"depth": random.Float64()}, 0)
		default:
			k := random.IntN(len(living))
			_, err = f.edit(layers.Delete, living[k], nil, 0)
			living = append(living[:k], living[k+1:]...)
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
		states = append(states, state{time.Now(), f.rows(t, now())})
	}
	for i, s := range states {
		l, err := f.store.OpenAt(f.ctx, now(), s.at)
		if i == 0 && s.at.Before(*now().Published.PublishedAt) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := f.rows(t, l); got != s.rows {
			t.Fatalf("after edit %d it was\n%s\nand is said to have been\n%s", i, s.rows, got)
		}
		if (l.Until == nil) != (i == len(states)-1) {
			t.Errorf("after edit %d of %d the table itself is asked: %v", i, len(states)-1, l.Until == nil)
		}
	}
	l := now()
	if v := l.Published; int(v.FeatureCount) != len(living) || v.Edits != 60 {
		t.Errorf("%d features and %d edits, want %d and 60", v.FeatureCount, v.Edits, len(living))
	}
	// The record is whole, in pages.
	var edits []layers.Edit
	for after := int64(0); ; {
		page, next, err := f.store.Edits(f.ctx, "pond", layers.EditQuery{Limit: 7, After: after})
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, page...)
		if after = next; next == 0 {
			break
		}
	}
	if len(edits) != 60 || edits[0].ID != l.Published.Edited {
		t.Errorf("%d edits on record", len(edits))
	}
}

func TestAnEditNeedsItsRights(t *testing.T) {
	f := newFixture(t)
	f.load(t, 2, true)
	for sentence, rights := range map[string][]access.Right{
		"who may publish may not edit":           {access.ReadPublic, access.Import, access.Publish},
		"who may edit must be able to read, too": {access.Edit},
	} {
		other := f
		other.ctx = access.With(t.Context(), access.Principal{Name: "clerk", Rights: rights})
		if _, err := other.edit(layers.Delete, 1, nil, 0); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	f.ctx = access.With(t.Context(), access.Principal{Name: "editor", Rights: []access.Right{access.ReadPublic, access.Edit}})
	if _, err := f.edit(layers.Delete, 1, nil, 0); err != nil {
		t.Error(err)
	}
}

// A version's edits come and go with it: a rollback brings them back.
func TestEditsBelongToTheirVersion(t *testing.T) {
	f := newFixture(t)
	f.load(t, 2, true)
	if _, err := f.edit(layers.Update, 1, map[string]any{"code": "edited"}, 0); err != nil {
		t.Fatal(err)
	}
	second := f.load(t, 3, true)
	code := func(name string) string {
		t.Helper()
		c, err := layers.LoadCatalogue(f.ctx, f.db)
		if err != nil {
			t.Fatal(err)
		}
		l, err := f.store.OpenNamed(f.ctx, c, name, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		found, err := f.store.Feature(f.ctx, l, 1)
		if err != nil {
			t.Fatal(err)
		}
		return string(found.Properties)
	}
	if got := code("pond"); strings.Contains(got, "edited") {
		t.Errorf("the new version: %s", got)
	}
	d, err := f.store.Difference(f.ctx, "pond", second.Number)
	if err != nil || d.Added != 2 || d.Removed != 1 { // the key is the code
		t.Errorf("the difference is from the version as edited: %+v, %v", d, err)
	}
	if _, err := f.store.Rollback(f.ctx, "pond"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pond", "pond@1"} {
		if got := code(name); !strings.Contains(got, "edited") {
			t.Errorf("%s after the rollback: %s", name, got)
		}
	}
}

// Whoever follows the catalogue hears of an edit, and if nobody tells, sees it.
func TestTheWatcherSeesEdits(t *testing.T) {
	f := newFixture(t)
	f.load(t, 2, true)
	var mutex sync.Mutex
	failed := 0
	w, err := layers.NewWatcher(t.Context(), f.db, func(err error) {
		mutex.Lock()
		defer mutex.Unlock()
		if err != nil {
			failed++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.Watch(ctx); close(done) }()
	defer func() { stop(); <-done }()
	sees := func(what string, edits int64) {
		t.Helper()
		start := time.Now() // a second is promised; a machine that does other work gets more
		for ; time.Since(start) < 10*time.Second; time.Sleep(time.Millisecond) {
			if l, err := w.Catalogue().PublishedLayer("pond"); err == nil && l.Published.Edits == edits {
				t.Logf("%s: after %v", what, time.Since(start))
				return
			}
		}
		t.Fatalf("not seen: %s", what)
	}
	time.Sleep(300 * time.Millisecond) // it listens by now
	if _, err := f.edit(layers.Update, 1, map[string]any{"code": "a"}, 0); err != nil {
		t.Fatal(err)
	}
	sees("an edit that is told", 1)
	if _, err := f.db.Exec(f.ctx, "UPDATE catalogue.versions SET edits = 2 WHERE layer = 'pond'"); err != nil { // which tells nobody
		t.Fatal(err)
	}
	sees("one that is not", 2)
	for range 20 {
		if _, err := f.edit(layers.Update, 1, map[string]any{"code": "a"}, 0); err != nil {
			t.Fatal(err)
		}
	}
	sees("many", 22)
	mutex.Lock()
	defer mutex.Unlock()
	if failed != 0 {
		t.Errorf("%d failures", failed)
	}
}
