package grid

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// ErrOutside reports a tile or a place that a grid does not have.
var ErrOutside = errors.New("grid: outside the grid")

// Parse reads a tile address as it stands in a URL: level, column counted
// eastward, and row counted southward, from the north-west corner. The tile is numbered as the
// grid does; see [Grid.InSquare]. What has no tile, or lies above [Grid.Top], is an [ErrOutside].
func (g Grid) Parse(level, column, row string) (maptile.Tile, error) {
	var n [3]uint32
	ok := true
	for i, text := range [3]string{level, column, row} {
		digits, are := number(text)
		n[i], ok = digits, ok && are
	}
	if ok && n[0] <= uint32(g.Top()) {
		if t := maptile.New(n[1], n[2], maptile.Zoom(n[0])); g.Has(t) {
			return t, nil
		}
	}
	return maptile.Tile{}, fmt.Errorf("%w %s: %.20s/%.20s/%.20s", ErrOutside, g.ID, level, column, row)
}

// number reads a coordinate of an address: at most seven digits, no sign, no
// space, no leading zero, so that every tile has one address.
func number(text string) (n uint32, ok bool) {
	if text == "" || len(text) > 7 || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		n = 10*n + uint32(digit)
	}
	return n, true
}

// Has tells whether the grid has a tile of that level, column and row.
func (g Grid) Has(t maptile.Tile) bool {
	level := int(t.Z)
	return g.First <= level && level <= g.Last && int64(t.X) < int64(g.Columns(level)) && int64(t.Y) < int64(g.Rows(level))
}

// InSquare is a tile of the grid as its square numbers it.
func (g Grid) InSquare(t maptile.Tile) maptile.Tile {
	t.Z += maptile.Zoom(g.Above)
	return t
}

// Extent is what a tile covers in the grid's system: metres or degrees, and
// easting or longitude first, whatever the system's own order of axes.
func (g Grid) Extent(t maptile.Tile) orb.Bound { return g.Square.Extent(g.InSquare(t)) }

// Degrees is what a tile covers in longitude and latitude, degrees.
func (g Grid) Degrees(t maptile.Tile) orb.Bound {
	e := g.Extent(t)
	return orb.Bound{Min: g.Square.unproject(e.Min), Max: g.Square.unproject(e.Max)}
}

// At is the tile of a level that holds a place, given in degrees. Of tiles that
// share an edge the eastern and the southern has it; the eastern and southern edges of the
// world belong to its last tiles. A place or a level that the grid lacks is an [ErrOutside].
func (g Grid) At(level int, lon, lat float64) (maptile.Tile, error) {
	if level < g.First || level > g.Last || !(math.Abs(lon) <= 180) || !(math.Abs(lat) <= 90) {
		return maptile.Tile{}, fmt.Errorf("%w %s: level %d at %g, %g", ErrOutside, g.ID, level, lon, lat)
	}
	corner, p, side := g.Square.Corner(), g.Square.project(lon, lat), g.Square.Side()
	columns, rows := float64(g.Columns(level)), float64(g.Rows(level))
	x, y := (p[0]-corner[0])/side*columns, (corner[1]-p[1])/side*columns
	const rounding = 1e-12 // of the square's side: the edge itself, there and back through degrees
	if y < -rounding*columns || y > rows+rounding*columns {
		return maptile.Tile{}, fmt.Errorf("%w %s: latitude %g", ErrOutside, g.ID, lat)
	}
	within := func(v, last float64) uint32 { return uint32(min(max(math.Floor(v), 0), last)) }
	return maptile.New(within(x, columns-1), within(y, rows-1), maptile.Zoom(level)), nil
}
