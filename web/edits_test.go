package web

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
)

// plots are three squares side by side, of 0.01 degrees each.
const plots = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "properties": {"code": "A1", "kind": "1", "area": 12.5, "floors": 3, "built": "2020-05-01"}, "geometry": {"type": "Polygon", "coordinates": [[[112.001, 22.901], [112.011, 22.901], [112.011, 22.911], [112.001, 22.911], [112.001, 22.901]]]}},
	{"type": "Feature", "properties": {"code": "A2", "kind": "1", "area": 7}, "geometry": {"type": "Polygon", "coordinates": [[[112.011, 22.901], [112.021, 22.901], [112.021, 22.911], [112.011, 22.911], [112.011, 22.901]]]}},
	{"type": "Feature", "properties": {"code": "A3", "kind": "1"}, "geometry": {"type": "Polygon", "coordinates": [[[112.401, 22.901], [112.411, 22.901], [112.411, 22.911], [112.401, 22.911], [112.401, 22.901]]]}}]}`

// withPlots defines a layer with fields of all kinds and publishes the plots.
func (s *service) withPlots() {
	s.t.Helper()
	operator := access.With(s.t.Context(), access.Operator("test"))
	defs := testDefinitions()
	plot := defs.Layers[0]
	plot.ID, plot.Label, plot.MinZoom, plot.MaxZoom = "plot", "code", 5, 16
	plot.Fields = []layers.Field{
		{Name: "code", Label: "代码", LabelEN: "Code", Type: layers.Text, Length: 8, Required: true, InTiles: true},
		{Name: "kind", Label: "类", LabelEN: "Kind", Type: layers.Text, Dictionary: "kind", InTiles: true},
		{Name: "area", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2},
		{Name: "floors", Label: "层数", LabelEN: "Floors", Type: layers.Integer},
		{Name: "built", Label: "建成", LabelEN: "Built", Type: layers.Date},
	}
	defs.Layers = append(defs.Layers, plot)
	defs.Outline = [][2]float64{{111, 22}, {113, 22}, {113, 24}, {111, 24}, {111, 22}}
	if err := s.store.Define(operator, defs); err != nil {
		s.t.Fatal(err)
	}
	s.deliver("plot", plots)
}

// deliver imports and publishes a file.
func (s *service) deliver(layer, text string) {
	s.t.Helper()
	operator := access.With(s.t.Context(), access.Operator("test"))
	file := filepath.Join(s.t.TempDir(), layer+".geojson")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	report, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Publish: true})
	if err != nil {
		s.t.Fatal(err)
	}
	s.within(time.Second, fmt.Sprintf("%s version %d is published", layer, report.Version.Number), func() bool {
		l, err := s.parts.Catalogue.Catalogue().PublishedLayer(layer)
		return err == nil && l.Published.Number == report.Version.Number
	})
}

// within waits for something that must come about in a time.
func (s *service) within(most time.Duration, what string, yes func() bool) {
	s.t.Helper()
	for start := time.Now(); time.Since(start) < most; time.Sleep(10 * time.Millisecond) {
		if yes() {
			return
		}
	}
	s.t.Fatalf("not within %v: %s", most, what)
}

func square(west, south, side float64) string {
	return fmt.Sprintf(`{"type": "Polygon", "coordinates": [[[%[1]f, %[2]f], [%[3]f, %[2]f], [%[3]f, %[4]f], [%[1]f, %[4]f], [%[1]f, %[2]f]]]}`, west, south, west+side, south+side)
}

func TestEditsOverHTTP(t *testing.T) {
	s := newService(t)
	s.withPlots()
	before := time.Now()
	time.Sleep(5 * time.Millisecond)
	const one = "/api/v1/layers/plot/features/1"

	// A merge patch changes what it names, and nothing else.
	first := s.get(one)
	etag := first.header.Get("ETag")
	if strings.HasPrefix(etag, "W/") || etag == "" {
		t.Errorf("the feature's ETag is not strong: %s", etag)
	}
	got := s.do("PATCH", one+"?reason="+"%E5%AE%9E%E5%9C%B0%E6%A0%B8%E6%9F%A5", `{"type": "Feature", "properties": {"floors": 4, "area": 99.125}}`, s.bearer(), "If-Match: "+etag)
	patched := s.json(got, http.StatusOK)
	p := patched["properties"].(map[string]any)
	if p["floors"] != 4.0 || p["area"] != 99.13 || p["code"] != "A1" || p["built"] != "2020-05-01" {
		t.Errorf("after the patch: %v", p)
	}
	if repairs := fmt.Sprint(patched["repairs"]); !strings.Contains(repairs, "四舍五入") {
		t.Errorf("what was mended is not told: %s", repairs)
	}
	if string(first.body) == string(s.get(one).body) || s.get(one).header.Get("ETag") != got.header.Get("ETag") {
		t.Error("the patch is not read, or has another validator than it was answered with")
	}
	s.wantProblem(s.do("PATCH", one, `{"type": "Feature", "properties": {"floors": 5}}`, s.bearer(), "If-Match: "+etag), http.StatusPreconditionFailed, "feature-changed")
	s.wantProblem(s.do("DELETE", one, "", s.bearer(), "If-Match: "+etag), http.StatusPreconditionFailed, "feature-changed")
	gzipped := s.get(one, "Accept-Encoding: gzip").header.Get("ETag")
	s.json(s.do("PATCH", one, `{"type": "Feature", "properties": {"floors": null}}`, s.bearer(), "If-Match: \"x\", "+gzipped), http.StatusOK)

	// Created in a projection, and numbered.
	made := s.do("POST", "/api/v1/layers/plot/features?crs=EPSG:4546", `{"type": "Feature", "properties": {"code": "B1", "kind": "1"},
		"geometry": {"type": "Polygon", "coordinates": [[[602700, 2534000], [603700, 2534000], [603700, 2535000], [602700, 2535000], [602700, 2534000]]]}}`, s.bearer())
	created := s.json(made, http.StatusCreated)
	if made.header.Get("Location") != "/api/v1/layers/plot/features/4" || created["id"] != 4.0 {
		t.Errorf("created %v at %q", created["id"], made.header.Get("Location"))
	}
	if geometry := fmt.Sprint(s.json(s.get("/api/v1/layers/plot/features/4"), 200)["geometry"]); !strings.Contains(geometry, "[[[112.0") {
		t.Errorf("created at %s", geometry)
	}
	// Replaced: what is left out is empty.
	replaced := s.json(s.do("PUT", "/api/v1/layers/plot/features/2", `{"type": "Feature", "id": 2, "properties": {"code": "A2x"}, "geometry": `+square(112.1, 22.9, 0.01)+`}`, s.bearer()), http.StatusOK)
	if p := replaced["properties"].(map[string]any); p["area"] != nil || p["code"] != "A2x" {
		t.Errorf("replaced: %v", p)
	}
	// Deleted, and its number is not given again.
	if a := s.do("DELETE", "/api/v1/layers/plot/features/4", "", s.bearer()); a.status != http.StatusNoContent {
		t.Errorf("deleting: %d %s", a.status, a.body)
	}
	s.wantProblem(s.get("/api/v1/layers/plot/features/4"), http.StatusNotFound, "unknown-feature")
	s.wantProblem(s.do("DELETE", "/api/v1/layers/plot/features/4", "", s.bearer()), http.StatusNotFound, "unknown-feature")
	again := s.json(s.do("POST", "/api/v1/layers/plot/features", `{"type": "Feature", "properties": {"code": "B2"}, "geometry": `+square(112.9, 23.5, 0.01)+`}`, s.bearer()), http.StatusCreated)
	if again["id"] != 5.0 {
		t.Errorf("the number of a deleted feature was given again: %v", again["id"])
	}

	// Every edit is on record.
	list := s.json(s.get("/api/v1/layers/plot/edits?limit=4", s.bearer()), 200)
	edits := list["edits"].([]any)
	if len(edits) != 4 || len(list["links"].([]any)) != 1 {
		t.Fatalf("%d edits, links %v", len(edits), list["links"])
	}
	next := list["links"].([]any)[0].(map[string]any)["href"].(string)
	edits = append(edits, s.json(s.get(next, s.bearer()), 200)["edits"].([]any)...)
	var told []string
	for _, e := range edits {
		e := e.(map[string]any)
		told = append(told, fmt.Sprintf("%v %v %v %v", e["operation"], e["fid"], e["before"] != nil, e["after"] != nil))
	}
	if want := "[create 5 false true delete 4 true false replace 2 true true create 4 false true update 1 true true update 1 true true]"; fmt.Sprint(told) != want {
		t.Errorf("edits %v, want %s", told, want)
	}
	last := edits[5].(map[string]any)
	if last["reason"] != "实地核查" || last["by"] != "token:first" || last["before"].(map[string]any)["properties"].(map[string]any)["floors"] != 3.0 {
		t.Errorf("the first edit: %v", last)
	}

	// The version counts what it has, and reaches as far.
	s.within(time.Second, "the catalogue follows", func() bool {
		l, _ := s.parts.Catalogue.Catalogue().PublishedLayer("plot")
		return l.Published.Edits == 6 && l.Published.FeatureCount == 4 && l.Published.Bounds[3] > 23.5
	})
	// As it was before.
	asOf := "datetime=" + strings.ReplaceAll(before.Format(time.RFC3339Nano), "+", "%2B")
	if was := s.get(one + "?" + asOf); string(was.body) != string(first.body) {
		t.Errorf("before the edits: %s, want %s", was.body, first.body)
	}
	if all := s.json(s.get("/api/v1/layers/plot/features?"+asOf), 200); all["numberReturned"] != 3.0 || strings.Contains(fmt.Sprint(all), "A2x") {
		t.Errorf("all before the edits: %v", all)
	}
	if in := s.json(s.get("/api/v1/layers/plot/features?bbox=112.012,22.902,112.02,22.91&"+asOf), 200); in["numberReturned"] != 1.0 {
		t.Errorf("where the moved one was: %v", in)
	}
	if here := fmt.Sprint(s.json(s.get("/api/v1/identify?lon=112.015&lat=22.905&layers=plot&"+asOf), 200)); !strings.Contains(here, "A2") {
		t.Errorf("what was there: %s", here)
	}
}

func TestWhoMayEdit(t *testing.T) {
	s := newService(t)
	s.wantProblem(s.do("DELETE", "/api/v1/layers/pond/features/1", ""), http.StatusUnauthorized, "unauthenticated")
	s.wantProblem(s.get("/api/v1/layers/pond/edits"), http.StatusUnauthorized, "unauthenticated")
	operator := access.With(t.Context(), access.Operator("test"))
	publisher, err := access.NewTokens(s.parts.DB).Create(operator, "publisher", []access.Right{access.ReadPublic, access.Publish})
	if err != nil {
		t.Fatal(err)
	}
	s.wantProblem(s.do("DELETE", "/api/v1/layers/pond/features/1", "", "Authorization: Bearer "+publisher), http.StatusForbidden, "forbidden")
	editor, err := access.NewTokens(s.parts.DB).Create(operator, "editor", []access.Right{access.ReadPublic, access.Edit})
	if err != nil {
		t.Fatal(err)
	}
	s.wantProblem(s.do("DELETE", "/api/v1/layers/well/features/1", "", "Authorization: Bearer "+editor), http.StatusForbidden, "forbidden")
	if a := s.do("DELETE", "/api/v1/layers/pond/features/1", "", "Authorization: Bearer "+editor); a.status != http.StatusNoContent {
		t.Errorf("the editor: %d %s", a.status, a.body)
	}
}

func TestBadEdits(t *testing.T) {
	s := newService(t)
	s.withPlots()
	was := s.get("/api/v1/layers/plot/features").body
	feature := func(properties, geometry string) string {
		return `{"type": "Feature", "properties": ` + properties + `, "geometry": ` + geometry + `}`
	}
	good := square(112.2, 22.9, 0.01)
	many := `{"type": "LineString", "coordinates": [` + strings.Repeat("[112,23],", 999_999) + `[112,23]]}`
	for sentence, c := range map[string]struct {
		method, path, body string
		status             int
		field, says        string
	}{
		"not JSON":                      {"POST", "", `nothing`, 400, "(body)", "GeoJSON"},
		"nothing at all":                {"POST", "", ``, 400, "(body)", "GeoJSON"},
		"NaN is not JSON":               {"POST", "", feature(`{"code": "C"}`, `{"type": "Point", "coordinates": [NaN, 23]}`), 400, "(body)", "NaN"},
		"NUL":                           {"POST", "", feature(`{"code": "C\u0000"}`, good), 400, "(body)", "NUL"},
		"another encoding":              {"POST", "", feature("{\"code\": \"\xd4\xc6\"}", good), 400, "(body)", "UTF-8"},
		"a list":                        {"POST", "", `[]`, 400, "(body)", "JSON object"},
		"another type":                  {"POST", "", `{"type": "FeatureCollection", "features": []}`, 422, "features", "properties"},
		"no geometry":                   {"POST", "", `{"type": "Feature", "properties": {"code": "C"}}`, 422, "geometry", "must be given"},
		"the geometry taken away":       {"PATCH", "/1", `{"type": "Feature", "geometry": null}`, 422, "geometry", "must be given"},
		"the wrong kind":                {"POST", "", feature(`{"code": "C"}`, `{"type": "Point", "coordinates": [112.2, 22.9]}`), 422, "geometry", "Polygon, MultiPolygon"},
		"a kind that nobody has":        {"POST", "", feature(`{"code": "C"}`, `{"type": "Circle", "coordinates": [112.2, 22.9]}`), 422, "geometry", "Polygon"},
		"a ring that is open":           {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[[112, 23], [112.1, 23], [112.1, 23.1], [112, 23.1]]]}`), 422, "geometry", "first again"},
		"a position of one number":      {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[[112], [112.1], [112.1], [112]]]}`), 422, "geometry", "longitude"},
		"a position of null":            {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[[null, 1], [112.1, 1], [112.1, 2], [null, 1]]]}`), 422, "geometry", "longitude"},
		"coordinates one level off":     {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[112, 23], [112.1, 23], [112.1, 23.1], [112, 23]]}`), 422, "geometry", "longitude"},
		"swapped axes":                  {"POST", "", feature(`{"code": "C"}`, square(22.9, 112.2, 0.01)), 422, "geometry", "longitude (east) first"},
		"91 degrees":                    {"POST", "", feature(`{"code": "C"}`, square(112.2, 91, 0.01)), 422, "geometry", ""},
		"infinite":                      {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[[1e999, 23], [112.1, 23], [112.1, 23.1], [1e999, 23]]]}`), 422, "geometry", ""},
		"outside the city":              {"POST", "", feature(`{"code": "C"}`, square(116.2, 39.9, 0.01)), 422, "geometry", "outside the city"},
		"no area":                       {"POST", "", feature(`{"code": "C"}`, `{"type": "Polygon", "coordinates": [[[112, 23], [112, 23], [112, 23], [112, 23]]]}`), 422, "geometry", ""},
		"a million vertices":            {"POST", "", feature(`{"code": "C"}`, many), 413, "(body)", "100000"},
		"too many bytes":                {"POST", "", feature(`{"code": "`+strings.Repeat("x", 17<<20)+`"}`, good), 413, "(body)", "MiB"},
		"an unknown field":              {"POST", "", feature(`{"code": "C", "colour": "red"}`, good), 422, "colour", "floors"},
		"an unknown member":             {"POST", "", `{"type": "Feature", "code": "C"}`, 422, "code", "properties"},
		"a field of SQL":                {"PATCH", "/1", feature(`{"fid\" = 7 --": 1}`, good), 422, "fid\" = 7 --", "no such field"},
		"the fid as a field":            {"PATCH", "/1", `{"type": "Feature", "properties": {"fid": 7}}`, 422, "fid", "no such field"},
		"required and missing":          {"POST", "", feature(`{}`, good), 422, "code", "required"},
		"required and taken away":       {"PATCH", "/1", `{"type": "Feature", "properties": {"code": null}}`, 422, "code", "required"},
		"too long":                      {"POST", "", feature(`{"code": "123456789"}`, good), 422, "code", "more than 8"},
		"an unknown code":               {"POST", "", feature(`{"code": "C", "kind": "9"}`, good), 422, "kind", "/api/v1/dictionaries/kind"},
		"no number":                     {"PATCH", "/1", `{"type": "Feature", "properties": {"floors": "many"}}`, 422, "floors", "whole number"},
		"no whole number":               {"PATCH", "/1", `{"type": "Feature", "properties": {"floors": 1.5}}`, 422, "floors", "whole number"},
		"too large a number":            {"PATCH", "/1", `{"type": "Feature", "properties": {"floors": 1e300}}`, 422, "floors", "whole number"},
		"too large an amount":           {"PATCH", "/1", `{"type": "Feature", "properties": {"area": 1e300}}`, 422, "area", "digits"},
		"no date":                       {"PATCH", "/1", `{"type": "Feature", "properties": {"built": "soon"}}`, 422, "built", "2024-01-02"},
		"an object for a value":         {"PATCH", "/1", `{"type": "Feature", "properties": {"code": {"a": 1}}}`, 422, "code", "null"},
		"properties that are a list":    {"PATCH", "/1", `{"type": "Feature", "properties": [1]}`, 422, "properties", "object"},
		"a key that another has":        {"POST", "", feature(`{"code": "A1"}`, good), 409, "code", "feature 1"},
		"an id of one's own":            {"POST", "", `{"type": "Feature", "id": 77, "properties": {"code": "C"}, "geometry": ` + good + `}`, 422, "id", "leave it out"},
		"another feature's id":          {"PUT", "/1", `{"type": "Feature", "id": 2, "properties": {"code": "C"}, "geometry": ` + good + `}`, 422, "id", "leave it out"},
		"a feature that is not there":   {"PATCH", "/99", `{"type": "Feature"}`, 404, "", ""},
		"a feature that can't be there": {"DELETE", "/-1", ``, 404, "", ""},
		"an unknown system":             {"POST", "?crs=EPSG:1", feature(`{"code": "C"}`, good), 422, "", "EPSG"},
		"a system that it is not of":    {"POST", "?crs=EPSG:4546", feature(`{"code": "C"}`, good), 422, "geometry", ""},
		"an unknown parameter":          {"POST", "?why=so", feature(`{"code": "C"}`, good), 400, "why", "reason"},
		"a reason without end":          {"DELETE", "/1?reason=" + strings.Repeat("x", 501), ``, 422, "reason", "500"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := *s
			s.t = t
			a := s.do(c.method, "/api/v1/layers/plot/features"+c.path, c.body, s.bearer())
			p := s.json(a, c.status)
			field, _ := p["field"].(string)
			if field != c.field || !strings.Contains(fmt.Sprint(p["detail_en"]), c.says) || p["detail"] == "" {
				t.Errorf("field %q, want %q, saying %q: %.600s", field, c.field, c.says, a.body)
			}
		})
	}
	s.wantProblem(s.do("DELETE", "/api/v1/layers/plot@1/features/1", "", s.bearer()), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.do("DELETE", "/api/v1/layers/moon/features/1", "", s.bearer()), http.StatusNotFound, "unknown-layer")
	if now := s.get("/api/v1/layers/plot/features").body; string(now) != string(was) {
		t.Errorf("refused edits changed something: %s", now)
	}
	if list := s.json(s.get("/api/v1/layers/plot/edits", s.bearer()), 200); len(list["edits"].([]any)) != 0 {
		t.Errorf("refused edits are on record: %v", list)
	}
}

