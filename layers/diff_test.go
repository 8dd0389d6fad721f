package layers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"onemap/access"
	"onemap/layers"
)

// pond is a row of the layer pond: a square whose south-west corner lies at a
// longitude on 22.9° N.
type pond struct {
	code string
	area string
	west float64
}

// deliver loads ponds as a version.
func (f fixture) deliver(t testing.TB, s layers.DraftSummary, ponds ...pond) layers.Version {
	t.Helper()
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(f.ctx)
	next := 0
	_, err = draft.CopyFrom(f.ctx, pgx.CopyFromFunc(func() ([]any, error) {
		if next == len(ponds) {
			return nil, nil
		}
		p := ponds[next]
		next++
		square := orb.MultiPolygon{orb.Bound{Min: orb.Point{p.west, 22.9}, Max: orb.Point{p.west + 0.005, 22.905}}.ToPolygon()}
		geom, err := ewkb.Marshal(square, 4490)
		if err != nil {
			return nil, err
		}
		screen, err := ewkb.Marshal(square, 3857) // its place does not matter here
		return []any{int64(next), p.code, p.area, geom, screen}, err
	}))
	if err != nil {
		t.Fatal(err)
	}
	s.Report = json.RawMessage(`{}`)
	v, err := draft.Finish(f.ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestADifferenceSaysWhatCameWentAndChanged(t *testing.T) {
	f := newFixture(t)
	f.deliver(t, layers.DraftSummary{Publish: true},
		pond{"same", "1", 111.5}, pond{"moved", "2", 111.6}, pond{"grown", "3", 111.7}, pond{"both", "4", 111.8}, pond{"gone", "5", 111.9},
		pond{"twice", "6", 112.0}, pond{"twice", "6", 112.1}, pond{"", "7", 112.2})
	if _, err := f.store.Difference(f.ctx, "pond", 1); !errors.Is(err, layers.ErrNoDifference) {
		t.Errorf("the first version differs from something: %v", err)
	}
	f.deliver(t, layers.DraftSummary{},
		pond{"new", "9", 113}, pond{"both", "40", 111.81}, pond{"grown", "30", 111.7}, pond{"moved", "2", 111.61}, pond{"same", "1", 111.5},
		pond{"twice", "6", 112.0}, pond{"twice", "6", 112.1}, pond{"twice", "6", 112.15}, pond{"", "7", 112.2})
	d, err := f.store.Difference(f.ctx, "pond", 2)
	if err != nil {
		t.Fatal(err)
	}
	d.ComputedAt = time.Time{}
	want := layers.Difference{
		Layer: "pond", Version: 2, Base: 1, Added: 2, Removed: 1, Changed: 3, ChangedGeometry: 2, ChangedFields: 2, Unchanged: 4,
		Fields: map[string]int64{"area": 2},
	}
	if fmt.Sprint(d) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", d, want)
	}
	rows, next, err := f.store.DifferenceRows(f.ctx, d, layers.DifferenceQuery{FeatureQuery: layers.FeatureQuery{Limit: 100}})
	if err != nil || next != 0 {
		t.Fatalf("next %d, %v", next, err)
	}
	got := ""
	for _, r := range rows {
		got += fmt.Sprintf("%s %s %v %v; ", r.Kind, r.Key, r.GeometryChanged, r.Fields)
	}
	const rowsWanted = "added new false []; changed both true [area]; changed grown false [area]; changed moved true []; removed gone false []; added twice false []; "
	if got != rowsWanted {
		t.Errorf("got  %s\nwant %s", got, rowsWanted)
	}
	if string(rows[1].Properties) != `{"code":"both","area":40.00}` || string(rows[1].BaseProperties) != `{"code":"both","area":4.00}` {
		t.Errorf("changed from %s to %s", rows[1].BaseProperties, rows[1].Properties)
	}
	where := layers.Bounds{111.89, 22, 111.91, 23}
	rows, _, err = f.store.DifferenceRows(f.ctx, d, layers.DifferenceQuery{FeatureQuery: layers.FeatureQuery{Limit: 100, Bounds: &where}})
	if err != nil || len(rows) != 1 || rows[0].Kind != "removed" {
		t.Errorf("where the lost pond was: %+v, %v", rows, err)
	}
	rows, next, err = f.store.DifferenceRows(f.ctx, d, layers.DifferenceQuery{FeatureQuery: layers.FeatureQuery{Limit: 1}, Kind: "changed"})
	if err != nil || len(rows) != 1 || next != rows[0].N {
		t.Errorf("the first page of what changed: %+v, %d, %v", rows, next, err)
	}
	if findings, err := f.store.Check(f.ctx); err != nil || len(findings) > 0 {
		t.Errorf("doctor finds %q, %v", findings, err)
	}
}

func TestADifferenceIsMadeAnewAgainstAnotherBase(t *testing.T) {
	f := newFixture(t)
	f.deliver(t, layers.DraftSummary{Publish: true}, pond{"a", "1", 111.5})
	f.deliver(t, layers.DraftSummary{}, pond{"a", "2", 111.5})
	f.deliver(t, layers.DraftSummary{}, pond{"a", "2", 111.5}, pond{"b", "2", 111.6})
	if _, err := f.store.Publish(f.ctx, "pond", 2); err != nil {
		t.Fatal(err)
	}
	before, err := f.store.Difference(f.ctx, "pond", 3)
	if err != nil || before.Base != 1 || before.Changed != 1 {
		t.Errorf("before: %+v, %v", before, err)
	}
	after, err := f.store.Compare(f.ctx, "pond", 3)
	if err != nil || after.Base != 2 || after.Changed != 0 || after.Added != 1 || after.Unchanged != 1 {
		t.Errorf("after: %+v, %v", after, err)
	}
	if _, err := f.store.Compare(access.With(f.ctx, access.Anonymous()), "pond", 3); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody may compare: %v", err)
	}
	if _, err := f.store.Compare(f.ctx, "pond", 9); !errors.Is(err, layers.ErrUnknownVersion) {
		t.Errorf("comparing what is not there: %v", err)
	}
}

