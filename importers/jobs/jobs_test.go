package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
)

// fixture is a queue on a database with the layers pond and well, and a pool
// for its workers.
type fixture struct {
	t     *testing.T
	ctx   context.Context // of an operator
	db    *pgxpool.Pool
	own   *pgxpool.Pool // of the workers
	store *layers.Store
	queue *Queue
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	url := postgistest.URL(t)
	f := &fixture{t: t, ctx: access.With(t.Context(), access.Operator("test")), db: postgistest.Pool(t, url)}
	own, err := postgis.Open(f.ctx, url, postgis.Options{MaxConns: Connections(2)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	f.own, f.store = own, layers.NewStore(f.db)
	if err := Prepare(f.ctx, f.db); err != nil {
		t.Fatal(err)
	}
	pond := layers.Definition{
		ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Point, Key: []string{"code"}, Label: "code",
		MinZoom: 8, MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test",
		Fields: []layers.Field{{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Required: true}},
	}
	well := pond
	well.ID, well.Name = "well", "水井"
	err = f.store.Define(f.ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}}, Layers: []layers.Definition{pond, well},
	})
	if err != nil {
		t.Fatal(err)
	}
	if f.queue, err = NewQueue(f.db, t.TempDir(), 1<<20); err != nil {
		t.Fatal(err)
	}
	return f
}

// worker makes a worker that does not run yet.
func (f *fixture) worker() *Worker {
	f.t.Helper()
	w, err := NewWorker(f.queue, f.own, WorkerOptions{AtOnce: 2})
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// work runs a worker until the test, or stop, ends it.
func (f *fixture) work() (stop func()) {
	f.t.Helper()
	w := f.worker()
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
	}
	f.t.Cleanup(stop)
	return stop
}

// file is a delivery of n points; its first is called by the name.
func file(name string, n int) string {
	var b strings.Builder
	b.WriteString(`{"type": "FeatureCollection", "features": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"type": "Feature", "properties": {"code": "%s%d"}, "geometry": {"type": "Point", "coordinates": [%g, 22.9]}}`, name, i, 112+float64(i)*1e-4)
	}
	b.WriteString("]}")
	return b.String()
}

// create makes an import of a text without sending it.
func (f *fixture) create(layer, text string, o Options) Import {
	f.t.Helper()
	one, _, err := f.queue.Create(f.ctx, Request{Layer: layer, Filename: layer + ".geojson", Size: int64(len(text)), Options: o})
	if err != nil {
		f.t.Fatal(err)
	}
	return one
}

// submit makes an import and sends its bytes.
func (f *fixture) submit(layer, text string, o Options) Import {
	f.t.Helper()
	one, err := f.queue.Upload(f.ctx, f.create(layer, text, o).ID, 0, strings.NewReader(text))
	if err != nil {
		f.t.Fatal(err)
	}
	return one
}

// becomes waits until the import is as asked for.
func (f *fixture) becomes(id int64, what string, is func(Import) bool) Import {
	f.t.Helper()
	var one Import
	for range 400 {
		var err error
		if one, err = f.queue.Import(f.ctx, id); err != nil {
			f.t.Fatal(err)
		}
		if is(one) {
			return one
		}
		time.Sleep(25 * time.Millisecond)
	}
	f.t.Fatalf("import %d is not %s: %+v, %+v", id, what, one, one.Problem)
	return one
}

func (f *fixture) reaches(id int64, s State) Import {
	f.t.Helper()
	return f.becomes(id, string(s), func(one Import) bool { return one.State == s })
}

// healthy fails the test where doctor would find fault, or files are left.
func (f *fixture) healthy() {
	f.t.Helper()
	if findings, err := f.store.Check(f.ctx); err != nil || len(findings) > 0 {
		f.t.Errorf("doctor finds %q, %v", findings, err)
	}
	if left, err := os.ReadDir(f.queue.dir); err != nil || len(left) > 0 {
		f.t.Errorf("files are left: %v, %v", left, err)
	}
}

