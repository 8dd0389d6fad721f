package tiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb/maptile"
)

// ErrOutsideGrid reports a tile address that no tile of the grid has.
var ErrOutsideGrid = errors.New("tiles: address outside the grid")

// ErrBadLayerList reports a list of layers that cannot be one tile.
var ErrBadLayerList = errors.New("tiles: list of layers")

const (
	// MaxZoom is the highest zoom of the grid: at 22 a tile is 9 m wide.
	MaxZoom = 22
	// MaxLayers is the most layers that one tile may be asked to hold.
	MaxLayers = 16
)

// ParseAddress reads a tile address as it stands in a URL, "z", "x" and "y".
// Y grows southward from the top-left tile (the XYZ scheme of WebMercatorQuad,
// not TMS). An address with no tile is an [ErrOutsideGrid].
func ParseAddress(z, x, y string) (maptile.Tile, error) {
	var n [3]uint32
	for i, text := range [3]string{z, x, y} {
		var ok bool
		if n[i], ok = number(text); !ok {
			return maptile.Tile{}, outside(z, x, y)
		}
	}
	if n[0] > MaxZoom || n[1] >= 1<<n[0] || n[2] >= 1<<n[0] {
		return maptile.Tile{}, outside(z, x, y)
	}
	return maptile.New(n[1], n[2], maptile.Zoom(n[0])), nil
}

func outside(z, x, y string) error {
	return fmt.Errorf("%w: %.20s/%.20s/%.20s", ErrOutsideGrid, z, x, y)
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
