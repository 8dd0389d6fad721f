package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"onemap/layers"
)

const offsetStream = "Content-Type: application/offset+octet-stream"

// create asks for an import of a text and returns its address.
func (s *service) create(layer, filename, text, options string) string {
	s.t.Helper()
	if options == "" {
		options = "{}"
	}
	body := fmt.Sprintf(`{"layer": %q, "filename": %q, "size": %d, "options": %s}`, layer, filename, len(text), options)
	made := s.do(http.MethodPost, "/api/v1/imports", body, s.bearer())
	s.json(made, http.StatusCreated)
	return made.header.Get("Location")
}

// patch sends bytes of an import's file.
func (s *service) patch(address, text string, offset int) answer {
	s.t.Helper()
	return s.do(http.MethodPatch, address+"/content", text, s.bearer(), offsetStream, "Upload-Offset: "+strconv.Itoa(offset))
}

// importFile imports a text and returns the import when it has ended.
func (s *service) importFile(layer, filename, text, options string) map[string]any {
	s.t.Helper()
	address := s.create(layer, filename, text, options)
	if got := s.patch(address, text, 0); got.status != http.StatusNoContent {
		s.t.Fatalf("%d %s", got.status, got.body)
	}
	return s.ended(address)
}

// ended waits for the end of an import.
func (s *service) ended(address string) map[string]any {
	s.t.Helper()
	var one map[string]any
	for range 400 {
		one = s.json(s.get(address, s.bearer()), http.StatusOK)
		switch one["state"] {
		case "done", "failed", "cancelled":
			return one
		}
		time.Sleep(25 * time.Millisecond)
	}
	s.t.Fatalf("it does not end: %v", one)
	return nil
}

func TestADeliveryOfSeveralLayersOverHTTP(t *testing.T) {
	s := newService(t)
	s.work()
	body := fmt.Sprintf(`{"filename": "坑塘.geojson", "size": %d, "options": {"publish": true}, "manifest": {"note": "x", "by": "a program", "deliveries": [{"layer": "pond"}]}}`, len(ponds))
	made := s.do(http.MethodPost, "/api/v1/imports", body, s.bearer())
	if one := s.json(made, http.StatusCreated); one["kind"] != "delivery" || one["layer"] != "" {
		t.Errorf("%v", one)
	}
	address := made.header.Get("Location")
	if got := s.patch(address, ponds, 0); got.status != http.StatusNoContent {
		t.Fatalf("%d %s", got.status, got.body)
	}
	one := s.ended(address)
	parts, _ := one["parts"].([]any)
	report, _ := one["report"].(map[string]any)
	if one["state"] != "done" || len(parts) != 1 || parts[0].(map[string]any)["published"] != true || len(report["deliveries"].([]any)) != 1 {
		t.Errorf("%v", one)
	}
	for body, status := range map[string]int{
		`{"size": 1, "manifest": {"deliveries": []}}`:                                     http.StatusUnprocessableEntity,
		`{"size": 1, "manifest": {"deliveries": [{"layer": "pond"}, {"layer": "pond"}]}}`: http.StatusUnprocessableEntity,
		`{"size": 1, "manifest": {"deliveries": [{"layer": "pond", "file": "../x"}]}}`:    http.StatusUnprocessableEntity,
		`{"size": 1, "manifest": []}`:                                                     http.StatusBadRequest,
		`{"size": 1, "layer": "pond", "manifest": {"deliveries": [{"layer": "pond"}]}}`:   http.StatusBadRequest,
		`{"size": 1, "options": {"crs": "EPSG:4490"}}`:                                    http.StatusBadRequest,
		`{"size": 1, "manifest": {"deliveries": [{"layer": "moon"}]}}`:                    http.StatusNotFound,
		`{"size": 1, "layer": "pond", "seven_parameters": {"dx": 1}}`:                     http.StatusBadRequest,
	} {
		if got := s.do(http.MethodPost, "/api/v1/imports", body, s.bearer()); got.status != status {
			t.Errorf("%s: %d %s, want %d", body, got.status, got.body, status)
		}
	}
}

