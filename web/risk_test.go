package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

var longText = strings.Repeat("9", 40_000)

func TestRiskOfAPlace(t *testing.T) {
	s := newService(t)
	got := s.json(s.get("/api/v1/risk?lon=112.09&lat=22.91&radius=1000"), http.StatusOK)
	if fmt.Sprint(got["risks"]) != "[]" || got["found"] != 0.0 || got["radius_m"] != 1000.0 {
		t.Errorf("%v", got)
	}
	s.json(s.get("/api/v1/risk?lon=112.09&lat=22.91&datetime=2026-05-01"), http.StatusOK)
	// The same place in other systems.
	for crs, place := range map[string]string{
		"4546": "lon=611758.667&lat=2534428.183", "EPSG:4525": "lon=37611758.667&lat=2534428.183", "3857": "lon=12477802.2&lat=2621361.5", "gcj02": "lon=112.0950&lat=22.9074",
	} {
		got := s.json(s.get("/api/v1/risk?"+place+"&crs="+crs), http.StatusOK)
		if lon, lat := got["lon"].(float64), got["lat"].(float64); lon < 112.0 || lon > 112.2 || lat < 22.8 || lat > 23.0 {
			t.Errorf("%s: %v, %v", crs, lon, lat)
		}
	}
}

func TestBadQuestionsAboutRisk(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct{ query, field, code string }{
		"no place":             {"", "lon", "bad-request"},
		"no latitude":          {"lon=112", "lat", "bad-request"},
		"not a number":         {"lon=NaN&lat=22", "lon", "bad-request"},
		"endless":              {"lon=Inf&lat=22", "lon", "bad-request"},
		"91 degrees":           {"lon=112&lat=91", "lat", "bad-request"},
		"a pole":               {"lon=112&lat=90", "", "outside-world"},
		"swapped":              {"lon=22.9&lat=112.04", "lon", "bad-request"},
		"swapped metres":       {"lon=2534428&lat=611758&crs=4546", "lon", "bad-request"},
		"degrees for metres":   {"lon=112&lat=22.9&crs=4546", "lon", "bad-request"},
		"metres for degrees":   {"lon=611758&lat=2534428", "lon", "bad-request"},
		"an unknown system":    {"lon=112&lat=22&crs=mars", "crs", "bad-request"},
		"an older datum":       {"lon=112&lat=22&crs=4610", "crs", "bad-request"},
		"a radius below 0":     {"lon=112&lat=22&radius=-1", "", "bad-radius"},
		"a radius too large":   {"lon=112&lat=22&radius=1e9", "", "bad-radius"},
		"a radius of NaN":      {"lon=112&lat=22&radius=NaN", "radius", "bad-request"},
		"a limit of 0":         {"lon=112&lat=22&limit=0", "limit", "bad-request"},
		"21 shelters":          {"lon=112&lat=22&shelters=21", "shelters", "bad-request"},
		"soon":                 {"lon=112&lat=22&datetime=soon", "datetime", "bad-request"},
		"an unknown parameter": {"lon=112&lat=22&range=3", "range", "bad-request"},
		"twice":                {"lon=112&lon=113&lat=22", "lon", "bad-request"},
		"a NUL":                {"lon=112%00&lat=22", "lon", "bad-request"},
		"a very long text":     {"lon=" + longText + "&lat=22", "lon", "bad-request"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.get("/api/v1/risk?" + c.query)
			s.wantProblem(got, http.StatusBadRequest, c.code)
			if p := s.json(got, http.StatusBadRequest); c.field != "" && p["field"] != c.field {
				t.Errorf("field %v, want %s: %s", p["field"], c.field, got.body)
			}
		})
	}
}

