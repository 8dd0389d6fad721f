package pyramid_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/coverage"
	tilewriter "onemap/tiles/mvt"
	"onemap/tiles/pyramid"
)

// features is a source in memory. Every reading gives a copy.
type features []pyramid.Feature

func (all features) Read(ctx context.Context, take func(pyramid.Feature) error) error {
	for _, f := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		f.Parts = slices.Clone(f.Parts)
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}

// yunfu is a place in the middle of 云城 on the finest grid.
var yunfu = coverage.Point{X: 871_280_000, Y: 466_640_000}

// patchwork is n×n fields of about size units with wiggling borders that
// neighbours share, in six classes.
func patchwork(n int, size int32) features {
	r := rand.New(rand.NewPCG(7, 7))
	jitter := func(reach int32) int32 { return r.Int32N(2*reach+1) - reach }
	corner := make([][]coverage.Point, n+1)
	for y := range corner {
		for x := range n + 1 {
			corner[y] = append(corner[y], coverage.Point{X: yunfu.X + int32(x)*size + jitter(size/5), Y: yunfu.Y + int32(y)*size + jitter(size/5)})
		}
	}
	type ends [2]coverage.Point
	known := map[ends][]coverage.Point{}
	border := func(a, b coverage.Point) []coverage.Point {
		if line, ok := known[ends{a, b}]; ok {
			return line
		}
		const steps = 8
		there := []coverage.Point{a}
		for i := int32(1); i < steps; i++ {
			there = append(there, coverage.Point{X: a.X + (b.X-a.X)/steps*i + jitter(size/30), Y: a.Y + (b.Y-a.Y)/steps*i + jitter(size/30)})
		}
		back := append([]coverage.Point{b}, there[1:]...)
		slices.Reverse(back[1:])
		known[ends{a, b}], known[ends{b, a}] = there, back
		return there
	}
	var all features
	for y := range n {
		for x := range n {
			round := []coverage.Point{corner[y][x], corner[y][x+1], corner[y+1][x+1], corner[y+1][x]}
			var ring []coverage.Point
			for i, c := range round {
				ring = append(ring, border(c, round[(i+1)%4])...)
			}
			class := tilewriter.Text([]string{"0101", "0103", "0301", "0307", "0702", "1006"}[r.IntN(6)])
			all = append(all, pyramid.Feature{ID: uint64(y*n + x + 1), Parts: [][]coverage.Point{ring}, Values: []tilewriter.Value{class}})
		}
	}
	return all
}

func fieldLayer(low, high, features int) pyramid.Layer {
	return pyramid.Layer{
		Name: "field", Label: "field_label", Kind: pyramid.Polygons, Fields: []pyramid.Field{{Name: "dlbm", Class: true}},
		MinZoom: low, MaxZoom: high, Features: features,
	}
}

func options(folder string) pyramid.Options {
	return pyramid.Options{
		Folder: folder, Name: "field-v1", Fingerprint: "one", Workers: 2, Bounds: [4]float64{112, 22.8, 114, 24},
		Metadata: archive.Metadata{Name: "field"},
	}
}

func build(t *testing.T, l pyramid.Layer, s pyramid.Source, o pyramid.Options) (string, archive.Metadata) {
	t.Helper()
	path, m, err := pyramid.Build(t.Context(), l, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return path, m
}

func open(t *testing.T, path string) *archive.Archive {
	t.Helper()
	a, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// decoded is every tile of an archive, by an independent decoder.
func decoded(t *testing.T, a *archive.Archive) map[maptile.Tile]mvt.Layers {
	t.Helper()
	tiles := map[maptile.Tile]mvt.Layers{}
	err := a.Each(func(tile maptile.Tile, packed []byte) error {
		layers, err := mvt.UnmarshalGzipped(packed)
		tiles[tile] = layers
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tiles
}
