package render

import (
	"context"
	"fmt"
	"image"
	"image/draw"
	"math"
)

// relief draws a raster or a hillshade layer, if the source has pictures.
func (c *composer) relief(ctx context.Context, d *drawing, l *layer, source Source) error {
	from, ok := source.(Relief)
	if !ok {
		return &UnsupportedError{l.id, "type", "a " + l.kind + " layer over a source without pictures", "layer " + l.id}
	}
	f := c.frame
	w, h := f.size()
	whole := rect{0, 0, w, h}
	if l.kind == "raster" {
		picture, err := from.Picture(ctx, l.source, f)
		if err != nil {
			return err
		}
		pixels := image.NewRGBA(image.Rect(0, 0, f.Width, f.Height))
		draw.Draw(pixels, pixels.Rect, picture, picture.Bounds().Min, draw.Src)
		opacity := l.number(&subject{}, "raster-opacity")
		d.marks = append(d.marks, mark{box: whole, raster: &placedRaster{pixels.Pix, f.Width, f.Height, opacity}})
		return nil
	}
	heights, err := from.Heights(ctx, l.source, f)
	if err != nil {
		return err
	}
	if len(heights) != (f.Width+2)*(f.Height+2) {
		return fmt.Errorf("render: %d heights were given for %d × %d pixels and their border", len(heights), f.Width, f.Height)
	}
	d.marks = append(d.marks, mark{box: whole, raster: &placedRaster{c.shade(l, heights), f.Width, f.Height, 1}})
	return nil
}

// shade lights the ground: what faces the light gets the highlight's colour, what
// is turned away the shadow's, the more the steeper it is.
func (c *composer) shade(l *layer, heights []float32) []uint8 {
	f := c.frame
	s := &subject{}
	direction := l.number(s, "hillshade-illumination-direction") * math.Pi / 180
	exaggeration := l.number(s, "hillshade-exaggeration")
	shadow, highlight := l.colour(s, "hillshade-shadow-color"), l.colour(s, "hillshade-highlight-color")
	w, _ := f.size()
	metres := (f.Extent.Max[0] - f.Extent.Min[0]) / w
	if f.System.Geographic() {
		metres *= metresInDegree
	}
	// As in MapLibre, low zooms are made steeper: there slopes are averaged away.
	factor := math.Pow(2, max(0, (14-c.zoom)*0.35)) * exaggeration * 2
	out := make([]uint8, f.Width*f.Height*4)
	stride := f.Width + 2
	lightX, lightY := math.Sin(direction), -math.Cos(direction) // towards the light, y downward
	for y := range f.Height {
		for x := range f.Width {
			at := (y+1)*stride + x + 1
			dx := float64(heights[at+1]-heights[at-1]) / (2 * metres) * factor
			dy := float64(heights[at+stride]-heights[at-stride]) / (2 * metres) * factor
			if math.IsNaN(dx) || math.IsNaN(dy) {
				continue
			}
			steep := math.Hypot(dx, dy)
			if steep == 0 {
				continue
			}
			facing := -(dx*lightX + dy*lightY) / steep // 1: towards the light
			colour, amount := highlight, facing
			if facing < 0 {
				colour, amount = shadow, -facing
			}
			colour.A *= amount * math.Sin(math.Atan(steep))
			p := colour.pixel()
			to := out[(y*f.Width+x)*4:]
			to[0], to[1], to[2], to[3] = uint8(p[0]), uint8(p[1]), uint8(p[2]), uint8(p[3])
		}
	}
	return out
}
