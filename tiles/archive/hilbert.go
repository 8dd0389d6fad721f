package archive

import "github.com/paulmach/orb/maptile"

// TileID is the number of a tile in the order of the archive: all tiles of zoom
// 0, then those of zoom 1, and so on, those of a zoom along a Hilbert curve, so
// that tiles near one another on the map are mostly near in the file.
func TileID(t maptile.Tile) uint64 {
	id := (uint64(1)<<(2*t.Z) - 1) / 3 // tiles of the zooms before
	x, y := uint64(t.X), uint64(t.Y)
	for s := uint64(1) << t.Z >> 1; s > 0; s >>= 1 {
		var rx, ry uint64
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		id += s * s * (3*rx ^ ry)
		x, y = turn(s, x&(s-1), y&(s-1), rx, ry)
	}
	return id
}

// TileOf is the tile with that number.
func TileOf(id uint64) maptile.Tile {
	var z uint32
	for first := uint64(0); ; z++ {
		count := uint64(1) << (2 * z)
		if id < first+count || z == 31 {
			id -= first
			break
		}
		first += count
	}
	var x, y uint64
	for s := uint64(1); s < 1<<z; s <<= 1 {
		rx := 1 & (id / 2)
		ry := 1 & (id ^ rx)
		x, y = turn(s, x, y, rx, ry)
		x, y = x+s*rx, y+s*ry
		id /= 4
	}
	return maptile.New(uint32(x), uint32(y), maptile.Zoom(z))
}

// turn rotates a quarter of the curve of side s.
func turn(s, x, y, rx, ry uint64) (uint64, uint64) {
	if ry == 0 {
		if rx == 1 {
			x, y = s-1-x, s-1-y
		}
		return y, x
	}
	return x, y
}
