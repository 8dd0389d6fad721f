package web

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/incidents"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
	"onemap/products"
	"onemap/products/links"
	"onemap/products/pictures"
	"onemap/spatial/compliance"
	"onemap/spatial/risk"
	"onemap/spatial/warnings"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/styles/versions"
	"onemap/tiles"
)

// service is a running service on a database with two layers: ponds, which are
// open to everybody, and wells, which are internal.
type service struct {
	t     *testing.T
	url   string
	token string // with every right
	store *layers.Store
	queue *jobs.Queue
	parts Parts
}

func testDefinitions() layers.Definitions {
	fields := []layers.Field{
		{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Required: true, InTiles: true},
		{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text, InTiles: true},
	}
	pond := layers.Definition{
		ID: "pond", Theme: "water", Name: "坑塘", NameEN: "Ponds", Geometry: layers.Polygon, Key: []string{"code"}, Label: "name",
		MinZoom: 8, MaxZoom: 14, Sensitivity: layers.Public, Department: "水务局", Source: "test", Fields: fields,
	}
	well := pond
	well.ID, well.Name, well.NameEN, well.Geometry, well.Sensitivity = "well", "水井", "Wells", layers.Point, layers.Internal
	return layers.Definitions{
		Themes:       []layers.Theme{{ID: "water", Name: "水利", NameEN: "Water"}},
		Layers:       []layers.Definition{pond, well},
		Dictionaries: []layers.Dictionary{{ID: "kind", Name: "类", NameEN: "Kind", Source: "test", AsOf: "2026", Entries: []layers.Entry{{Code: "1", Name: "一"}}}},
	}
}

const (
	ponds = `{"type": "FeatureCollection", "features": [
		{"type": "Feature", "properties": {"code": "P1", "name": "金银河"}, "geometry": {"type": "Polygon", "coordinates": [[[112.08, 22.90], [112.10, 22.90], [112.10, 22.92], [112.08, 22.92], [112.08, 22.90]]]}},
		{"type": "Feature", "properties": {"code": "P2", "name": "榃滨"}, "geometry": {"type": "Polygon", "coordinates": [[[112.10, 22.90], [112.12, 22.90], [112.12, 22.92], [112.10, 22.92], [112.10, 22.90]]]}}]}`
	wells = `{"type": "FeatureCollection", "features": [
		{"type": "Feature", "properties": {"code": "W1"}, "geometry": {"type": "Point", "coordinates": [112.09, 22.91]}}]}`
)

