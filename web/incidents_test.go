package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"onemap/access"
)

// signIn lets somebody in by a link and returns the header that a phone sends.
func (s *service) signIn(name string, role access.Role, cell string) string {
	s.t.Helper()
	operator := access.With(s.t.Context(), access.Operator("test"))
	users := access.NewUsers(s.parts.DB, time.Hour)
	if err := users.Add(operator, access.User{Name: name, Role: role, Cell: cell}); err != nil {
		s.t.Fatal(err)
	}
	code, _, err := users.Invite(operator, name, time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	session := s.json(s.do("POST", "/api/v1/sessions", fmt.Sprintf(`{"code": %q}`, code)), http.StatusCreated)
	s.wantProblem(s.do("POST", "/api/v1/sessions", fmt.Sprintf(`{"code": %q}`, code)), http.StatusForbidden, "unknown-code")
	return "Authorization: Bearer " + session["token"].(string)
}

const reportJSON = `{"client_id": "%s", "kind": "0402", "text": "井盖破损", "lon": 112.005, "lat": 22.91, "accuracy": 20}`

func (s *service) report(client string, headers ...string) map[string]any {
	s.t.Helper()
	return s.json(s.do("POST", "/api/v1/incidents", fmt.Sprintf(reportJSON, client), headers...), http.StatusCreated)
}

// form is a body of parts, given as name, content, name, content.
func form(t *testing.T, parts ...string) (body, header string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		p, err := w.CreateFormFile(parts[i], "photo.jpg")
		if err == nil {
			_, err = p.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), "Content-Type: " + w.FormDataContentType()
}

func picture(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnIncidentFromReportToClose(t *testing.T) {
	s := newGrid(t)
	worker, handler := s.signIn("张小明", access.Worker, "44530200100101"), s.signIn("李四", access.Handler, "")
	one := s.report("a-1", worker)
	if one["cell"] != "44530200100101001" || fmt.Sprint(one["chain"]) != "[44530200100101001 44530200100101 445302]" || one["state"] != "reported" || one["risks"] == nil || one["role"] != "liaison" {
		t.Errorf("%v", one)
	}
	duty := one["duty"].([]any)[0].(map[string]any)
	if duty["name"] != "张小明" || duty["phone"] != "10087654321" || one["located"].(map[string]any)["doubt"] == nil {
		t.Errorf("on duty %v, located %v", duty, one["located"])
	}
	again := s.json(s.do("POST", "/api/v1/incidents", fmt.Sprintf(reportJSON, "a-1"), worker), http.StatusOK)
	if again["id"] != one["id"] {
		t.Errorf("sent again it is %v", again["id"])
	}
	s.wantProblem(s.do("POST", "/api/v1/incidents", strings.Replace(fmt.Sprintf(reportJSON, "a-1"), "井盖", "路灯", 1), worker), http.StatusConflict, "client-id-reused")
	second := s.report("a-2", handler)
	if d := second["duplicates"].([]any); len(d) != 1 || d[0].(map[string]any)["id"] != one["id"] {
		t.Errorf("duplicates %v", d)
	}
	address := fmt.Sprintf("/api/v1/incidents/%v", one["id"])
	step := func(body string, headers ...string) answer {
		return s.do("POST", address+"/transitions", body, headers...)
	}
	illegal := step(`{"to": "closed", "version": 1}`, handler)
	s.wantProblem(illegal, http.StatusConflict, "no-such-transition")
	if p := s.json(illegal, http.StatusConflict); len(p["possible"].([]any)) != 2 || !strings.Contains(p["detail"].(string), "verified") {
		t.Errorf("possible: %v, %v", p["possible"], p["detail"])
	}
	s.wantProblem(step(`{"to": "rejected", "version": 1, "why": "x"}`, worker), http.StatusForbidden, "forbidden")
	for n, state := range []string{"verified", "filed", "dispatched", "in_progress", "handled", "checked", "closed"} {
		got := step(fmt.Sprintf(`{"to": %q}`, state), handler, fmt.Sprintf(`If-Match: "v%d"`, n+1))
		if now := s.json(got, http.StatusOK); now["state"] != state || got.header.Get("ETag") != fmt.Sprintf(`"v%d"`, n+2) {
			t.Errorf("%v, %s", now["state"], got.header.Get("ETag"))
		}
	}
	s.wantProblem(step(`{"to": "filed", "version": 3}`, handler), http.StatusConflict, "incident-changed")
	s.wantProblem(step(`{"to": "filed"}`, handler, `If-Match: "v3"`), http.StatusPreconditionFailed, "incident-changed")
	s.wantProblem(step(`{"to": "filed"}`, handler, `If-Match: W/"x"`), http.StatusBadRequest, "bad-request")
	if whole := s.json(s.get(address, worker), http.StatusOK); len(whole["history"].([]any)) != 8 || len(whole["next"].([]any)) != 0 {
		t.Errorf("%v", whole)
	}
	if sum := s.json(s.get("/api/v1/grid/cells/445302/summary", worker), http.StatusOK)["incidents"].(map[string]any); sum["count"] != 2.0 || sum["open"] != 1.0 {
		t.Errorf("in the cell's summary: %v", sum)
	}
	if sum := s.json(s.get("/api/v1/grid/cells/445302/summary"), http.StatusOK); sum["incidents"] != nil {
		t.Error("anybody is told of incidents")
	}
	s.wantProblem(s.do("POST", "/api/v1/incidents", fmt.Sprintf(reportJSON, "a-3")), http.StatusUnauthorized, "unauthenticated")
	s.wantProblem(s.get(address), http.StatusUnauthorized, "unauthenticated")
	elsewhere := s.signIn("王五", access.Worker, "44530200100102")
	s.wantProblem(s.get(address, elsewhere), http.StatusNotFound, "unknown-incident")
	if got := s.do("DELETE", "/api/v1/sessions/current", "", elsewhere); got.status != http.StatusNoContent {
		t.Errorf("signing out: %d", got.status)
	}
	s.wantProblem(s.get("/api/v1/sessions/current", elsewhere), http.StatusUnauthorized, "unknown-token")
}

func TestOneReportSentTwentyTimesAtOnce(t *testing.T) {
	s := newGrid(t)
	worker := s.signIn("张小明", access.Worker, "44530200100101")
	statuses, ids := make([]int, 20), make([]float64, 20)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			got := s.do("POST", "/api/v1/incidents", fmt.Sprintf(reportJSON, "same"), worker)
			var one struct{ ID float64 }
			if err := json.Unmarshal(got.body, &one); err != nil {
				t.Error(err)
			}
			statuses[i], ids[i] = got.status, one.ID
		})
	}
	group.Wait()
	created := 0
	for i := range ids {
		if statuses[i] == http.StatusCreated {
			created++
		} else if statuses[i] != http.StatusOK {
			t.Errorf("status %d", statuses[i])
		}
		if ids[i] != ids[0] {
			t.Errorf("ids %v and %v", ids[i], ids[0])
		}
	}
	if created != 1 {
		t.Errorf("created %d times", created)
	}
}

