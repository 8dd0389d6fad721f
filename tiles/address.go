package tiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/grid"
)

// ErrOutsideGrid reports a tile address that no tile of the grid has.
var ErrOutsideGrid = grid.ErrOutside

// ErrBadLayerList reports a list of layers that cannot be one tile.
var ErrBadLayerList = errors.New("tiles: list of layers")

const (
	// MaxZoom is the highest zoom that is drawn: at 22 a tile is 9 m wide.
	MaxZoom = grid.MaxZoom
	// MaxLayers is the most layers that one tile may be asked to hold.
	MaxLayers = 16
)

// ParseAddress reads a tile address of WebMercatorQuad as it stands in a URL, "z", "x" and "y".
// Y grows southward from the top-left tile (XYZ, not TMS). An address with no
// tile is an [ErrOutsideGrid]. For other grids see [grid.Grid.Parse].
func ParseAddress(z, x, y string) (maptile.Tile, error) {
	return grid.WebMercatorQuad().Parse(z, x, y)
}

// ParseLayers reads a comma-separated list of layer ids, 1 to [MaxLayers],
// each once. The order is kept: it is the order of the layers in the tile.
func ParseLayers(list string) ([]string, error) {
	ids := strings.Split(list, ",")
	if len(ids) > MaxLayers {
		return nil, fmt.Errorf("%w: %d layers asked for, at most %d go into one tile", ErrBadLayerList, len(ids), MaxLayers)
	}
	for i, id := range ids {
		if id == "" {
			return nil, fmt.Errorf("%w: an id is empty", ErrBadLayerList)
		}
		if slices.Contains(ids[:i], id) {
			return nil, fmt.Errorf("%w: %.64s is asked for twice", ErrBadLayerList, id)
		}
	}
	return ids, nil
}