func TestAnImportOverHTTP(t *testing.T) {
	s := newService(t)
	s.work()
	address := s.create("pond", "坑塘.geojson", ponds, `{"publish": true}`)
	head := s.do(http.MethodHead, address+"/content", "", s.bearer())
	if head.header.Get("Upload-Offset") != "0" || head.header.Get("Upload-Length") != strconv.Itoa(len(ponds)) || head.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", head.header)
	}
	if got := s.patch(address, ponds[:100], 0); got.status != http.StatusNoContent || got.header.Get("Upload-Offset") != "100" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	wrong := s.patch(address, ponds+"x", 100)
	s.wantProblem(wrong, http.StatusRequestEntityTooLarge, "too-large")
	wrong = s.patch(address, ponds[:10], 0)
	s.wantProblem(wrong, http.StatusConflict, "upload-offset-mismatch")
	if wrong.header.Get("Upload-Offset") != "100" {
		t.Errorf("it does not say where to go on: %v", wrong.header)
	}
	s.wantProblem(s.do(http.MethodPost, address+"/start", "", s.bearer()), http.StatusConflict, "upload-incomplete")
	if got := s.patch(address, ponds[100:], 100); got.status != http.StatusNoContent || got.header.Get("Upload-Offset") != strconv.Itoa(len(ponds)) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	events := s.events(address, "")
	last := events[len(events)-1]
	if last.name != "end" || last.data["state"] != "done" || last.data["version"] != 2.0 || events[0].name != "stage" {
		t.Errorf("%+v", events)
	}
	for i := 1; i < len(events); i++ {
		if events[i].id <= events[i-1].id {
			t.Errorf("event ids do not grow: %+v", events)
		}
	}
	if again := s.get(address+"/events", s.bearer(), "Last-Event-ID: "+strconv.Itoa(last.id)); again.status != http.StatusNoContent {
		t.Errorf("who knows the end hears it again: %d %s", again.status, again.body)
	}
	if again := s.events(address, strconv.Itoa(last.id-1)); len(again) != 1 || again[0].name != "end" {
		t.Errorf("who comes back hears %+v", again)
	}
	list := s.json(s.get("/api/v1/imports?layer=pond&state=done", s.bearer()), http.StatusOK)["imports"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["by"] != "token:first" || list[0].(map[string]any)["report"] != nil {
		t.Errorf("%v", list)
	}
	if mine := s.json(s.get("/api/v1/imports?mine=true", s.bearer()), http.StatusOK)["imports"].([]any); len(mine) != 1 {
		t.Errorf("of this token: %v", mine)
	}
	s.json(s.do(http.MethodPost, address+"/start", "", s.bearer()), http.StatusOK) // starting twice is starting once
	s.wantProblem(s.do(http.MethodDelete, address, "", s.bearer()), http.StatusConflict, "import-ended")
	s.wantProblem(s.patch(address, "", len(ponds)), http.StatusConflict, "upload-complete")
}

// event is one server-sent event.
type event struct {
	id   int
	name string
	data map[string]any
}

// events reads an import's stream to its end.
func (s *service) events(address, lastID string) []event {
	s.t.Helper()
	headers := []string{s.bearer()}
	if lastID != "" {
		headers = append(headers, "Last-Event-ID: "+lastID)
	}
	got := s.get(address+"/events", headers...)
	if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream") {
		s.t.Fatalf("%d %v", got.status, got.header)
	}
	var all []event
	var one event
	lines := bufio.NewScanner(strings.NewReader(string(got.body)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			one.id, _ = strconv.Atoi(value)
		case "event":
			one.name = value
		case "data":
			if err := json.Unmarshal([]byte(value), &one.data); err != nil {
				s.t.Fatal(err)
			}
			all, one = append(all, one), event{}
		}
	}
	return all
}

