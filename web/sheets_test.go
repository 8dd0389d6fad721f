package web

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image/png"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"onemap/postgis"
	"onemap/products/sheets"
	"onemap/products/sheets/jobs"
	"onemap/products/sheets/orders"
	"onemap/styles/render"
)

// prepareSheets takes orders of sheets, and draws none. fonts are folders; nil is
// those of the system.
func (s *service) prepareSheets(fonts []string) (*jobs.Queue, *orders.Desk) {
	s.t.Helper()
	desk := &orders.Desk{DB: s.parts.DB, Store: s.store, Studio: sheets.NewStudio(render.New(render.Options{FontPath: fonts}))}
	queue, err := jobs.NewQueue(s.parts.DB, desk, s.t.TempDir(), jobs.Limits{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.parts.Sheets, s.parts.SheetBell = queue, postgis.NewBell(s.parts.DB, jobs.Channel, nil)
	return queue, desk
}

// drawSheets takes orders of sheets, and draws them until the test ends.
func (s *service) drawSheets(fonts []string) {
	s.t.Helper()
	if err := jobs.Prepare(s.t.Context(), s.parts.DB); err != nil {
		s.t.Fatal(err)
	}
	queue, desk := s.prepareSheets(fonts)
	worker, err := jobs.NewWorker(queue, desk, jobs.WorkerOptions{Explain: ExplainSheet})
	if err != nil {
		s.t.Fatal(err)
	}
	bell := postgis.NewBell(s.parts.DB, jobs.Channel, nil)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go bell.Run(ctx)
	go func() { ended <- worker.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
		<-bell.Ended()
	})
	s.parts.SheetBell = bell
	s.restart()
}

const pondSheet = `{"layers": ["pond"], "title": "榃滨坑塘图", "paper": "A4", "dpi": 72, "format": "svg"}`

// lastEvent follows an order to its end and returns the last event.
func (s *service) lastEvent(path string) string {
	s.t.Helper()
	events := s.get(path)
	if events.status != http.StatusOK || !strings.HasPrefix(events.header.Get("Content-Type"), "text/event-stream") {
		s.t.Fatalf("events: %d %s", events.status, events.body)
	}
	name, last := "", ""
	lines := bufio.NewScanner(bytes.NewReader(events.body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = rest
		}
		if rest, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last = rest
		}
	}
	if name != "end" {
		s.t.Fatalf("the last event is %q: %s", name, events.body)
	}
	return last
}

func TestASheetIsOrderedFollowedFetchedAndRemoved(t *testing.T) {
	s := newService(t)
	s.drawSheets(nil)
	ordered := s.do("POST", "/api/v1/sheets", pondSheet)
	one := s.json(ordered, http.StatusAccepted)
	path := ordered.header.Get("Location")
	if path != "/api/v1/sheets/"+one["id"].(string) || one["title"] != "榃滨坑塘图" || one["total"] != 1. {
		t.Errorf("%s: %v", path, one)
	}
	last := s.lastEvent(path + "/events")
	if strings.Contains(last, `"missing-font"`) {
		t.Skip("the fonts are not installed")
	}
	done := s.json(s.get(path), http.StatusOK)
	if done["state"] != "done" || done["content"] != path+"/content" {
		t.Fatalf("%v", done)
	}
	file := s.get(path + "/content")
	if file.status != http.StatusOK || file.header.Get("Content-Type") != "image/svg+xml" || !bytes.Contains(file.body, []byte(`aria-label="榃滨坑塘图"`)) {
		t.Errorf("%d %v, %d bytes", file.status, file.header, len(file.body))
	}
	if part := s.get(path+"/content", "Range: bytes=0-3"); part.status != http.StatusPartialContent || string(part.body) != "<svg" {
		t.Errorf("a range: %d %q", part.status, part.body)
	}
	s.wantProblem(s.get(path, s.bearer()[:len(s.bearer())-1]+"x"), http.StatusUnauthorized, "unknown-token")
	if all := s.json(s.get("/api/v1/sheets", s.bearer()), http.StatusOK)["sheets"].([]any); len(all) != 1 {
		t.Errorf("who administers sees %d orders", len(all))
	}
	if all := s.json(s.get("/api/v1/sheets"), http.StatusOK)["sheets"].([]any); len(all) != 0 {
		t.Errorf("nobody in particular sees %d orders", len(all))
	}
	if gone := s.do("DELETE", path, ""); gone.status != http.StatusNoContent {
		t.Errorf("removing it: %d %s", gone.status, gone.body)
	}
	s.wantProblem(s.get(path), http.StatusNotFound, "unknown-sheet")
}

func TestSheetsThatAreRefused(t *testing.T) {
	s := newService(t)
	s.drawSheets([]string{t.TempDir()}) // without fonts
	for sentence, c := range map[string]struct {
		body, code string
		status     int
	}{
		"an unknown layer":  {`{"layers": ["nothing"]}`, "unknown-layer", http.StatusNotFound},
		"an internal layer": {`{"layers": ["well"]}`, "unauthenticated", http.StatusUnauthorized},
		"too many pixels":   {`{"layers": ["pond"], "paper": "A0", "dpi": 600}`, "sheet-too-large", http.StatusUnprocessableEntity},
		"an unknown paper":  {`{"layers": ["pond"], "paper": "B5"}`, "bad-sheet", http.StatusBadRequest},
		"an unknown member": {`{"layers": ["pond"], "size": 5}`, "bad-request", http.StatusBadRequest},
		"no layer":          {`{}`, "bad-sheet", http.StatusBadRequest},
	} {
		t.Run(sentence, func(t *testing.T) { s.wantProblem(s.do("POST", "/api/v1/sheets", c.body), c.status, c.code) })
	}
	s.wantProblem(s.do("POST", "/api/v1/products/land/sheets", `{"layers": ["pond"]}`), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.get("/api/v1/sheets/0123"), http.StatusNotFound, "unknown-sheet")
	ordered := s.do("POST", "/api/v1/sheets", pondSheet)
	path := ordered.header.Get("Location")
	if last := s.lastEvent(path + "/events"); !strings.Contains(last, `"missing-font"`) || !strings.Contains(last, "fonts-open-sans") {
		t.Errorf("without fonts: %s", last)
	}
	s.wantProblem(s.get(path+"/content"), http.StatusConflict, "sheet-not-done")
}

