package render

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// Paper is a white page on which maps, lines, areas and texts are put, in the order
// in which they are drawn. Lengths are millimetres; places are those from the
// page's top left corner, x to the right and y downward. The first error is kept and
// returned by [Paper.Err] and when the page is written. One goroutine may use it at a time.
type Paper struct {
	r      *Renderer
	frame  Frame
	scale  float64 // pixels to a millimetre
	layers []drawing
	window *window
	err    error
}

// NewPaper begins a page. One that can't be drawn is an [ErrInvalidFrame].
func (r *Renderer) NewPaper(width, height, dpi float64) (*Paper, error) {
	for name, v := range map[string]float64{"width": width, "height": height, "dpi": dpi} {
		if !(v > 0 && v < 1e6) {
			return nil, fmt.Errorf("%w: %s is %g", ErrInvalidFrame, name, v)
		}
	}
	p := &Paper{r: r, scale: dpi / inch, frame: Frame{System: crs.WebMercator, DPI: dpi, exactWidth: width / inch * dpi, exactHeight: height / inch * dpi}}
	p.frame.Extent = orb.Bound{Max: orb.Point{p.frame.exactWidth, p.frame.exactHeight}} // a plane of pixels
	p.frame.Width, p.frame.Height = int(math.Ceil(p.frame.exactWidth-1e-6)), int(math.Ceil(p.frame.exactHeight-1e-6))
	if err := p.frame.check(); err != nil {
		return nil, err
	}
	p.Area(Ink{Colour: Colour{1, 1, 1, 1}}, p.frame.corners(p.scale))
	return p, nil
}

func (f Frame) corners(scale float64) []orb.Point {
	w, h := f.exactWidth/scale, f.exactHeight/scale
	return []orb.Point{{0, 0}, {w, 0}, {w, h}, {0, h}}
}

// Size is the page's size.
func (p *Paper) Size() (width, height float64) { return p.frame.Millimetres() }

// Err is the first error of what was put on the page.
func (p *Paper) Err() error { return p.err }

// Map is a map on a paper.
type Map struct {
	Name   string // new on the paper
	Style  *Style
	Source Source
	Frame  Frame   // of the paper's dpi
	X, Y   float64 // of its top left corner

	// Classes are told whether they occur; see [Class].
	Classes []*Class
	// Beneath may put more on the paper, beneath the names and icons that end the map.
	Beneath func()
}

// Map puts a map on the page. Its errors are those of [Renderer.Draw]; they are kept too.
func (p *Paper) Map(ctx context.Context, m Map) error {
	if p.err != nil {
		return p.err
	}
	if m.Frame.DPI != p.frame.DPI {
		p.err = fmt.Errorf("%w: a map of %g dpi on a paper of %g", ErrInvalidFrame, m.Frame.DPI, p.frame.DPI)
		return p.err
	}
	drawn, err := p.r.compose(ctx, m.Style, m.Source, m.Frame, m.Classes...)
	if err != nil {
		p.err = err
		return err
	}
	w, h := m.Frame.size()
	at := &window{name: m.Name, at: point{m.X * p.scale, m.Y * p.scale}, shown: rect{0, 0, w, h}}
	names := len(drawn.layers)
	for names > 0 && drawn.layers[names-1].names {
		names--
	}
	for i := range drawn.layers {
		if i == names && m.Beneath != nil {
			m.Beneath()
		}
		d := drawn.layers[i]
		d.window = at
		p.layers = append(p.layers, d)
	}
	if names == len(drawn.layers) && m.Beneath != nil {
		m.Beneath()
	}
	return p.err
}

// Within has do put things on the page of which only what is in a box is seen.
func (p *Paper) Within(box orb.Bound, do func()) {
	before := p.window
	p.window = &window{name: "within", shown: rect{box.Min[0] * p.scale, box.Min[1] * p.scale, box.Max[0] * p.scale, box.Max[1] * p.scale}}
	do()
	p.window = before
}

// mark adds a mark to the page's own drawing, which goes on until a map follows.
func (p *Paper) mark(m mark) {
	n := len(p.layers)
	if n == 0 || p.layers[n-1].id != paperID(n-1) || p.layers[n-1].window != p.window {
		p.layers = append(p.layers, drawing{id: paperID(n), opacity: 1, window: p.window})
		n++
	}
	p.layers[n-1].marks = append(p.layers[n-1].marks, m)
}

func paperID(n int) string { return fmt.Sprintf("paper-%d", n) }

func (p *Paper) pixels(lines [][]orb.Point) [][]point {
	out := make([][]point, len(lines))
	for i, line := range lines {
		out[i] = make([]point, len(line))
		for k, at := range line {
			out[i][k] = point{at[0] * p.scale, at[1] * p.scale}
		}
	}
	return out
}

// Pen is how a line is drawn.
type Pen struct {
	Width  float64
	Colour Colour
	Dashes []float64
	Closed bool   // each line is a ring
	Cap    string // butt, round or square; "" is butt
	Join   string // miter, round or bevel; "" is miter
}

// Line draws lines.
func (p *Paper) Line(pen Pen, lines ...[]orb.Point) {
	s := &stroke{width: pen.Width * p.scale, cap: pen.Cap, join: pen.Join, miterLimit: 4, closed: pen.Closed}
	if s.cap == "" {
		s.cap = "butt"
	}
	if s.join == "" {
		s.join = "miter"
	}
	for _, dash := range pen.Dashes {
		s.dashes = append(s.dashes, dash*p.scale)
	}
	m := mark{lines: p.pixels(lines), colour: pen.Colour, stroke: s}
	m.box = boxOf(m.lines).grown(s.width*s.miterLimit/2 + 1)
	p.mark(m)
}

