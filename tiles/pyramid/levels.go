package pyramid

import (
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/coverage"
)

// outcome is what became of the features that a block owns.
type outcome struct{ Merged, Clustered, Dropped int }

func (o *outcome) add(other outcome) {
	o.Merged += other.Merged
	o.Clustered += other.Clustered
	o.Dropped += other.Dropped
}

// result takes what a block makes.
type result interface {
	tile(b built) error
	zoom(r archive.ZoomReport)
	// shape takes what is drawn of a feature at a zoom, without the block's margin.
	shape(zoom int, id uint64, parts [][]coverage.Point)
	// below takes the pieces for the blocks below, in units of the block's own zoom.
	below(p piece) error
	ended(o outcome)
}

// level is the features of a block at one zoom.
type level interface {
	// sketch is [level.draw] without the parts, as far as that is cheaper.
	sketch() []drawable
	// draw returns what is drawn, by the number of its member.
	draw() []drawable
	// lower goes to the next zoom down.
	lower()
	// thin leaves out or merges what matters least, a little more at every
	// call, guided by what a tile may hold. It returns false where nothing more can be done.
	thin(crowded [][]int32, drawn []drawable) bool
	// gone counts what is not drawn any more.
	gone() outcome
}

// makeBlock makes the tiles of a block from its pieces. before is what became of
// features in the blocks above.
func makeBlock(ctx context.Context, l Layer, b block, chunks [][]byte, before outcome, out result) error {
	in, err := load(l, chunks)
	if err != nil {
		return err
	}
	w := newTileWriter(l, b, in.words)
	lv := newLevel(l, b, in)
	for zoom := b.top; ; zoom-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		drawn, tiles, dropped := fit(w, lv, b, zoom)
		report := archive.ZoomReport{Zoom: zoom, Tiles: len(tiles)}
		for _, t := range tiles {
			if err := out.tile(t); err != nil {
				return err
			}
			report.Bytes += int64(len(t.packed))
			report.LargestTile = max(report.LargestTile, t.raw)
			report.MostFeatures = max(report.MostFeatures, t.features)
		}
		for _, d := range drawn {
			if d.owned {
				report.Features++
			}
		}
		if zoom <= l.ShapesTop {
			giveShapes(l, b, zoom, drawn, out)
		}
		gone := lv.gone()
		gone.add(before)
		gone.Dropped += dropped
		report.Features -= dropped
		report.Merged, report.Clustered, report.Dropped = gone.Merged, gone.Clustered, gone.Dropped
		out.zoom(report)
		if zoom == b.bottom {
			gone.Dropped -= dropped
			out.ended(gone)
			return passDown(l, b, zoom, drawn, out)
		}
		lv.lower()
	}
}

func newLevel(l Layer, b block, in *loaded) level {
	switch l.Kind {
	case Polygons:
		return newPolygonLevel(l, b, in)
	case Lines:
		return newLineLevel(b, in)
	}
	return newPointLevel(b, in)
}

// fit makes the tiles of one zoom, thinning the features until every tile keeps
// the limits. It returns also how many the tiles had to leave out all the same.
func fit(w *tileWriter, lv level, b block, zoom int) (drawn []drawable, tiles []built, dropped int) {
	const attempts = 12
	for attempt := 0; ; {
		for ; attempt < attempts; attempt++ {
			drawn = lv.sketch()
			crowded := overfull(drawn, b.spread(zoom, drawn))
			if len(crowded) == 0 || !lv.thin(crowded, drawn) {
				break
			}
		}
		drawn = lv.draw()
		var crowded [][]int32
		tiles, dropped = tiles[:0], 0
		for t, here := range b.spread(zoom, drawn) {
			one, left := w.build(t, drawn, here)
			if left > 0 {
				crowded = append(crowded, here)
				dropped += left
			}
			if one.features > 0 {
				tiles = append(tiles, one)
			}
		}
		if attempt++; dropped > 0 && attempt < attempts && lv.thin(crowded, drawn) {
			continue
		}
		slices.SortFunc(tiles, func(a, b built) int {
			return int(int64(archive.TileID(a.tile)) - int64(archive.TileID(b.tile)))
		})
		return drawn, tiles, dropped
	}
}

// bytesOf is about how many bytes a drawable takes in a tile.
func bytesOf(d *drawable) float64 {
	return 14 + 2.6*float64(d.points) + 3*float64(len(d.attributes))
}

// overfull lists what is in the tiles that surely cannot take it all.
func overfull(drawn []drawable, spread map[maptile.Tile][]int32) (crowded [][]int32) {
	for _, here := range spread {
		bytes := 0.0
		for _, i := range here {
			bytes += bytesOf(&drawn[i])
		}
		if len(here) > FeatureLimit || bytes > 1.2*ByteLimit {
			crowded = append(crowded, here)
		}
	}
	return crowded
}

// tooMany is how many of the features of a tile are too many, given the room
// that those left will take of that of those that go.
func tooMany(drawn []drawable, here []int32) int {
	bytes := 0.0
	for _, i := range here {
		bytes += bytesOf(&drawn[i])
	}
	keep := min(float64(FeatureLimit)/float64(len(here)), ByteLimit/bytes, 0.97)
	return len(here) - int(keep*float64(len(here)))
}

// leastWeight is the weight under which features must go so that every crowded
// tile loses as many as are too many for it.
func leastWeight(crowded [][]int32, drawn []drawable, may func(*drawable) bool) (least float64, some bool) {
	for _, here := range crowded {
		var weights []float64
		for _, i := range here {
			if may(&drawn[i]) {
				weights = append(weights, drawn[i].weight)
			}
		}
		if len(weights) == 0 {
			continue
		}
		slices.Sort(weights)
		n := min(tooMany(drawn, here), len(weights)) - 1
		least, some = max(least, weights[max(n, 0)]), true
	}
	return math.Nextafter(least, math.Inf(1)), some
}

// passDown gives what is left to the blocks below.
func passDown(l Layer, b block, zoom int, drawn []drawable, out result) error {
	core := b.box(zoom)
	c := cutter{kind: l.Kind, unitZoom: zoom}
	for _, d := range drawn {
		p := piece{id: d.id, size: d.size, rank: d.rank, count: d.count, owned: d.owned, anchor: d.anchor, values: d.values}
		if l.Kind == Points && !d.owned {
			continue // the block that owns it passes it on
		}
		if p.parts = c.clip(d.parts, d.box, core); len(p.parts) == 0 {
			continue
		}
		if err := out.below(p); err != nil {
			return err
		}
	}
	return nil
}

// giveShapes gives what is drawn in the block without its margin.
func giveShapes(l Layer, b block, zoom int, drawn []drawable, out result) {
	core := b.box(zoom)
	c := cutter{kind: l.Kind, unitZoom: zoom}
	for _, d := range drawn {
		parts := d.parts
		switch {
		case l.Kind == Points && !d.owned || !core.Meets(d.box):
			continue
		case l.Kind == Polygons && !core.Holds(d.box):
			parts = coverage.ClipPolygons(parts, core)
		case !core.Holds(d.box) && l.Kind == Lines:
			parts = c.clip(parts, d.box, core)
		}
		if len(parts) > 0 {
			out.shape(zoom, d.id, parts)
		}
	}
}

func countPoints(parts [][]coverage.Point) (n int) {
	for _, part := range parts {
		n += len(part)
	}
	return n
}
