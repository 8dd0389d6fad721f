package pyramid

import (
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/coverage"
)

// block is a tile of a middle zoom, in which the tiles of the zooms from top
// down to its own are made.
type block struct {
	tile   maptile.Tile
	top    int // highest zoom whose tiles are made here
	bottom int // lowest one
	from   int // zoom on whose grid the pieces come: finestZoom, or that of the blocks above
}

// side is the length of the block's side in units of a zoom.
func (b block) side(zoom int) int32 { return 1 << (extentBits + zoom - int(b.tile.Z)) }

// box is the block without its margin, in units of a zoom.
func (b block) box(zoom int) coverage.Box {
	side := b.side(zoom)
	x, y := int32(b.tile.X)*side, int32(b.tile.Y)*side
	return coverage.Box{Min: coverage.Point{X: x, Y: y}, Max: coverage.Point{X: x + side, Y: y + side}}
}

// wide is the block with the margin that the tiles at its edge show.
func (b block) wide(zoom int) coverage.Box {
	return widen(b.box(zoom), b.side(zoom)/(1<<extentBits/bufferUnits))
}

func widen(b coverage.Box, by int32) coverage.Box {
	return coverage.Box{
		Min: coverage.Point{X: b.Min.X - by, Y: b.Min.Y - by},
		Max: coverage.Point{X: b.Max.X + by, Y: b.Max.Y + by},
	}
}

// keeps tells of a point of a zoom's grid whether it must stay where it is: on
// the edges between blocks, so that both sides agree about what crosses them.
func (b block) keeps(zoom int) func(coverage.Point) bool {
	mask := b.side(zoom) - 1
	wide := b.wide(zoom)
	return func(p coverage.Point) bool {
		return p.X&mask == 0 || p.Y&mask == 0 || p.X <= wide.Min.X || p.X >= wide.Max.X || p.Y <= wide.Min.Y || p.Y >= wide.Max.Y
	}
}

// holds tells whether a point of a zoom's grid is the block's own: of two
// blocks that share an edge, it belongs to the eastern or the southern one.
func (b block) holds(p coverage.Point, zoom int) bool {
	box := b.box(zoom)
	return box.Min.X <= p.X && p.X < box.Max.X && box.Min.Y <= p.Y && p.Y < box.Max.Y
}

// blocksRound lists the blocks of a zoom whose wide boxes meet a box given in units of another zoom.
func blocksRound(box coverage.Box, unitZoom, blockZoom int) []maptile.Tile {
	shift := extentBits + unitZoom - blockZoom
	margin := int32(1) << shift / (1 << extentBits / bufferUnits)
	last := int32(1)<<blockZoom - 1
	at := func(v int32) uint32 { return uint32(min(max(v>>shift, 0), last)) }
	var tiles []maptile.Tile
	for y := at(box.Min.Y - margin); y <= at(box.Max.Y+margin); y++ {
		for x := at(box.Min.X - margin); x <= at(box.Max.X+margin); x++ {
			tiles = append(tiles, maptile.New(x, y, maptile.Zoom(blockZoom)))
		}
	}
	return tiles
}
