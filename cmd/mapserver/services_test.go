package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
)

func TestGatewaysAndServicesAtTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	folder := t.TempDir()
	t.Setenv("ONEMAP_DATA", folder)
	if _, _, err := mapserver(t, "gateway", "sign", "nobody"); err == nil {
		t.Error("signed without a key")
	}
	out := must(t, "gateway", "add", "一网统管", "--rights", "read:internal", "--paasid", "yf1")
	if !strings.Contains(out, "x-tif-paasid: yf1") || !strings.Contains(out, "token: ") {
		t.Errorf("%s", out)
	}
	if list := must(t, "gateway", "list"); !strings.Contains(list, "一网统管") || !strings.Contains(list, "read:internal") || strings.Contains(list, strings.TrimSpace(strings.Split(out, "token: ")[1])) {
		t.Errorf("%s", list)
	}
	if call := must(t, "gateway", "sign", "yf1"); strings.Count(call, "x-tif-") != 4 {
		t.Errorf("%s", call)
	}
	must(t, "gateway", "revoke", "yf1")
	if _, _, err := mapserver(t, "gateway", "sign", "yf1"); err == nil {
		t.Error("a revoked system signed")
	}
	for sentence, args := range map[string][]string{
		"a right that is none": {"gateway", "add", "x", "--rights", "everything"}, "no such step": {"gateway", "open", "x"}, "list of one": {"gateway", "list", "x"},
		"no such product": {"service", "nothing", "style.json"},
	} {
		if _, _, err := mapserver(t, args...); err == nil {
			t.Errorf("%s went well", sentence)
		}
	}

	file := filepath.Join(folder, "in.geojson")
	if err := os.WriteFile(file, places(3), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", file, "--layer", "place_name", "--publish")
	product := filepath.Join(folder, "product.json")
	if err := os.WriteFile(product, []byte(`{"id": "names", "content": {"title": "地名图", "title_en": "Names", "theme": "base", "department": "民政局", "text": "地名。", "source": "演示数据",
		"data_date": "2025", "layers": [{"id": "place_name"}], "secrecy": "public", "share": "unconditional", "tags": []}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "products", "create", product)
	file = filepath.Join(folder, "wmts.xml")
	must(t, "service", "names", "wmts", "--query", "SERVICE=WMTS&REQUEST=GetCapabilities", "--public-url", "https://map.example.gov.cn", "--out", file)
	text, err := os.ReadFile(file)
	if err != nil || xml.Unmarshal(text, &struct{}{}) != nil || !strings.Contains(string(text), "https://map.example.gov.cn/services/names/wmts") {
		t.Errorf("%v: %s", err, text)
	}
	must(t, "service", "names", "registration.zip", "--out", filepath.Join(folder, "r.zip"))
	if _, _, err := mapserver(t, "service", "names", "wms", "--query", "SERVICE=WMS&REQUEST=Bogus"); err == nil || !strings.Contains(err.Error(), "OperationNotSupported") {
		t.Errorf("%v", err)
	}
}
