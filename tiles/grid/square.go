package grid

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"
)

// ErrUnknown reports the name of a grid that is not known here.
var ErrUnknown = errors.New("grid: unknown grid")

// Square is one of the two squares that tiles are cut from. Its tile of zoom z is
// one of 2^z by 2^z, x eastward and y southward from the north-west corner.
type Square int

const (
	// Mercator is the world in EPSG:3857: 2π·6378137 m to a side, up to 85.0511° north and south.
	Mercator Square = iota
	// Geographic is 360° of longitude by 360° of latitude, southward from 90° N: the
	// northern half of it is the world, and nothing is in the southern. Its plane is that of
	// EPSG:4490 (CGCS2000), longitude as x and latitude as y. WGS 84, from which
	// CGCS2000 differs by centimetres, is drawn on it unchanged.
	Geographic
)

// semiMajor is that of WGS 84 and of CGCS2000, metres.
const semiMajor = 6378137

// Squares lists both.
func Squares() []Square { return []Square{Mercator, Geographic} }

// Numbered is the grid whose levels are the square's zooms.
func (s Square) Numbered() Grid {
	if s == Geographic {
		return TiandituC()
	}
	return WebMercatorQuad()
}

// String is the name of the grid whose levels are the square's zooms: WebMercatorQuad or c.
func (s Square) String() string { return s.Numbered().ID }

// SRID is the EPSG code of the square's plane.
func (s Square) SRID() int {
	if s == Geographic {
		return 4490
	}
	return 3857
}

// Side is its length in units of the plane: metres or degrees.
func (s Square) Side() float64 {
	if s == Geographic {
		return 360
	}
	return 2 * math.Pi * semiMajor
}

// Corner is the square's north-west corner, x and y in units of the plane.
func (s Square) Corner() orb.Point {
	if s == Geographic {
		return orb.Point{-180, 90}
	}
	return orb.Point{-math.Pi * semiMajor, math.Pi * semiMajor}
}

// LowestZoom is the first zoom at which a tile of the square is a tile of a grid:
// at zoom 0 the geographic square is twice as high as the world.
func (s Square) LowestZoom() int {
	if s == Geographic {
		return 1
	}
	return 0
}

// Extent is what a tile of the square covers, in units of the plane, x before y.
func (s Square) Extent(t maptile.Tile) orb.Bound {
	side, corner := s.Side()/math.Exp2(float64(t.Z)), s.Corner()
	west, north := corner[0]+float64(t.X)*side, corner[1]-float64(t.Y)*side
	return orb.Bound{Min: orb.Point{west, north - side}, Max: orb.Point{west + side, north}}
}

// project brings longitude and latitude in degrees onto the plane.
func (s Square) project(lon, lat float64) orb.Point {
	if s == Geographic {
		return orb.Point{lon, lat}
	}
	const radian = math.Pi / 180
	return orb.Point{semiMajor * lon * radian, semiMajor * math.Asinh(math.Tan(lat*radian))}
}

// unproject brings a point of the plane to longitude and latitude in degrees.
func (s Square) unproject(p orb.Point) orb.Point {
	if s == Geographic {
		return p
	}
	const radian = math.Pi / 180
	return orb.Point{p[0] / semiMajor / radian, math.Atan(math.Sinh(p[1]/semiMajor)) / radian}
}

// ParseSquares reads a comma-separated list of grids and returns the squares that
// they number, each once: CGCS2000Quad, c and WorldCRS84Quad are one. A name
// that is not known is an [ErrUnknown].
func ParseSquares(list string) ([]Square, error) {
	var squares []Square
	for _, id := range strings.Split(list, ",") {
		g, err := Named(strings.TrimSpace(id))
		if err != nil {
			return nil, fmt.Errorf("%w; there are %s", err, strings.Join(IDs(), ", "))
		}
		if !slices.Contains(squares, g.Square) {
			squares = append(squares, g.Square)
		}
	}
	return squares, nil
}