func TestReportsThatCannotBeTaken(t *testing.T) {
	s := newGrid(t)
	worker := s.signIn("张小明", access.Worker, "")
	with := func(members string) string {
		return `{"client_id": "x", "kind": "0402", "text": "井盖", ` + members + `}`
	}
	for sentence, c := range map[string]struct {
		body, query string
		status      int
		code, says  string
	}{
		"NaN":                     {with(`"lon": NaN, "lat": 22.91`), "", 422, "bad-incident", "lon"},
		"91°":                     {with(`"lon": 112, "lat": 91`), "", 400, "bad-request", "纬度应在 -90 至 90 之间"},
		"the axes turned round":   {with(`"lon": 22.91, "lat": 112.005`), "", 400, "bad-request", "交换 lon 与 lat"},
		"elsewhere":               {with(`"lon": 113.3, "lat": 23.1`), "", 422, "outside-grid", "最近的是"},
		"a place of GCJ-02":       {with(`"lon": 111.9979, "lat": 22.91`), "", 422, "outside-grid", "最近的是"},
		"an unknown system":       {with(`"lon": 112.005, "lat": 22.91, "crs": "mars"`), "", 400, "bad-request", "mars"},
		"two systems":             {with(`"lon": 112.005, "lat": 22.91, "crs": "4490"`), "?crs=gcj02", 400, "bad-request", "不一致"},
		"an unknown parameter":    {with(`"lon": 112.005, "lat": 22.91`), "?colour=1", 400, "bad-request", "colour"},
		"an unknown member":       {with(`"lon": 112.005, "lat": 22.91, "colour": 1`), "", 422, "bad-incident", "colour"},
		"NUL in the text":         {`{"client_id": "x", "kind": "0402", "text": "a\u0000", "lon": 112.005, "lat": 22.91}`, "", 422, "bad-incident", "NUL"},
		"a class instead of kind": {`{"client_id": "x", "kind": "04", "text": "a", "lon": 112.005, "lat": 22.91}`, "", 422, "bad-incident", "kind"},
		"accuracy of the moon":    {with(`"lon": 112.005, "lat": 22.91, "accuracy": 1e7`), "", 400, "bad-accuracy", "5000"},
		"a very long body":        {with(`"lon": 112.005, "lat": 22.91, "source": "` + strings.Repeat("x", 70<<10) + `"`), "", 413, "too-large", ""},
		"no JSON":                 {"<xml/>", "", 422, "bad-incident", "JSON"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.do("POST", "/api/v1/incidents"+c.query, c.body, worker)
			s.wantProblem(got, c.status, c.code)
			if !strings.Contains(string(got.body), c.says) {
				t.Errorf("doesn't say %q: %s", c.says, got.body)
			}
		})
	}
	s.wantProblem(s.do("POST", "/api/v1/incidents", "x", worker, "Content-Type: text/xml"), 422, "bad-incident")
	gcj := s.json(s.do("POST", "/api/v1/incidents?crs=gcj02", with(`"lon": 112.0103, "lat": 22.907`), worker), http.StatusCreated)
	if p := gcj["position"].([]any)[0].(float64); p > 112.0060 || p < 112.0040 || gcj["given"].(map[string]any)["crs"] != "GCJ-02" {
		t.Errorf("GCJ-02 became %v of %v", gcj["position"], gcj["given"])
	}
	for _, address := range []string{"?text=%00", "?cell=%00", "?source=%ff", "?state=moon", "?kind=x", "?bbox=1,2", "?from=soon", "?limit=0", "?before=x", "?colour=1", "?crs=mars", "/heat?level=moon", "/export?format=exe", "/export"} {
		s.wantProblem(s.get("/api/v1/incidents"+address, worker), http.StatusBadRequest, "bad-request")
	}
	for _, address := range []string{"/x", "/0", "/-1", "/99999999999999999999", "/1/photos/1"} {
		if got := s.get("/api/v1/incidents"+address, worker); got.status != http.StatusNotFound && address != "/1/photos/1" {
			t.Errorf("%s: %d", address, got.status)
		}
	}
	for body, status := range map[string]int{`{}`: 400, `{"code": 5}`: 422, `{"code": "x", "y": 1}`: 422, "\x00": 422, `{"code": "\u0000"}`: 403} {
		if got := s.do("POST", "/api/v1/sessions", body); got.status != status {
			t.Errorf("signing in with %s: %d %s", body, got.status, got.body)
		}
	}
}

