package pyramid

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
	"onemap/tiles/packed"
)

const (
	// FeatureLimit is the most features of a tile.
	FeatureLimit = 5_000
	// ByteLimit is the most bytes of a tile before compression.
	ByteLimit = 500_000
)

// drawable is what is drawn of one feature at one zoom.
type drawable struct {
	*member
	box    coverage.Box
	parts  [][]coverage.Point // on the zoom's grid; a sketch has none
	points int                // of all parts
	weight float64            // importance beside others at this zoom
}

// tileWriter makes the tiles of one zoom of a block.
type tileWriter struct {
	layer  Layer
	block  block
	shape  *mvt.Layer
	label  *mvt.Layer
	packer *packed.Packer
	raw    []byte
	local  [][]coverage.Point
	points []coverage.Point
	label1 [1]coverage.Point
}

func newTileWriter(l Layer, b block, d *mvt.Dictionary) *tileWriter {
	w := &tileWriter{layer: l, block: b, shape: mvt.NewLayer(l.Name, d), packer: packed.NewPacker()}
	if l.Label != "" {
		w.label = mvt.NewLayer(l.Label, d)
	}
	return w
}

// built is a finished tile and what it holds.
type built struct {
	tile     maptile.Tile
	packed   []byte
	raw      int
	features int
}

// spread lists for each tile of the block at a zoom what reaches into it.
func (b block) spread(zoom int, all []drawable) map[maptile.Tile][]int32 {
	const unit = mvt.Extent
	box := b.box(zoom)
	first := coverage.Point{X: box.Min.X / unit, Y: box.Min.Y / unit}
	last := coverage.Point{X: box.Max.X/unit - 1, Y: box.Max.Y/unit - 1}
	tiles := map[maptile.Tile][]int32{}
	for i, d := range all {
		for y := max((d.box.Min.Y-bufferUnits)/unit, first.Y); y <= min((d.box.Max.Y+bufferUnits)/unit, last.Y); y++ {
			for x := max((d.box.Min.X-bufferUnits)/unit, first.X); x <= min((d.box.Max.X+bufferUnits)/unit, last.X); x++ {
				t := maptile.New(uint32(x), uint32(y), maptile.Zoom(zoom))
				tiles[t] = append(tiles[t], int32(i))
			}
		}
	}
	return tiles
}

// tileBox is a tile with its margin, in units of its zoom.
func tileBox(t maptile.Tile) coverage.Box {
	x, y := int32(t.X)*mvt.Extent, int32(t.Y)*mvt.Extent
	return widen(coverage.Box{Min: coverage.Point{X: x, Y: y}, Max: coverage.Point{X: x + mvt.Extent, Y: y + mvt.Extent}}, bufferUnits)
}

// fill writes what reaches into a tile to its layers, and returns the tile's
// bytes before compression.
func (w *tileWriter) fill(t maptile.Tile, all []drawable, here []int32) []byte {
	w.shape.Reset()
	if w.label != nil {
		w.label.Reset()
	}
	box := tileBox(t)
	origin := coverage.Point{X: int32(t.X) * mvt.Extent, Y: int32(t.Y) * mvt.Extent}
	for _, i := range here {
		d := &all[i]
		parts := d.parts
		if !box.Holds(d.box) {
			parts = w.clip(parts, box)
		}
		if len(parts) == 0 {
			continue
		}
		w.shift(parts, origin)
		switch w.layer.Kind {
		case Polygons:
			w.shape.Polygons(d.id, d.attributes, w.local)
		case Lines:
			w.shape.Lines(d.id, d.attributes, w.local)
		case Points:
			w.shape.Points(d.id, d.attributes, w.points)
		}
		w.place(d, origin, int(t.Z))
	}
	w.raw = w.shape.AppendTo(w.raw[:0])
	if w.label != nil {
		w.raw = w.label.AppendTo(w.raw)
	}
	return w.raw
}

func (w *tileWriter) clip(parts [][]coverage.Point, box coverage.Box) [][]coverage.Point {
	switch w.layer.Kind {
	case Polygons:
		return coverage.ClipPolygons(parts, box)
	case Lines:
		var clipped [][]coverage.Point
		for _, line := range parts {
			clipped = append(clipped, coverage.ClipLine(line, box)...)
		}
		return clipped
	}
	var within []coverage.Point
	for _, part := range parts {
		for _, p := range part {
			if box.Holds(coverage.Box{Min: p, Max: p}) {
				within = append(within, p)
			}
		}
	}
	if len(within) == 0 {
		return nil
	}
	return [][]coverage.Point{within}
}

// shift brings parts to the tile's own units.
func (w *tileWriter) shift(parts [][]coverage.Point, origin coverage.Point) {
	w.points, w.local = w.points[:0], w.local[:0]
	for _, part := range parts {
		for _, p := range part {
			w.points = append(w.points, coverage.Point{X: p.X - origin.X, Y: p.Y - origin.Y})
		}
	}
	begin := 0
	for _, part := range parts {
		w.local = append(w.local, w.points[begin:begin+len(part):begin+len(part)])
		begin += len(part)
	}
}

// LabelArea is the least area, in square units of a tile, that is worth a label:
// that of two characters in a viewer that draws a tile on 512 pixels.
const LabelArea = 20 * 10 * 64

// place writes the feature's label if its anchor is in the tile.
func (w *tileWriter) place(d *drawable, origin coverage.Point, zoom int) {
	if w.label == nil || !d.owned || d.size < LabelArea*float64(uint64(1)<<(2*(finestZoom-zoom))) {
		return
	}
	p := scale(d.anchor, zoom)
	p = coverage.Point{X: p.X - origin.X, Y: p.Y - origin.Y}
	if p.X < 0 || p.Y < 0 || p.X >= mvt.Extent || p.Y >= mvt.Extent {
		return
	}
	w.label1[0] = p
	w.label.Points(d.id, d.attributes, w.label1[:])
}

// build makes one tile. Where it would pass the limits, the least important
// are left out, and their number is returned.
func (w *tileWriter) build(t maptile.Tile, all []drawable, here []int32) (built, int) {
	dropped := 0
	for {
		raw := w.fill(t, all, here)
		features := w.shape.Count()
		if features <= FeatureLimit && len(raw) <= ByteLimit {
			if features == 0 {
				return built{}, dropped
			}
			return built{t, w.packer.Pack(raw), len(raw), features}, dropped
		}
		keep := min(float64(FeatureLimit)/float64(features), 0.95*ByteLimit/float64(len(raw)))
		n := min(int(keep*float64(len(here))), len(here)-1)
		here = mostImportant(all, here, n)
		dropped = features - n
	}
}

// mostImportant keeps n, in their order.
func mostImportant(all []drawable, here []int32, n int) []int32 {
	sorted := slices.Clone(here)
	slices.SortStableFunc(sorted, func(a, b int32) int {
		return cmp.Or(cmp.Compare(all[b].weight, all[a].weight), cmp.Compare(all[a].id, all[b].id))
	})
	kept := sorted[:n]
	slices.Sort(kept)
	return kept
}
