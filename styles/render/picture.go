package render

// picture is a drawing list: all that a frame shows, in drawing order, in pixels.
// It knows no kind of output.
type picture struct {
	frame  Frame
	layers []drawing
}

// drawing is what one style layer draws.
type drawing struct {
	id      string
	areas   bool    // its marks lie side by side: they are put together before they cover what is below
	opacity float64 // of the areas together
	sorted  bool    // the marks have keys
	names   bool    // it is a symbol layer
	window  *window // where its marks lie on a paper; nil is the picture itself
	marks   []mark
}

// window is where a drawing lies on a paper, and what is seen of it.
type window struct {
	name  string // before ids in SVG
	at    point  // of the drawing's corner on the paper, in pixels
	shown rect   // in the drawing's pixels; what is outside is cut off
}

// seen tells whether a mark shows in the picture.
func (d *drawing) seen(f Frame, m *mark) bool {
	if d.window != nil {
		return m.box.meets(d.window.shown)
	}
	return f.seen(m)
}

// mark is one thing that is drawn: an area, a stroke, an image or a text.
type mark struct {
	box     rect
	key     float64   // a sort key
	lines   [][]point // rings of an area, lines of a stroke
	colour  Colour
	pattern string  // fills the area instead of the colour
	stroke  *stroke // nil for an area
	image   *placedImage
	text    *placedText
	raster  *placedRaster
}

// stroke is how a line is drawn.
type stroke struct {
	width      float64 // pixels
	cap        string  // butt, round, square
	join       string  // miter, round, bevel
	miterLimit float64
	closed     bool      // every line is a ring
	dashes     []float64 // pixels; empty for a line without gaps. The lines aren't cut yet
}

// placedImage is an icon at its centre.
type placedImage struct {
	name    string
	at      point
	size    float64 // factor of the image's own size in CSS pixels, times the frame's ratio
	angle   float64 // radians, clockwise
	opacity float64
}

// placedText is a label.
type placedText struct {
	text      string
	size      float64 // pixels to an em
	glyphs    []placedGlyph
	halo      Colour
	haloWidth float64 // pixels
}

// placedGlyph is a glyph at the left end of its baseline.
type placedGlyph struct {
	face  *face
	id    uint16
	char  rune
	at    point
	angle float64 // radians, clockwise
}

// placedRaster is a picture of the frame's size.
type placedRaster struct {
	pixels  []uint8 // RGBA, premultiplied, by rows
	width   int
	height  int
	opacity float64
}
