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

// shade lights the ground as MapLibre's standard method does: what faces the light
// gets the highlight's colour, what is turned away the shadow's, the more the
// steeper it is, and what is steep the accent's.
func (c *composer) shade(l *layer, heights []float32) []uint8 {
	f := c.frame
	s := &subject{}
	direction := l.number(s, "hillshade-illumination-direction") * math.Pi / 180
	intensity := l.number(s, "hillshade-exaggeration")
	shadow, highlight, accent := l.colour(s, "hillshade-shadow-color"), l.colour(s, "hillshade-highlight-color"), l.colour(s, "hillshade-accent-color")
	// Low zooms are made steeper: there slopes are averaged away.
	zoom := math.Round(c.zoom)
	steeper := 0.0
	switch {
	case zoom < 2:
		steeper = (15 - zoom) * 0.4
	case zoom < 4.5:
		steeper = (15 - zoom) * 0.35
	case zoom < 15:
		steeper = (15 - zoom) * 0.3
	}
	factor := math.Pow(2, steeper)
	base, most := 1.875-intensity*1.75, math.Pi/2
	strength := min(1, intensity*2)
	out := make([]uint8, f.Width*f.Height*4)
	stride := f.Width + 2
	for y := range f.Height {
		metresX, metresY := f.groundPixel(y)
		scaleX, scaleY := factor/(8*metresX), factor/(8*metresY)
		for x := range f.Width {
			// The eight around it: a b c / d . f / g h i
			at := (y+1)*stride + x + 1
			n, m, o := heights[at-stride-1:at-stride+2], heights[at-1:at+2], heights[at+stride-1:at+stride+2]
			dx := float64(n[2]+2*m[2]+o[2]-n[0]-2*m[0]-o[0]) * scaleX
			dy := float64(o[0]+2*o[1]+o[2]-n[0]-2*n[1]-n[2]) * scaleY
			if math.IsNaN(dx) || math.IsNaN(dy) || dx == 0 && dy == 0 {
				continue
			}
			slope := math.Atan(0.625 * math.Hypot(dx, dy))
			if intensity != 0.5 {
				slope = (math.Pow(base, slope) - 1) / (math.Pow(base, most) - 1) * most
			}
			aspect := math.Pi / 2
			if dx != 0 {
				aspect = math.Atan2(dy, -dx)
			} else if dy < 0 {
				aspect = -aspect
			}
			lit := math.Abs(modulo((aspect+direction+math.Pi)/math.Pi+0.5, 2) - 1)
			sin, cos := math.Sincos(slope)
			put(out[(y*f.Width+x)*4:], shadow, highlight, accent, lit, sin*strength, (1-cos)*strength)
		}
	}
	return out
}

// put writes the mix of the three colours: of shadow and highlight by how lit it is,
// over the accent.
func put(to []uint8, shadow, highlight, accent Colour, lit, shade, steep float64) {
	alpha := (shadow.A*(1-lit) + highlight.A*lit) * shade
	under := accent.A * steep * (1 - alpha)
	for k, of := range [3][3]float64{{shadow.R, highlight.R, accent.R}, {shadow.G, highlight.G, accent.G}, {shadow.B, highlight.B, accent.B}} {
		v := (of[0]*shadow.A*(1-lit)+of[1]*highlight.A*lit)*shade + of[2]*under
		to[k] = uint8(255*unit(v) + 0.5)
	}
	to[3] = uint8(255*unit(alpha+under) + 0.5)
}
