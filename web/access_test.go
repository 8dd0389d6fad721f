package web

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"onemap/access"
)

// open are the routes that anybody may use. A new route is shut until it is
// put here on purpose.
var open = []string{
	"POST /api/v1/sessions", // who has a code is nobody yet
	"GET /tiles/{layers}/report.json", "GET /tiles/{grid}/{layers}/report.json", "GET /tiles/{layer}.pmtiles",
	"GET /services/page.js", "GET /services/{product}/", "GET /services/{product}/style.json", "GET /services/{product}/tiles.json", "GET /services/{product}/tiles/{z}/{x}/{y}.mvt",
	"GET /services/{product}/thumbnail.png", "GET /services/{product}/wmts", "GET /services/{product}/wmts/1.0.0/WMTSCapabilities.xml", "GET /services/{product}/wms",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.png", "GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.jpg", "GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}.mvt",
	"GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.json", "GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.txt", "GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}.html",
	"GET /api/v1/products/{product}/registration.json", "GET /api/v1/products/{product}/registration.xlsx", "GET /api/v1/products/{product}/registration.zip",
	"GET /tiles/{layers}/report.json", "GET /tiles/{grid}/{layers}/report.json", "GET /tiles/{layer}.pmtiles", "GET /tiles/{grid}/{layer}.pmtiles",
	"GET /api/v1/quality", "GET /api/v1/quality/export", "GET /api/v1/quality/{layer}",
	"GET /healthz", "GET /readyz", "GET /api/v1/sessions/current", "GET /metrics", "GET /openapi.json", "GET /api/v1/info", "GET /api/v1/layers",
	"GET /healthz", "GET /readyz", "GET /api/v1/sessions/current", "DELETE /api/v1/sessions/current", "GET /metrics", "GET /openapi.json", "GET /api/v1/info", "GET /api/v1/layers",
	"GET /api/v1/layers/{layer}", "GET /api/v1/layers/{layer}/features", "GET /api/v1/layers/{layer}/features/{fid}",
	"GET /api/v1/layers/{layer}/versions", "GET /api/v1/dictionaries/{dictionary}", "GET /api/v1/identify", "GET /api/v1/style.json",
	"GET /api/v1/styles", "GET /api/v1/styles/{layer}", "GET /api/v1/styles/{layer}/versions", "GET /api/v1/styles/{layer}/versions/{number}",
	"GET /api/v1/layers/{layer}/table", "GET /api/v1/layers/{layer}/table/statistics", "POST /api/v1/buffer", "POST /api/v1/links", "GET /api/v1/links/{link}",
	"GET /api/v1/terrain", "GET /api/v1/elevation", "POST /api/v1/elevation/profile", "GET /terrain/{model}.json", "GET /terrain/{model}/{z}/{x}/{y}.png",
	"GET /api/v1/nearest", "GET /api/v1/within", "POST /api/v1/within", "POST /api/v1/overlay", "GET /api/v1/summarize",
	"POST /api/v1/compliance", "GET /api/v1/compliance/{check}", "GET /api/v1/compliance/{check}/report.html", "GET /api/v1/compliance/{check}/report.xlsx",
	"GET /api/v1/compliance/{check}/pieces.geojson", "GET /api/v1/compliance/{check}/pieces.zip", "GET /api/v1/rule-sets", "GET /api/v1/rule-sets/{set}",
	"GET /api/v1/risk", "POST /api/v1/risk/exposure", "POST /api/v1/risk/rain", "GET /api/v1/warnings", "GET /api/v1/warnings/events", "GET /api/v1/warnings/kinds", "GET /api/v1/warnings/{warning}.cap", "GET /api/v1/warnings/{warning}",
	"GET /api/v1/products", "GET /api/v1/products/indicator", "GET /api/v1/products/{product}", "GET /api/v1/products/{product}/versions",
	"GET /api/v1/products/{product}/versions/{version}", "GET /api/v1/products/{product}/statistics",
	"GET /api/v1/search", "GET /api/v1/route/river-chief", "GET /api/v1/route/forest-chief",
	"GET /api/v1/sheets", "POST /api/v1/sheets", "POST /api/v1/sheets/plan", "POST /api/v1/sheets/preview", "POST /api/v1/products/{product}/sheets", "GET /api/v1/sheets/{sheet}", "DELETE /api/v1/sheets/{sheet}",
	"GET /api/v1/sheets/{sheet}/events", "GET /api/v1/sheets/{sheet}/content",
	"GET /tiles/{layers}.json", "GET /tiles/{layers}/{z}/{x}/{y}.mvt",
	"GET /tiles/{grid}/{layers}.json", "GET /tiles/{grid}/{layers}/{z}/{x}/{y}.mvt", "GET /tileMatrixSets", "GET /tileMatrixSets/{grid}",
	"GET /api/v1/grid/locate", "POST /api/v1/grid/locate", "GET /api/v1/grid/cells", "GET /api/v1/grid/cells/{code}", "GET /api/v1/grid/cells/{code}/summary", "GET /api/v1/grid/cells/{code}/pack",
	"GET /api/v1/grid/codes/{scheme}/encode", "GET /api/v1/grid/codes/{scheme}/decode", "GET /api/v1/grid/codes/{scheme}/neighbours", "POST /api/v1/grid/codes/{scheme}/cover",
	"GET /api/v1/coordinates/convert", "POST /api/v1/coordinates/convert",
}

