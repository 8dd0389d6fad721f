package web

import (
	"archive/zip"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onemap/access"
	"onemap/importers"
)

// brokenPonds has a row without its code, and a name that must not become markup.
const brokenPonds = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "properties": {"code": "P1", "name": "<script>alert(1)</script>"}, "geometry": {"type": "Polygon", "coordinates": [[[112.08, 22.90], [112.10, 22.90], [112.10, 22.92], [112.08, 22.92], [112.08, 22.90]]]}},
	{"type": "Feature", "properties": {"code": "", "name": "=1+1"}, "geometry": {"type": "Polygon", "coordinates": [[[112.12, 22.90], [112.14, 22.90], [112.14, 22.92], [112.12, 22.92], [112.12, 22.90]]]}}]}`

// importBroken makes version 2 of the ponds, with a row in quarantine.
func importBroken(t *testing.T, s *service) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pond.geojson")
	if err := os.WriteFile(file, []byte(brokenPonds), 0o600); err != nil {
		t.Fatal(err)
	}
	operator := access.With(t.Context(), access.Operator("test"))
	r, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: "pond"})
	if err != nil || r.Version.Number != 2 || r.Rejected != 1 {
		t.Fatal(r.Version, r.Rejected, err)
	}
}

func TestQualityReports(t *testing.T) {
	s := newService(t)
	importBroken(t, s)
	base := "/api/v1/layers/pond/versions/2/"
	page := s.get(base+"report.html", s.bearer())
	text := string(page.body)
	if page.status != http.StatusOK || !strings.Contains(text, "质检报告") || !strings.Contains(text, "必填字段为空") || strings.Contains(text, "<script") {
		t.Errorf("the page: %d %.300s", page.status, text)
	}
	if !strings.HasPrefix(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Error("the page may load things")
	}
	xlsx := s.get(base+"report.xlsx", s.bearer())
	book, err := excelize.OpenReader(bytes.NewReader(xlsx.body))
	if err != nil {
		t.Fatal(xlsx.status, err)
	}
	if got := strings.Join(book.GetSheetList(), " "); got != "概况 规则 示例 拒收行" {
		t.Errorf("sheets %s", got)
	}
	rows, err := book.GetRows("拒收行")
	if err != nil || len(rows) != 2 || rows[1][0] != "2" || rows[1][1] != "required" || !strings.Contains(rows[1][7], "=1+1") {
		t.Errorf("rejected rows %v, %v", rows, err)
	}
	if _, err := zip.NewReader(bytes.NewReader(xlsx.body), int64(len(xlsx.body))); err != nil {
		t.Error(err)
	}
	s.wantProblem(s.get("/api/v1/layers/pond/versions/9/report.html", s.bearer()), http.StatusNotFound, "unknown-version")
	s.wantProblem(s.get("/api/v1/layers/pond/versions/1/quarantine", s.bearer()), http.StatusNotFound, "unknown-row")
}

func TestTheRulesOfALayer(t *testing.T) {
	s := newService(t)
	answer := s.json(s.get("/api/v1/layers/pond/rules", s.bearer()), http.StatusOK)
	skippable := map[string]any{}
	for _, one := range answer["rules"].([]any) {
		rule := one.(map[string]any)
		skippable[rule["id"].(string)] = rule["skippable"]
	}
	if answer["layer"] != "pond" || skippable["required"] != false || skippable["count_change"] != true || skippable["repair"] != false {
		t.Errorf("the rules: %v", answer)
	}
	s.wantProblem(s.get("/api/v1/layers/moon/rules", s.bearer()), http.StatusNotFound, "unknown-layer")
}

func TestQuarantineOverHTTP(t *testing.T) {
	s := newService(t)
	importBroken(t, s)
	base := "/api/v1/layers/pond/versions/2/quarantine"
	list := s.json(s.get(base, s.bearer()), http.StatusOK)
	rows, _ := list["rows"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["rule"] != "required" || rows[0].(map[string]any)["geometry"] == nil {
		t.Fatalf("the list: %v", list)
	}
	if shape, _ := rows[0].(map[string]any)["shape"].(map[string]any); list["crs"] != "EPSG:4326" || shape["type"] == nil {
		t.Errorf("the row on the map: %v of %v", rows[0], list["crs"])
	}
	s.work()
	failed := s.ended(s.accepted(base + "/retry"))
	if problem, _ := failed["problem"].(map[string]any); failed["state"] != "failed" || problem["code"] != "still-refused" {
		t.Errorf("nothing was corrected, yet: %v", failed)
	}
	s.wantProblem(s.do(http.MethodPost, base+"/retry", `{"seven_parameters": {"dx": 1}}`, s.bearer()), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.do(http.MethodPost, base+"/retry", `{"seven": 1}`, s.bearer()), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.do(http.MethodPatch, base+"/2", `{"attribute":{}}`, s.bearer()), http.StatusUnprocessableEntity, "correction-not-readable")
	s.wantProblem(s.do(http.MethodPatch, base+"/77", `{"attributes":{"code":"P9"}}`, s.bearer()), http.StatusNotFound, "unknown-row")
	row := s.json(s.do(http.MethodPatch, base+"/2", `{"attributes":{"code":"P9"}}`, s.bearer()), http.StatusOK)
	if row["state"] != "corrected" {
		t.Errorf("the row: %v", row)
	}
	done := s.ended(s.accepted(base + "/retry?publish=true"))
	if report, _ := done["report"].(map[string]any); done["kind"] != "retry" || done["of_version"] != 2.0 || report["accepted"] != 1.0 {
		t.Errorf("the retry: %v", done)
	}
	version := s.json(s.get("/api/v1/layers/pond/versions/3", s.bearer()), http.StatusOK)
	if version["state"] != "published" || version["feature_count"] != 2.0 {
		t.Errorf("the version: %v %v", version["state"], version["feature_count"])
	}
	s.wantProblem(s.do(http.MethodPatch, base+"/2", `{"attributes":{"code":"P8"}}`, s.bearer()), http.StatusConflict, "row-accepted")
}

// accepted posts, is answered 202, and returns the job's address.
func (s *service) accepted(path string) string {
	s.t.Helper()
	made := s.do(http.MethodPost, path, "", s.bearer())
	s.json(made, http.StatusAccepted)
	return made.header.Get("Location")
}
