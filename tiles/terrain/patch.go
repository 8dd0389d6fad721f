package terrain

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb/maptile"
)

// MaxPatch is the most pixels of a patch.
const MaxPatch = 64 << 20

// ErrPatch reports a patch that has no pixel or too many.
var ErrPatch = errors.New("terrain: the piece of the ground is empty or too large")

// Patch is a piece of a model at a zoom.
type Patch struct {
	left, top     int // its first pixel, counted as [Pixel] does
	width, height int
	heights       []float32
}

// Patch reads the heights of width × height pixels of a zoom, from the pixel at
// left, top on. Those outside the model are none.
func (v View) Patch(zoom, left, top, width, height int) (Patch, error) {
	if width < 1 || height < 1 || width > MaxPatch || height > MaxPatch || width*height > MaxPatch || zoom < v.MinZoom || zoom > v.top {
		return Patch{}, fmt.Errorf("%w: %d × %d pixels of zoom %d", ErrPatch, width, height, zoom)
	}
	p := Patch{left, top, width, height, make([]float32, width*height)}
	for i := range p.heights {
		p.heights[i] = none
	}
	b := [4]float64{v.Bounds[0], v.Bounds[1], v.Bounds[2], v.Bounds[3]}
	first, last := corners(b, zoom)
	for ty := max(int(first.Y), floorDiv(top, Side)); ty <= min(int(last.Y), floorDiv(top+height-1, Side)); ty++ {
		for tx := max(int(first.X), floorDiv(left, Side)); tx <= min(int(last.X), floorDiv(left+width-1, Side)); tx++ {
			heights, err := v.model.heights(maptile.New(uint32(tx), uint32(ty), maptile.Zoom(zoom)))
			if err != nil {
				return Patch{}, err
			}
			if heights != nil {
				p.copyTile(heights, tx*Side, ty*Side)
			}
		}
	}
	return p, nil
}

// copyTile takes over what the patch shares with a tile whose first pixel is at x, y.
func (p *Patch) copyTile(heights []float32, x, y int) {
	x0, x1 := max(x, p.left), min(x+Side, p.left+p.width)
	for row := max(y, p.top); row < min(y+Side, p.top+p.height); row++ {
		copy(p.heights[(row-p.top)*p.width+x0-p.left:], heights[(row-y)*Side+x0-x:(row-y)*Side+x1-x])
	}
}

func floorDiv(a, b int) int { return int(math.Floor(float64(a) / float64(b))) }

// at is a pixel's height; NaN outside the patch.
func (p *Patch) at(x, y int) float32 {
	x, y = x-p.left, y-p.top
	if x < 0 || y < 0 || x >= p.width || y >= p.height {
		return none
	}
	return p.heights[y*p.width+x]
}

// Linear is the height at a place among pixels, between the four around it; NaN
// where one of them is none.
func (p *Patch) Linear(x, y float64) float32 {
	x0, y0 := math.Floor(x), math.Floor(y)
	i, j := int(x0), int(y0)
	fx, fy := float32(x-x0), float32(y-y0)
	a, b, c, d := p.at(i, j), p.at(i+1, j), p.at(i, j+1), p.at(i+1, j+1)
	return (a*(1-fx)+b*fx)*(1-fy) + (c*(1-fx)+d*fx)*fy
}

// Smooth is the height at a place among pixels by the cubic of Catmull and Rom
// through the sixteen around it, whose slope has no steps as that of [Patch.Linear]
// has; next to a gap it is linear.
func (p *Patch) Smooth(x, y float64) float32 {
	x0, y0 := math.Floor(x), math.Floor(y)
	i, j := int(x0)-p.left, int(y0)-p.top
	if i < 1 || j < 1 || i+2 >= p.width || j+2 >= p.height {
		return p.Linear(x, y)
	}
	wx, wy := weights(float32(x-x0)), weights(float32(y-y0))
	sum := float32(0)
	for k := range 4 {
		row := p.heights[(j-1+k)*p.width+i-1:]
		sum += wy[k] * (wx[0]*row[0] + wx[1]*row[1] + wx[2]*row[2] + wx[3]*row[3])
	}
	if sum != sum {
		return p.Linear(x, y)
	}
	return sum
}

func weights(t float32) [4]float32 {
	return [4]float32{
		t * (-0.5 + t*(1-0.5*t)), 1 + t*t*(-2.5+1.5*t), t * (0.5 + t*(2-1.5*t)), t * t * (-0.5 + 0.5*t),
	}
}
