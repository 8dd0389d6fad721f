package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
	"onemap/products"
)

func TestProductsAtTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	trees := file("trees.geojson", `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"tree_id": "44530200001", "species": "榕树", "grade": "1", "age": 520}, "geometry": {"type": "Point", "coordinates": [112.05, 22.95]}}]}`)
	must(t, "import", trees, "--layer", "ancient_tree", "--publish")
	const product = `{"id": "old-trees", "content": {"title": "一级古树分布图", "title_en": "Trees of the first grade", "theme": "forestry", "department": "云浮市林业局", "text": "一级古树。",
		"source": "测试", "data_date": "2025", "layers": [{"id": "ancient_tree", "filter": ["==", ["get", "grade"], "1"]}], "secrecy": "public", "share": "unconditional", "tags": []}}`
	content := file("old-trees.json", product)
	changed := file("changed.json", strings.Replace(product, "一级古树分布图", "古树分布图", 1))
	for _, c := range []struct {
		want string
		args []string
	}{
		{`"state": "draft"`, []string{"products", "create", content}},
		{`"revision": 2`, []string{"products", "transition", "old-trees", "checked"}},
		{`"revision": 3`, []string{"products", "transition", "old-trees", "approved"}},
		{`"state_name": "发布"`, []string{"products", "transition", "old-trees", "published", "--revision", "3"}},
		{`发布`, []string{"products", "list", "--layer", "ancient_tree", "--text", "古树"}},
		{`"version": 2`, []string{"products", "update", "old-trees", changed}},
		{`"ancient_tree": 1`, []string{"products", "show", "old-trees"}},
		{`"一级古树分布图"`, []string{"products", "show", "old-trees", "--version", "1"}},
		{`"cause": "content"`, []string{"products", "versions", "old-trees"}},
		{`"count": 1`, []string{"products", "indicator"}},
		{`"calls": 0`, []string{"products", "statistics", "old-trees"}},
	} {
		if out := must(t, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v lacks %s: %.600s", c.args, c.want, out)
		}
	}
	must(t, "import", trees, "--layer", "ancient_tree", "--publish")
	if out := must(t, "products", "show", "old-trees"); !strings.Contains(out, `"version": 3`) || !strings.Contains(out, `"ancient_tree": 2`) {
		t.Errorf("after another publication: %.600s", out)
	}
	must(t, "rollback", "ancient_tree")
	if out := must(t, "products", "show", "old-trees"); !strings.Contains(out, `"version": 4`) || !strings.Contains(out, `"ancient_tree": 1`) {
		t.Errorf("after the rollback: %.600s", out)
	}
	must(t, "products", "transition", "old-trees", "retired", "--reason", "另编")
	must(t, "products", "create", file("second.json", strings.Replace(product, "old-trees", "second", 1)))
	must(t, "products", "delete", "second")
	// The others of the set show layers that aren't there.
	if _, stderr, err := mapserver(t, "products", "load"); err != nil || !strings.Contains(stderr, "left out") {
		t.Errorf("loading the shipped set: %v, %s", err, stderr)
	}
	own := filepath.Join(dir, "own")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "third.json"), []byte(strings.Replace(product, "old-trees", "third", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, err := mapserver(t, "products", "load", own); err != nil || !strings.Contains(stderr, "published 1 products") {
		t.Errorf("loading a folder: %v, %s", err, stderr)
	}
	for _, args := range [][]string{
		{"products"},
		{"products", "burn", "old-trees"},
		{"products", "show", "nothing"},
		{"products", "show", "third", "--version", "7"},
		{"products", "create", file("bad.json", "{}")},
		{"products", "create", content},
		{"products", "transition", "third", "checked"},
		{"products", "transition", "third", "retired"},
		{"products", "delete", "third"},
		{"products", "update", "third", changed},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, _, err := mapserver(t, "products", "update", "old-trees", changed, "--revision", "1"); !errors.Is(err, products.ErrChanged) {
		t.Errorf("with an old revision: %v", err)
	}
}
