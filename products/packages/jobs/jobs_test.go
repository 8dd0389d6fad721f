package jobs_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
	"onemap/products/packages"
	"onemap/products/packages/jobs"
	"onemap/spatial/files"
	"onemap/tiles"
)

// office is one with a public and an internal layer of springs.
type office struct {
	*jobs.Office
	t       *testing.T
	db      *pgxpool.Pool
	catalog *layers.Catalogue
}

func newOffice(t *testing.T, l jobs.Limits) *office {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	if err := postgis.PrepareRiver(ctx, db, jobs.Schema); err != nil {
		t.Fatal(err)
	}
	store := layers.NewStore(db)
	spring := layers.Definition{
		ID: "spring", Theme: "water", Position: 1, Name: "泉", NameEN: "Springs", Geometry: layers.Point, Key: []string{"name"}, MaxZoom: 12, Sensitivity: layers.Public,
		Department: "水务局", Source: "test", Fields: []layers.Field{{Name: "name", Label: "名", LabelEN: "Name", Type: layers.Text, InTiles: true}},
	}
	hidden := spring
	hidden.ID, hidden.Position, hidden.Sensitivity = "hidden", 2, layers.Internal
	if err := store.Define(ctx, layers.Definitions{Themes: []layers.Theme{{ID: "water", Name: "水", NameEN: "Water"}}, Layers: []layers.Definition{spring, hidden}}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"spring", "hidden"} {
		draft, err := store.BeginDraft(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
		if err != nil {
			t.Fatal(err)
		}
		draft.Abandon(ctx)
		_, err = db.Exec(ctx, "INSERT INTO "+layers.Table(id, v.Number).Sanitize()+` (fid, name, geom, geom_3857)
			SELECT 1, '龙泉', ST_Multi(g), ST_Transform(ST_Multi(g), 3857) FROM ST_SetSRID(ST_MakePoint(112, 22.9), 4490) g`)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Publish(ctx, id, v.Number); err != nil {
			t.Fatal(err)
		}
	}
	archives, err := tiles.NewArchives(db, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o, err := jobs.NewOffice(db, packages.NewPacker(db, archives, packages.Limits{}), t.TempDir(), l)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	return &office{o, t, db, catalogue}
}

func (o *office) as(name string, rights ...access.Right) context.Context {
	return access.With(o.t.Context(), access.Principal{Name: name, Rights: append(rights, access.ReadPublic)})
}

// work runs a worker until the test ends.
func (o *office) work() {
	o.t.Helper()
	w, err := jobs.NewWorker(o.Office, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	o.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			o.t.Error(err)
		}
	})
}

func (o *office) until(ctx context.Context, id int64, want jobs.State) jobs.Export {
	o.t.Helper()
	var one jobs.Export
	for range 600 {
		var err error
		if one, err = o.Export(ctx, id); err != nil {
			o.t.Fatal(err)
		}
		if one.State == want {
			return one
		}
		time.Sleep(100 * time.Millisecond)
	}
	o.t.Fatalf("after 60 s export %d is %s, not %s: %+v", id, one.State, want, one.Problem)
	return one
}

