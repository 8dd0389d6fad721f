package tiles

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/tiles/archive"
	"onemap/tiles/coverage"
	"onemap/tiles/grid"
	"onemap/tiles/pyramid"
)

const (
	// PyramidTop is the highest zoom that is built ahead. Higher ones, which a
	// layer may have up to its own highest zoom, are live: there a tile holds few features.
	PyramidTop = 14
	// pyramidMethod names the way tiles are built; it changes with the bytes.
	pyramidMethod = "1"
)

// PyramidOptions are where and how an archive is built.
type PyramidOptions struct {
	Square   grid.Square            // that the tiles are cut from; its zooms are those of the archive
	Folder   string                 // an existing folder
	Memory   int64                  // bytes for features that wait; 0 is [pyramid.DefaultMemory]
	Workers  int                    // 0 is one for each core
	Progress func(pyramid.Progress) // may be nil

	shape func(zoom int, id uint64, parts [][]coverage.Point) error // as [pyramid.Options].Shape
}

// BuildPyramid builds the archive of a layer's published version and returns its
// path, LAYER-vN-HASH.pmtiles, or LAYER-vN-c-HASH.pmtiles in longitude and latitude. The features are read once, over one connection.
func BuildPyramid(ctx context.Context, db *pgxpool.Pool, l layers.Layer, o PyramidOptions) (string, archive.Metadata, error) {
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	var bounds [4]float64
	copy(bounds[:], l.Published.Bounds)
	plan := planOf(l, o.Square)
	name := fmt.Sprintf("%s-v%d", l.Definition.ID, l.Published.Number)
	if o.Square != grid.Mercator {
		name += "-" + o.Square.String()
	}
	return pyramid.Build(ctx, plan, versionSource{db, l, o.Square, o.Workers}, pyramid.Options{
		Folder: o.Folder, Name: name, Fingerprint: Fingerprint(l, o.Square),
		Memory: o.Memory, Workers: o.Workers, Bounds: bounds, Metadata: describePyramid(l, o.Square, plan), Progress: o.Progress, Shape: o.shape,
	})
}

// Fingerprint names what decides the bytes of the archive of a layer's published
// version in a square: its features after the last edit, their fields, and the way they are drawn.
func Fingerprint(l layers.Layer, in grid.Square) string {
	return FingerprintAt(l, in, l.Published.Edited)
}

// FingerprintAt is the fingerprint of the version as it was after an edit; 0 is before the first.
func FingerprintAt(l layers.Layer, in grid.Square, edit int64) string {
	plan := planOf(l, in)
	plan.Features = 0 // follows from the content, and edits change it
	what := pyramidMethod + "\n" + fillPyramid(l, in, l.Table().Sanitize()) + "\n" + fmt.Sprintf("%v %+v\n", in, plan) + l.Published.ContentHash
	if edit > 0 {
		what += fmt.Sprintf("\nedited %d", edit)
	}
	sum := sha256.Sum256([]byte(what))
	return hex.EncodeToString(sum[:16])
}

func planOf(l layers.Layer, in grid.Square) pyramid.Layer {
	d := l.Definition
	plan := pyramid.Layer{
		Name: d.ID, MinZoom: min(d.MinZoom, PyramidTop), MaxZoom: min(d.MaxZoom, PyramidTop), Features: int(l.Published.FeatureCount),
		Kind: map[layers.GeometryKind]pyramid.Kind{layers.Point: pyramid.Points, layers.LineString: pyramid.Lines, layers.Polygon: pyramid.Polygons}[d.Geometry],
	}
	plan.MinZoom = max(plan.MinZoom, in.LowestZoom())
	plan.MaxZoom = max(plan.MaxZoom, plan.MinZoom)
	plan.ShapesTop = -1
	if in == grid.Mercator {
		plan.ShapesTop = min(LevelsTop, plan.MaxZoom-1) // the highest zoom keeps every vertex
	}
	plan.Label = d.LabelLayer()
	for _, f := range l.TileFields() {
		plan.Fields = append(plan.Fields, pyramid.Field{Name: f.Name, Class: f.Name == d.Class})
	}
	return plan
}

func describePyramid(l layers.Layer, in grid.Square, plan pyramid.Layer) archive.Metadata {
	d := l.Definition
	layer := archive.VectorLayer(describeLayer(l))
	layer.MinZoom, layer.MaxZoom = plan.MinZoom, plan.MaxZoom
	m := archive.Metadata{
		Name: d.Name + " " + d.NameEN, Description: d.Source, Attribution: d.Department, Version: fmt.Sprint(l.Published.Number),
		Type: "overlay", Generator: "onemap", TileMatrixSet: in.String(), CRS: in.Numbered().CRS, VectorLayers: []archive.VectorLayer{layer},
	}
	if plan.Label != "" {
		layer.ID = plan.Label
		m.VectorLayers = append(m.VectorLayers, layer)
	}
	return m
}