func newService(t *testing.T) *service {
	t.Helper()
	db := postgistest.DB(t)
	operator := access.With(t.Context(), access.Operator("test"))
	s := &service{t: t, store: layers.NewStore(db)}
	if err := s.store.Define(operator, testDefinitions()); err != nil {
		t.Fatal(err)
	}
	for layer, text := range map[string]string{"pond": ponds, "well": wells} {
		file := filepath.Join(t.TempDir(), layer+".geojson")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Publish: true}); err != nil {
			t.Fatal(err)
		}
	}
	tokens := access.NewTokens(db)
	var err error
	if s.token, err = tokens.First(operator); err != nil {
		t.Fatal(err)
	}
	watcher, err := layers.NewWatcher(operator, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	watching, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { watcher.Watch(watching); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	archives, err := tiles.NewArchives(db, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	metrics := NewMetrics(db)
	s.parts = Parts{
		DB: db, Store: s.store, Catalogue: watcher, Tokens: tokens, Metrics: metrics, Tiles: tiles.NewBuilder(db, archives, metrics), Archives: archives, Links: links.NewStore(db, links.DefaultMost),
	}
	s.parts.Compliance = compliance.NewOffice(db, s.store, compliance.Rules{
		Sets: []compliance.RuleSet{{ID: "ponds", Version: "1", Name: "坑塘", NameEN: "Ponds", Source: "test", Rules: []compliance.Rule{
			{ID: "pond", Layer: "pond", Name: "占用坑塘", NameEN: "Takes a pond", Relation: compliance.Overlaps, Verdict: compliance.Restricted, ToleranceM2: 1, Basis: "法", Advice: "避让", AdviceEN: "Move"},
			{ID: "well", Layer: "well", Name: "邻近水井", NameEN: "Near a well", Relation: compliance.Near, DistanceM: 100, Verdict: compliance.Notice, Basis: "法", Advice: "避让", AdviceEN: "Move"},
		}}},
		Land: compliance.LandUse{Layer: "pond", Code: "code", Name: "name", Groups: []compliance.LandGroup{{Name: "水", NameEN: "Water", Codes: []string{"P"}}}},
	})
	s.parts.Products, s.parts.ProductCalls = products.NewStore(db), products.NewCalls(db)
	s.parts.Services = ProductServices{
		Studio:   pictures.New(render.New(render.Options{}), pictures.Limits{}),
		Features: func(shown []layers.Layer) render.Source { return stored.New(db, archives, shown) },
	}
	s.prepareImports(operator, db)
	s.prepareExports(operator, archives)
	s.prepareRisks(operator, watcher)
	s.prepareIncidents()
	s.prepareStyles(operator, watcher)
	s.prepareSheets(nil)
	s.restart()
	return s
}

// restart serves the parts as they are now, at another address.
func (s *service) restart() {
	s.t.Helper()
	handler, err := New(Config{Name: "云浮一张图", NameEN: "Yunfu one map", Version: "test"}, s.parts)
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Listener = Parcels(server.Listener, server.Config)
	server.Start()
	s.t.Cleanup(server.Close)
	s.url = server.URL
}

// prepareImports makes the queue of imports, of files up to 1 MiB, and watches it.
func (s *service) prepareImports(ctx context.Context, db *pgxpool.Pool) {
	s.t.Helper()
	if err := jobs.Prepare(ctx, db); err != nil {
		s.t.Fatal(err)
	}
	var err error
	if s.queue, err = jobs.NewQueue(db, s.t.TempDir(), 1<<20); err != nil {
		s.t.Fatal(err)
	}
	watcher := jobs.NewWatcher(s.queue)
	watching, stop := context.WithCancel(context.Background())
	go watcher.Watch(watching)
	s.t.Cleanup(func() { stop(); <-watcher.Ended() })
	s.parts.Imports, s.parts.ImportChanges = s.queue, watcher
}

// prepareRisks keeps the dangers of the real rules in memory; the layers of the
// fixture are none of them.
func (s *service) prepareRisks(ctx context.Context, watcher *layers.Watcher) {
	s.t.Helper()
	rules, rain, err := risk.ReadRules(data.Files)
	if err != nil {
		s.t.Fatal(err)
	}
	set := risk.NewSet(s.parts.DB, rules, watcher, nil)
	if err := set.Refresh(ctx); err != nil {
		s.t.Fatal(err)
	}
	s.parts.Risks, s.parts.RainRules = set, rain
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		s.t.Fatal(err)
	}
	store := warnings.NewStore(s.parts.DB, register, func(ctx context.Context, id string) (layers.Layer, error) { return watcher.Catalogue().Open(ctx, id) })
	board := warnings.NewBoard(s.parts.DB, store, nil)
	if err := board.Refresh(ctx); err != nil {
		s.t.Fatal(err)
	}
	following, stop := context.WithCancel(context.Background())
	go board.Run(following)
	s.t.Cleanup(func() { stop(); <-board.Ended() })
	s.parts.Warnings, s.parts.WarningBoard = store, board
}

// prepareIncidents keeps incidents by the real rules, and people.
func (s *service) prepareIncidents() {
	s.t.Helper()
	rules, err := incidents.ReadRules(data.Files)
	if err != nil {
		s.t.Fatal(err)
	}
	bell := postgis.NewBell(s.parts.DB, incidents.Channel, nil)
	listening, stop := context.WithCancel(context.Background())
	go bell.Run(listening)
	s.t.Cleanup(func() { stop(); <-bell.Ended() })
	s.parts.Users, s.parts.Incidents, s.parts.IncidentBell = access.NewUsers(s.parts.DB, time.Hour), incidents.NewStore(s.parts.DB, rules), bell
}

// prepareStyles keeps the looks of the layers, and follows them.
func (s *service) prepareStyles(ctx context.Context, watcher *layers.Watcher) {
	s.t.Helper()
	store := versions.NewStore(s.parts.DB)
	looks, err := versions.NewWatcher(ctx, store, watcher, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	following, stop := context.WithCancel(context.Background())
	go looks.Run(following)
	s.t.Cleanup(func() { stop(); <-looks.Ended() })
	s.parts.Styles, s.parts.StyleStore = looks, store
}

// work runs imports until the test ends.
func (s *service) work() {
	s.t.Helper()
	worker, err := jobs.NewWorker(s.queue, s.parts.DB, jobs.WorkerOptions{AtOnce: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request; headers are given as "Name: value".
func (s *service) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{got.StatusCode, got.Header, text}
	s.asDescribed(method, path, a)
	return a
}

func (s *service) get(path string, headers ...string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, path, "", headers...)
}

func (s *service) bearer() string { return "Authorization: Bearer " + s.token }

// json decodes an answer that must have the status.
func (s *service) json(a answer, status int) map[string]any {
	s.t.Helper()
	if a.status != status {
		s.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	text := a.body
	if a.header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(text)))
		if err != nil {
			s.t.Fatal(err)
		}
		if text, err = io.ReadAll(z); err != nil {
			s.t.Fatal(err)
		}
	}
	var value map[string]any
	if err := json.Unmarshal(text, &value); err != nil {
		s.t.Fatalf("%v: %s", err, text)
	}
	return value
}

// wantProblem checks that an answer is a problem with that status and code, in
// both languages, with a request id.
func (s *service) wantProblem(a answer, status int, code string) {
	s.t.Helper()
	p := s.json(a, status)
	if p["code"] != code || a.header.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("code %v, content type %q; want %s: %s", p["code"], a.header.Get("Content-Type"), code, a.body)
	}
	if p["request_id"] != a.header.Get("X-Request-Id") || p["detail"] == "" || p["detail_en"] == "" || fmt.Sprint(p["status"]) != fmt.Sprint(status) {
		s.t.Errorf("the problem is incomplete: %s", a.body)
	}
}