func TestAVersionWithErrorsIsPublishedOnlyOnPurpose(t *testing.T) {
	f := newFixture(t)
	v := f.deliver(t, layers.DraftSummary{State: layers.Draft, Publish: true}, pond{"a", "1", 111.5})
	if v.State != layers.Draft {
		t.Errorf("state %s", v.State)
	}
	if _, err := f.store.Publish(f.ctx, "pond", 1); !errors.Is(err, layers.ErrNotChecked) {
		t.Errorf("publishing it: %v", err)
	}
	if v, err := f.store.PublishUnchecked(f.ctx, "pond", 1); err != nil || v.State != layers.Published {
		t.Errorf("publishing it on purpose: %+v, %v", v, err)
	}
	var unchecked bool
	if err := f.db.QueryRow(f.ctx, "SELECT unchecked FROM catalogue.publications").Scan(&unchecked); err != nil || !unchecked {
		t.Errorf("the record does not say so: %v, %v", unchecked, err)
	}
}

func TestImportingDoesNotImplyPublishing(t *testing.T) {
	f := newFixture(t)
	clerk := f
	clerk.ctx = access.With(t.Context(), access.Principal{Name: "clerk", Rights: []access.Right{access.Import}})
	draft, err := clerk.store.BeginDraft(clerk.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(clerk.ctx)
	if _, err := draft.Finish(clerk.ctx, layers.DraftSummary{Publish: true, Report: json.RawMessage(`{}`)}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who may only import published: %v", err)
	}
}

func TestAnImportMakesOneVersion(t *testing.T) {
	f := newFixture(t)
	one := int64(1)
	f.deliver(t, layers.DraftSummary{Import: &one}, pond{"a", "1", 111.5})
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(f.ctx)
	if _, err := draft.Finish(f.ctx, layers.DraftSummary{Import: &one, Report: json.RawMessage(`{}`)}); err == nil {
		t.Error("the same import made a second version")
	}
}

func TestOldVersionsStayReadable(t *testing.T) {
	f := newFixture(t)
	begin := time.Now()
	f.deliver(t, layers.DraftSummary{Publish: true}, pond{"a", "1", 111.5})
	between := f.clock(t)
	f.deliver(t, layers.DraftSummary{Publish: true}, pond{"a", "2", 111.5}, pond{"b", "2", 111.6})
	f.deliver(t, layers.DraftSummary{}, pond{"c", "3", 111.5})
	catalogue, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.Layer("pond")
	if err != nil {
		t.Fatal(err)
	}
	anybody := access.With(t.Context(), access.Anonymous())
	old, err := f.store.OpenAt(anybody, l, between)
	if err != nil || old.Published.Number != 1 {
		t.Fatalf("between the two: %+v, %v", old.Published, err)
	}
	if page, _, err := f.store.Features(anybody, old, layers.FeatureQuery{Limit: 10}); err != nil || len(page) != 1 {
		t.Errorf("its features: %v, %v", page, err)
	}
	if now, err := f.store.OpenAt(anybody, l, time.Now().Add(time.Hour)); err != nil || now.Published.Number != 2 {
		t.Errorf("in an hour: %+v, %v", now.Published, err)
	}
	if _, err := f.store.OpenAt(anybody, l, begin.Add(-time.Hour)); !errors.Is(err, layers.ErrNotPublished) {
		t.Errorf("an hour before: %v", err)
	}
	if _, err := f.store.OpenVersion(anybody, l, 3); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody reads what was never published: %v", err)
	}
	if v, err := f.store.OpenVersion(f.ctx, l, 3); err != nil || v.Published.State != layers.Checked {
		t.Errorf("who may import reads it: %+v, %v", v.Published, err)
	}
}

