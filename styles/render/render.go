package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
)

// Options are what a renderer is made with.
type Options struct {
	FontPath []string // folders of fonts; nil for those of Debian's packages
	Painters int      // bands of a picture that are painted at once; 0 is one for each core
}

// Renderer draws pictures and keeps what several of them need: glyphs and images.
// Many goroutines may use it at once.
type Renderer struct {
	fonts    *fonts
	sprites  sprites
	painters int
}

// New makes a renderer. Fonts are read when a text is drawn.
func New(o Options) *Renderer {
	painters := o.Painters
	if painters <= 0 {
		painters = runtime.GOMAXPROCS(0)
	}
	return &Renderer{fonts: newFonts(o.FontPath), painters: painters, sprites: sprites{known: map[spriteKey]*bitmap{}}}
}

// Format is a kind of output.
type Format string

// The formats.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	SVG  Format = "svg"
	PDF  Format = "pdf"
)

// ErrFormat reports a format that isn't written.
var ErrFormat = errors.New("render: the format is none of png, jpeg, svg, pdf")

// MaxFeatures is the most features of a style layer in one picture.
const MaxFeatures = 2_000_000

// Draw writes a picture of a frame. Nothing is written where it fails before the
// picture is done: the frame can't be drawn, a font is missing, the source fails
// or the context ends.
func (r *Renderer) Draw(ctx context.Context, w io.Writer, format Format, s *Style, source Source, f Frame) error {
	if !slices.Contains([]Format{PNG, JPEG, SVG, PDF}, format) {
		return fmt.Errorf("%w: %.40q", ErrFormat, string(format))
	}
	p, err := r.compose(ctx, s, source, f)
	if err != nil {
		return err
	}
	switch format {
	case SVG:
		return r.writeSVG(w, p)
	case PDF:
		return r.writePDF(w, p)
	}
	pixels, err := r.paint(ctx, p)
	if err != nil {
		return fmt.Errorf("render: painting: %w", err)
	}
	if format == JPEG {
		return writeJPEG(w, pixels)
	}
	return writePNG(w, pixels, f.DPI)
}
