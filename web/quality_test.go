package web

import (
	"net/http"
	"strings"
	"testing"
)

func TestHowGoodLayersAre(t *testing.T) {
	s := newService(t)
	importBroken(t, s) // version 2 of the ponds, not published, with a row in quarantine
	of := func(headers ...string) map[string]any {
		t.Helper()
		board := s.json(s.get("/api/v1/quality", headers...), http.StatusOK)
		for _, one := range board["layers"].([]any) {
			if card := one.(map[string]any); card["layer"] == "pond" {
				return card
			}
		}
		t.Fatalf("the ponds are missing: %v", board)
		return nil
	}
	known := of(s.bearer())["versions"].([]any)
	newest := known[0].(map[string]any)
	if len(known) != 2 || newest["version"] != 2.0 || newest["state"] != "checked" || newest["read"] != 2.0 {
		t.Fatalf("%v", known)
	}
	// One refused row counts as of a hundred: 12 points, and no less for what else is found.
	defects := newest["defects"].(map[string]any)
	want := 100 - 12*defects["b"].(float64) - 4*defects["c"].(float64) - defects["d"].(float64) - 42*defects["a"].(float64)
	if defects["b"] != 1.0 || newest["points"] != want {
		t.Errorf("%v points of %v, want %g", newest["points"], defects, want)
	}
	if open := of()["versions"].([]any); len(open) != 1 || open[0].(map[string]any)["version"] != 1.0 {
		t.Errorf("anybody sees %v", open)
	}
	one := s.json(s.get("/api/v1/quality/pond", s.bearer()), http.StatusOK)
	found := false
	for _, f := range one["versions"].([]any)[0].(map[string]any)["findings"].([]any) {
		f := f.(map[string]any)
		found = found || f["rule"] == "required" && f["count"] == 1.0 && f["refuses"] == true && f["level"] == "error"
	}
	if !found {
		t.Errorf("what the rules found: %v", one["versions"])
	}
	file := s.get("/api/v1/quality/export?format=csv", s.bearer())
	if file.status != http.StatusOK || !strings.Contains(string(file.body), "pond,") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %.200s", file.status, file.body)
	}
	s.wantProblem(s.get("/api/v1/quality/export?format=pdf"), http.StatusBadRequest, "bad-request")
	s.wantProblem(s.get("/api/v1/quality/nothing"), http.StatusNotFound, "unknown-layer")
}