// clock is the database's time.
func (f fixture) clock(t *testing.T) time.Time {
	t.Helper()
	var now time.Time
	if err := f.db.QueryRow(f.ctx, "SELECT clock_timestamp()").Scan(&now); err != nil {
		t.Fatal(err)
	}
	return now
}

// TestPublishingIsQuickWhateverTheSize also says what a comparison costs.
// ONEMAP_PONDS sets the size; 500000 is the one that the bar names.
func TestPublishingIsQuickWhateverTheSize(t *testing.T) {
	size := 20_000
	if n, err := strconv.Atoi(os.Getenv("ONEMAP_PONDS")); err == nil {
		size = n
	}
	f := newFixture(t)
	ponds := make([]pond, size)
	for i := range ponds {
		ponds[i] = pond{fmt.Sprintf("P%07d", i), "1", 111.5 + float64(i)*1e-6}
	}
	f.deliver(t, layers.DraftSummary{Publish: true}, ponds...)
	for i := range ponds {
		if i%10 == 0 {
			ponds[i].area = "2"
		}
	}
	f.deliver(t, layers.DraftSummary{}, ponds...)
	timed := func(what string, do func(context.Context) error) time.Duration {
		start := time.Now()
		if err := do(f.ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		t.Logf("%s of %d features: %v", what, size, time.Since(start).Round(time.Millisecond))
		return time.Since(start)
	}
	timed("comparison", func(ctx context.Context) error {
		d, err := f.store.Compare(ctx, "pond", 2)
		if err == nil && (d.Changed != int64(size/10) || d.Unchanged != int64(size-size/10)) {
			err = fmt.Errorf("counted %+v", d)
		}
		return err
	})
	publish := timed("publication", func(ctx context.Context) error { _, err := f.store.Publish(ctx, "pond", 2); return err })
	rollback := timed("rollback", func(ctx context.Context) error { _, err := f.store.Rollback(ctx, "pond"); return err })
	if publish > time.Second || rollback > time.Second {
		t.Errorf("publishing took %v, rolling back %v; the bar is a second", publish, rollback)
	}
}
