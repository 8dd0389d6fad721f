package main

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
)

// towns is a delivery of two towns side by side.
func towns(first, second string) []byte {
	square := func(code, name string, west float64) string {
		return fmt.Sprintf(`{"type": "Feature", "properties": {"code": %q, "name": %q}, "geometry": {"type": "Polygon", "coordinates": [[[%[3]g, 22.7], [%[4]g, 22.7], [%[4]g, 22.8], [%[3]g, 22.8], [%[3]g, 22.7]]]}}`, code, name, west, west+0.1)
	}
	return []byte(`{"type": "FeatureCollection", "features": [` + square("445381115", first, 111.3) + `,` + square("445381107", second, 111.4) + `]}`)
}

const townsMap = `{"id": "towns", "content": {"title": "乡镇分布图", "title_en": "Towns", "theme": "base", "department": "云浮市民政局", "text": "乡镇。", "source": "测试", "data_date": "2025",
	"layers": [{"id": "division_town"}], "scales": {"coarsest": 200000}, "update": {"rule": "follow"}, "secrecy": "public", "share": "unconditional", "tags": []}}`

// textOf is what can be read in a PDF.
func textOf(t *testing.T, file string) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: package poppler-utils")
	}
	text, err := exec.Command(tool, file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func TestAProductFromItsMakingToPaper(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	dir := t.TempDir()
	write := func(name string, text []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	must(t, "import", write("towns.geojson", towns("榃滨镇", "苹塘镇")), "--layer", "division_town", "--publish")
	must(t, "products", "create", write("towns.json", []byte(townsMap)))
	for _, state := range []string{"checked", "approved", "published"} {
		must(t, "products", "transition", "towns", state)
	}
	sheet, atlas := filepath.Join(dir, "sheet.pdf"), filepath.Join(dir, "atlas.pdf")
	must(t, "sheet", "--product", "towns", "--division", "445381115", "--paper", "A4", "--out", sheet)
	if text := textOf(t, sheet); !strings.Contains(text, "榃滨镇乡镇分布图") || !strings.Contains(text, "云浮市民政局") {
		t.Errorf("the sheet says %.600s", text)
	}
	must(t, "atlas", "--product", "towns", "--by", "town", "--paper", "A4", "--out", atlas)
	if text := textOf(t, atlas); !strings.Contains(text, "乡镇分布图图幅索引") || !strings.Contains(text, "榃滨镇乡镇分布图") || !strings.Contains(text, "苹塘镇乡镇分布图") {
		t.Errorf("the atlas says %.900s", text)
	}

	// The product shows what its layer has, at once.
	const ask = "SERVICE=WMS&VERSION=1.1.1&REQUEST=GetFeatureInfo&LAYERS=towns&QUERY_LAYERS=towns&STYLES=&SRS=EPSG:4490&BBOX=111.3,22.7,111.4,22.8&WIDTH=100&HEIGHT=100&X=50&Y=50&INFO_FORMAT=text/plain"
	says := func(name string) {
		t.Helper()
		if out := must(t, "service", "towns", "wms", "--query", ask); !strings.Contains(out, name) {
			t.Errorf("not %s but %s", name, out)
		}
		must(t, "sheet", "--product", "towns", "--division", "445381115", "--paper", "A4", "--out", sheet)
		if text := textOf(t, sheet); !strings.Contains(text, name+"乡镇分布图") {
			t.Errorf("the sheet is not of %s: %.300s", name, text)
		}
	}
	must(t, "import", write("renamed.geojson", towns("新榃滨镇", "苹塘镇")), "--layer", "division_town", "--publish")
	says("新榃滨镇")
	must(t, "rollback", "division_town")
	says("榃滨镇")

	for want, args := range map[string][]string{
		"最小比例尺":        {"sheet", "--product", "towns", "--scale", "500000", "--division", "445381115", "--out", sheet},
		"没有这个产品":       {"sheet", "--product", "nothing", "--out", sheet},
		"没有行政区":        {"sheet", "--product", "towns", "--division", "445381999", "--out", sheet},
		"smaller than": {"sheet", "--product", "towns", "--scale", "500000", "--division", "445381115", "--out", sheet},
	} {
		if _, _, err := mapserver(t, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}

func TestPackagesHaveTheLookInForce(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	dir := t.TempDir()
	file, product := filepath.Join(dir, "towns.geojson"), filepath.Join(dir, "towns.json")
	for name, text := range map[string][]byte{file: towns("榃滨镇", "苹塘镇"), product: []byte(townsMap)} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "import", file, "--layer", "division_town", "--publish")
	must(t, "tiles", "build", "division_town")
	must(t, "products", "create", product)
	for _, state := range []string{"checked", "approved", "published"} {
		must(t, "products", "transition", "towns", state)
	}
	must(t, "styles", "set", "division_town", "--controls", `{"colour:division_town.line": {"screen": "#123456"}}`)
	for i, of := range [][]string{{"--layers", "division_town"}, {"--product", "towns"}} {
		packed := filepath.Join(dir, fmt.Sprintf("towns-%d.zip", i))
		must(t, append([]string{"export", "run", "--format", "pmtiles", "--out", packed}, of...)...)
		z, err := zip.OpenReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		style, err := z.Open("style.json")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(style)
		if err != nil || !strings.Contains(string(text), "#123456") || !strings.Contains(string(text), "pmtiles://division_town.pmtiles") {
			t.Errorf("%v: %v, the package's style is %.900s", of, err, text)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := mapserver(t, "serve", "--listen", "127.0.0.1:0", "--exports-per-day", "0"); !isUsage(err) {
		t.Errorf("no exports a day: %v", err)
	}
}
