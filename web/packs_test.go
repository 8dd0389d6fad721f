package web

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/risk"
)

const (
	pointsOfDanger = `{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"hazard_id":"D1","kind":"01","name":"河口村滑坡"},"geometry":{"type":"Point","coordinates":[112.0123456789,22.91]}},
		{"type":"Feature","properties":{"hazard_id":"D2","kind":"02","name":"远处崩塌"},"geometry":{"type":"Point","coordinates":[112.5,22.91]}}]}`
	shelterFile = `{"type":"FeatureCollection","features":[
		{"type":"Feature","properties":{"shelter_id":"S1","name":"河口小学","capacity":300},"geometry":{"type":"Point","coordinates":[112.03,22.925]}}]}`
)

func TestAPackHoldsWhatAPhoneNeeds(t *testing.T) {
	s := newGrid(t)
	operator := access.With(t.Context(), access.Operator("test"))
	for layer, text := range map[string]string{"geohazard_point": pointsOfDanger, "shelter": shelterFile} {
		file := filepath.Join(t.TempDir(), layer+".geojson")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Publish: true, Unchecked: true}); err != nil {
			t.Fatal(err)
		}
	}
	watcher := s.parts.Catalogue.(*layers.Watcher)
	if err := watcher.Reload(operator); err != nil {
		t.Fatal(err)
	}
	rules, _, err := risk.ReadRules(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	set := risk.NewSet(s.parts.DB, rules, watcher, nil)
	if err := set.Refresh(operator); err != nil {
		t.Fatal(err)
	}
	s.parts.Risks = set
	s.prepareIncidents()
	s.restart()

	worker := s.signIn("王小虎", access.Worker, "44530200100101")
	first := s.get("/api/v1/grid/cells/44530200100101/pack", worker)
	etag := first.header.Get("ETag")
	p := s.json(first, http.StatusOK)
	cells := p["cells"].([]any)
	var shapes, names int
	for _, one := range cells {
		c := one.(map[string]any)
		if c["shape"] != nil {
			shapes++
		}
		for _, d := range c["duty"].([]any) {
			if d.(map[string]any)["name"] != "" {
				names++
			}
		}
	}
	if len(cells) != 4 || shapes != 2 || names != 2 { // the county, the small grid, its two micro-grids
		t.Errorf("%d cells, %d shapes, %d people: %v", len(cells), shapes, names, cells)
	}
	risks := p["risks"].([]any)
	if len(risks) != 1 || risks[0].(map[string]any)["title"] != "河口村滑坡" {
		t.Fatalf("%v", risks)
	}
	if at := risks[0].(map[string]any)["geometry"].(map[string]any)["coordinates"]; at.([]any)[0] != 112.0123457 {
		t.Errorf("%v", at)
	}
	if shelters := p["shelters"].([]any); len(shelters) != 1 || shelters[0].(map[string]any)["capacity"] != 300. {
		t.Errorf("%v", shelters)
	}
	if kinds := p["kinds"].(map[string]any)["entries"].([]any); len(kinds) < 20 {
		t.Errorf("%d kinds", len(kinds))
	}
	if again := s.get("/api/v1/grid/cells/44530200100101/pack", worker, "If-None-Match: "+etag); again.status != http.StatusNotModified {
		t.Errorf("status %d for a pack that is known", again.status)
	}
	s.wantProblem(s.get("/api/v1/grid/cells/nowhere/pack"), http.StatusNotFound, "unknown-cell")
	s.wantProblem(s.get("/api/v1/grid/cells/44530200100101/pack?crs=4546"), http.StatusBadRequest, "unknown-parameter")
}
