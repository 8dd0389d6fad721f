package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/beidou"
	"onemap/spatial/cells"
)

// Four micro-grids of two small grids round 云城区, 0.01° wide each, in a county.
const (
	countyFile = `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"445302","name":"云城区","level":"county","parent":"445300"},
		"geometry":{"type":"Polygon","coordinates":[[[112.00,22.90],[112.05,22.90],[112.05,22.92],[112.00,22.92],[112.00,22.90]]]}}]}`
	smallFile = `{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"code":"44530200100101","name":"第1小网格","parent":"445302","worker_name":"李四光","worker_phone":"10012345678"},"geometry":{"type":"Polygon","coordinates":[[[112.00,22.90],[112.02,22.90],[112.02,22.92],[112.00,22.92],[112.00,22.90]]]}},
		{"type":"Feature","properties":{"code":"44530200100102","name":"第2小网格","parent":"445302"},"geometry":{"type":"Polygon","coordinates":[[[112.02,22.90],[112.04,22.90],[112.04,22.92],[112.02,22.92],[112.02,22.90]]]}}]}`
	microFile = `{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"code":"44530200100101001","name":"微网格\"1\"","parent":"44530200100101","population":120,"liaison_name":"张小明","liaison_phone":"10087654321"},"geometry":{"type":"Polygon","coordinates":[[[112.00,22.90],[112.01,22.90],[112.01,22.92],[112.00,22.92],[112.00,22.90]]]}},
		{"type":"Feature","properties":{"code":"44530200100101002","name":"微网格2","parent":"44530200100101"},"geometry":{"type":"Polygon","coordinates":[[[112.01,22.90],[112.02,22.90],[112.02,22.92],[112.01,22.92],[112.01,22.90]]]}},
		{"type":"Feature","properties":{"code":"44530200100102001","name":"微网格3","parent":"44530200100102"},"geometry":{"type":"Polygon","coordinates":[[[112.02,22.90],[112.03,22.90],[112.03,22.92],[112.02,22.92],[112.02,22.90]]]}},
		{"type":"Feature","properties":{"code":"44530200100102002","name":"微网格4","parent":"44530200100102"},"geometry":{"type":"Polygon","coordinates":[[[112.03,22.90],[112.04,22.90],[112.04,22.92],[112.03,22.92],[112.03,22.90]]]}}]}`
)

// newGrid is a service with grid cells, indexed.
func newGrid(t *testing.T) *service {
	t.Helper()
	s := newService(t)
	operator := access.With(t.Context(), access.Operator("test"))
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Define(operator, defs); err != nil {
		t.Fatal(err)
	}
	for layer, text := range map[string]string{"division_county": countyFile, "grid_small": smallFile, "grid_micro": microFile} {
		file := filepath.Join(t.TempDir(), layer+".geojson")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Publish: true, Unchecked: true}); err != nil {
			t.Fatal(err)
		}
	}
	watcher := s.parts.Catalogue.(*layers.Watcher)
	if err := watcher.Reload(operator); err != nil {
		t.Fatal(err)
	}
	follower := follow.New(watcher, cells.Layers(), func(ctx context.Context, c *layers.Catalogue, last *cells.Index) (*cells.Index, error) {
		return cells.Load(ctx, s.parts.DB, c, last)
	}, nil)
	if err := follower.Refresh(operator); err != nil {
		t.Fatal(err)
	}
	s.parts.Cells = follower
	s.restart()
	return s
}

