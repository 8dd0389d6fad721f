package terrain

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"sync"
)

// Side is the pixels to a side of a tile.
const Side = 512

// The heights that a tile can hold, metres.
const (
	Lowest  = -12_000
	Highest = 9_000
)

const seaLevel = 32768 // what terrarium adds to a height

var none = float32(math.NaN())

// stepFor is the step in metres to which heights are rounded, a power of two: a
// thousandth of a pixel on the ground, at least 1/128 and at most 1/8. A finer one
// shows in no slope and makes tiles larger.
func stepFor(resolution float64) float64 {
	return math.Pow(2, min(-3, max(-7, math.Floor(math.Log2(resolution/1000)))))
}

// emptyTile is a tile without a height, at the level of the sea.
var emptyTile = sync.OnceValues(func() ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, Side, Side))
	for i := 0; i < len(picture.Pix); i += 4 {
		picture.Pix[i], picture.Pix[i+2], picture.Pix[i+3] = seaLevel>>8, 1, 255
	}
	var out bytes.Buffer
	err := png.Encode(&out, picture)
	return out.Bytes(), err
})

// encode writes a tile's heights, by rows from the north; NaN is none.
func encode(heights []float32, step float64) ([]byte, error) {
	nearest := spread(heights)
	picture := image.NewRGBA(image.Rect(0, 0, Side, Side))
	for i, from := range nearest {
		h := min(Highest, max(Lowest, float64(heights[from])))
		v := uint32(math.Round((h+seaLevel)/step) * step * 256)
		if int(from) != i {
			v |= 1
		}
		picture.Pix[4*i], picture.Pix[4*i+1], picture.Pix[4*i+2], picture.Pix[4*i+3] = uint8(v>>16), uint8(v>>8), uint8(v), 255
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("terrain: writing a tile: %w", err)
	}
	return out.Bytes(), nil
}

// spread says for each pixel which one its height is taken from: its own, or where
// it has none one of the nearest that has, counted in steps of a pixel. One pixel
// at least must have a height.
func spread(heights []float32) []int32 {
	from := make([]int32, len(heights))
	var edge []int32
	for i, h := range heights {
		from[i] = int32(i)
		if h != h {
			from[i] = -1
		}
	}
	for i := range from {
		if from[i] >= 0 {
			edge = append(edge, int32(i))
		}
	}
	if len(edge) == len(heights) {
		return from
	}
	for len(edge) > 0 {
		var next []int32
		for _, i := range edge {
			x, y := i%Side, i/Side
			for _, n := range [4]struct {
				at   int32
				here bool
			}{{i - 1, x > 0}, {i + 1, x < Side-1}, {i - Side, y > 0}, {i + Side, y < Side-1}} {
				if n.here && from[n.at] < 0 {
					from[n.at] = from[i]
					next = append(next, n.at)
				}
			}
		}
		edge = next
	}
	return from
}

// decode reads what [encode] wrote.
func decode(tile []byte) ([]float32, error) {
	picture, err := png.Decode(bytes.NewReader(tile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	rgba, ok := picture.(*image.RGBA)
	if !ok || rgba.Rect.Dx() != Side || rgba.Rect.Dy() != Side {
		return nil, fmt.Errorf("%w: a tile is no picture of %d × %d pixels in red, green and blue", ErrDamaged, Side, Side)
	}
	heights := make([]float32, Side*Side)
	for i := range heights {
		v := uint32(rgba.Pix[4*i])<<16 | uint32(rgba.Pix[4*i+1])<<8 | uint32(rgba.Pix[4*i+2])
		if v&1 == 1 {
			heights[i] = none
			continue
		}
		heights[i] = float32(float64(v)/256 - seaLevel)
	}
	return heights, nil
}