// hold keeps the layer's imports from loading until release.
func (f *fixture) hold(layer string) (release func()) {
	f.t.Helper()
	draft, err := f.store.BeginDraft(f.ctx, layer)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { draft.Abandon(context.Background()) })
	return func() { draft.Abandon(f.ctx) }
}

func TestAnUploadInPiecesBecomesAVersion(t *testing.T) {
	f := newFixture(t)
	f.work()
	text := file("P", 20)
	one := f.create("pond", text, Options{Publish: true})
	half := len(text) / 2
	broken := io.MultiReader(strings.NewReader(text[:half]), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := f.queue.Upload(f.ctx, one.ID, 0, broken); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a connection that broke: %v", err)
	}
	if received, size, err := f.queue.Offset(f.ctx, one.ID); received != int64(half) || size != int64(len(text)) || err != nil {
		t.Fatalf("after it, %d of %d bytes are here, %v; want %d", received, size, err, half)
	}
	if _, err := f.queue.Upload(f.ctx, one.ID, 0, strings.NewReader(text)); !errors.Is(err, ErrOffset) {
		t.Errorf("beginning anew: %v", err)
	}
	if _, err := f.queue.Start(f.ctx, one.ID); !errors.Is(err, ErrIncomplete) {
		t.Errorf("starting half a file: %v", err)
	}
	if _, err := f.queue.Upload(f.ctx, one.ID, int64(half), strings.NewReader(text[half:])); err != nil {
		t.Fatal(err)
	}
	done := f.reaches(one.ID, Done)
	if done.Version == nil || *done.Version != 1 || done.Attempt != 1 || !bytes.Contains(done.Report, []byte(`"accepted": 20`)) || done.By != "operator:test" {
		t.Errorf("%+v\n%s", done, done.Report)
	}
	var stages []importers.Stage
	for _, s := range done.Stages {
		stages = append(stages, s.Stage)
	}
	if fmt.Sprint(stages) != fmt.Sprint([]importers.Stage{importers.Inspecting, importers.Loading, importers.Finishing}) {
		t.Logf("stages %v", stages) // other stages may come between
	}
	if v, err := f.store.Version(f.ctx, "pond", 1); err != nil || v.State != layers.Published || v.ImportedBy != "operator:test" || v.SourceFile != "pond.geojson" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := f.queue.Upload(f.ctx, one.ID, int64(len(text)), strings.NewReader("x")); !errors.Is(err, ErrNotUploading) {
		t.Errorf("more bytes after the end: %v", err)
	}
	if _, err := f.queue.Cancel(f.ctx, one.ID); !errors.Is(err, ErrEnded) {
		t.Errorf("cancelling after the end: %v", err)
	}
	f.healthy()
}

