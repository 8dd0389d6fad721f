package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onemap/postgis/postgistest"
)

func TestPeopleOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	link := must(t, "user", "add", "张小明", "--cell", "445302", "--public-url", "https://map.example.cn/")
	if !strings.HasPrefix(link, "https://map.example.cn/m/#signin=") || strings.Count(link, "\n") != 1 {
		t.Errorf("the link is %q", link)
	}
	if again := must(t, "user", "link", "张小明"); again == link || !strings.HasPrefix(again, "http://127.0.0.1:8080/m/#signin=") {
		t.Errorf("another link is %q", again)
	}
	if handler := must(t, "user", "add", "陈处理", "--role", "handler"); !strings.HasPrefix(handler, "http://127.0.0.1:8080/#signin=") {
		t.Errorf("a handler's link is %q", handler)
	}
	must(t, "user", "revoke", "张小明")
	if list := must(t, "user", "list"); !strings.Contains(list, "张小明") || !strings.Contains(list, "revoked") {
		t.Errorf("listed: %s", list)
	}
	for _, args := range [][]string{{"user", "add"}, {"user", "list", "x"}, {"user", "gone"}, {"user", "add", "x", "--public-url", "ftp://x"}, {"user", "add", "x", "--valid", "1000h"}} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{"user", "add", "张小明"}, {"user", "add", "李四", "--role", "king"}, {"user", "link", "张小明"}, {"user", "revoke", "王五"}} {
		if _, _, err := mapserver(t, args...); err == nil {
			t.Errorf("%v went well", args)
		}
	}
}

// A QR code's quiet zone is light, and so are its first modules next to the dark finder.
func TestAQRCodeHasItsQuietZone(t *testing.T) {
	picture, err := drawQR("https://map.example.cn/#signin=abc")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(picture), "\n")
	if blank := strings.TrimSuffix(strings.TrimPrefix(rows[0], "\x1b[30;107m"), "\x1b[0m"); strings.TrimSpace(blank) != "" || len(blank) < 21+8 {
		t.Errorf("the first row is %q", rows[0])
	}
	if !strings.HasPrefix(rows[2], "\x1b[30;107m    █▀▀▀▀▀█ ") {
		t.Errorf("the finder begins with %q", rows[2])
	}
}

func TestIncidentsOnTheCommandLine(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	cell := filepath.Join(t.TempDir(), "cell.geojson")
	report := filepath.Join(t.TempDir(), "report.json")
	for file, text := range map[string]string{
		cell: `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"445302","name":"云城区","level":"county","parent":"445300"},
			"geometry":{"type":"Polygon","coordinates":[[[112.00,22.90],[112.05,22.90],[112.05,22.92],[112.00,22.92],[112.00,22.90]]]}}]}`,
		report: `{"client_id": "a", "kind": "0402", "text": "=1+1", "lon": 112.01, "lat": 22.91}`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "import", cell, "--layer", "division_county", "--publish", "--accept-errors")
	for _, c := range []struct {
		want string
		args []string
	}{
		{`"cell": "445302"`, []string{"incidents", "report", report}},
		{`"id": 1`, []string{"incidents", "report", report}},
		{`"state": "verified"`, []string{"incidents", "move", "1", "verified"}},
		{`"version": 2`, []string{"incidents", "show", "1"}},
		{`"text": "=1+1"`, []string{"incidents", "list", "--cell", "4453", "--state", "verified,filed"}},
		{`"by_state": {`, []string{"incidents", "counts", "--kind", "04"}},
		{`,'=1+1,`, []string{"incidents", "export"}},
		{`"Feature"`, []string{"incidents", "export", "--format", "geojson"}},
		{`"open": 1`, []string{"incidents", "heat", "--level", "county"}},
	} {
		if out := must(t, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v lacks %s: %.400s", c.args, c.want, out)
		}
	}
	for _, args := range [][]string{
		{"incidents"},
		{"incidents", "gone"},
		{"incidents", "show", "x"},
		{"incidents", "show", "9"},
		{"incidents", "move", "1", "closed"},
		{"incidents", "move", "1", "rejected"},
		{"incidents", "photo", "1", report},
		{"incidents", "heat", "--level", "moon"},
		{"incidents", "export", "--format", "exe"},
		{"incidents", "list", "--from", "soon"},
		{"incidents", "list", "--bbox", "1"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