const pondView = `{"layers": ["pond"], "base": false, "title": "榃滨坑塘图", "paper": "A4", "orientation": "landscape", "centre": [112.04, 22.93], "scale": 25000,
	"views": [{"layer": "pond", "opacity": 0.5}], "own_order": true, "drawings": [{"name": "我的图形", "geometry": {"type": "Point", "coordinates": [112.04, 22.93]}}]%s}`

func TestASheetIsPlannedAndLookedAtBeforeItIsOrdered(t *testing.T) {
	s := newService(t)
	var extents []any
	for _, dpi := range []int{96, 150, 300} {
		planned := s.json(s.do("POST", "/api/v1/sheets/plan", fmt.Sprintf(pondView, fmt.Sprintf(`, "dpi": %d`, dpi))), http.StatusOK)
		page := planned["pages"].([]any)[0].(map[string]any)
		extents = append(extents, page["extent_m"])
		extent, frame, bar := page["extent_m"].([]any), page["frame_mm"].([]any), page["scale_bar"].(map[string]any)
		for axis := range 2 {
			ground, paper := extent[axis+2].(float64)-extent[axis].(float64), frame[axis+2].(float64)-frame[axis].(float64)
			if math.Abs(ground-paper*25) > 1e-6 {
				t.Errorf("%d dpi: %g m on %g mm at 1:25000", dpi, ground, paper)
			}
		}
		if got := bar["millimetres"].(float64) * 25; math.Abs(got-bar["metres"].(float64)) > 1e-9 {
			t.Errorf("a bar of %v has %g m", bar["metres"], got)
		}
	}
	if !reflect.DeepEqual(extents[0], extents[1]) || !reflect.DeepEqual(extents[0], extents[2]) {
		t.Errorf("extents at three dpi: %v", extents)
	}
	block := s.json(s.do("POST", "/api/v1/sheets/plan", fmt.Sprintf(pondView, `, "series": {"by": "grid", "columns": 3, "rows": 2}`)), http.StatusOK)["pages"].([]any)
	if len(block) != 7 || block[0].(map[string]any)["index"] != true || block[6].(map[string]any)["title"] != "榃滨坑塘图 B3" {
		t.Errorf("a block of 3 by 2: %v", block)
	}
	preview := s.do("POST", "/api/v1/sheets/preview?dpi=48", fmt.Sprintf(pondView, ""))
	if bytes.Contains(preview.body, []byte("missing-font")) {
		t.Skip("the fonts are not installed")
	}
	drawn, err := png.DecodeConfig(bytes.NewReader(preview.body))
	if preview.status != http.StatusOK || err != nil || drawn.Width != 562 || drawn.Height != 397 {
		t.Errorf("a preview: %d, %v, %d × %d", preview.status, err, drawn.Width, drawn.Height)
	}
	for member, body := range map[string]string{
		"page":                 "",
		"views[0].layer":       `, "views": [{"layer": "well"}]`,
		"views[0].filter":      `, "views": [{"layer": "pond", "filter": ["==", ["get", "nothing"], 1]}]`,
		"views[0].opacity":     `, "views": [{"layer": "pond", "opacity": 2}]`,
		"drawings[0].geometry": `, "drawings": [{"geometry": {"type": "Point", "coordinates": [500, 22]}}]`,
		"without":              `, "without": ["map"]`,
		"series.columns":       `, "series": {"by": "grid", "columns": 30, "rows": 1}`,
	} {
		got := s.do("POST", "/api/v1/sheets/preview?page=2", strings.Replace(fmt.Sprintf(pondView, body), `"views": [{"layer": "pond", "opacity": 0.5}], `, "", 1))
		s.wantProblem(got, http.StatusBadRequest, "bad-sheet")
		if told := s.json(got, http.StatusBadRequest); told["field"] != member {
			t.Errorf("%s: %v", member, told)
		}
	}
}

func TestWhatIsDrawnAndFilteredIsOnTheSheet(t *testing.T) {
	s := newService(t)
	s.drawSheets(nil)
	draw := func(more string) string {
		ordered := s.do("POST", "/api/v1/sheets", fmt.Sprintf(pondView, `, "format": "svg", "dpi": 72`+more))
		path := ordered.header.Get("Location")
		if strings.Contains(s.lastEvent(path+"/events"), `"missing-font"`) {
			t.Skip("the fonts are not installed")
		}
		return string(s.get(path + "/content").body)
	}
	whole := draw("")
	for _, want := range []string{"我的图形", "榃滨坑塘图", "图　例", "制图日期"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the sheet lacks %s", want)
		}
	}
	bare := draw(`, "without": ["title", "legend", "north", "scale", "notes", "approval"]`)
	for _, gone := range []string{`aria-label="榃滨坑塘图"`, "图　例", "制图日期", `aria-label="北"`} {
		if strings.Contains(bare, gone) {
			t.Errorf("the sheet still has %s", gone)
		}
	}
}
