package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

// TestRefusedRowsOnTheCommandLine goes the keeper's way: what was refused is
// listed, written out, corrected in the file, given up or tried again, and in
// the end published with the rest.
func TestRefusedRowsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	dir := t.TempDir()
	t.Setenv("ONEMAP_DATA", dir)
	table, held := filepath.Join(dir, "避险点.csv"), filepath.Join(dir, "held.geojson")
	text := "避险点编号,名称,经度,纬度,备注\nB1,一中,112.040011,22.920011,好\n,二中,112.050011,22.930011,缺编号\nB3,三中,22.940011,112.060011,颠倒\nB4,,112.070011,22.950011,缺名称\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", table, "--layer", "shelter", "--crs", "EPSG:4490", "--publish")

	list := must(t, "quarantine", "list", "shelter", "1")
	for _, want := range []string{"open 3", "corrected 0", "         2  open", "必填字段为空", "a required field is empty", "--swap-axes"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	must(t, "quarantine", "export", "shelter", "1", "--out", held)
	var file struct {
		Type     string           `json:"type"`
		Features []map[string]any `json:"features"`
	}
	read := func(text string) {
		t.Helper()
		file.Features = nil
		if err := json.Unmarshal([]byte(text), &file); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	exported, err := os.ReadFile(held)
	if err != nil {
		t.Fatal(err)
	}
	read(string(exported))
	if len(file.Features) != 3 || !strings.Contains(string(exported), "缺编号") {
		t.Fatalf("exported %s", exported)
	}
	if out := must(t, "quarantine", "export", "shelter", "1"); out != string(exported) {
		t.Errorf("to the terminal goes something else: %s", out)
	}

	for _, f := range file.Features {
		properties := f["properties"].(map[string]any)
		switch f["id"] {
		case 2.0:
			properties["避险点编号"] = "B2"
		case 3.0:
			f["geometry"] = map[string]any{"type": "Point", "coordinates": []float64{112.060011, 22.940011}}
		case 4.0:
			f["state"] = "discarded"
		}
	}
	corrected, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(held, corrected, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := must(t, "quarantine", "correct", "shelter", "1", "--file", held); !strings.Contains(out, "3 rows") {
		t.Errorf("corrected: %s", out)
	}
	if out := must(t, "quarantine", "list", "shelter", "1"); !strings.Contains(out, "open 0") || !strings.Contains(out, "corrected 2") || !strings.Contains(out, "discarded 1") {
		t.Errorf("after the correction: %s", out)
	}
	if out := must(t, "quarantine", "retry", "shelter", "1", "--publish"); !strings.Contains(out, "shelter v2, published") {
		t.Errorf("tried again: %s", out)
	}
	if out := must(t, "quarantine", "list", "shelter", "1"); !strings.Contains(out, "open 0") || !strings.Contains(out, "accepted 2") || !strings.Contains(out, "discarded 1") {
		t.Errorf("after the second try: %s", out)
	}
	if out := must(t, "quarantine", "list", "shelter", "2"); !strings.Contains(out, "没有被拒收的行") {
		t.Errorf("a version that refused nothing: %s", out)
	}
	address := serving(t)
	_, body := get(t, address+"/api/v1/layers/shelter/features?limit=10")
	for _, name := range []string{"一中", "二中", "三中"} {
		if !strings.Contains(string(body), name) {
			t.Errorf("%s is not published: %s", name, body)
		}
	}

	if err := os.WriteFile(held, []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","id":99,"properties":{},"geometry":null}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := mapserver(t, "quarantine", "correct", "shelter", "1", "--file", held); err == nil {
		t.Error("a row that isn't there was corrected")
	}
	if _, _, err := mapserver(t, "quarantine", "retry", "shelter", "2"); !errors.Is(err, layers.ErrUnknownRow) || !strings.Contains(explain(err), "隔离区") {
		t.Errorf("nothing to try again: %v", err)
	}
	if _, _, err := mapserver(t, "quarantine", "retry", "shelter", "1"); !errors.Is(err, importers.ErrStillRefused) {
		t.Errorf("nothing left to try again: %v", err)
	}
	if _, _, err := mapserver(t, "quarantine", "list", "shelter", "9"); !errors.Is(err, layers.ErrUnknownVersion) {
		t.Errorf("a version that isn't there: %v", err)
	}
	for _, args := range [][]string{{"quarantine", "list", "shelter"}, {"quarantine", "fly", "shelter", "1"}, {"quarantine", "correct", "shelter", "1"}, {"quarantine", "list", "shelter", "one"}} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