// TestEveryRouteNamesItsRight walks the router: nothing is reachable that is
// not in the table, everything in the table names a right, and who lacks it is
// turned away on every method and spelling.
func TestEveryRouteNamesItsRight(t *testing.T) {
	s := newService(t)
	inner := &server{Parts: s.parts, config: Config{}.withDefaults()}
	router, err := inner.router()
	if err != nil {
		t.Fatal(err)
	}
	rights := map[string]access.Right{}
	for _, one := range inner.routes() {
		rights[one.method+" "+one.path] = one.right
	}
	walked := 0
	err = router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		walked++
		name := r.GetName()
		right, ok := rights[name]
		if !ok || right == "" {
			t.Errorf("route %q names no right", name)
			return nil
		}
		method, path, _ := strings.Cut(name, " ")
		address := strings.NewReplacer("{layer}", "pond", "{layers}", "pond", "{grid}", "w", "{number}", "1", "{fid}", "1", "{row}", "1", "{dictionary}", "kind", "{import}", "1", "{export}", "1", "{incident}", "1", "{photo}", "1", "{warning}", "1", "{product}", "ponds", "{model}", "ground", "{version}", "1", "{z}", "10", "{x}", "830", "{y}", "445").Replace(path)
		got := s.do(method, address, "", "Last-Event-ID: none") // else a stream of events would not end
		isOpen := slices.Contains(open, name)
		if shut := got.status == http.StatusUnauthorized; shut == isOpen {
			t.Errorf("%s without a token: %d; open to anybody: %v", name, got.status, isOpen)
		}
		if isOpen {
			return nil
		}
		for _, wrong := range []string{"Authorization: Bearer onemap_wrong", "Authorization: Basic eDp5", "Authorization: Bearer "} {
			if got := s.do(method, address, "", wrong); got.status != http.StatusUnauthorized {
				t.Errorf("%s with %q: %d, want 401", name, wrong, got.status)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if walked != len(rights) {
		t.Errorf("the router has %d routes, the table %d", walked, len(rights))
	}
}

func TestOtherSpellingsOpenNothing(t *testing.T) {
	s := newService(t)
	for _, address := range []string{
		"/api/v1/layers/pond/rollback/", "/api/v1/layers/pond//rollback", "/api/v1/layers/pond/rollback.json",
		"/api/v1/layers/pond/rollback;x", "/api/v1/layers/../layers/pond/rollback", "/API/v1/layers/pond/rollback", "/api/v1/layers/pond%2Frollback",
	} {
		if got := s.do(http.MethodPost, address, ""); got.status < 300 {
			t.Errorf("POST %s: %d", address, got.status)
		}
	}
	if got := s.do(http.MethodPost, "/api/v1/layers/pond/rollback", "", "X-HTTP-Method-Override: GET"); got.status != http.StatusUnauthorized {
		t.Errorf("a method override: %d", got.status)
	}
}

func TestRoutesWithoutARightAreShutToEverybody(t *testing.T) {
	s := newService(t)
	inner := &server{Parts: s.parts, config: Config{}.withDefaults()}
	forgotten := inner.serve(route{path: "/forgotten", handle: func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusOK)
		return nil
	}})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/forgotten", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	w := &recorded{header: http.Header{}}
	forgotten.ServeHTTP(w, r)
	if w.status != http.StatusForbidden {
		t.Errorf("a route without a right answered %d to a token with every right", w.status)
	}
}