func TestRequestsThatAreRefused(t *testing.T) {
	f := newFixture(t)
	clerk := access.With(t.Context(), access.Principal{Name: "clerk", Rights: []access.Right{access.Import}})
	for sentence, c := range map[string]struct {
		ctx     context.Context
		request Request
		want    error
	}{
		"anybody":                          {access.With(t.Context(), access.Anonymous()), Request{Layer: "pond", Size: 1}, access.ErrUnauthenticated},
		"publishing without the right":     {clerk, Request{Layer: "pond", Size: 1, Options: Options{Publish: true}}, access.ErrForbidden},
		"a layer that is not there":        {f.ctx, Request{Layer: "moon", Size: 1}, layers.ErrUnknownLayer},
		"a file of no bytes":               {f.ctx, Request{Layer: "pond"}, ErrInvalid},
		"a file that is said to be large":  {f.ctx, Request{Layer: "pond", Size: 1<<20 + 1}, ErrTooLarge},
		"a key that is longer than a page": {f.ctx, Request{Layer: "pond", Size: 1, Key: strings.Repeat("k", 201)}, ErrInvalid},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, _, err := f.queue.Create(c.ctx, c.request); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	one := f.create("pond", "ten bytes.", Options{})
	if _, err := f.queue.Upload(f.ctx, one.ID, 0, strings.NewReader("eleven byte")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more bytes than declared: %v", err)
	}
	if _, err := f.queue.Import(f.ctx, 999); !errors.Is(err, ErrUnknownImport) {
		t.Errorf("an import that is not there: %v", err)
	}
	for name, do := range map[string]func(context.Context) error{
		"Import": func(ctx context.Context) error { _, err := f.queue.Import(ctx, one.ID); return err },
		"List":   func(ctx context.Context) error { _, err := f.queue.List(ctx, ListQuery{Limit: 1}); return err },
		"Upload": func(ctx context.Context) error {
			_, err := f.queue.Upload(ctx, one.ID, 0, strings.NewReader(""))
			return err
		},
		"Offset": func(ctx context.Context) error { _, _, err := f.queue.Offset(ctx, one.ID); return err },
		"Start":  func(ctx context.Context) error { _, err := f.queue.Start(ctx, one.ID); return err },
		"Cancel": func(ctx context.Context) error { _, err := f.queue.Cancel(ctx, one.ID); return err },
	} {
		if err := do(access.With(t.Context(), access.Anonymous())); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("anybody may %s: %v", name, err)
		}
	}
}

func TestAKeyMakesOneImport(t *testing.T) {
	f := newFixture(t)
	r := Request{Layer: "pond", Filename: "a.zip", Size: 10, Key: "2026-11"}
	first, created, err := f.queue.Create(f.ctx, r)
	if err != nil || !created {
		t.Fatalf("%v, %v", created, err)
	}
	if again, created, err := f.queue.Create(f.ctx, r); err != nil || created || again.ID != first.ID {
		t.Errorf("asked again: %+v, %v, %v", again, created, err)
	}
	r.Size = 11
	if _, _, err := f.queue.Create(f.ctx, r); !errors.Is(err, ErrKeyReused) {
		t.Errorf("asked for another with the same key: %v", err)
	}
	if other, created, err := f.queue.Create(access.With(t.Context(), access.Operator("other")), r); err != nil || !created || other.ID == first.ID {
		t.Errorf("somebody else's key: %+v, %v, %v", other, created, err)
	}
}

