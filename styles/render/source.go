package render

import (
	"context"
	"image"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// Source hands out what style layers draw. One that is asked from several
// goroutines must stand that.
type Source interface {
	// Features calls take with the features of a source-layer that touch the
	// query's box, always in the same order. It stops at take's error and returns it.
	Features(ctx context.Context, q Query, take func(*Feature) error) error
}

// Query says which features are wanted.
type Query struct {
	Source      string     // as the style names it
	SourceLayer string     //
	Box         orb.Bound  // longitude and latitude in EPSG:4490 degrees, with a margin round the frame
	Zoom        float64    // at which a CSS pixel is as large as a pixel of the picture: how fine shapes should be
	Fields      []string   // the properties that are read; the others need not be there
	System      crs.System // of the frame: the one in which shapes cost least
	Whole       bool       // shapes must not be cut at the box: labels follow them
}

// Feature is one feature. The renderer keeps neither it nor its geometry.
type Feature struct {
	ID       uint64
	Values   []any        // by the query's Fields: string, float64, bool, or nil
	Geometry orb.Geometry // points, lines or polygons
	System   crs.System   // of the geometry: that of the query, or EPSG:4490
}

// Relief is a [Source] that also has pictures and heights for raster and
// hillshade layers.
type Relief interface {
	// Picture is what a raster source shows of a frame, of the frame's size.
	Picture(ctx context.Context, source string, f Frame) (image.Image, error)
	// Heights are those of a raster-dem source at the centres of the frame's pixels
	// and of one pixel more on each side, by rows from the north, in metres; NaN where there are none.
	Heights(ctx context.Context, source string, f Frame) ([]float32, error)
}
