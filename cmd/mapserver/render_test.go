package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/styles/render"
)

func TestAMapIsDrawnFromTheStore(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	folder := t.TempDir()
	t.Setenv("ONEMAP_DATA", folder)
	file := filepath.Join(folder, "in.geojson")
	if err := os.WriteFile(file, places(5), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", file, "--layer", "place_name", "--publish")
	style := filepath.Join(folder, "style.json")
	if err := os.WriteFile(style, []byte(`{"version":8,"sources":{"place_name":{"type":"vector"}},"layers":[
		{"id":"paper","type":"background","paint":{"background-color":"#ffffff"}},
		{"id":"dot","type":"circle","source":"place_name","source-layer":"place_name","paint":{"circle-radius":20,"circle-color":"#ff0000"}},
		{"id":"name","type":"symbol","source":"place_name","source-layer":"place_name","layout":{"text-field":["get","name"],"text-offset":[0,3]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, system := range []string{"EPSG:3857", "EPSG:4490", "EPSG:4546"} {
		out := filepath.Join(folder, "x.png")
		must(t, "render", "--layers", "place_name", "--style", style, "--crs", system, "--bbox-crs", "EPSG:4490", "--bbox", "108,21,115,25", "--size", "700x400", "--out", out)
		picture, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		red := 0
		for y := range 400 {
			for x := range 700 {
				if r, g, _, _ := decoded.At(x, y).RGBA(); r>>8 == 255 && g == 0 {
					red++
				}
			}
		}
		if red < 500 {
			t.Errorf("%s: %d red pixels: no place was drawn", system, red)
		}
	}
	out := filepath.Join(folder, "x.pdf")
	must(t, "render", "--layers", "place_name", "--style", style, "--crs", "EPSG:4546", "--bbox-crs", "EPSG:4490", "--centre", "112,23", "--size", "420x297mm", "--scale", "500000", "--dpi", "300", "--out", out)
	if tool, err := exec.LookPath("pdfinfo"); err == nil {
		text, err := exec.CommandContext(t.Context(), tool, out).Output()
		if err != nil || !strings.Contains(string(text), "A3") {
			t.Errorf("pdfinfo: %v, %s", err, text)
		}
	}
	for sentence, c := range map[string]struct {
		args []string
		want error
	}{
		"40,000 pixels":               {[]string{"--bbox", "1,1,2,2", "--size", "40000x40000"}, render.ErrInvalidFrame},
		"neither a box nor a scale":   {[]string{"--size", "400x400"}, errUsage},
		"a box of three numbers":      {[]string{"--bbox", "1,2,3"}, errUsage},
		"a layer that isn't there":    {[]string{"--bbox", "1,1,2,2", "--layers", "nothing"}, layers.ErrUnknownLayer},
		"a layer without a version":   {[]string{"--bbox", "1,1,2,2", "--layers", "dltb"}, layers.ErrNotPublished},
		"a file of another kind":      {[]string{"--bbox", "1,1,2,2", "--out", filepath.Join(folder, "x.bmp")}, render.ErrFormat},
		"a scale of a map in degrees": {[]string{"--crs", "EPSG:4490", "--centre", "112,23", "--size", "10x10mm", "--scale", "5000"}, render.ErrInvalidFrame},
	} {
		args := append([]string{"render", "--layers", "place_name", "--out", filepath.Join(folder, "y.png")}, c.args...)
		if _, _, err := mapserver(t, args...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}