func TestFileNamesDoNoHarm(t *testing.T) {
	for name, want := range map[string]string{
		"地类图斑.zip": "地类图斑.zip", "../../etc/passwd": "passwd", `C:\红线\a b.txt`: "a b.txt", "..": "upload", "": "upload",
		"a\x00b\n.gpkg": "a_b_.gpkg", ".hidden": "hidden", "/vsicurl/http://x/y": "y", "\xff.zip": "_.zip", "{a}.csv": "_a_.csv",
	} {
		if got := safeName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	if got := safeName(strings.Repeat("图", 100) + ".zip"); len([]rune(got)) != 60 || !strings.HasSuffix(got, ".zip") {
		t.Errorf("a long name became %q", got)
	}
}

func TestImportsOfOneLayerFollowOneAnotherAndHoldNoWorker(t *testing.T) {
	f := newFixture(t)
	release := f.hold("pond")
	f.work()
	var ponds []Import
	for i := range 4 {
		ponds = append(ponds, f.submit("pond", file("P", i+1), Options{}))
	}
	f.reaches(ponds[0].ID, Running)
	well := f.submit("well", file("W", 1), Options{})
	f.reaches(well.ID, Done) // three ponds wait, and the second of two workers is free
	for _, waiting := range ponds[1:] {
		if now, err := f.queue.Import(f.ctx, waiting.ID); err != nil || now.State != Queued {
			t.Errorf("%+v, %v", now, err)
		}
	}
	release()
	for i, one := range ponds {
		if done := f.reaches(one.ID, Done); *done.Version != i+1 {
			t.Errorf("delivery %d became version %d", i+1, *done.Version)
		}
	}
	f.healthy()
}

func TestImportsTakeNoConnectionFromThoseWhoLook(t *testing.T) {
	f := newFixture(t)
	f.hold("pond")
	f.hold("well") // these two are taken by the test itself
	f.work()
	var last Import
	for range 5 {
		f.submit("pond", file("P", 1), Options{})
		last = f.submit("well", file("W", 1), Options{})
	}
	f.becomes(last.ID-1, "queued behind a running one", func(Import) bool {
		running, err := f.queue.List(f.ctx, ListQuery{State: Running, Limit: 10})
		return err == nil && len(running) == 2
	})
	// One that is asked with for a moment is no connection taken.
	f.becomes(last.ID, "queued while the pool that answers requests has all its connections but the test's two", func(Import) bool {
		return f.db.Stat().AcquiredConns() == 2
	})
	if most := f.own.Stat().MaxConns(); f.own.Stat().AcquiredConns() > most || most != int32(Connections(2)) {
		t.Errorf("the imports' own pool: %d of %d", f.own.Stat().AcquiredConns(), most)
	}
}

func TestAFaultIsToldInBothLanguages(t *testing.T) {
	f := newFixture(t)
	f.work()
	one := f.submit("pond", "this is no map", Options{})
	failed := f.reaches(one.ID, Failed)
	if failed.Problem == nil || failed.Problem.Code == "" || failed.Problem.ZH == "" || failed.Problem.EN == "" || failed.Problem.Code == "internal" {
		t.Errorf("%+v", failed.Problem)
	}
	f.healthy()
}

func TestADryRunMakesNoVersion(t *testing.T) {
	f := newFixture(t)
	f.work()
	done := f.reaches(f.submit("pond", file("P", 3), Options{DryRun: true}).ID, Done)
	if versions, err := f.store.Versions(f.ctx, "pond"); err != nil || len(versions) > 0 || done.Version != nil || len(done.Report) == 0 {
		t.Errorf("%+v, %v, %v", done, versions, err)
	}
	f.healthy()
}

func TestCancelling(t *testing.T) {
	f := newFixture(t)
	release := f.hold("pond")
	f.work()
	running, waiting := f.submit("pond", file("P", 1), Options{}), f.submit("pond", file("Q", 1), Options{})
	uploading := f.create("pond", "abc", Options{})
	f.reaches(running.ID, Running)
	for _, id := range []int64{uploading.ID, waiting.ID} {
		if one, err := f.queue.Cancel(f.ctx, id); err != nil || one.State != Cancelled {
			t.Errorf("cancelling what waits: %+v, %v", one, err)
		}
	}
	if one, err := f.queue.Cancel(f.ctx, running.ID); err != nil || !one.Cancel {
		t.Errorf("cancelling what runs: %+v, %v", one, err)
	}
	f.reaches(running.ID, Cancelled)
	if one, err := f.queue.Cancel(f.ctx, running.ID); err != nil || one.State != Cancelled {
		t.Errorf("cancelling twice: %+v, %v", one, err)
	}
	next := f.submit("pond", file("R", 1), Options{})
	release()
	f.reaches(next.ID, Done)
	f.healthy()
}

func TestAWaiterHearsOfChanges(t *testing.T) {
	f := newFixture(t)
	watcher := NewWatcher(f.queue)
	ctx, stop := context.WithCancel(context.Background())
	one := f.create("pond", "x", Options{})
	changes, unsubscribe := watcher.Subscribe(one.ID)
	defer unsubscribe()
	go watcher.Watch(ctx)
	select {
	case <-changes: // the watcher listens
	case <-time.After(5 * time.Second):
		t.Fatal("the watcher does not listen")
	}
	if _, err := f.queue.Cancel(f.ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changes:
	case <-time.After(5 * time.Second):
		t.Error("nothing was heard of a change")
	}
	stop()
	<-watcher.Ended()
}