func TestAnIdempotentRequestIsAnsweredWithTheSameImport(t *testing.T) {
	s := newService(t)
	body := `{"layer": "pond", "filename": "a.zip", "size": 9}`
	first := s.json(s.do(http.MethodPost, "/api/v1/imports", body, s.bearer(), "Idempotency-Key: k1"), http.StatusCreated)
	again := s.json(s.do(http.MethodPost, "/api/v1/imports", body, s.bearer(), "Idempotency-Key: k1"), http.StatusOK)
	if first["id"] != again["id"] || again["upload"] != fmt.Sprintf("/api/v1/imports/%v/content", first["id"]) {
		t.Errorf("%v, then %v", first, again)
	}
	s.wantProblem(s.do(http.MethodPost, "/api/v1/imports", strings.Replace(body, "9", "10", 1), s.bearer(), "Idempotency-Key: k1"), http.StatusConflict, "idempotency-key-reused")
	cancelled := s.json(s.do(http.MethodDelete, fmt.Sprintf("/api/v1/imports/%v", first["id"]), "", s.bearer()), http.StatusOK)
	if cancelled["state"] != "cancelled" {
		t.Errorf("%v", cancelled)
	}
}

func TestBadImports(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"a body that is no JSON":       {"hello", http.StatusBadRequest, "bad-request"},
		"a member that nobody knows":   {`{"layer": "pond", "size": 1, "tolerance": 3}`, http.StatusBadRequest, "bad-request"},
		"a size that is too large":     {`{"layer": "pond", "size": 1048577}`, http.StatusRequestEntityTooLarge, "too-large"},
		"no size":                      {`{"layer": "pond"}`, http.StatusBadRequest, "bad-import"},
		"a layer that does not exist":  {`{"layer": "moon", "size": 1}`, http.StatusNotFound, "unknown-layer"},
		"publish is neither of both":   {`{"layer": "pond", "size": 1, "options": {"publish": "maybe"}}`, http.StatusBadRequest, "bad-request"},
		"a body longer than a request": {`{"layer": "` + strings.Repeat("x", 1<<20) + `"}`, http.StatusRequestEntityTooLarge, "too-large"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s.t = t
			s.wantProblem(s.do(http.MethodPost, "/api/v1/imports", c.body, s.bearer()), c.status, c.code)
		})
	}
	s.t = t
	s.wantProblem(s.get("/api/v1/imports/999", s.bearer()), http.StatusNotFound, "unknown-import")
	s.wantProblem(s.get("/api/v1/imports/x", s.bearer()), http.StatusNotFound, "unknown-import")
	address := s.create("pond", "x.zip", "abc", "")
	s.wantProblem(s.do(http.MethodPatch, address+"/content", "abc", s.bearer(), "Upload-Offset: 0"), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.do(http.MethodPatch, address+"/content", "abc", s.bearer(), offsetStream), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.do(http.MethodPatch, address+"/content", "abc", s.bearer(), offsetStream, "Upload-Offset: -1"), http.StatusBadRequest, "bad-request")
}

func TestBadUploads(t *testing.T) {
	s := newService(t)
	s.work()
	for sentence, c := range map[string]struct{ filename, body, options string }{
		"a body that is no map":  {"x.zip", "hello", ""},
		"a path in the name":     {"../../etc/passwd.zip", "PK\x03\x04", ""},
		"an unknown system":      {"x.geojson", ponds, `{"crs": "EPSG:2361"}`},
		"a layer it has not got": {"x.geojson", ponds, `{"source_layer": "moon"}`},
	} {
		t.Run(sentence, func(t *testing.T) {
			s.t = t
			one := s.importFile("pond", c.filename, c.body, c.options)
			problem, _ := one["problem"].(map[string]any)
			if one["state"] != "failed" || problem["code"] == "internal" || problem["detail"] == "" || problem["detail_en"] == "" {
				t.Errorf("%v", one)
			}
		})
	}
	if versions, err := s.store.Versions(t.Context(), "pond"); err != nil || len(versions) != 1 || versions[0].State != layers.Published {
		t.Errorf("after all that: %+v, %v", versions, err)
	}
}

