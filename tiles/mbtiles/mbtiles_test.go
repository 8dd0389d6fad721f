package mbtiles_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/coverage"
	"onemap/tiles/mbtiles"
	"onemap/tiles/mvt"
	"onemap/tiles/packed"
)

// TestGDALReadsTheTiles lets GDAL's MBTiles driver read a file back.
func TestGDALReadsTheTiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "yunfu.mbtiles")
	d := mvt.NewDictionary()
	l := mvt.NewLayer("river", d)
	l.Lines(1, []mvt.Attribute{{Key: d.Key("name"), Value: d.Value(mvt.Text("南山河"))}}, [][]coverage.Point{{{X: 100, Y: 100}, {X: 4000, Y: 3000}}})
	w, err := mbtiles.Create(path, map[string]string{
		"name": "O'河\x00", "format": "pbf", "minzoom": "12", "maxzoom": "12", "bounds": "112,22,113,23",
		"json": `{"vector_layers":[{"id":"river","fields":{"name":"String"}}]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(maptile.New(3323, 1780, 12), packed.NewPacker().Pack(l.AppendTo(nil))); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ogrinfo", "-al", "-q", path, "river").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "南山河") || !strings.Contains(string(out), "LINESTRING") {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := mbtiles.Create(path, nil); !errors.Is(err, mbtiles.ErrExists) {
		t.Errorf("a file that exists: %v", err)
	}
}