// Ink is what an area is filled with.
type Ink struct {
	Colour  Colour
	Pattern string // an image's name, instead of the colour
}

// Area fills what the rings go round; a ring that goes the other way round is a hole.
func (p *Paper) Area(ink Ink, rings ...[]orb.Point) {
	m := mark{lines: p.pixels(rings), colour: ink.Colour, pattern: ink.Pattern}
	m.box = boxOf(m.lines)
	p.mark(m)
}

// Text is a text on a page.
type Text struct {
	At        orb.Point
	Text      string  // lines end with "\n"
	Size      float64 // of an em
	Anchor    string  // what of the text is at the place: center, left, top-right …; "" is center
	Justify   string  // left, center, right; "" is the anchor's side
	Colour    Colour
	Bold      float64 // by how much of an em glyphs are thickened
	Spacing   float64 // between letters, ems
	Leading   float64 // from line to line, ems; 0 is 1.2
	Angle     float64 // degrees, clockwise
	Width     float64 // beyond which lines are broken; 0 is none
	Halo      Colour
	HaloWidth float64
	Outlined  bool // drawn as areas, so that it is no text to who selects or searches
}

// Text puts a text on the page and returns its size, before it is turned.
func (p *Paper) Text(t Text) (width, height float64) {
	s, ok := p.shape(t)
	if !ok || len(s.glyphs) == 0 {
		return 0, 0
	}
	size := t.Size * p.scale
	angle := t.Angle * math.Pi / 180
	at := point{t.At[0] * p.scale, t.At[1] * p.scale}
	b := turned(s.box, size, angle)
	outer := rect{at.x + b.x0, at.y + b.y0, at.x + b.x1, at.y + b.y1}.grown(t.HaloWidth*p.scale + size/2)
	glyphs := s.placed(at, size, angle)
	width, height = (s.box.x1-s.box.x0)*t.Size, (s.box.y1-s.box.y0)*t.Size
	if t.Outlined {
		m := mark{colour: t.Colour, lines: outlines(glyphs, size)}
		m.box = boxOf(m.lines)
		p.mark(m)
		return width, height
	}
	if t.HaloWidth > 0 && t.Halo.A > 0 {
		p.mark(mark{box: outer, lines: outlines(glyphs, size), colour: t.Halo, stroke: &stroke{
			width: t.HaloWidth * 2 * p.scale, cap: "round", join: "round", miterLimit: 1, closed: true,
		}})
	}
	text := &placedText{text: t.Text, size: size, glyphs: glyphs}
	if t.Bold > 0 { // a halo of its own colour
		text.halo, text.haloWidth = t.Colour, t.Bold*size/2
	}
	p.mark(mark{box: outer, colour: t.Colour, text: text})
	return width, height
}

// TextSize is the size that a text would have.
func (p *Paper) TextSize(t Text) (width, height float64) {
	s, _ := p.shape(t)
	return (s.box.x1 - s.box.x0) * t.Size, (s.box.y1 - s.box.y0) * t.Size
}

func (p *Paper) shape(t Text) (shaped, bool) {
	k := look{lineHeight: t.Leading, spacing: t.Spacing, anchor: t.Anchor, justify: t.Justify}
	if k.lineHeight == 0 {
		k.lineHeight = lineBody
	}
	if t.Width > 0 {
		k.maxWidth = t.Width / t.Size
	}
	s, err := p.r.fonts.shape(t.Text, k)
	if err != nil && p.err == nil {
		p.err = err
	}
	return s, err == nil
}

// outlines are the contours of glyphs on the page.
func outlines(glyphs []placedGlyph, size float64) (out [][]point) {
	for _, g := range glyphs {
		sin, cos := math.Sincos(g.angle)
		for _, c := range g.face.outline(g.id) {
			ring := make([]point, len(c))
			for i, q := range c {
				x, y := q.x*size, -q.y*size
				ring[i] = point{g.at.x + x*cos - y*sin, g.at.y + x*sin + y*cos}
			}
			out = append(out, ring)
		}
	}
	return out
}

// Write writes the page. Of PNG no more than some rows are in memory at once.
func (p *Paper) Write(ctx context.Context, w io.Writer, format Format) error {
	if p.err != nil {
		return p.err
	}
	list := &picture{frame: p.frame, layers: p.layers}
	switch {
	case !slices.Contains([]Format{PNG, JPEG, SVG, PDF}, format):
		return fmt.Errorf("%w: %.40q", ErrFormat, string(format))
	case format == SVG:
		return p.r.writeSVG(w, list)
	case format == PDF:
		return p.r.writePDF(w, list)
	case format == JPEG:
		pixels, err := p.r.paint(ctx, list)
		if err != nil {
			return fmt.Errorf("render: painting: %w", err)
		}
		return writeJPEG(w, pixels)
	}
	e, err := newPNG(w, p.frame.Width, p.frame.Height, p.frame.DPI, true)
	if err != nil {
		return err
	}
	if err := p.r.paintInOrder(ctx, list, e.rows); err != nil {
		return fmt.Errorf("render: painting: %w", err)
	}
	return e.close()
}
