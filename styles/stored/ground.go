package stored

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/tiles/terrain"
)

// ErrNoPictures reports a raster source: there is none.
var ErrNoPictures = errors.New("stored: there are no pictures of the ground")

// Over is a [Source] that also knows the heights of the ground, for hillshade.
type Over struct {
	*Source
	ground terrain.View
}

// OnGround gives the source heights. The view was opened for whoever asks.
func (s *Source) OnGround(v terrain.View) *Over { return &Over{s, v} }

// Picture implements [render.Relief]; it is an [ErrNoPictures].
func (o *Over) Picture(context.Context, string, render.Frame) (image.Image, error) {
	return nil, ErrNoPictures
}

// lattice is the pixels between places that are projected exactly.
const lattice = 16

// Heights implements [render.Relief]: those of the frame's pixels, from the zoom
// whose pixels are as fine as the frame's, if the ground has one.
func (o *Over) Heights(ctx context.Context, _ string, f render.Frame) ([]float32, error) {
	zoom := min(o.ground.Top(), max(o.ground.MinZoom, int(math.Ceil(f.Zoom()+math.Log2(f.DPI/96)-0.5))))
	width, height := f.Width+2, f.Height+2
	heights := make([]float32, width*height)
	for i := range heights {
		heights[i] = float32(math.NaN())
	}
	for ; zoom >= o.ground.MinZoom; zoom-- {
		columns, places, err := o.places(f, zoom)
		if err != nil {
			return nil, err
		}
		low, high := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
		for _, p := range places {
			if p[0] == p[0] {
				low, high = orb.Point{min(low[0], p[0]), min(low[1], p[1])}, orb.Point{max(high[0], p[0]), max(high[1], p[1])}
			}
		}
		if low[0] > high[0] {
			return heights, nil
		}
		left, top := int(math.Floor(low[0]))-2, int(math.Floor(low[1]))-2
		patch, err := o.ground.Patch(zoom, left, top, int(high[0])+4-left, int(high[1])+4-top)
		if errors.Is(err, terrain.ErrPatch) && zoom > o.ground.MinZoom {
			continue // coarser, then
		}
		if err != nil {
			return nil, fmt.Errorf("stored: %w", err)
		}
		for y := range height {
			if y%64 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			row := places[y/lattice*columns:]
			fy := float64(y%lattice) / lattice
			for x := range width {
				i, fx := x/lattice, float64(x%lattice)/lattice
				a, b, c, d := row[i], row[i+1], row[columns+i], row[columns+i+1]
				px := (a[0]*(1-fx)+b[0]*fx)*(1-fy) + (c[0]*(1-fx)+d[0]*fx)*fy
				py := (a[1]*(1-fx)+b[1]*fx)*(1-fy) + (c[1]*(1-fx)+d[1]*fx)*fy
				if px == px && py == py {
					heights[y*width+x] = patch.Smooth(px, py)
				}
			}
		}
		return heights, nil
	}
	return heights, nil
}

// places are the ground's pixels, by rows of so many columns, under every
// sixteenth pixel of a frame and its border; NaN where the projections don't reach.
func (o *Over) places(f render.Frame, zoom int) (columns int, places []orb.Point, err error) {
	back, err := crs.NewTransformer(f.System)
	if err != nil {
		return 0, nil, fmt.Errorf("stored: %w", err)
	}
	columns = (f.Width+1)/lattice + 2
	rows := (f.Height+1)/lattice + 2
	places = make([]orb.Point, columns*rows)
	pixel := f.Pixel()
	for j := range rows {
		for i := range columns {
			at := orb.Point{f.Extent.Min[0] + (float64(i*lattice)-0.5)*pixel[0], f.Extent.Max[1] - (float64(j*lattice)-0.5)*pixel[1]}
			places[j*columns+i] = orb.Point{math.NaN(), math.NaN()}
			g, err := back.Transform(at)
			if err != nil {
				continue
			}
			p := g.(orb.Point)
			if math.Abs(p[1]) < crs.MercatorLimit {
				x, y := terrain.Pixel(zoom, p)
				places[j*columns+i] = orb.Point{x, y}
			}
		}
	}
	return columns, places, nil
}
