package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/importers/jobs"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

func TestImportsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	one := filepath.Join(t.TempDir(), "places.geojson")
	if err := os.WriteFile(one, places(5), 0o600); err != nil {
		t.Fatal(err)
	}
	// Nobody serves yet: it waits.
	if out := must(t, "imports", "submit", one, "--layer", "place_name", "--publish"); !strings.Contains(out, "queued") {
		t.Errorf("submitted: %s", out)
	}
	must(t, "imports", "submit", one, "--layer", "place_name")
	if out := must(t, "imports", "cancel", "2"); !strings.Contains(out, "cancelled") {
		t.Errorf("cancelled: %s", out)
	}
	serving(t)
	if out := must(t, "imports", "watch", "1"); !strings.Contains(out, "done") || !strings.Contains(out, "v1") {
		t.Errorf("watched: %s", out)
	}
	if out := must(t, "imports", "list"); strings.Count(out, "\n") != 2 {
		t.Errorf("listed: %s", out)
	}
	if out := must(t, "imports", "show", "1"); !strings.Contains(out, `"accepted": 5`) {
		t.Errorf("shown: %s", out)
	}
	if err := os.WriteFile(one, places(7), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "imports", "submit", one, "--layer", "place_name")
	must(t, "imports", "watch", "3")
	if out := must(t, "difference", "place_name", "2"); !strings.Contains(out, "added                     2") {
		t.Errorf("the difference: %s", out)
	}
	if _, _, err := mapserver(t, "imports", "cancel", "3"); !errors.Is(err, jobs.ErrEnded) {
		t.Errorf("cancelling what has ended: %v", err)
	}
	if _, _, err := mapserver(t, "difference", "place_name", "1"); !errors.Is(err, layers.ErrNoDifference) {
		t.Errorf("the first version's difference: %v", err)
	}
	table := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(table, []byte("编号,东,北,title,note\nA,112.04,22.92,云城,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "imports", "submit", table, "--layer", "place_name", "--crs", "EPSG:4490", "--columns", "x=东,y=北", "--map", "编号=place_id,title=name", "--keep-extra", "--override-crs", "--swap-axes", "--skip", "precision, outside")
	must(t, "imports", "watch", "4")
	if out := must(t, "imports", "show", "4"); !strings.Contains(out, `"accepted": 1`) {
		t.Errorf("with every option: %s", out)
	}
	for _, args := range [][]string{{"imports"}, {"imports", "fly"}, {"imports", "submit", one, "--layer", "place_name", "--map", "x"}, {"imports", "show", "x"}, {"imports", "submit", one}, {"difference", "place_name"}} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