type recorded struct {
	header http.Header
	status int
}

func (w *recorded) Header() http.Header         { return w.header }
func (w *recorded) WriteHeader(status int)      { w.status = status }
func (w *recorded) Write(b []byte) (int, error) { return len(b), nil }

func TestInternalLayersAreShutEverywhere(t *testing.T) {
	s := newService(t)
	for _, address := range []string{
		"/api/v1/layers/well", "/api/v1/layers/well/features", "/api/v1/layers/well/features/1", "/api/v1/layers/well/versions",
		"/tiles/well.json", "/tiles/well/12/3323/1780.mvt", "/tiles/pond,well/12/3323/1780.mvt",
		"/api/v1/identify?lon=112.09&lat=22.91&layers=pond,well",
		"/api/v1/nearest?lon=112.09&lat=22.91&layer=well", "/api/v1/within?lon=112.09&lat=22.91&radius=10&layers=pond,well",
	} {
		s.wantProblem(s.get(address), http.StatusUnauthorized, "unauthenticated")
		if got := s.get(address, s.bearer()); got.status != http.StatusOK {
			t.Errorf("%s with a token: %d %s", address, got.status, got.body)
		}
	}
	for _, address := range []string{"/api/v1/layers", "/api/v1/style.json"} {
		if got := s.get(address); strings.Contains(string(got.body), "well") {
			t.Errorf("%s tells anybody of an internal layer", address)
		}
		if got := s.get(address, s.bearer()); !strings.Contains(string(got.body), "well") {
			t.Errorf("%s hides it from who may read it", address)
		}
	}
	if got := s.get("/tiles/well/12/3323/1780.mvt", s.bearer()); !strings.HasPrefix(got.header.Get("Cache-Control"), "private") {
		t.Errorf("an internal tile may be kept by shared caches: %q", got.header.Get("Cache-Control"))
	}
}

func TestTheDescriptionHasTheRoutersAddresses(t *testing.T) {
	var doc struct {
		Paths map[string]map[string]struct {
			Security   []any `json:"security"`
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	variable := regexp.MustCompile(`\{(\w+)\}`)
	for path, operations := range doc.Paths {
		for method, operation := range operations {
			name := strings.ToUpper(method) + " " + path
			described[name] = true
			var inPath []string
			for _, p := range operation.Parameters {
				if p.In == "path" {
					inPath = append(inPath, p.Name)
				}
			}
			for _, v := range variable.FindAllStringSubmatch(path, -1) {
				if !slices.Contains(inPath, v[1]) {
					t.Errorf("%s: path parameter %s is not described", name, v[1])
				}
			}
			if shut := len(operation.Security) > 0; shut == slices.Contains(open, name) {
				t.Errorf("%s: described as needing a token: %v", name, shut)
			}
		}
	}
	for _, one := range (&server{}).routes() {
		name := one.method + " " + one.path
		if !described[name] {
			t.Errorf("%s is not described", name)
		}
		delete(described, name)
	}
	for name := range described {
		t.Errorf("%s is described and does not exist", name)
	}
	for _, ref := range regexp.MustCompile(`"#/components/schemas/(\w+)"`).FindAllStringSubmatch(string(openAPI), -1) {
		if _, ok := doc.Components.Schemas[ref[1]]; !ok {
			t.Errorf("schema %s is referred to and not described", ref[1])
		}
	}
}
