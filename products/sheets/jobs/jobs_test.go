package jobs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
	"onemap/products/sheets"
	"onemap/products/sheets/orders"
	"onemap/styles/render"
)

const ponds = `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "P1", "name": "榃滨"},
	"geometry": {"type": "Polygon", "coordinates": [[[112.00, 22.80], [112.10, 22.80], [112.10, 22.92], [112.00, 22.92], [112.00, 22.80]]]}}]}`

type fixture struct {
	t     *testing.T
	ctx   context.Context
	db    *pgxpool.Pool
	url   string
	desk  *orders.Desk
	queue *Queue
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	url := postgistest.URL(t)
	db := postgistest.Pool(t, url)
	f := &fixture{t: t, ctx: access.With(t.Context(), access.Operator("test")), db: db, url: url}
	store := layers.NewStore(db)
	if err := store.Define(f.ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}},
		Layers: []layers.Definition{{
			ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Polygon, Key: []string{"code"}, Label: "name",
			MinZoom: 0, MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test",
			Fields: []layers.Field{
				{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Required: true, InTiles: true},
				{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text, InTiles: true},
			},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pond.geojson")
	if err := os.WriteFile(file, []byte(ponds), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(f.ctx, importers.Into(store), importers.Options{File: file, Layer: "pond", Publish: true}); err != nil {
		t.Fatal(err)
	}
	if err := Prepare(f.ctx, db); err != nil {
		t.Fatal(err)
	}
	f.desk = &orders.Desk{DB: db, Store: store, Studio: sheets.NewStudio(render.New(render.Options{}))}
	var err error
	if f.queue, err = NewQueue(db, f.desk, t.TempDir(), Limits{}); err != nil {
		t.Fatal(err)
	}
	return f
}

// needFonts skips where the fonts are not installed; with CI set it fails.
func needFonts(t *testing.T) {
	t.Helper()
	p, err := render.New(render.Options{}).NewPaper(10, 10, 96)
	if err != nil {
		t.Fatal(err)
	}
	p.Text(render.Text{Text: "云榃a", Size: 3})
	if p.Err() != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(p.Err())
		}
		t.Skip(p.Err())
	}
}

var small = orders.Request{Layers: []string{"pond"}, Paper: "A4", DPI: 72, Format: "svg"}

func (f *fixture) order(ctx context.Context, r orders.Request) (Order, error) {
	f.t.Helper()
	catalogue, err := layers.LoadCatalogue(f.ctx, f.db)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.queue.Create(ctx, catalogue, r)
}

func (f *fixture) mustOrder() Order {
	f.t.Helper()
	one, err := f.order(f.ctx, small)
	if err != nil {
		f.t.Fatal(err)
	}
	return one
}

// work runs a worker until the test, or stop, ends it.
func (f *fixture) work(o WorkerOptions) (stop func()) {
	f.t.Helper()
	own, err := postgis.Open(context.Background(), f.url, postgis.Options{MaxConns: Connections(1)})
	if err != nil {
		f.t.Fatal(err)
	}
	desk := *f.desk
	desk.DB = own
	w, err := NewWorker(f.queue, &desk, o)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			f.t.Errorf("the worker ended with %v", err)
		}
		own.Close()
	}
	f.t.Cleanup(stop)
	return stop
}

// ends waits until an order has ended, told by its notifications.
func (f *fixture) ends(id string) Order {
	f.t.Helper()
	ctx, done := context.WithTimeout(f.ctx, time.Minute)
	defer done()
	var one Order
	errEnded := errors.New("ended")
	err := postgis.Listen(ctx, f.db, Channel, func(string) error {
		var err error
		if one, err = f.queue.Order(f.ctx, id); err == nil && one.State.Final() {
			err = errEnded
		}
		return err
	})
	if !errors.Is(err, errEnded) {
		f.t.Fatalf("order %+v: %v", one, err)
	}
	return one
}