func TestDifferencesAndOldVersionsOverHTTP(t *testing.T) {
	s := newService(t)
	s.work()
	var before time.Time
	if err := s.parts.DB.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&before); err != nil {
		t.Fatal(err)
	}
	oldTile := s.get(pondTile)
	s.importFile("pond", "a.geojson", strings.Replace(ponds, "金银河", "新塘", 1), "")
	difference := s.json(s.get("/api/v1/layers/pond/versions/2/difference", s.bearer()), http.StatusOK)
	if difference["base"] != 1.0 || difference["changed"] != 1.0 || difference["unchanged"] != 1.0 || difference["fields"].(map[string]any)["name"] != 1.0 {
		t.Errorf("%v", difference)
	}
	page := s.json(s.get("/api/v1/layers/pond/versions/2/difference/features?kind=changed", s.bearer()), http.StatusOK)
	changed := page["features"].([]any)[0].(map[string]any)["properties"].(map[string]any)
	if changed["now"].(map[string]any)["name"] != "新塘" || changed["before"].(map[string]any)["name"] != "金银河" {
		t.Errorf("%v", page)
	}
	drawn := s.get("/api/v1/layers/pond/versions/2/difference/12/3323/1780.mvt", s.bearer())
	if drawn.status != http.StatusOK || !strings.Contains(string(drawn.body), "changed") || strings.Contains(string(drawn.body), "P2") {
		t.Errorf("the difference on the map: %d %q", drawn.status, drawn.body)
	}
	if again := s.get("/api/v1/layers/pond/versions/2/difference/12/3323/1780.mvt", s.bearer(), "If-None-Match: "+drawn.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("asked again: %d", again.status)
	}
	s.wantProblem(s.get("/api/v1/layers/pond/versions/1/difference", s.bearer()), http.StatusNotFound, "no-difference")
	s.wantProblem(s.get("/api/v1/layers/pond/versions/2/difference/features?kind=moved", s.bearer()), http.StatusBadRequest, "bad-request")

	draft := strings.Replace(pondTile, "pond", "pond@2", 1)
	s.wantProblem(s.get(draft), http.StatusUnauthorized, "unauthenticated")
	if got := s.get(draft, s.bearer()); got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") {
		t.Errorf("a draft's tile: %d %v", got.status, got.header)
	}
	s.json(s.do(http.MethodPost, "/api/v1/layers/pond/versions/2/publish", "", s.bearer()), http.StatusOK)
	s.json(s.do(http.MethodPost, "/api/v1/layers/pond/versions/2/difference", "", s.bearer()), http.StatusOK)
	then := "datetime=" + strings.ReplaceAll(before.UTC().Format(time.RFC3339Nano), "+", "%2B")
	for _, address := range []string{"/api/v1/layers/pond/features?" + then, "/api/v1/identify?lon=112.09&lat=22.91&layers=pond&" + then, "/api/v1/layers/pond@1/features"} {
		if got := s.get(address); !strings.Contains(string(got.body), "金银河") {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
	eventually(t, "version 2 is not shown", func() bool {
		return strings.Contains(string(s.get("/api/v1/layers/pond/features?datetime=2999-01-01").body), "新塘") &&
			strings.Contains(string(s.get("/api/v1/layers/pond/features").body), "新塘")
	})
	if got := s.get(pondTile + "?" + then); got.header.Get("ETag") != oldTile.header.Get("ETag") || string(got.body) != string(oldTile.body) {
		t.Errorf("the tile of then: %v, want %v", got.header, oldTile.header)
	}
	pinned := s.json(s.get("/tiles/pond.json?"+then), http.StatusOK)["tiles"].([]any)[0].(string)
	if !strings.HasPrefix(pinned, "/tiles/pond/{z}/{x}/{y}.mvt?v=") || !strings.Contains(pinned, "&datetime=") {
		t.Errorf("TileJSON of then: %s", pinned)
	}
	of := strings.NewReplacer("{z}", "12", "{x}", "3323", "{y}", "1780").Replace(pinned)
	if got := s.get(of); got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %d %v", of, got.status, got.header)
	}
	s.wantProblem(s.get("/api/v1/layers/pond/features?datetime=2001-01-01"), http.StatusNotFound, "layer-not-published")
	s.wantProblem(s.get("/api/v1/layers/pond/features?datetime=yesterday"), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.get("/api/v1/layers/pond@9/features"), http.StatusNotFound, "unknown-version")
	s.wantProblem(s.get("/api/v1/layers/pond@x/features"), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.get("/api/v1/layers/well/features?"+then), http.StatusUnauthorized, "unauthenticated")
}
