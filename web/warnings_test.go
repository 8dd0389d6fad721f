package web

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onemap/spatial/warnings"
)

// aWarning is a body that publishes a warning for a square that holds the ponds.
func aWarning(with string) string {
	now := time.Now()
	return fmt.Sprintf(`{"kind": "rainstorm", "colour": "yellow", "headline": "暴雨黄色预警", "text": "有雨。", "issuer": "气象台", "valid_from": %q, "valid_to": %q,
		"polygon": {"type": "Polygon", "coordinates": [[[112, 22.8], [112.2, 22.8], [112.2, 23], [112, 23], [112, 22.8]]]}%s}`,
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), with)
}

func TestAWarningOverHTTP(t *testing.T) {
	s := newService(t)
	if kinds := s.json(s.get("/api/v1/warnings/kinds"), http.StatusOK); len(kinds["colours"].([]any)) != 4 || len(kinds["kinds"].([]any)) < 5 {
		t.Errorf("the kinds: %v", kinds)
	}
	before := time.Now()
	made := s.do("POST", "/api/v1/warnings", aWarning(""), s.bearer())
	one := s.json(made, http.StatusCreated)
	if made.header.Get("Location") != "/api/v1/warnings/1" || one["state"] != "active" || one["kind_code"] != "11B03" || one["area"] == nil || one["polygon"] == nil {
		t.Errorf("%v, %s", made.header, made.body)
	}
	risk := func(query string) map[string]any {
		t.Helper()
		return s.json(s.get("/api/v1/risk?lon=112.09&lat=22.91"+query), http.StatusOK)
	}
	waitFor(t, func() bool { return len(risk("")["active_warnings"].([]any)) == 1 })
	if level := risk("")["level_now"].(map[string]any); level["rank"] != 2.0 {
		t.Errorf("a yellow warning makes the place's level %v", level)
	}
	if got := s.json(s.get("/api/v1/risk?lon=113&lat=22.91"), http.StatusOK); len(got["active_warnings"].([]any)) != 0 {
		t.Errorf("outside its area: %v", got)
	}
	changed := s.json(s.do("PATCH", "/api/v1/warnings/1", `{"colour": "red", "reason": "加强", "revision": 1}`, s.bearer()), http.StatusOK)
	if changed["colour"] != "red" || changed["headline"] != "暴雨黄色预警" || changed["revision"] != 2.0 || changed["polygon"] == nil {
		t.Errorf("%v", changed)
	}
	s.wantProblem(s.do("PATCH", "/api/v1/warnings/1", `{"colour": "blue", "revision": 1}`, s.bearer()), http.StatusConflict, "warning-changed")
	s.json(s.do("POST", "/api/v1/warnings/1/cancel", `{"reason": "雨停"}`, s.bearer()), http.StatusOK)
	s.wantProblem(s.do("PATCH", "/api/v1/warnings/1", `{"colour": "blue"}`, s.bearer()), http.StatusConflict, "warning-cancelled")
	waitFor(t, func() bool { return len(risk("")["active_warnings"].([]any)) == 0 })
	if got := s.json(s.get("/api/v1/warnings/1"), http.StatusOK); len(got["revisions"].([]any)) != 3 || got["state"] != "cancelled" {
		t.Errorf("%v", got)
	}
	for state, want := range map[string]int{"active": 0, "cancelled": 1, "all": 1, "upcoming": 0} {
		if got := s.json(s.get("/api/v1/warnings?state="+state), http.StatusOK); len(got["warnings"].([]any)) != want {
			t.Errorf("%s: %v", state, got)
		}
	}
	s.wantProblem(s.get("/api/v1/warnings/1?datetime="+before.UTC().Add(-time.Second).Format(time.RFC3339)), http.StatusNotFound, "unknown-warning")
}

// waitFor waits until what must become true, within a second as a rule, has.
func waitFor(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(promptly); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not promptly")
		}
	}
}

