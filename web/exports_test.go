package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onemap/postgis"
	"onemap/products/packages"
	exports "onemap/products/packages/jobs"
	"onemap/tiles"
)

// prepareExports takes exports in; see exportsWork.
func (s *service) prepareExports(ctx context.Context, archives *tiles.Archives) {
	s.t.Helper()
	if err := postgis.PrepareRiver(ctx, s.parts.DB, exports.Schema); err != nil {
		s.t.Fatal(err)
	}
	office, err := exports.NewOffice(s.parts.DB, packages.NewPacker(s.parts.DB, archives, packages.Limits{}), s.t.TempDir(), exports.Limits{})
	if err != nil {
		s.t.Fatal(err)
	}
	bell := postgis.NewBell(s.parts.DB, "onemap_exports", nil)
	listening, stop := context.WithCancel(context.Background())
	go bell.Run(listening)
	s.t.Cleanup(func() { stop(); <-bell.Ended() })
	s.parts.Exports, s.parts.ExportBell = office, bell
}

// exportsWork makes packages until the test ends.
func (s *service) exportsWork() {
	s.t.Helper()
	w, err := exports.NewWorker(s.parts.Exports.(*exports.Office), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
}

func TestAnExportOverHTTP(t *testing.T) {
	s := newService(t)
	s.exportsWork()
	bearer := "Authorization: Bearer " + s.token
	for body, code := range map[string]string{
		`{"layers": ["pond"], "format": "dwg"}`:                        "bad-export",
		`{"layers": ["pond"], "format": "shp", "crs": "EPSG:2343"}`:    "bad-export",
		`{"layers": ["nowhere"], "format": "shp"}`:                     "unknown-layer",
		`{"product": "nowhere", "format": "shp"}`:                      "unknown-product",
		`{"layers": ["pond"], "format": "shp", "area": "999999"}`:      "unknown-area",
		`{"layers": ["pond"], "format": "shp", "colour": "red"}`:       "bad-request",
		`{"layers": ["pond"], "format": "shp", "encoding": "Shift-J"}`: "bad-export",
	} {
		if got := s.do(http.MethodPost, "/api/v1/exports", body, bearer); !strings.Contains(string(got.body), `"code":"`+code+`"`) {
			t.Errorf("%s: %d %s, want %s", body, got.status, got.body, code)
		}
	}
	got := s.do(http.MethodPost, "/api/v1/exports", `{"layers": ["pond"], "format": "geojson", "crs": "EPSG:4546"}`, bearer)
	var one exportAnswer
	if err := json.Unmarshal(got.body, &one); err != nil || got.status != http.StatusAccepted {
		t.Fatalf("%d %s", got.status, got.body)
	}
	path := fmt.Sprintf("/api/v1/exports/%d", one.ID)
	// the stream ends with the export
	events := s.do(http.MethodGet, path+"/events", "", bearer)
	if !strings.Contains(string(events.body), "event: end") {
		t.Errorf("events %s", events.body)
	}
	for range 600 {
		if got = s.do(http.MethodGet, path, "", bearer); strings.Contains(string(got.body), `"state":"done"`) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := json.Unmarshal(got.body, &one); err != nil || one.State != exports.Done || one.Content == "" || len(one.Record) != 2 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := s.do(http.MethodGet, path+"/content", "", bearer, "Range: bytes=0-3"); got.status != http.StatusPartialContent || string(got.body) != "PK\x03\x04" {
		t.Errorf("the beginning: %d %q", got.status, got.body)
	}
	if got := s.do(http.MethodGet, path+"/content", "", bearer); got.status != http.StatusOK || int64(len(got.body)) != one.Bytes {
		t.Errorf("the whole: %d, %d bytes", got.status, len(got.body))
	}
	if got := s.do(http.MethodPost, path+"/approval", `{"approved": true, "reason": "同意"}`, bearer); !strings.Contains(string(got.body), `"code":"own-export"`) {
		t.Errorf("an approval of one's own: %d %s", got.status, got.body)
	}
	if got := s.do(http.MethodDelete, path, "", bearer); got.status != http.StatusOK {
		t.Errorf("removing: %d %s", got.status, got.body)
	}
	if got := s.do(http.MethodGet, path+"/content", "", bearer); got.status != http.StatusGone {
		t.Errorf("what was removed: %d", got.status)
	}
	if got := s.do(http.MethodGet, "/api/v1/exports?limit=5", "", bearer); got.status != http.StatusOK || !strings.Contains(string(got.body), `"exports":[{`) {
		t.Errorf("list: %d %s", got.status, got.body)
	}
}