func TestExposureOverHTTP(t *testing.T) {
	s := newService(t)
	square := `{"type":"Polygon","coordinates":[[[112.08,22.90],[112.10,22.90],[112.10,22.92],[112.08,22.92],[112.08,22.90]]]}`
	got := s.json(s.do("POST", "/api/v1/risk/exposure?by=village", square), http.StatusOK)
	if area := got["area_m2"].(float64); area < 4.5e6 || area > 4.6e6 || got["by"] != "village" || got["zone"] != nil {
		t.Errorf("%v", got)
	}
	shifted := s.json(s.do("POST", "/api/v1/risk/exposure?crs=gcj02", square), http.StatusOK)
	if shifted["area_m2"] == got["area_m2"] {
		t.Error("crs is not heeded")
	}
	zone := s.json(s.do("POST", "/api/v1/risk/exposure", `{"layer":"pond","key":"P1"}`), http.StatusOK)
	if zone["area_m2"] != got["area_m2"] {
		t.Errorf("the pond P1 is that square: %v", zone)
	}
	for sentence, c := range map[string]struct {
		query, body string
		status      int
		code, field string
	}{
		"no body":              {"", "", 422, "bad-area", "(body)"},
		"crossing itself":      {"", `{"type":"Polygon","coordinates":[[[112,22],[112.1,22.1],[112.1,22],[112,22.1],[112,22]]]}`, 422, "bad-area", "coordinates"},
		"half the globe":       {"", halfGlobe, 422, "bad-area", "coordinates"},
		"swapped axes":         {"", `{"type":"Polygon","coordinates":[[[22.9,112.1],[22.92,112.1],[22.92,112.12],[22.9,112.1]]]}`, 400, "bad-request", "lon"},
		"91 degrees":           {"", `{"type":"Polygon","coordinates":[[[112,91],[113,91],[113,92],[112,91]]]}`, 400, "bad-request", "lat"},
		"a body of 9 MiB":      {"", `{"layer":"` + strings.Repeat("x", 9<<20) + `"}`, 413, "too-large", ""},
		"an internal layer":    {"", `{"layer":"well","key":"W1"}`, 401, "unauthenticated", ""},
		"a zone that is not":   {"", `{"layer":"pond","key":"P9"}`, 404, "unknown-feature", ""},
		"a NUL in the key":     {"", `{"layer":"pond","key":"P\u0000"}`, 422, "bad-area", "key"},
		"a tier that is not":   {"?by=county", square, 400, "bad-tier", ""},
		"an unknown system":    {"?crs=moon", square, 400, "bad-request", "crs"},
		"an unknown parameter": {"?at=1", square, 400, "bad-request", "at"},
		"before all versions":  {"?datetime=2001-01-01", `{"layer":"pond","key":"P1"}`, 404, "layer-not-published", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.do("POST", "/api/v1/risk/exposure"+c.query, c.body)
			s.wantProblem(got, c.status, c.code)
			if p := s.json(got, c.status); c.field != "" && p["field"] != c.field {
				t.Errorf("field %v, want %s: %s", p["field"], c.field, got.body)
			}
		})
	}
}

func TestRainOverHTTP(t *testing.T) {
	s := newService(t)
	got := s.json(s.do("POST", "/api/v1/risk/rain?draft=true", `{"stations": [{"lon": 112.09, "lat": 22.91, "h1": 60}]}`), http.StatusOK)
	if got["demo"] != true || fmt.Sprint(got["zones"]) != "[]" {
		t.Errorf("%v", got)
	}
	for sentence, c := range map[string]struct {
		query, body string
		status      int
		code, field string
	}{
		"no body":           {"", "", 422, "bad-rain", "(body)"},
		"no rain":           {"", `{"stations": [{"lon": 112, "lat": 22}]}`, 422, "bad-rain", "stations[0]"},
		"swapped":           {"", `{"stations": [{"lon": 22, "lat": 112, "h1": 1}]}`, 400, "bad-request", "lon"},
		"no such layer":     {"", `{"stations": [{"code": "8", "h1": 1}]}`, 404, "unknown-layer", ""},
		"an unknown system": {"?crs=moon", `{"stations": [{"lon": 112, "lat": 22, "h1": 1}]}`, 400, "bad-request", "crs"},
		"perhaps":           {"?draft=perhaps", `{"stations": [{"lon": 112, "lat": 22, "h1": 1}]}`, 400, "bad-request", "draft"},
		"five megabytes":    {"", strings.Repeat(" ", 5<<20), 413, "too-large", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.do("POST", "/api/v1/risk/rain"+c.query, c.body)
			s.wantProblem(got, c.status, c.code)
			if p := s.json(got, c.status); c.field != "" && p["field"] != c.field {
				t.Errorf("field %v, want %s: %s", p["field"], c.field, got.body)
			}
		})
	}
}
