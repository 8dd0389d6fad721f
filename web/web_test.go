package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"onemap/tiles"
)

const pondTile = "/tiles/pond/12/3323/1780.mvt"

func TestATileOverHTTP(t *testing.T) {
	s := newService(t)
	plain := s.get(pondTile)
	if plain.status != http.StatusOK || plain.header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" || plain.header.Get("Content-Encoding") != "" {
		t.Fatalf("%d %v", plain.status, plain.header)
	}
	if decoded, err := mvt.Unmarshal(plain.body); err != nil || len(decoded) != 2 || decoded[1].Name != decoded[0].Name+"_label" || len(decoded[0].Features) != 2 {
		t.Fatalf("decoded: %v, %v", decoded, err)
	}
	zipped := s.get(pondTile, "Accept-Encoding: br, gzip")
	if zipped.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v", zipped.header)
	}
	if decoded, err := mvt.UnmarshalGzipped(zipped.body); err != nil || len(decoded) != 2 {
		t.Fatalf("decoded: %v, %v", decoded, err)
	}
	if plain.header.Get("ETag") == zipped.header.Get("ETag") {
		t.Error("two encodings share one strong validator")
	}
	if refused := s.get(pondTile, "Accept-Encoding: gzip;q=0"); refused.header.Get("Content-Encoding") != "" {
		t.Error("gzip was sent to a client that refuses it")
	}
	if again := s.get(pondTile, "If-None-Match: "+plain.header.Get("ETag")); again.status != http.StatusNotModified || len(again.body) != 0 {
		t.Errorf("with the validator: %d, %d bytes", again.status, len(again.body))
	}
	if empty := s.get("/tiles/pond/12/100/100.mvt"); empty.status != http.StatusNoContent {
		t.Errorf("an empty tile: %d", empty.status)
	}
	if head := s.do(http.MethodHead, pondTile, ""); head.status != http.StatusOK || head.header.Get("Content-Length") == "0" || len(head.body) != 0 {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

func TestTileJSONLeadsToTilesThatMayBeKept(t *testing.T) {
	s := newService(t)
	described := s.json(s.get("/tiles/pond.json"), http.StatusOK)
	if described["tilejson"] != "3.0.0" || described["minzoom"] != 8.0 {
		t.Errorf("%v", described)
	}
	address := described["tiles"].([]any)[0].(string)
	address = strings.NewReplacer("{z}", "12", "{x}", "3323", "{y}", "1780").Replace(address)
	kept := s.get(address)
	if kept.status != http.StatusOK || kept.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%s: %d, %q", address, kept.status, kept.header.Get("Cache-Control"))
	}
	if other := s.get(pondTile + "?v=old"); other.header.Get("Cache-Control") != "public, no-cache" {
		t.Errorf("with an old tag: %q", other.header.Get("Cache-Control"))
	}
}

func TestProblems(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct {
		address string
		status  int
		code    string
	}{
		"an address that is none":               {"/api/v1/nothing", http.StatusNotFound, "no-such-address"},
		"a file that is none":                   {"/assets/nothing.js", http.StatusNotFound, "no-such-address"},
		"a hidden file of the viewer":           {"/.keep", http.StatusNotFound, "no-such-address"},
		"zoom 256":                              {"/tiles/pond/256/0/0.mvt", http.StatusBadRequest, "tile-outside-grid"},
		"an x past the edge":                    {"/tiles/pond/1/2/0.mvt", http.StatusBadRequest, "tile-outside-grid"},
		"words for numbers":                     {"/tiles/pond/a/b/c.mvt", http.StatusBadRequest, "tile-outside-grid"},
		"an unknown layer's tile":               {"/tiles/lake/1/0/0.mvt", http.StatusNotFound, "unknown-layer"},
		"one unknown layer among known":         {"/tiles/pond,lake/1/0/0.mvt", http.StatusNotFound, "unknown-layer"},
		"a layer twice":                         {"/tiles/pond,pond/1/0/0.mvt", http.StatusBadRequest, "bad-layer-list"},
		"an unknown layer":                      {"/api/v1/layers/lake", http.StatusNotFound, "unknown-layer"},
		"SQL in the place of a layer":           {"/api/v1/layers/pond'%20OR%201=1--/features", http.StatusNotFound, "unknown-layer"},
		"a feature number that is no number":    {"/api/v1/layers/pond/features/1%20OR%201=1", http.StatusNotFound, "unknown-feature"},
		"a feature that is not there":           {"/api/v1/layers/pond/features/99", http.StatusNotFound, "unknown-feature"},
		"a limit past the most":                 {"/api/v1/layers/pond/features?limit=10001", http.StatusBadRequest, "bad-request"},
		"a limit without limit":                 {"/api/v1/layers/pond/features?limit=unlimited", http.StatusBadRequest, "bad-request"},
		"a box of three numbers":                {"/api/v1/layers/pond/features?bbox=1,2,3", http.StatusBadRequest, "bad-request"},
		"a box that is upside down":             {"/api/v1/layers/pond/features?bbox=112,23,113,22", http.StatusBadRequest, "bad-request"},
		"a box with NaN":                        {"/api/v1/layers/pond/features?bbox=NaN,22,113,23", http.StatusBadRequest, "bad-request"},
		"a misspelt parameter":                  {"/api/v1/layers/pond/features?bbx=1,2,3,4", http.StatusBadRequest, "bad-request"},
		"a parameter twice":                     {"/api/v1/layers/pond/features?limit=1&limit=2", http.StatusBadRequest, "bad-request"},
		"identify without a place":              {"/api/v1/identify?layers=pond", http.StatusBadRequest, "bad-request"},
		"identify with words":                   {"/api/v1/identify?lon=x&lat=22&layers=pond", http.StatusBadRequest, "bad-request"},
		"identify outside the world":            {"/api/v1/identify?lon=112&lat=122&layers=pond", http.StatusBadRequest, "bad-request"},
		"identify with an endless search":       {"/api/v1/identify?lon=112&lat=22&layers=pond&tolerance=1e9", http.StatusBadRequest, "bad-tolerance"},
		"an unknown dictionary":                 {"/api/v1/dictionaries/none", http.StatusNotFound, "no-such-address"},
		"a query string that cannot be decoded": {"/api/v1/identify?lon=%zz", http.StatusBadRequest, "bad-request"},
	} {
		t.Run(sentence, func(t *testing.T) {
			one := *s
			one.t = t
			one.wantProblem(one.get(c.address), c.status, c.code)
		})
	}
	s.wantProblem(s.do(http.MethodDelete, "/api/v1/layers", ""), http.StatusMethodNotAllowed, "method-not-allowed")
}

