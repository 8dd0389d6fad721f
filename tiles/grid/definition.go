package grid

import (
	"math"
	"strconv"

	"github.com/paulmach/orb/maptile"
)

// Definition describes a grid as OGC 17-083r4 does in JSON.
type Definition struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	URI      string    `json:"uri,omitempty"`
	CRS      string    `json:"crs"`
	Axes     [2]string `json:"orderedAxes"`
	ScaleSet string    `json:"wellKnownScaleSet,omitempty"`
	Matrices []Matrix  `json:"tileMatrices"`
}

// Matrix describes one level.
type Matrix struct {
	ID               string     `json:"id"`
	ScaleDenominator float64    `json:"scaleDenominator"` // for pixels of 0.28 mm
	CellSize         float64    `json:"cellSize"`         // width of a pixel, metres or degrees
	Origin           [2]float64 `json:"pointOfOrigin"`    // north-west corner, in the system's order of axes
	TileWidth        int        `json:"tileWidth"`        // pixels
	TileHeight       int        `json:"tileHeight"`
	Width            int        `json:"matrixWidth"` // tiles
	Height           int        `json:"matrixHeight"`
}

// Limits are the tiles of a level that an area meets, the last ones included.
type Limits struct {
	Matrix string `json:"tileMatrix"`
	MinRow int    `json:"minTileRow"`
	MaxRow int    `json:"maxTileRow"`
	MinCol int    `json:"minTileCol"`
	MaxCol int    `json:"maxTileCol"`
}

const (
	pixels = 256     // to a tile's side, by definition of the grids; vector tiles are drawn at any size
	pixel  = 0.00028 // metres, OGC 17-083r4, clause 6.1.1.1
)

// Definition describes the grid. A grid that is not registered has its own
// address under base, that of the service, as its URI; without a base it has none.
func (g Grid) Definition(base string) Definition {
	d := Definition{ID: g.ID, Title: g.Title, URI: g.Registry, CRS: g.CRS, Axes: g.Axes, ScaleSet: g.ScaleSet}
	if d.URI == "" && base != "" {
		d.URI = base + "/tileMatrixSets/" + g.ID
	}
	for level := g.First; level <= g.Last; level++ {
		d.Matrices = append(d.Matrices, g.matrix(level))
	}
	return d
}

func (g Grid) matrix(level int) Matrix {
	cell := g.Square.Side() / pixels / float64(g.Columns(level))
	metres := cell
	if g.Square == Geographic {
		metres *= math.Pi / 180 * semiMajor
	}
	m := Matrix{
		ID: strconv.Itoa(level), ScaleDenominator: metres / pixel, CellSize: cell, Origin: g.Square.Corner(),
		TileWidth: pixels, TileHeight: pixels, Width: g.Columns(level), Height: g.Rows(level),
	}
	if g.Axes[0] == "Lat" {
		m.Origin[0], m.Origin[1] = m.Origin[1], m.Origin[0]
	}
	return m
}

// Limits are the tiles of the levels from low to high that an area meets: west, south,
// east and north in degrees. Of the area, what lies beyond the grid is left out,
// as levels that the grid lacks are.
func (g Grid) Limits(bounds [4]float64, low, high int) []Limits {
	world := g.Degrees(maptile.New(0, 0, maptile.Zoom(g.First)))
	north, south := world.Max[1], -world.Max[1]
	clamp := func(v, least, most float64) float64 { return min(max(v, least), most) }
	var limits []Limits
	for level := max(low, g.First); level <= min(high, g.Last); level++ {
		first, err := g.At(level, clamp(bounds[0], -180, 180), clamp(bounds[3], south, north))
		if err != nil {
			return nil
		}
		last, err := g.At(level, clamp(bounds[2], -180, 180), clamp(bounds[1], south, north))
		if err != nil {
			return nil
		}
		limits = append(limits, Limits{strconv.Itoa(level), int(first.Y), int(last.Y), int(first.X), int(last.X)})
	}
	return limits
}