// Edits, publications and rollbacks of a layer come one after another: each edit
// is of one version, and none is lost.
func TestEditsAndPublicationsAtTheSameTime(t *testing.T) {
	s := newService(t)
	s.withPlots()
	s.deliver("plot", strings.ReplaceAll(plots, "A", "Z"))
	operator := access.With(context.Background(), access.Operator("test"))
	var wait sync.WaitGroup
	stop := make(chan struct{})
	wait.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.store.Rollback(operator, "plot"); err != nil {
				t.Error(err)
			}
			if _, err := s.store.Publish(operator, "plot", 2); err != nil {
				t.Error(err)
			}
		}
	})
	const each = 12
	var editing sync.WaitGroup
	for i := range 3 {
		editing.Go(func() {
			for n := range each {
				_, err := importers.Edit(operator, s.store, importers.EditRequest{
					Layer: "plot", FID: 1, Operation: layers.Update, Body: strings.NewReader(fmt.Sprintf(`{"type": "Feature", "properties": {"floors": %d}}`, 100*i+n)),
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	editing.Wait()
	close(stop)
	wait.Wait()
	// In each version the edits of the feature form a chain that ends in what is stored.
	var edits, broken int
	err := s.parts.DB.QueryRow(t.Context(), `
		SELECT count(*), count(*) FILTER (WHERE before->'floors' IS DISTINCT FROM was) + (SELECT count(*) FROM catalogue.versions v WHERE layer = 'plot'
			AND edits <> (SELECT count(*) FROM catalogue.edits e WHERE e.layer = 'plot' AND e.version = v.number))
		FROM (SELECT *, coalesce(lag(after->'floors') OVER (PARTITION BY version ORDER BY id), '3') AS was FROM catalogue.edits) e`).Scan(&edits, &broken)
	if err != nil || edits != 3*each || broken != 0 {
		t.Errorf("%d edits, of which %d do not follow from the one before: %v", edits, broken, err)
	}
}