// pngBomb says that it is 50,000 pixels a side.
func pngBomb() string {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), 50_000), 50_000)
	head = append(head, 8, 6, 0, 0, 0)
	return "\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + string(binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head)))
}

func TestPhotosOverHTTP(t *testing.T) {
	s := newGrid(t)
	worker := s.signIn("张小明", access.Worker, "44530200100101")
	whole := picture(t, 2000, 1000)
	body, kind := form(t, "incident", fmt.Sprintf(reportJSON, "p-1"), "photo", whole)
	one := s.json(s.do("POST", "/api/v1/incidents", body, worker, kind), http.StatusCreated)
	photo := one["photos"].([]any)[0].(map[string]any)
	if photo["width"] != 1600.0 || photo["height"] != 800.0 {
		t.Errorf("%v", photo)
	}
	address := fmt.Sprintf("/api/v1/incidents/%v/photos", one["id"])
	if got := s.json(s.do("POST", address, whole, worker, "Content-Type: image/jpeg"), http.StatusOK)["photos"].([]any)[0].(map[string]any); got["id"] != photo["id"] {
		t.Errorf("the same file again is %v", got)
	}
	got := s.get(fmt.Sprintf("%s/%v", address, photo["id"]), worker)
	if config, err := jpeg.DecodeConfig(bytes.NewReader(got.body)); err != nil || config.Width != 1600 || got.header.Get("Content-Type") != "image/jpeg" ||
		got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.header.Get("Content-Disposition"), `inline; filename="incident-`) || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") {
		t.Errorf("%v, %v", err, got.header)
	}
	if small := s.get(fmt.Sprintf("%s/%v?size=thumbnail", address, photo["id"]), worker); len(small.body) >= len(got.body) || small.header.Get("ETag") == got.header.Get("ETag") {
		t.Error("the thumbnail is no smaller")
	}
	if same := s.get(fmt.Sprintf("%s/%v", address, photo["id"]), worker, "If-None-Match: "+got.header.Get("ETag")); same.status != http.StatusNotModified {
		t.Errorf("asked again: %d", same.status)
	}
	s.wantProblem(s.get(fmt.Sprintf("%s/%v", address, photo["id"])), http.StatusUnauthorized, "unauthenticated")
	elsewhere := s.signIn("王五", access.Worker, "44530200100102")
	s.wantProblem(s.get(fmt.Sprintf("%s/%v", address, photo["id"]), elsewhere), http.StatusNotFound, "unknown-incident")
	s.wantProblem(s.do("POST", address, whole, elsewhere), http.StatusNotFound, "unknown-incident")

	var moving bytes.Buffer
	if err := gif.Encode(&moving, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	for sentence, c := range map[string]struct {
		file   string
		status int
		code   string
	}{
		"20 MB":                   {whole + strings.Repeat("\x00", 20<<20), 413, "too-large"},
		"a GIF called photo.jpg":  {moving.String(), 415, "unsupported-picture"},
		"an SVG with a script":    {`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, 415, "unsupported-picture"},
		"nothing":                 {"", 415, "unsupported-picture"},
		"a PNG of 50,000 a side":  {pngBomb(), 422, "too-many-pixels"},
		"a JPEG that was cut off": {whole[:len(whole)/2], 422, "broken-picture"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s.wantProblem(s.do("POST", address, c.file, worker, "Content-Type: image/jpeg"), c.status, c.code)
			body, kind := form(t, "incident", fmt.Sprintf(reportJSON, "refused"), "photo", c.file)
			s.wantProblem(s.do("POST", "/api/v1/incidents", body, worker, kind), c.status, c.code)
		})
	}
	if list := s.json(s.get("/api/v1/incidents", worker), http.StatusOK)["incidents"].([]any); len(list) != 1 {
		t.Errorf("a report with a bad photo was taken: %v", list)
	}
	for sentence, parts := range map[string][]string{
		"no incident": {"photo", whole}, "an unknown part": {"incident", "{}", "file", whole}, "two incidents": {"incident", "{}", "incident", "{}"},
	} {
		body, kind := form(t, parts...)
		if got := s.do("POST", "/api/v1/incidents", body, worker, kind); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", sentence, got.status, got.body)
		}
	}
	body, kind = form(t, "incident", "{}")
	s.wantProblem(s.do("POST", "/api/v1/incidents", body[:len(body)-9], worker, kind), http.StatusBadRequest, "bad-request")
}

func TestListsAndFilesOfIncidents(t *testing.T) {
	s := newGrid(t)
	worker, handler := s.signIn("张小明", access.Worker, "44530200100101"), s.signIn("李四", access.Handler, "")
	for i, text := range []string{`=HYPERLINK(\"http://x\")`, "+1", "-1", "@SUM(A1)", " =1", "好,\\n\\\"引\\\""} {
		body := fmt.Sprintf(`{"client_id": "%d", "kind": "0403", "text": "%s", "lon": %g, "lat": 22.91}`, i, text, 112.005+float64(i)*0.006)
		s.json(s.do("POST", "/api/v1/incidents", body, handler), http.StatusCreated)
	}
	count := func(address, who string) int {
		t.Helper()
		return len(s.json(s.get("/api/v1/incidents"+address, who), http.StatusOK)["incidents"].([]any))
	}
	if all, own, paged := count("", handler), count("", worker), count("?limit=2", handler); all != 6 || own != 3 || paged != 2 {
		t.Errorf("%d, %d, %d", all, own, paged)
	}
	page := s.json(s.get("/api/v1/incidents?limit=4&cell=445302", handler), http.StatusOK)
	if next := s.json(s.get(page["links"].([]any)[0].(map[string]any)["href"].(string), handler), http.StatusOK); next["numberReturned"] != 2.0 {
		t.Errorf("the next page: %v", next)
	}
	counts := s.json(s.get("/api/v1/incidents/counts?cell=445302", handler), http.StatusOK)
	if counts["count"] != 6.0 || counts["open"] != 6.0 || counts["by_state"].(map[string]any)["reported"] != 6.0 || counts["by_kind"].(map[string]any)["04"] != 6.0 {
		t.Errorf("counted: %v", counts)
	}
	if own := s.json(s.get("/api/v1/incidents/counts", worker), http.StatusOK); own["count"] != 3.0 {
		t.Errorf("a worker's counts: %v", own)
	}
	s.wantProblem(s.get("/api/v1/incidents/counts?state=gone", handler), http.StatusBadRequest, "bad-request")
	got := s.get("/api/v1/incidents/export?format=csv", handler)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(got.body), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 7 || !bytes.HasPrefix(got.body, []byte("\xef\xbb\xbf")) || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	book, err := excelize.OpenReader(bytes.NewReader(s.get("/api/v1/incidents/export?format=xlsx", handler).body))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := book.GetRows("事件")
	if err != nil || len(sheet) != 7 {
		t.Fatalf("%v, %d rows", err, len(sheet))
	}
	for _, table := range [][][]string{rows, sheet} {
		for _, row := range table[1:] {
			if text := row[6]; strings.ContainsAny(strings.TrimSpace(text)[:1], "=+-@") {
				t.Errorf("%q becomes a formula", text)
			}
		}
	}
	if n := len(s.json(s.get("/api/v1/incidents/export?format=geojson&kind=05", handler), http.StatusOK)["features"].([]any)); n != 0 {
		t.Errorf("%d features of another class", n)
	}
	if n := len(s.json(s.get("/api/v1/incidents/export?format=geojson", handler), http.StatusOK)["features"].([]any)); n != 6 {
		t.Errorf("%d features", n)
	}
	for level, want := range map[string]int{"micro": 4, "small": 2, "county": 1, "beidou5": 6, "town": 0} {
		heat := s.json(s.get("/api/v1/incidents/heat?level="+level, handler), http.StatusOK)
		list := heat["cells"].([]any)
		if len(list) != want || want > 0 && (heat["count"] != 6.0 || list[0].(map[string]any)["lon"].(float64) < 112) {
			t.Errorf("%s: %v", level, heat)
		}
	}
}

// hear reads n events of incidents.
func (s *service) hear(ctx context.Context, n int, headers ...string) <-chan []string {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/incidents/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	got, err := http.DefaultClient.Do(r) //nolint:bodyclose // closed below
	if err != nil || got.StatusCode != http.StatusOK {
		s.t.Fatalf("%v, %v", err, got)
	}
	heard := make(chan []string, 1)
	go func() {
		defer got.Body.Close()
		var list []string
		lines := bufio.NewScanner(got.Body)
		for len(list) < n && lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok && lines.Scan() {
				list = append(list, id+" "+strings.TrimPrefix(lines.Text(), "event: "))
			}
		}
		heard <- list
	}()
	return heard
}

func TestIncidentEvents(t *testing.T) {
	s := newGrid(t)
	worker, handler := s.signIn("张小明", access.Worker, "44530200100101"), s.signIn("李四", access.Handler, "")
	live := s.hear(t.Context(), 2, worker)
	one := s.report("e-1", handler)
	s.json(s.do("POST", "/api/v1/incidents", `{"client_id": "e-2", "kind": "0402", "text": "x", "lon": 112.035, "lat": 22.91}`, handler), http.StatusCreated) // of another cell
	s.json(s.do("POST", fmt.Sprintf("/api/v1/incidents/%v/transitions", one["id"]), `{"to": "verified", "version": 1}`, handler), http.StatusOK)
	if got := fmt.Sprint(<-live); got != "[1 reported 3 verified]" {
		t.Errorf("a worker hears %s", got)
	}
	if got := fmt.Sprint(<-s.hear(t.Context(), 2, handler, "Last-Event-ID: 1")); got != "[2 reported 3 verified]" {
		t.Errorf("who comes back hears %s", got)
	}
	s.wantProblem(s.get("/api/v1/incidents/events", handler, "Last-Event-ID: x"), http.StatusBadRequest, "bad-request")

	shut := s.hear(t.Context(), 99, worker)
	if _, err := s.parts.DB.Exec(t.Context(), "UPDATE access.users SET revoked_at = now() WHERE name = '张小明'"); err != nil {
		t.Fatal(err)
	}
	s.report("e-3", handler)
	select {
	case <-shut:
	case <-time.After(15 * time.Second):
		t.Error("who was shut out goes on hearing")
	}
}
