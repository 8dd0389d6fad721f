package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A client that sends its whole body before it reads must see the refusal, and
// may go on with the same connection.
func TestWhoSendsTooMuchSeesTheRefusal(t *testing.T) {
	s := newService(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for path, status := range map[string]int{
		"/api/v1/within": http.StatusRequestEntityTooLarge, "/api/v1/risk/exposure": http.StatusRequestEntityTooLarge, "/api/v1/coordinates/convert": http.StatusRequestEntityTooLarge,
		"/api/v1/overlay?foo=1": http.StatusBadRequest, "/api/v1/warnings": http.StatusUnauthorized,
	} {
		body := `{"geometry":"` + strings.Repeat("x", 20<<20) + `"}`
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body); err != nil {
			t.Fatalf("%s: sending: %v", path, err)
		}
		got, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("%s: the answer: %v", path, err)
		}
		if got.StatusCode != status || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s, want %d", path, got.Status, status)
		}
		if _, err := io.Copy(io.Discard, got.Body); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSystemOfAShapeMayStandInTheAddress(t *testing.T) {
	s := newService(t)
	mercator := `{"layers": "pond", "geometry": {"type": "Polygon", "coordinates": [[[12476000, 2620000], [12482000, 2620000], [12482000, 2624000], [12476000, 2624000], [12476000, 2620000]]]}%s}`
	want := s.json(s.do("POST", "/api/v1/within", fmt.Sprintf(mercator, `, "crs": "3857"`)), 200)
	got := s.json(s.do("POST", "/api/v1/within?crs=3857", fmt.Sprintf(mercator, "")), 200)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("in the address\n%v\nin the body\n%v", got, want)
	}
	s.wantProblem(s.do("POST", "/api/v1/within?crs=4490", fmt.Sprintf(mercator, `, "crs": "3857"`)), 400, "bad-request")
	if p := s.json(s.do("POST", "/api/v1/overlay?crs=9999", `{"layer": "pond", "geometry": `+siteGeoJSON+`}`), 422); p["field"] == nil {
		t.Errorf("%v", p)
	}
	s.wantProblem(s.get("/api/v1/route/forest-chief?lon=112.1&lat=22.9"), 404, "unknown-layer") // the fixture has none
}