func TestCAPGoesInAndComesOut(t *testing.T) {
	s := newService(t)
	now := time.Now()
	message := func(kind, id, references string) string {
		return fmt.Sprintf(`<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier><sender>gd.met</sender><sent>%s</sent><status>Actual</status><msgType>%s</msgType><scope>Public</scope>%s
			<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>%s</expires>
			<senderName>广东省气象台</senderName><headline>暴雨橙色预警</headline><description>有雨。</description><area><areaDesc>云城</areaDesc><polygon>22.8,112 22.8,112.2 23,112.2 23,112 22.8,112</polygon></area></info></alert>`,
			id, now.Format(time.RFC3339), kind, references, now.Add(time.Hour).Format(time.RFC3339))
	}
	cap := "Content-Type: application/cap+xml; charset=utf-8"
	refer := "<references>gd.met,A1," + now.Format(time.RFC3339) + "</references>"
	s.json(s.do("POST", "/api/v1/warnings", message("Alert", "A1", ""), s.bearer(), cap), http.StatusCreated)
	s.json(s.do("POST", "/api/v1/warnings", message("Alert", "A1", ""), s.bearer(), cap), http.StatusOK)
	s.json(s.do("POST", "/api/v1/warnings", message("Update", "A2", refer), s.bearer(), cap), http.StatusOK)
	s.wantProblem(s.do("POST", "/api/v1/warnings", message("Update", "A9", strings.ReplaceAll(refer, "A1", "Z1")), s.bearer(), cap), http.StatusUnprocessableEntity, "unknown-reference")
	out := s.get("/api/v1/warnings/1.cap")
	if out.status != 200 || out.header.Get("Content-Type") != "application/cap+xml" || !strings.Contains(string(out.body), "<references>gd.met,A1,") || !strings.Contains(string(out.body), "22.8,112 22.8,112.2") {
		t.Errorf("%d %s: %s", out.status, out.header.Get("Content-Type"), out.body)
	}
	first := s.get("/api/v1/warnings/1.cap?revision=1")
	if !strings.Contains(string(first.body), "<msgType>Alert</msgType>") {
		t.Errorf("%s", first.body)
	}
	if got := s.json(s.do("POST", "/api/v1/warnings", message("Cancel", "A3", refer), s.bearer(), cap), http.StatusOK); got["state"] != "cancelled" || got["revision"] != 3.0 {
		t.Errorf("%v", got)
	}
	s.wantProblem(s.do("POST", "/api/v1/warnings", "<!DOCTYPE x>"+message("Alert", "A4", ""), s.bearer(), cap), http.StatusUnprocessableEntity, "bad-cap")
	s.wantProblem(s.get("/api/v1/warnings/1.cap?revision=4"), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.get("/api/v1/warnings/9.cap"), http.StatusNotFound, "unknown-warning")
}

// warningEvents reads a stream of events until it has so many.
func (s *service) warningEvents(ctx context.Context, n int, last string) <-chan []string {
	got := make(chan []string, 1)
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/api/v1/warnings/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	go func() {
		defer answer.Body.Close()
		var found []string
		var id string
		for lines := bufio.NewScanner(answer.Body); lines.Scan() && len(found) < n; {
			if text, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				id = text
			}
			if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				found = append(found, id+" "+text)
			}
		}
		got <- found
	}()
	return got
}