func TestTooManyTilesAreRefusedWithATimeToComeBack(t *testing.T) {
	w := httptest.NewRecorder()
	writeProblem(w, httptest.NewRequest(http.MethodGet, "/tiles/pond/1/0/0.mvt", nil), fmt.Errorf("building: %w", tiles.ErrBusy))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "tiles-busy") {
		t.Errorf("%d, %v, %s", w.Code, w.Header(), w.Body)
	}
}

func TestOurOwnFaultsAreToldBare(t *testing.T) {
	p := problemOf(errors.New("password is hunter2"))
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Detail+p.DetailEN, "hunter2") {
		t.Errorf("%+v", p)
	}
}

func TestTheCatalogueOverHTTP(t *testing.T) {
	s := newService(t)
	list := s.json(s.get("/api/v1/layers", "Accept-Encoding: gzip"), http.StatusOK)
	all := list["layers"].([]any)
	if len(all) != 1 {
		t.Fatalf("%v", list)
	}
	pond := all[0].(map[string]any)
	if pond["id"] != "pond" || pond["published_version"] != 1.0 || pond["feature_count"] != 2.0 || len(pond["bounds"].([]any)) != 4 {
		t.Errorf("%v", pond)
	}
	detail := s.json(s.get("/api/v1/layers/pond"), http.StatusOK)
	if len(detail["fields"].([]any)) != 2 || len(detail["versions"].([]any)) != 1 {
		t.Errorf("%v", detail)
	}
	first := s.get("/api/v1/layers")
	if again := s.get("/api/v1/layers", "If-None-Match: "+first.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("with the validator: %d", again.status)
	}
	if d := s.json(s.get("/api/v1/dictionaries/kind"), http.StatusOK); len(d["entries"].([]any)) != 1 {
		t.Errorf("%v", d)
	}
	if info := s.json(s.get("/api/v1/info"), http.StatusOK); info["name"] != "云浮一张图" || info["max_import_bytes"] != float64(1<<20) {
		t.Errorf("%v", info)
	}
	for _, address := range []string{"/healthz", "/readyz", "/openapi.json"} {
		s.json(s.get(address), http.StatusOK)
	}
	if text := string(s.get("/metrics").body); !strings.Contains(text, `onemap_request_seconds_bucket{method="GET",route="/api/v1/layers"`) {
		t.Error("the metrics lack the requests")
	}
}

