package render

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// The limits of a frame.
const (
	MaxSide   = 16_384      // pixels
	MaxPixels = 150_000_000 // of a picture
	cssDPI    = 96          // CSS pixels to an inch: the unit of lengths in a style
	inch      = 25.4        // millimetres
)

// Frame is the part of the world that is drawn, and how large. Widths of lines
// and sizes of texts follow the dpi, so that they are as wide on paper at any.
type Frame struct {
	System crs.System // EPSG:3857, 4490, or a grid as 4546 and 4547
	Extent orb.Bound  // in the system's units, x east and y north
	Width  int        // pixels
	Height int        // pixels
	DPI    float64    // pixels to an inch; 96 is a screen's

	// Tile says that the frame is one of many that are put edge to edge: what lies
	// over an edge is drawn on both sides, each its part.
	Tile bool

	// width and height in pixels of a paper frame, which need not be whole.
	exactWidth, exactHeight float64
}

// PaperFrame is the frame of a sheet: so many millimetres about a centre, at a
// scale denominator, as 50000. The extent fits the size exactly; the last pixel of
// a row may be cut. The scale is that on the system's plane; of EPSG:4490, whose
// plane is in degrees, there is none.
func PaperFrame(system crs.System, centre orb.Point, widthMillimetres, heightMillimetres, denominator, dpi float64) (Frame, error) {
	if system.Geographic() {
		return Frame{}, fmt.Errorf("%w: a map in degrees has no one scale; give a box and a size, or take a grid as EPSG:4546", ErrInvalidFrame)
	}
	for name, v := range map[string]float64{"width": widthMillimetres, "height": heightMillimetres, "scale": denominator, "dpi": dpi} {
		if !(v > 0 && v < 1e9) {
			return Frame{}, fmt.Errorf("%w: %s is %g", ErrInvalidFrame, name, v)
		}
	}
	w, h := widthMillimetres/2000*denominator, heightMillimetres/2000*denominator
	f := Frame{
		System: system, DPI: dpi,
		Extent:     orb.Bound{Min: orb.Point{centre[0] - w, centre[1] - h}, Max: orb.Point{centre[0] + w, centre[1] + h}},
		exactWidth: widthMillimetres / inch * dpi, exactHeight: heightMillimetres / inch * dpi,
	}
	f.Width, f.Height = int(math.Ceil(min(f.exactWidth, 1e6)-1e-6)), int(math.Ceil(min(f.exactHeight, 1e6)-1e-6))
	return f, f.check()
}

// check refuses what can't be drawn, with an [ErrInvalidFrame].
func (f Frame) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrInvalidFrame, fmt.Sprintf(format, args...))
	}
	e := f.Extent
	for _, v := range []float64{e.Min[0], e.Min[1], e.Max[0], e.Max[1]} {
		if math.IsNaN(v) || math.Abs(v) > 1e9 {
			return wrong("the box has the number %g", v)
		}
	}
	switch {
	case !(e.Min[0] < e.Max[0] && e.Min[1] < e.Max[1]):
		return wrong("the box %v is empty", e)
	case f.System.Geographic() && (e.Min[0] < -180 || e.Max[0] > 180 || e.Min[1] < -90 || e.Max[1] > 90):
		return wrong("the box %v is beyond ±180 and ±90 degrees", e)
	case f.Width < 1 || f.Height < 1 || f.Width > MaxSide || f.Height > MaxSide:
		return wrong("%d × %d pixels; a side has 1 to %d", f.Width, f.Height, MaxSide)
	case f.Width*f.Height > MaxPixels:
		return wrong("%d × %d pixels are more than %d", f.Width, f.Height, MaxPixels)
	case !(f.DPI >= 24 && f.DPI <= 2400):
		return wrong("%g dpi is outside 24 to 2400", f.DPI)
	}
	return nil
}

// ratio is the pixels to a CSS pixel.
func (f Frame) ratio() float64 { return f.DPI / cssDPI }

// size is the frame's size in pixels, of a paper frame to the fraction.
func (f Frame) size() (width, height float64) {
	if f.exactWidth > 0 {
		return f.exactWidth, f.exactHeight
	}
	return float64(f.Width), float64(f.Height)
}

// Pixel is a pixel's width and height in the system's units.
func (f Frame) Pixel() orb.Point {
	w, h := f.size()
	return orb.Point{(f.Extent.Max[0] - f.Extent.Min[0]) / w, (f.Extent.Max[1] - f.Extent.Min[1]) / h}
}

// groundPixel is the metres on the ground of a pixel of a row, about.
func (f Frame) groundPixel(row int) (x, y float64) {
	pixel := f.Pixel()
	middle := f.Extent.Max[1] - (float64(row)+0.5)*pixel[1]
	switch {
	case f.System == crs.WebMercator:
		shrink := 1 / math.Cosh(middle/6378137)
		return pixel[0] * shrink, pixel[1] * shrink
	case f.System.Geographic():
		return pixel[0] * metresInDegree * math.Cos(middle*math.Pi/180), pixel[1] * metresInDegree
	}
	return pixel[0], pixel[1]
}

// Millimetres is the size on paper.
func (f Frame) Millimetres() (width, height float64) {
	w, h := f.size()
	return w / f.DPI * inch, h / f.DPI * inch
}

// ScaleDenominator is that of the frame on paper, on its own plane; of degrees at
// the frame's middle, along a meridian.
func (f Frame) ScaleDenominator() float64 {
	_, millimetres := f.Millimetres()
	metres := f.Extent.Max[1] - f.Extent.Min[1]
	if f.System.Geographic() {
		metres *= metresInDegree
	}
	return metres * 1000 / millimetres
}

const (
	equator        = 2 * math.Pi * 6378137 // metres
	metresInDegree = equator / 360
)

// Zoom is the style's zoom for the frame: the one at which MapLibre shows the
// ground as large, in CSS pixels.
func (f Frame) Zoom() float64 {
	w, _ := f.size()
	resolution := (f.Extent.Max[0] - f.Extent.Min[0]) / (w / f.ratio()) // a CSS pixel
	switch {
	case f.System == crs.WebMercator:
	case f.System.Geographic():
		resolution *= metresInDegree
	default: // metres on the ground; Web Mercator draws them longer
		latitude := f.centre()[1]
		resolution /= math.Cos(latitude * math.Pi / 180)
	}
	zoom := math.Log2(equator / 512 / resolution)
	return max(0, min(24, math.Round(zoom*1e6)/1e6)) // a tile's zoom is whole, in spite of rounding
}

// centre is the middle of the frame in degrees.
func (f Frame) centre() orb.Point {
	middle := f.Extent.Center()
	transformer, err := crs.NewTransformer(f.System)
	if err != nil {
		return orb.Point{112, 22.9}
	}
	g, err := transformer.Transform(middle)
	if err != nil {
		return orb.Point{112, 22.9}
	}
	return g.(orb.Point)
}
