package tiles_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles"
)

func TestParseAddress(t *testing.T) {
	for sentence, c := range map[string]struct {
		z, x, y string
		want    maptile.Tile
		err     error
	}{
		"the world is one tile":       {"0", "0", "0", maptile.New(0, 0, 0), nil},
		"a tile over Yunfu":           {"10", "830", "445", maptile.New(830, 445, 10), nil},
		"the last tile of the grid":   {"22", "4194303", "4194303", maptile.New(4194303, 4194303, 22), nil},
		"zoom 256 is not 0":           {"256", "0", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"zoom 23 is past the grid":    {"23", "0", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"x may not reach the edge":    {"1", "2", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"y may not reach the edge":    {"1", "0", "2", maptile.Tile{}, tiles.ErrOutsideGrid},
		"a sign is refused":           {"1", "-1", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"a plus sign is refused":      {"+1", "1", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"a leading zero is refused":   {"01", "1", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"a fraction is refused":       {"1.0", "1", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"an overflow is refused":      {"1", "18446744073709551616", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"an empty number is refused":  {"", "1", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
		"full-width digits are words": {"１", "0", "0", maptile.Tile{}, tiles.ErrOutsideGrid},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := tiles.ParseAddress(c.z, c.x, c.y)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v; want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}

func ExampleParseAddress() {
	tile, err := tiles.ParseAddress("10", "830", "445")
	fmt.Println(tile.Z, tile.X, tile.Y, err)
	_, err = tiles.ParseAddress("10", "1024", "445")
	fmt.Println(err)
	// Output:
	// 10 830 445 <nil>
	// grid: outside the grid WebMercatorQuad: 10/1024/445
}

func FuzzParseAddress(f *testing.F) {
	f.Add("10", "830", "445")
	f.Add("256", "-1", " 1")
	f.Fuzz(func(t *testing.T, z, x, y string) {
		tile, err := tiles.ParseAddress(z, x, y)
		if err == nil && (!tile.Valid() || fmt.Sprintf("%d %d %d", tile.Z, tile.X, tile.Y) != strings.Join([]string{z, x, y}, " ")) {
			t.Errorf("%q/%q/%q became %v", z, x, y, tile)
		}
	})
}

func TestParseLayers(t *testing.T) {
	many := strings.Repeat("a,", tiles.MaxLayers) + "a"
	for sentence, c := range map[string]struct {
		list string
		want []string
		err  error
	}{
		"one layer":          {"dltb", []string{"dltb"}, nil},
		"two in their order": {"river,dltb", []string{"river", "dltb"}, nil},
		"none":               {"", nil, tiles.ErrBadLayerList},
		"a comma too many":   {"dltb,", nil, tiles.ErrBadLayerList},
		"the same one twice": {"dltb,river,dltb", nil, tiles.ErrBadLayerList},
		"too many":           {many, nil, tiles.ErrBadLayerList},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := tiles.ParseLayers(c.list)
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v; want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}
