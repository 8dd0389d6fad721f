package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	s := newService(t)
	got := s.do(http.MethodPost, "/api/v1/links", `{"state": "?layers=pond#map=12/22.9/112"}`, "Content-Type: application/json")
	var link struct{ ID, State string }
	if err := json.Unmarshal(got.body, &link); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	got = s.do(http.MethodGet, "/api/v1/links/"+link.ID, "")
	if err := json.Unmarshal(got.body, &link); err != nil || link.State != "?layers=pond#map=12/22.9/112" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.do(http.MethodGet, "/api/v1/links/aaaaaaaaaa", ""); got.status != http.StatusNotFound || !strings.Contains(string(got.body), "unknown-link") {
		t.Errorf("unknown: %d %s", got.status, got.body)
	}
	for _, body := range []string{`{}`, `{"state": ""}`, `{"state": "` + strings.Repeat("x", 16_385) + `"}`, `{"state": 1}`, `{"other": "x"}`} {
		if got := s.do(http.MethodPost, "/api/v1/links", body, "Content-Type: application/json"); got.status != http.StatusBadRequest {
			t.Errorf("%.40s: %d %s", body, got.status, got.body)
		}
	}
}

func TestBuffer(t *testing.T) {
	s := newService(t)
	ask := func(body string) answer {
		return s.do(http.MethodPost, "/api/v1/buffer", body, "Content-Type: application/json")
	}
	for sentence, one := range map[string]struct {
		geometry  string
		low, high float64
	}{
		"a circle of 1 km":            {`{"type": "Point", "coordinates": [112.04, 22.92]}`, 3.12e6, 3.15e6},                                           // π km²
		"a strip of 2 km round 1 km":  {`{"type": "LineString", "coordinates": [[112.04, 22.92], [112.04975, 22.92]]}`, 5.1e6, 5.17e6},                 // 2 + π km²
		"both together count once":    {`{"type": "MultiPoint", "coordinates": [[112.04, 22.92], [112.04, 22.92]]}`, 3.12e6, 3.15e6},                   //
		"and what is round a polygon": {`{"type": "Polygon", "coordinates": [[[112, 22.9], [112.01, 22.9], [112.01, 22.91], [112, 22.9]]]}`, 6e6, 8e6}, //
	} {
		got := ask(`{"metres": 1000, "geometry": ` + one.geometry + `}`)
		var found struct {
			Geometry struct{ Type string }
			AreaM2   float64 `json:"area_m2"`
		}
		if err := json.Unmarshal(got.body, &found); err != nil || found.Geometry.Type != "MultiPolygon" || found.AreaM2 < one.low || found.AreaM2 > one.high {
			t.Errorf("%s: %d %.200s", sentence, got.status, got.body)
		}
	}
	deep := strings.Repeat(`{"type": "GeometryCollection", "geometries": [`, 4000) + strings.Repeat("]}", 4000)
	for sentence, one := range map[string]struct{ body, field string }{
		"no distance":          {`{"geometry": {"type": "Point", "coordinates": [112, 22]}}`, "metres"},
		"too far":              {`{"metres": 50001, "geometry": {"type": "Point", "coordinates": [112, 22]}}`, "metres"},
		"off the globe":        {`{"metres": 10, "geometry": {"type": "Point", "coordinates": [607155, 2535549]}}`, "geometry"},
		"half round the globe": {`{"metres": 10, "geometry": {"type": "LineString", "coordinates": [[-180, 0], [180, 0]]}}`, "geometry"},
		"an open ring":         {`{"metres": 10, "geometry": {"type": "Polygon", "coordinates": [[[112, 22], [113, 22], [113, 23], [112, 23]]]}}`, "geometry"},
		"a crossing":           {`{"metres": 10, "geometry": {"type": "Polygon", "coordinates": [[[112, 22], [113, 23], [113, 22], [112, 23], [112, 22]]]}}`, "geometry"},
		"a line of one place":  {`{"metres": 10, "geometry": {"type": "LineString", "coordinates": [[112, 22]]}}`, "geometry"},
		"no geometry":          {`{"metres": 10, "geometry": {"type": "Thing"}}`, "geometry"},
		"nothing":              {`{"metres": 10}`, "geometry"},
		"very deep":            {`{"metres": 10, "geometry": ` + deep + `}`, "geometry"},
	} {
		got := ask(one.body)
		if p := s.json(got, http.StatusBadRequest); p["field"] != one.field {
			t.Errorf("%s: %.300s", sentence, got.body)
		}
	}
	if got := s.do(http.MethodPost, "/api/v1/grid/codes/beidou/cover?level=4", deep); got.status != http.StatusBadRequest || !strings.Contains(string(got.body), "too deep") {
		t.Errorf("a cover of what is very deep: %d %.200s", got.status, got.body)
	}
}