func TestLocateOverHTTP(t *testing.T) {
	s := newGrid(t)
	place := s.json(s.get("/api/v1/grid/locate?lon=112.005&lat=22.91"), http.StatusOK)
	cell := place["cell"].(map[string]any)
	chain := place["chain"].([]any)
	code, err := beidou.Encode(orb.Point{112.005, 22.91}, 8)
	if err != nil {
		t.Fatal(err)
	}
	if cell["code"] != "44530200100101001" || cell["name"] != `微网格"1"` || len(chain) != 2 || chain[1].(map[string]any)["name"] != "云城区" || place["beidou"] != code {
		t.Errorf("%v", place)
	}
	if border := place["border_m"].(float64); border < 512 || border > 514 { // half of 0.01° of longitude
		t.Errorf("%v m to the border", border)
	}
	who := func(place map[string]any) string {
		text, err := json.Marshal(place["duty"])
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if masked := who(place); !strings.Contains(masked, "张**") || !strings.Contains(masked, "100****4321") || !strings.Contains(masked, "李**") || strings.Contains(masked, "小明") || strings.Contains(masked, "10012345678") {
		t.Errorf("to anybody: %s", masked)
	}
	if whole := who(s.json(s.get("/api/v1/grid/locate?lon=112.005&lat=22.91", s.bearer()), http.StatusOK)); !strings.Contains(whole, "张小明") || !strings.Contains(whole, "10012345678") {
		t.Errorf("with the right: %s", whole)
	}
	for sentence, c := range map[string]struct{ query, want string }{
		"on a shared border the lowest code":   {"lon=112.01&lat=22.91", "44530200100101001"},
		"on the border of two small grids":     {"lon=112.02&lat=22.90", "44530200100101002"},
		"where there is no micro-grid":         {"lon=112.045&lat=22.91", "445302"},
		"in CGCS2000":                          {"lon=112.015&lat=22.91&crs=4490", "44530200100101002"},
		"in GCJ-02":                            {"lon=112.02008&lat=22.9074&crs=gcj02", "44530200100101002"},
		"in metres":                            {"lon=604130&lat=2534920&crs=4546", "44530200100101002"},
		"in metres with the number of a zone":  {"lon=37604130&lat=2534920&crs=EPSG:4525", "44530200100101002"},
		"with an accuracy of almost no metres": {"lon=112.005&lat=22.91&accuracy=0.5", "44530200100101001"},
	} {
		got := s.json(s.get("/api/v1/grid/locate?"+c.query), http.StatusOK)
		if code := got["cell"].(map[string]any)["code"]; code != c.want {
			t.Errorf("%s: %v, want %s", sentence, code, c.want)
		}
	}
	doubt := s.json(s.get("/api/v1/grid/locate?lon=112.01&lat=22.91&accuracy=50"), http.StatusOK)
	candidates := doubt["candidates"].([]any)
	if p := doubt["probability"].(float64); p < 0.499 || p > 0.501 || len(candidates) != 2 || doubt["elsewhere"].(float64) > 1e-5 {
		t.Errorf("on the border of two: %v", doubt)
	}
}

func TestLocateRefuses(t *testing.T) {
	s := newGrid(t)
	for sentence, c := range map[string]struct {
		query  string
		status int
		code   string
		field  string
		says   string // among what the detail says
	}{
		"no longitude":                {"lat=22.9", 400, "bad-request", "lon", "必须给出"},
		"no latitude":                 {"lon=112", 400, "bad-request", "lat", "必须给出"},
		"not a number":                {"lon=NaN&lat=22.9", 400, "bad-request", "lon", "十进制数"},
		"infinite":                    {"lon=112&lat=Inf", 400, "bad-request", "lat", "十进制数"},
		"a NUL":                       {"lon=112%00&lat=22.9", 400, "bad-request", "lon", "空字符"},
		"91°":                         {"lon=112&lat=91", 400, "bad-request", "lat", "-90 至 90"},
		"181°":                        {"lon=181&lat=22", 400, "bad-request", "lon", "-180 至 180"},
		"turned round":                {"lon=22.91&lat=112.005", 400, "bad-request", "lon", "交换 lon 与 lat 后位于"},
		"turned round in metres":      {"lon=2534920&lat=604130&crs=4546", 400, "bad-request", "lon", "交换 lon 与 lat 后位于"},
		"metres without a system":     {"lon=604130&lat=2534920", 400, "bad-request", "lon", "crs=4546"},
		"a zone in the wrong system":  {"lon=37604130&lat=2534920&crs=4546", 400, "bad-request", "lon", "crs=4525"},
		"an unknown system":           {"lon=112&lat=22.9&crs=1234", 400, "bad-request", "crs", "坐标系"},
		"an older datum":              {"lon=112&lat=22.9&crs=4610", 400, "bad-request", "crs", "坐标系"},
		"an unknown parameter":        {"lon=112&lat=22.9&radius=5", 400, "bad-request", "radius", "未知参数"},
		"a parameter twice":           {"lon=112&lon=112&lat=22.9", 400, "bad-request", "lon", "一次"},
		"an accuracy below nothing":   {"lon=112&lat=22.9&accuracy=-1", 400, "bad-request", "accuracy", "0 至 5000"},
		"an accuracy of a country":    {"lon=112&lat=22.9&accuracy=1e9", 400, "bad-request", "accuracy", "0 至 5000"},
		"an accuracy that is none":    {"lon=112&lat=22.9&accuracy=NaN", 400, "bad-request", "accuracy", ""},
		"outside":                     {"lon=113&lat=23", 404, "outside-grid", "", "最近的是"},
		"outside, but not in GCJ-02":  {"lon=112.0545&lat=22.9074", 404, "outside-grid", "", "crs=gcj02"},
		"the other side of the world": {"lon=-68&lat=-22.9", 404, "outside-grid", "", "最近的是"},
		"a pole":                      {"lon=0&lat=90", 404, "outside-grid", "", "最近的是"},
	} {
		a := s.get("/api/v1/grid/locate?" + c.query)
		s.wantProblem(a, c.status, c.code)
		p := s.json(a, c.status)
		if field, _ := p["field"].(string); field != c.field || !strings.Contains(p["detail"].(string), c.says) {
			t.Errorf("%s: field %q, %v", sentence, field, p["detail"])
		}
		if c.status == 404 && (p["nearest"] == nil || p["distance_m"].(float64) <= 0) {
			t.Errorf("%s: %v", sentence, p)
		}
	}
}

// TestLinesAreAnsweredAsTheyCome sends each line after the answer to the one before.
func TestLinesAreAnsweredAsTheyCome(t *testing.T) {
	s := newGrid(t)
	body, lines := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/api/v1/grid/locate", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	go func() { _, _ = io.WriteString(lines, "[112.005, 22.91]\n") }() // the request fails where it does
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close() //nolint:errcheck // it was read
	answers := bufio.NewReader(got.Body)
	for i, code := range []string{"44530200100101001", "44530200100101002", "44530200100102001"} {
		if i > 0 {
			if _, err := fmt.Fprintf(lines, "[112.0%d5, 22.91]\n", i); err != nil {
				t.Fatal(err)
			}
		}
		if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, code) {
			t.Fatalf("line %d: %s, %v", i+1, line, err)
		}
	}
	if err := lines.Close(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(answers); err != nil || len(rest) != 0 {
		t.Errorf("after the end: %s, %v", rest, err)
	}
}

func TestLocateManyOverHTTP(t *testing.T) {
	s := newGrid(t)
	got := s.json(s.do("POST", "/api/v1/grid/locate", `[[112.005, 22.91], {"lat": 22.91, "lon": 112.035, "id": "学校"}, {"lon": 113, "lat": 23, "id": 7}]`, "Content-Type: application/json"), http.StatusOK)
	results := got["results"].([]any)
	one := func(i int) map[string]any { return results[i].(map[string]any) }
	if len(results) != 3 || one(0)["code"] != "44530200100101001" || one(0)["name"] != `微网格"1"` || one(1)["code"] != "44530200100102002" || one(1)["id"] != "学校" ||
		one(2)["code"] != nil || one(2)["id"] != 7.0 || one(2)["nearest"] != "445302" || got["versions"].(map[string]any)["grid_micro"] != 1.0 {
		t.Errorf("%v", got)
	}
	// What one lookup says, many say too.
	single := s.json(s.get("/api/v1/grid/locate?lon=112.035&lat=22.91"), http.StatusOK)
	if single["beidou"] != one(1)["beidou"] || fmt.Sprint(one(1)["chain"]) != "[44530200100102 445302]" {
		t.Errorf("%v, but alone %v", one(1), single)
	}
	a := s.do("POST", "/api/v1/grid/locate?crs=4490", "[112.005, 22.91]\n\n{\"lon\": 22.91, \"lat\": 112.005, \"id\": 1}\nnonsense\n[112.015, 22.91]", "Content-Type: application/x-ndjson; charset=utf-8")
	lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
	if a.status != 200 || len(lines) != 4 || !strings.Contains(lines[0], "44530200100101001") || !strings.Contains(lines[1], "交换") || !strings.Contains(lines[2], `"field":"[2]"`) || !strings.Contains(lines[3], "44530200100101002") {
		t.Errorf("%d: %s", a.status, a.body)
	}
	if v := a.header.Get("Grid-Versions"); v != `{"division_county":1,"grid_micro":1,"grid_small":1}` {
		t.Errorf("versions %s", v)
	}
	many := "[" + strings.Repeat("[112.005,22.91],", maxPoints-1) + "[112.005,22.91]]"
	if got := s.json(s.do("POST", "/api/v1/grid/locate", many, "Content-Type: application/json"), http.StatusOK); len(got["results"].([]any)) != maxPoints {
		t.Errorf("%d results", len(got["results"].([]any)))
	}
	for sentence, c := range map[string]struct {
		body, kind string
		status     int
		field      string
	}{
		"a position that is turned round": {"[[112.005,22.91],[22.91,112.005]]", "application/json", 400, "[1].lon"},
		"91°":                             {"[[112.005,91]]", "application/json", 400, "[0].lat"},
		"a form":                          {"lon=1", "application/x-www-form-urlencoded", 400, "Content-Type"},
		"nothing":                         {"", "application/json", 400, "[0]"},
		"too many":                        {"[[1,2]," + many[1:], "application/json", 400, "[10000]"},
		"20 MB":                           {"[" + strings.Repeat(" ", 20<<20) + "]", "application/json", 413, "(body)"},
		"deep":                            {strings.Repeat("[", 100_000), "application/json", 400, "[0].lon"},
	} {
		a := s.do("POST", "/api/v1/grid/locate", c.body, "Content-Type: "+c.kind)
		p := s.json(a, c.status)
		if field, _ := p["field"].(string); field != c.field {
			t.Errorf("%s: %v", sentence, p)
		}
	}
}

func TestCellsOverHTTP(t *testing.T) {
	s := newGrid(t)
	f := s.json(s.get("/api/v1/grid/cells/44530200100101002"), http.StatusOK)
	p := f["properties"].(map[string]any)
	around := p["neighbours"].([]any)
	if f["type"] != "Feature" || p["parent"].(map[string]any)["code"] != "44530200100101" || len(around) != 2 || around[0].(map[string]any)["code"] != "44530200100101001" || len(p["children"].([]any)) != 0 {
		t.Errorf("%v", f)
	}
	if shared := around[0].(map[string]any)["shared_m"].(float64); shared < 2214 || shared > 2216 {
		t.Errorf("%v m of border", shared)
	}
	if area := p["area_m2"].(float64); area < 2.270e6 || area > 2.275e6 {
		t.Errorf("%v m²", area)
	}
	small := s.json(s.get("/api/v1/grid/cells/44530200100101"), http.StatusOK)["properties"].(map[string]any)
	if children := small["children"].([]any); len(children) != 2 || children[0].(map[string]any)["code"] != "44530200100101001" {
		t.Errorf("%v", small)
	}
	metres := s.json(s.get("/api/v1/grid/cells/445302?crs=4546"), http.StatusOK)
	x := metres["geometry"].(map[string]any)["coordinates"].([]any)[0].([]any)[0].([]any)[0].([]any)[0].(float64)
	if metres["crs"] != "EPSG:4546" || x < 602_000 || x > 608_000 {
		t.Errorf("%v, %v", metres["crs"], x)
	}
	page := s.json(s.get("/api/v1/grid/cells?bbox=112.005,22.905,112.035,22.91&limit=3"), http.StatusOK)
	links := page["links"].([]any)
	if page["numberReturned"] != 3.0 || len(links) != 1 {
		t.Fatalf("%v", page)
	}
	rest := s.json(s.get(links[0].(map[string]any)["href"].(string)), http.StatusOK)
	if rest["numberReturned"] != 1.0 || rest["features"].([]any)[0].(map[string]any)["id"] != "44530200100102002" || len(rest["links"].([]any)) != 0 {
		t.Errorf("%v", rest)
	}
	if got := s.json(s.get("/api/v1/grid/cells?bbox=603000,2534000,603001,2534001&crs=4546&layer=grid_small"), http.StatusOK); got["numberReturned"] != 1.0 {
		t.Errorf("%v", got)
	}
	for sentence, c := range map[string]struct {
		address string
		status  int
		code    string
	}{
		"an unknown code":           {"/api/v1/grid/cells/4453", 404, "unknown-cell"},
		"a NUL":                     {"/api/v1/grid/cells/4453%00/summary", 400, "bad-request"},
		"no rectangle":              {"/api/v1/grid/cells", 400, "bad-request"},
		"three numbers":             {"/api/v1/grid/cells?bbox=1,2,3", 400, "bad-request"},
		"a rectangle turned round":  {"/api/v1/grid/cells?bbox=112,23,111,22", 400, "bad-request"},
		"a rectangle of no numbers": {"/api/v1/grid/cells?bbox=NaN,NaN,NaN,NaN", 400, "bad-request"},
		"axes turned round":         {"/api/v1/grid/cells?bbox=22,112,23,113", 400, "bad-request"},
		"a layer that isn't cells":  {"/api/v1/grid/cells?bbox=112,22,113,23&layer=pond", 400, "bad-request"},
		"a layer nobody may read":   {"/api/v1/grid/cells/445302/summary?layers=well", 401, "unauthenticated"},
		"a layer there isn't":       {"/api/v1/grid/cells/445302/summary?layers=moon", 404, "unknown-layer"},
	} {
		t.Run(sentence, func(t *testing.T) {
			one := *s
			one.t = t
			one.wantProblem(one.get(c.address), c.status, c.code)
		})
	}
}

// The ponds of the fixture are east of the grid; one of their own is laid over it.
func TestSummaryOverHTTP(t *testing.T) {
	s := newGrid(t)
	operator := access.With(t.Context(), access.Operator("test"))
	file := filepath.Join(t.TempDir(), "pond.geojson")
	text := `{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"code":"A"},"geometry":{"type":"Polygon","coordinates":[[[112.005,22.905],[112.015,22.905],[112.015,22.915],[112.005,22.915],[112.005,22.905]]]}},
		{"type":"Feature","properties":{"code":"B"},"geometry":{"type":"Polygon","coordinates":[[[112.01,22.905],[112.012,22.905],[112.012,22.907],[112.01,22.907],[112.01,22.905]]]}}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: "pond", Publish: true, Unchecked: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.parts.Catalogue.(*layers.Watcher).Reload(operator); err != nil {
		t.Fatal(err)
	}
	ponds := func(code, query string, headers ...string) map[string]any {
		t.Helper()
		for _, one := range s.json(s.get("/api/v1/grid/cells/"+code+"/summary"+query, headers...), http.StatusOK)["layers"].([]any) {
			if l := one.(map[string]any); l["layer"] == "pond" {
				return l
			}
		}
		t.Fatal("no ponds")
		return nil
	}
	var half float64
	if err := s.parts.DB.QueryRow(operator, "SELECT ST_Area('SRID=4490;POLYGON((112.005 22.905, 112.01 22.905, 112.01 22.915, 112.005 22.915, 112.005 22.905))'::geography)").Scan(&half); err != nil {
		t.Fatal(err)
	}
	// B only touches the first cell and isn't counted there.
	if got := ponds("44530200100101001", ""); got["count"] != 1.0 || got["area_m2"].(float64)-half > 0.01 || half-got["area_m2"].(float64) > 0.01 || got["version"] != 2.0 {
		t.Errorf("%v, want %v m²", got, half)
	}
	if got := ponds("44530200100101002", ""); got["count"] != 2.0 {
		t.Errorf("%v", got)
	}
	if got := ponds("445302", ""); got["count"] != 2.0 || got["area_m2"] != nil {
		t.Errorf("a county unasked: %v", got)
	}
	if got := ponds("445302", "?layers=pond"); got["area_m2"] == nil {
		t.Errorf("a county asked: %v", got)
	}
	if whole := string(s.get("/api/v1/grid/cells/445302/summary", s.bearer()).body); !strings.Contains(whole, `"well"`) {
		t.Errorf("with every right there are no wells: %s", whole)
	}
	if open := string(s.get("/api/v1/grid/cells/445302/summary").body); strings.Contains(open, `"well"`) {
		t.Errorf("wells are told to anybody: %s", open)
	}
}

func TestReadyTellsOfTheIndex(t *testing.T) {
	s := newGrid(t)
	index := s.json(s.get("/readyz"), http.StatusOK)["indexes"].(map[string]any)["cells"].(map[string]any)
	if index["loaded"] != true || index["current"] != true || index["cells"] != 7.0 || index["age_seconds"] == nil || index["versions"].(map[string]any)["grid_micro"] != 1.0 {
		t.Errorf("%v", index)
	}
	s.parts.Cells = follow.New(s.parts.Catalogue.(*layers.Watcher), nil, func(context.Context, *layers.Catalogue, *cells.Index) (*cells.Index, error) { return nil, nil }, nil)
	s.restart()
	s.wantProblem(s.get("/readyz"), http.StatusServiceUnavailable, "index-loading")
	s.wantProblem(s.get("/api/v1/grid/locate?lon=112&lat=22.9"), http.StatusServiceUnavailable, "index-loading")
}

func TestAPlaceIsWrittenAsEncodingJSONWouldWriteIt(t *testing.T) {
	people := int64(120)
	for sentence, p := range map[string]*cells.Place{
		"nothing but a position": {Position: orb.Point{112.005, -22.9}, Chain: []cells.Named{}, Duty: []cells.Duty{}, Versions: map[string]int{}},
		"all there can be": {
			Position: orb.Point{112.0050000001, 22.91}, Cell: cells.Named{Code: "1", Name: "微网格\"1\"\n\\", Layer: "grid_micro", Tier: "微网格", TierEN: "Micro grids"},
			Chain: []cells.Named{{Code: "2"}, {Code: "3"}}, Population: &people,
			Duty:   []cells.Duty{{Role: "liaison", Title: "联络员", Cell: "1", Name: "张**", Phone: "138****1234", Masked: true}, {Role: "responsible", Name: "中心"}},
			BeiDou: "N49F", BorderM: 0.001, Versions: map[string]int{"grid_small": 2, "grid_micro": 1},
			Doubt: &cells.Doubt{AccuracyM: 50, Probability: 0.000001, Candidates: []cells.Candidate{{Code: "1", Name: "a", Probability: 0.5}, {Code: "2", Probability: 1}}, Elsewhere: 0.5},
		},
	} {
		var got, want any
		text, err := json.Marshal(p)
		if err == nil {
			err = json.Unmarshal(text, &want)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(appendPlace(nil, p), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, %v; want %s", sentence, appendPlace(nil, p), err, text)
		}
	}
}