func (o *office) record(id int64) (actions []string) {
	o.t.Helper()
	steps, err := o.Record(o.as("boss", access.Approve), id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, s := range steps {
		actions = append(actions, s.Action+" by "+s.By)
	}
	return actions
}

var springs = packages.Request{Layers: []string{"spring"}, Format: files.GeoJSON}

func TestAnExportIsMadeTakenAndRemoved(t *testing.T) {
	o := newOffice(t, jobs.Limits{})
	ann := o.as("ann", access.Export)
	one, err := o.Create(ann, o.catalog, springs)
	if err != nil || one.State != jobs.Queued {
		t.Fatalf("%+v, %v", one, err)
	}
	o.work()
	one = o.until(ann, one.ID, jobs.Done)
	if one.Passport == nil || one.Passport.Features != 1 || one.ExpiresAt == nil {
		t.Errorf("%+v", one)
	}
	if _, err := o.Export(o.as("bob", access.Export), one.ID); !errors.Is(err, jobs.ErrUnknown) {
		t.Errorf("another sees it: %v", err)
	}
	if _, _, err := o.Content(o.as("boss", access.Approve), one.ID, true); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who approves takes it: %v", err)
	}
	file, _, err := o.Content(ann, one.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(file, one.Bytes)
	if err != nil || len(z.File) != 3 {
		t.Errorf("package %+v, %v", z, err)
	}
	file.Close()
	if _, err := o.Remove(ann, one.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Content(ann, one.ID, true); !errors.Is(err, jobs.ErrGone) {
		t.Errorf("after it was removed: %v", err)
	}
	want := []string{"requested by ann", "done by ann", "downloaded by ann", "removed by ann"}
	if got := o.record(one.ID); len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("record %q, want %q", got, want)
	}
}

func TestWhatIsNotPublicIsApprovedBySomebodyElse(t *testing.T) {
	o := newOffice(t, jobs.Limits{})
	ann, boss := o.as("ann", access.Export, access.ReadInternal, access.Approve), o.as("boss", access.Approve)
	r := packages.Request{Layers: []string{"hidden"}, Format: files.GeoJSON}
	if _, err := o.Create(ann, o.catalog, r); !errors.Is(err, jobs.ErrPurpose) {
		t.Errorf("without a purpose: %v", err)
	}
	r.Purpose = "年度调查"
	one, err := o.Create(ann, o.catalog, r)
	if err != nil || one.State != jobs.Requested || len(one.Needs) != 1 {
		t.Fatalf("%+v, %v", one, err)
	}
	if _, err := o.Decide(ann, one.ID, true, "我同意"); !errors.Is(err, jobs.ErrOwn) {
		t.Errorf("one's own: %v", err)
	}
	if _, err := o.Decide(o.as("bob", access.Export), one.ID, true, "好"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
	if _, err := o.Decide(boss, one.ID, true, " "); !errors.Is(err, jobs.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	if one, err = o.Decide(boss, one.ID, true, "同意"); err != nil || one.State != jobs.Queued {
		t.Fatalf("%+v, %v", one, err)
	}
	o.work()
	one = o.until(ann, one.ID, jobs.Done)
	if a := one.Passport.Approval; a == nil || a.By != "boss" || a.Reason != "同意" || one.Passport.Secrecy != "internal" {
		t.Errorf("passport %+v", one.Passport)
	}
	other, err := o.Create(ann, o.catalog, r)
	if err != nil {
		t.Fatal(err)
	}
	if other, err = o.Decide(boss, other.ID, false, "用途不符"); err != nil || other.State != jobs.Refused {
		t.Errorf("%+v, %v", other, err)
	}
	if _, err := o.Decide(boss, other.ID, true, "又同意"); !errors.Is(err, jobs.ErrNotWaiting) {
		t.Errorf("twice: %v", err)
	}
}

func TestQuotaCancellationAndRecovery(t *testing.T) {
	o := newOffice(t, jobs.Limits{PerDay: 2})
	ann := o.as("ann", access.Export)
	first, err := o.Create(ann, o.catalog, springs)
	if err != nil {
		t.Fatal(err)
	}
	second, err := o.Create(ann, o.catalog, springs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Create(ann, o.catalog, springs); !errors.Is(err, jobs.ErrQuota) {
		t.Errorf("a third of two: %v", err)
	}
	if _, err := o.Create(o.as("bob", access.Export), o.catalog, springs); err != nil {
		t.Errorf("another has a quota of his own: %v", err)
	}
	if one, err := o.Remove(ann, second.ID); err != nil || one.State != jobs.Cancelled {
		t.Errorf("cancelled %+v, %v", one, err)
	}
	// a server that died while it made the first
	if _, err := o.db.Exec(t.Context(), "UPDATE exports.exports SET state = 'running', attempt = 1 WHERE id = $1", first.ID); err != nil {
		t.Fatal(err)
	}
	o.work()
	if one := o.until(ann, first.ID, jobs.Done); one.Attempt != 2 {
		t.Errorf("attempt %d", one.Attempt)
	}
}
