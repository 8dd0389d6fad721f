package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onemap/layers"
	"onemap/postgis/postgistest"
)

func TestEditingOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	firstPlaces(t)
	file := filepath.Join(t.TempDir(), "feature.geojson")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"type": "Feature", "properties": {"place_id": "N1", "name": "新地名"}, "geometry": {"type": "Point", "coordinates": [111.95, 22.85]}}`)
	var made layers.GeoFeature
	if err := json.Unmarshal([]byte(must(t, "edit", "create", "place_name", "--file", file, "--reason", "普查")), &made); err != nil || made.ID != 4 {
		t.Fatalf("%+v, %v", made, err)
	}
	write(`{"type": "Feature", "properties": {"name": "改名"}}`)
	if out := must(t, "edit", "update", "place_name", "2", "--file", file); !strings.Contains(out, "改名") || !strings.Contains(out, "P1") {
		t.Errorf("updated: %s", out)
	}
	if _, _, err := mapserver(t, "edit", "update", "place_name", "2", "--file", file, "--if-match", "old"); !errors.Is(err, layers.ErrFeatureChanged) {
		t.Errorf("with an old ETag: %v", err)
	}
	must(t, "edit", "delete", "place_name", "1")
	if out := must(t, "features", "place_name"); strings.Contains(out, "地名0") || !strings.Contains(out, "新地名") || !strings.Contains(out, "改名") {
		t.Errorf("features: %s", out)
	}
	if out := must(t, "edits", "place_name"); strings.Count(out, "\n") != 3 || !strings.Contains(out, "普查") {
		t.Errorf("edits: %s", out)
	}
	if out := must(t, "edits", "place_name", "--fid", "1", "--json"); !strings.Contains(out, "地名0") {
		t.Errorf("the deleted feature: %s", out)
	}
	write(`{"type": "Feature", "properties": {"nmae": "改名"}}`)
	if _, _, err := mapserver(t, "edit", "update", "place_name", "2", "--file", file); err == nil || !strings.Contains(err.Error(), "nmae") {
		t.Errorf("an unknown field: %v", err)
	}
	for _, args := range [][]string{
		{"edit", "move", "place_name", "1"},
		{"edit", "create", "place_name", "1", "--file", file},
		{"edit", "update", "place_name", "1"},
		{"edit", "delete", "place_name", "x"},
		{"edit", "delete", "place_name", "1", "--file", file},
		{"edits", "place_name", "--limit", "0"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestKillMinus9WhileEditsAreFoldedIn kills the server when it has built an
// archive with an edit and is about to say so.
func TestKillMinus9WhileEditsAreFoldedIn(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the program")
	}
	k := newKillable(t)
	k.kill()
	k.options = []string{"--fold-edits-after", "300ms"}
	k.start()
	k.token = strings.TrimSpace(must(t, "token", "create", "editor", "--rights", "edit"))
	firstPlaces(t)
	archives := func(where string) (n int) {
		t.Helper()
		if err := k.db.QueryRow(t.Context(), "SELECT count(*) FROM catalogue.archives WHERE layer = 'place_name' AND "+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	until := func(what string, yes func() bool) {
		t.Helper()
		for range 600 {
			if yes() {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Fatalf("never: %s", what)
	}
	shows := func(name string) bool {
		t.Helper()
		r, err := http.Get(k.url + "/tiles/place_name/14/13284/7125.mvt")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(body), name)
	}
	rename := func(name string) {
		t.Helper()
		status, _, answer := k.do(http.MethodPatch, "/api/v1/layers/place_name/features/1", strings.NewReader(`{"type": "Feature", "properties": {"name": "`+name+`"}}`))
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, answer)
		}
	}
	until("there is an archive", func() bool { return archives("edited = 0") == 1 })
	at := moment{"catalogue.archives", "true"}
	release := k.halt(at)
	rename("一改")
	k.halted()
	if !shows("一改") {
		t.Error("the edit is not shown while it is folded in")
	}
	k.kill()
	k.unhalt(at, release)
	if archives("true") != 1 {
		t.Error("an archive is on record that was never finished")
	}
	k.start()
	until("the edit is shown after the kill", func() bool { return shows("一改") })
	rename("二改")
	until("both edits are folded in", func() bool {
		return archives("edited = (SELECT max(id) FROM catalogue.edits)") == 1
	})
	if !shows("二改") || shows("一改") {
		t.Error("the archive shows something else than the last edit")
	}
	if out := must(t, "doctor"); strings.Contains(out, "✗") {
		t.Errorf("doctor: %s", out)
	}
}