func TestFeaturesOverHTTP(t *testing.T) {
	s := newService(t)
	first := s.json(s.get("/api/v1/layers/pond/features?limit=1"), http.StatusOK)
	links := first["links"].([]any)
	if first["numberReturned"] != 1.0 || len(links) != 1 {
		t.Fatalf("%v", first)
	}
	second := s.json(s.get(links[0].(map[string]any)["href"].(string)), http.StatusOK)
	feature := second["features"].([]any)[0].(map[string]any)
	if feature["properties"].(map[string]any)["name"] != "榃滨" || len(second["links"].([]any)) != 0 {
		t.Errorf("%v", second)
	}
	one := s.json(s.get("/api/v1/layers/pond/features/1"), http.StatusOK)
	if one["properties"].(map[string]any)["code"] != "P1" {
		t.Errorf("%v", one)
	}
	if geometry := one["geometry"].(map[string]any); len(geometry) != 2 { // RFC 7946 knows no "crs"
		t.Errorf("the geometry has other members than type and coordinates: %v", geometry)
	}
	if none := s.json(s.get("/api/v1/layers/pond/features?bbox=0,0,1,1"), http.StatusOK); len(none["features"].([]any)) != 0 {
		t.Errorf("%v", none)
	}
}

func TestIdentifyOverHTTP(t *testing.T) {
	s := newService(t)
	here := s.json(s.get("/api/v1/identify?lon=112.0901&lat=22.91&layers=pond,well&tolerance=50", s.bearer()), http.StatusOK)
	results := here["results"].([]any)
	if len(results) != 2 {
		t.Fatalf("%v", here)
	}
	pond := results[0].(map[string]any)["features"].([]any)[0].(map[string]any)
	area := pond["measure"].(map[string]any)["area_m2"].(float64)
	// 0.02° by 0.02° at 22.91° N: about 2.05 km by 2.21 km
	if area < 4.53e6 || area > 4.56e6 || pond["properties"].(map[string]any)["code"] != "P1" {
		t.Errorf("%v", pond)
	}
	if border := s.json(s.get("/api/v1/identify?lon=112.10&lat=22.91&layers=pond"), http.StatusOK); len(border["results"].([]any)[0].(map[string]any)["features"].([]any)) != 2 {
		t.Errorf("on the common border: %v", border)
	}
	if far := s.json(s.get("/api/v1/identify?lon=112.0901&lat=22.91&layers=well&tolerance=5", s.bearer()), http.StatusOK); len(far["results"].([]any)) != 0 {
		t.Errorf("10 m from the well, 5 m of tolerance: %v", far)
	}
}

// eventually asks again until the followed catalogue has caught up.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 100 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("two seconds later: %s", what)
}

func TestImportPublishAndRollbackOverHTTP(t *testing.T) {
	s := newService(t)
	one := strings.Replace(ponds, "金银河", "新塘", 1)
	etag := s.get(pondTile).header.Get("ETag")
	s.work()
	if done := s.importFile("pond", "ponds.geojson", one, ""); done["report"].(map[string]any)["accepted"] != 2.0 {
		t.Fatalf("%v", done)
	}
	name := func() string {
		f := s.json(s.get("/api/v1/layers/pond/features/1"), http.StatusOK)
		return f["properties"].(map[string]any)["name"].(string)
	}
	if got := name(); got != "金银河" {
		t.Errorf("a draft shows: %s", got)
	}
	s.json(s.do(http.MethodPost, "/api/v1/layers/pond/versions/2/publish", "", s.bearer()), http.StatusOK)
	eventually(t, "version 2 is not shown", func() bool { return name() == "新塘" })
	if got := s.get(pondTile, "If-None-Match: "+etag); got.status != http.StatusOK {
		t.Errorf("after publishing, the old tile is still called current: %d", got.status)
	}
	s.json(s.do(http.MethodPost, "/api/v1/layers/pond/rollback", "", s.bearer()), http.StatusOK)
	eventually(t, "version 1 is not shown again", func() bool { return name() == "金银河" })
	if got := s.get(pondTile, "If-None-Match: "+etag); got.status != http.StatusNotModified {
		t.Errorf("after rolling back, the first tile is not current again: %d", got.status)
	}
	s.wantProblem(s.do(http.MethodPost, "/api/v1/layers/pond/rollback", "", s.bearer()), http.StatusConflict, "nothing-to-roll-back-to")
	s.wantProblem(s.do(http.MethodPost, "/api/v1/layers/pond/versions/9/publish", "", s.bearer()), http.StatusNotFound, "unknown-version")
	s.json(s.get("/api/v1/layers/pond/versions/2", s.bearer()), http.StatusOK)
}

func TestAHundredClientsOfOneTileCostFewQueries(t *testing.T) {
	s := newService(t)
	var clients sync.WaitGroup
	for range 100 {
		clients.Go(func() {
			if got := s.get(pondTile); got.status != http.StatusOK {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	clients.Wait()
	if in := s.parts.DB.Stat().AcquiredConns(); in > 1 {
		t.Errorf("%d connections are still taken", in)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newService(t)
	for _, address := range []string{"/api/v1/layers", pondTile, "/nothing.js"} {
		h := s.get(address).header
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'self'") || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", address, h)
		}
	}
}