func TestSubscribersResume(t *testing.T) {
	s := newService(t)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	fresh := s.warningEvents(ctx, 3, "")
	s.json(s.do("POST", "/api/v1/warnings", aWarning(""), s.bearer()), http.StatusCreated)
	s.json(s.do("POST", "/api/v1/warnings/1/cancel", "", s.bearer()), http.StatusOK)
	if got := <-fresh; strings.Join(got, ",") != "0 active,1 publish,2 cancel" {
		t.Errorf("%q", got)
	}
	if got := <-s.warningEvents(ctx, 1, "1"); strings.Join(got, ",") != "2 cancel" {
		t.Errorf("after the first: %q", got)
	}
	// One who is told of 250 of them, in pages.
	for range 250 {
		if _, err := s.parts.DB.Exec(ctx, `INSERT INTO warnings.revisions (warning, number, action, by, reason, kind, colour, headline, text, advice, issuer, valid_from, valid_to, divisions, area_text, area, cap_identifier, cap_sender, cap_sent)
			SELECT warning, (SELECT max(number) + 1 FROM warnings.revisions), action, by, reason, kind, colour, headline, text, advice, issuer, valid_from, valid_to, divisions, area_text, area, gen_random_uuid()::text, cap_sender, cap_sent FROM warnings.revisions WHERE number = 1`); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-s.warningEvents(ctx, 252, "0"); len(got) != 252 || got[251] != "252 publish" {
		t.Errorf("%d, %q", len(got), got[len(got)-1])
	}
	s.wantProblem(s.get("/api/v1/warnings/events", "Last-Event-ID: x"), http.StatusBadRequest, "bad-request")
}

func TestWarningsThatAreRefused(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct {
		method, path, body string
		status             int
		code, field        string
	}{
		"no body":                 {"POST", "/api/v1/warnings", "", 422, "bad-warning", "(body)"},
		"a list":                  {"POST", "/api/v1/warnings", "[]", 422, "bad-warning", "(body)"},
		"an unknown member":       {"POST", "/api/v1/warnings", aWarning(`, "color": "red"`), 422, "bad-warning", "color"},
		"a fifth colour":          {"POST", "/api/v1/warnings", aWarning(`, "colour": "white"`), 422, "bad-warning", "colour"},
		"a number for a text":     {"POST", "/api/v1/warnings", aWarning(`, "headline": 3`), 422, "bad-warning", "headline"},
		"a time without its zone": {"POST", "/api/v1/warnings", aWarning(`, "valid_to": "2026-01-01"`), 422, "bad-warning", "valid_from, valid_to"},
		"a NUL":                   {"POST", "/api/v1/warnings", aWarning(`, "text": "\u0000"`), 422, "bad-warning", "text"},
		"a line for a polygon":    {"POST", "/api/v1/warnings", aWarning(`, "polygon": {"type": "LineString", "coordinates": [[112, 22], [113, 23]]}`), 422, "bad-warning", "polygon"},
		"an empty polygon":        {"POST", "/api/v1/warnings", aWarning(`, "polygon": {"type": "Polygon", "coordinates": []}`), 422, "bad-warning", "polygon"},
		"swapped axes":            {"POST", "/api/v1/warnings", aWarning(`, "polygon": {"type": "Polygon", "coordinates": [[[22.8, 112], [22.8, 112.2], [23, 112.2], [22.8, 112]]]}`), 400, "bad-request", "lon"},
		"two megabytes":           {"POST", "/api/v1/warnings", aWarning(`, "text": "` + strings.Repeat("x", 2<<20) + `"`), 413, "too-large", ""},
		"an unknown system":       {"POST", "/api/v1/warnings?crs=moon", aWarning(""), 400, "bad-request", "crs"},
		"one that there is not":   {"PATCH", "/api/v1/warnings/7", `{"colour": "red"}`, 404, "unknown-warning", ""},
		"a name for a number":     {"GET", "/api/v1/warnings/red", "", 404, "unknown-warning", ""},
		"cancelling none":         {"POST", "/api/v1/warnings/7/cancel", "", 404, "unknown-warning", ""},
		"a state that is not":     {"GET", "/api/v1/warnings?state=old", "", 400, "bad-request", "state"},
		"a kind that is not":      {"GET", "/api/v1/warnings?kind=meteor", "", 400, "bad-request", "kind"},
		"half a place":            {"GET", "/api/v1/warnings?lon=112", "", 400, "bad-request", "lat"},
		"a date that is not":      {"GET", "/api/v1/warnings?datetime=soon", "", 400, "bad-request", "datetime"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.do(c.method, c.path, c.body, s.bearer())
			s.wantProblem(got, c.status, c.code)
			if p := s.json(got, c.status); c.field != "" && p["field"] != c.field {
				t.Errorf("field %v, want %s: %s", p["field"], c.field, got.body)
			}
		})
	}
	if got := s.json(s.get("/api/v1/warnings?state=all"), http.StatusOK); len(got["warnings"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
}

func FuzzWarningBodies(f *testing.F) {
	f.Add([]byte(aWarning("")))
	f.Add([]byte(`{"polygon": null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := (&server{}).readDraft(nil, body, warnings.Content{}); err != nil && problemOf(err).Status >= 500 {
			t.Errorf("%v", err)
		}
	})
}
