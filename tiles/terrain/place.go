package terrain

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

const half = math.Pi * 6378137 // of the world's side in EPSG:3857, metres

// Pixel is where a position (EPSG:4490 degrees, longitude first) lies among the
// pixels of a zoom, counted from the world's north-west corner: the centre of the
// first pixel is at 0, 0.
func Pixel(zoom int, at orb.Point) (x, y float64) {
	world := Side * math.Pow(2, float64(zoom))
	sin := math.Sin(at[1] * math.Pi / 180)
	return (at[0]+180)/360*world - 0.5, (0.5-math.Atanh(sin)/(2*math.Pi))*world - 0.5
}

// mercatorLimit is the latitude at which the square of the tiles ends, degrees.
const mercatorLimit = 85.05

// corners are the tiles of the north-west and of the south-east corner of bounds.
func corners(b [4]float64, zoom int) (first, last maptile.Tile) {
	at := func(lon, lat float64) maptile.Tile {
		x, y := Pixel(zoom, orb.Point{lon, min(mercatorLimit, max(-mercatorLimit, lat))})
		most := float64(uint32(1)<<zoom - 1)
		tile := func(v float64) uint32 { return uint32(min(most, max(0, math.Floor((v+0.5)/Side)))) }
		return maptile.New(tile(x), tile(y), maptile.Zoom(zoom))
	}
	return at(b[0], b[3]), at(b[2], b[1])
}

// mercatorBox is the box of a tile in EPSG:3857 metres.
func mercatorBox(t maptile.Tile) orb.Bound {
	side := 2 * half / float64(uint64(1)<<t.Z)
	west, north := float64(t.X)*side-half, half-float64(t.Y)*side
	return orb.Bound{Min: orb.Point{west, north - side}, Max: orb.Point{west + side, north}}
}