func TestAnOrderIsDrawnAndKept(t *testing.T) {
	needFonts(t)
	f := newFixture(t)
	one := f.mustOrder()
	if one.State != Queued || one.Total != 1 || one.Filename != "坑塘图.svg" {
		t.Errorf("%+v", one)
	}
	if _, _, err := f.queue.Open(f.ctx, one.ID); !errors.Is(err, ErrNotDone) {
		t.Errorf("the file of one that waits: %v", err)
	}
	f.work(WorkerOptions{})
	one = f.ends(one.ID)
	if one.State != Done || one.Done != 1 || one.Bytes == 0 || one.ExpiresAt == nil {
		t.Fatalf("%+v %+v", one, one.Problem)
	}
	_, file, err := f.queue.Open(f.ctx, one.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() != one.Bytes {
		t.Errorf("%v, %v; want %d bytes", info, err, one.Bytes)
	}
	if _, err := f.queue.Order(access.With(t.Context(), access.Anonymous()), one.ID); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("of somebody else: %v", err)
	}
	if all, err := f.queue.List(f.ctx, 10); err != nil || len(all) != 1 || all[0].ID != one.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if _, gone, err := f.queue.Cancel(f.ctx, one.ID); err != nil || !gone {
		t.Errorf("removing it: %t, %v", gone, err)
	}
	if _, err := os.Stat(f.queue.file(one.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file: %v", err)
	}
}

func TestOrdersThatWaitAreCancelledAndCounted(t *testing.T) {
	f := newFixture(t)
	first := f.mustOrder()
	for range mostOpen - 1 {
		f.mustOrder()
	}
	if _, err := f.order(f.ctx, small); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more than may wait: %v", err)
	}
	one, gone, err := f.queue.Cancel(f.ctx, first.ID)
	if err != nil || gone || one.State != Cancelled {
		t.Errorf("%+v, %t, %v", one, gone, err)
	}
	f.mustOrder()
	if _, err := f.order(f.ctx, orders.Request{Layers: []string{"nothing"}}); !errors.Is(err, layers.ErrUnknownLayer) {
		t.Errorf("an unknown layer: %v", err)
	}
}

func TestAnOrderOfADeadServerIsTakenUp(t *testing.T) {
	needFonts(t)
	f := newFixture(t)
	one, lost, given := f.mustOrder(), f.mustOrder(), f.mustOrder()
	// One was being drawn when its server died; the job of another is gone; a third died each time.
	if _, err := f.db.Exec(f.ctx, "UPDATE sheets.orders SET state = 'running', attempt = 1 WHERE id = $1", one.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.db.Exec(f.ctx, "UPDATE sheets.orders SET river_job = NULL WHERE id = $1", lost.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.db.Exec(f.ctx, "UPDATE sheets.orders SET state = 'running', attempt = 3 WHERE id = $1", given.ID); err != nil {
		t.Fatal(err)
	}
	f.work(WorkerOptions{})
	if one := f.ends(one.ID); one.State != Done || one.Attempt != 2 {
		t.Errorf("%+v", one)
	}
	if one := f.ends(lost.ID); one.State != Done {
		t.Errorf("%+v", one)
	}
	if one := f.ends(given.ID); one.State != Failed || one.Problem == nil || one.Problem.Code != "interrupted" {
		t.Errorf("%+v", one)
	}
}

func TestWhatFailsIsExplained(t *testing.T) {
	needFonts(t)
	f := newFixture(t)
	f.queue.limits.MaxBytes = 1000
	large := f.mustOrder()
	f.work(WorkerOptions{Explain: func(err error) (Problem, bool) { return Problem{"x", "未发布", "not published"}, true }})
	if one := f.ends(large.ID); one.State != Failed || one.Problem == nil || one.Problem.Code != "file-too-large" {
		t.Errorf("%+v %+v", one, one.Problem)
	}
	retired := f.mustOrderOf(`{"layers": ["gone"]}`)
	if one := f.ends(retired); one.State != Failed || one.Problem == nil || one.Problem.ZH != "未发布" {
		t.Errorf("%+v %+v", one, one.Problem)
	}
}

// mustOrderOf orders something whose layer has been retired since.
func (f *fixture) mustOrderOf(request string) string {
	f.t.Helper()
	one := f.mustOrderHeld(request)
	err := pgx.BeginFunc(f.ctx, f.db, func(tx pgx.Tx) error { return give(f.ctx, tx, f.queue.client, one) })
	if err != nil {
		f.t.Fatal(err)
	}
	return one
}

func (f *fixture) mustOrderHeld(request string) string {
	f.t.Helper()
	const id = "00000000000000000000000000000001"
	_, err := f.db.Exec(f.ctx, "INSERT INTO sheets.orders (id, request, by, rights, title, filename, total) VALUES ($1, $2, 'operator:test', '{read:public}', 't', 't.pdf', 1)", id, request)
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func TestOldOrdersAreRemoved(t *testing.T) {
	f := newFixture(t)
	old, kept := f.mustOrder(), f.mustOrder()
	for id, expires := range map[string]string{old.ID: "-1 hour", kept.ID: "1 hour"} {
		if _, err := f.db.Exec(f.ctx, "UPDATE sheets.orders SET state = 'done', bytes = 10, ended_at = now(), expires_at = now() + $2::interval WHERE id = $1", id, expires); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.queue.file(id), make([]byte, 10), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w, err := NewWorker(f.queue, f.desk, WorkerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.river.Close)
	if err := w.sweep(f.ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := f.queue.Order(f.ctx, old.ID); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("one that has expired: %v", err)
	}
	if _, err := os.Stat(f.queue.file(old.ID)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its file: %v", err)
	}
	if _, err := os.Stat(f.queue.file(kept.ID)); err != nil {
		t.Errorf("one that is kept: %v", err)
	}
	f.queue.limits.Room = 5
	if err := w.sweep(f.ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := f.queue.Order(f.ctx, kept.ID); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("one beyond the room: %v", err)
	}
}
