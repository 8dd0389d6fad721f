package draw

import (
	"math"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
	"onemap/tiles/wkb"
)

// Buffer is how far, in units of a tile, shapes reach over its edge, so that
// lines and fills meet across it.
const Buffer = 64

// Frame says how the plane of the features lies to the units of a tile, of which
// [mvt.Extent] make its side, x eastward and y southward from its top-left corner.
type Frame struct {
	corner wkb.Point // of the plane that is cut into tiles: its north-west
	fine   wkb.Point // units of the finest grid to one of the plane; y is negative where the plane's grows northward
	finer  float64   // units of the finest grid to one of the tile: a power of two, which may be less than 1
	unit   wkb.Point // units of the tile to one of the plane
	origin wkb.Point // the tile's corner in its units, from the plane's

	// Tolerance is how far a border may move when shapes are simplified, in units
	// of the tile; 0 keeps every vertex.
	Tolerance float64
}

// NewFrame makes the frame of a tile of a square plane with that north-west corner
// and side, in units of the plane; y grows northward. Places for labels are found on a
// grid that divides the side into so many units, a power of two, at every zoom alike.
func NewFrame(corner wkb.Point, side float64, t maptile.Tile, units int) Frame {
	across := float64(units) / side
	finer := math.Ldexp(float64(units)/mvt.Extent, -int(t.Z))
	return newFrame(Frame{corner: corner, fine: wkb.Point{X: across, Y: -across}, finer: finer}, t)
}

// LevelFrame makes the frame of a tile of features whose shapes are in units of
// its zoom's tiles already, x eastward and y southward from the corner of the first.
func LevelFrame(t maptile.Tile) Frame {
	return newFrame(Frame{fine: wkb.Point{X: 1, Y: 1}, finer: 1}, t)
}

func newFrame(f Frame, t maptile.Tile) Frame {
	f.unit = wkb.Point{X: f.fine.X / f.finer, Y: f.fine.Y / f.finer}
	f.origin = wkb.Point{X: mvt.Extent * float64(t.X), Y: mvt.Extent * float64(t.Y)}
	return f
}

// box is a rectangle in units of a tile.
type box struct{ minX, minY, maxX, maxY float64 }

// reach is what shapes may fill: the tile with its buffer.
var reach = box{-Buffer, -Buffer, mvt.Extent + Buffer, mvt.Extent + Buffer}

// local brings points to the tile's units, in place, and returns their box. The
// distance between two is the same in all tiles of a zoom, to the last bit.
func (f *Frame) local(points []wkb.Point) box {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for i := range points {
		p := &points[i]
		// The conversions keep compilers from fusing: the product must round as in the neighbouring tile.
		p.X = float64((p.X-f.corner.X)*f.unit.X) - f.origin.X
		p.Y = float64((p.Y-f.corner.Y)*f.unit.Y) - f.origin.Y
		b.minX, b.maxX = min(b.minX, p.X), max(b.maxX, p.X)
		b.minY, b.maxY = min(b.minY, p.Y), max(b.maxY, p.Y)
	}
	return b
}

// finest brings a point in the tile's units to the finest grid.
func (f *Frame) finest(p wkb.Point) coverage.Point {
	return coverage.Point{X: fit((p.X + f.origin.X) * f.finer), Y: fit((p.Y + f.origin.Y) * f.finer)}
}

// fit rounds to a whole number that takes 30 bits.
func fit(v float64) int32 {
	const most = 1 << 30
	return int32(math.Floor(min(max(v, -most), most) + 0.5))
}

// ofFinest brings a point of the finest grid to whole units of the tile.
func (f *Frame) ofFinest(p coverage.Point) coverage.Point {
	at := func(v int32, origin float64) int32 {
		return int32(min(max(math.Floor(float64(v)/f.finer)-origin, math.MinInt32), math.MaxInt32))
	}
	return coverage.Point{X: at(p.X, f.origin.X), Y: at(p.Y, f.origin.Y)}
}

// plane holds every place on earth in units of any tile, with room; what lies
// farther off is no place, and too far to be cut with care.
var plane = box{-1e12, -1e12, 1e12, 1e12}

// holds tells whether a box lies within b.
func (b box) holds(o box) bool {
	return b.minX <= o.minX && b.minY <= o.minY && b.maxX >= o.maxX && b.maxY >= o.maxY
}

// meets tells whether two boxes have a point in common.
func (b box) meets(o box) bool {
	return b.minX <= o.maxX && o.minX <= b.maxX && b.minY <= o.maxY && o.minY <= b.maxY
}
