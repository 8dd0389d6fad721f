package render

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
)

// writePDF writes the list as one page of PDF 1.7, as large as the frame is on
// paper. Texts are texts: they can be selected and searched.
func (r *Renderer) writePDF(w io.Writer, p *picture) error {
	var whole bytes.Buffer // nothing is written of one that fails
	b := r.NewBook(&whole, "")
	if err := b.add(p, ""); err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	if _, err := w.Write(whole.Bytes()); err != nil {
		return fmt.Errorf("render: writing the PDF: %w", err)
	}
	return nil
}

// page writes a page's content. Coordinates are the picture's pixels, y downward.
type page struct {
	*Renderer
	*document
	frame     Frame
	out       bytes.Buffer
	states    map[float64]string // by opacity
	patterns  map[string]string
	images    map[string]string
	resources map[string][]string // by kind: "/G0 5 0 R"
	faces     *usedFaces
	fonts     [len(faceFiles)]bool // that the page has as a resource
	scratch   []byte
}

func (p *page) resource(kind, letter string, object int) string {
	name := fmt.Sprintf("/%s%d", letter, len(p.resources[kind]))
	p.resources[kind] = append(p.resources[kind], fmt.Sprintf("%s %d 0 R", name, object))
	return name
}

func (p *page) resourceText() string {
	var b strings.Builder
	b.WriteString("<<")
	for _, kind := range []string{"ExtGState", "Pattern", "XObject", "Font"} {
		if len(p.resources[kind]) > 0 {
			fmt.Fprintf(&b, " /%s << %s >>", kind, strings.Join(p.resources[kind], " "))
		}
	}
	return b.String() + " >>"
}

// flip is the matrix from pixels, y downward, to points.
func (p *page) flip() string {
	_, high := p.frame.Millimetres()
	s := 72 / p.frame.DPI
	return fmt.Sprintf("%.8f 0 0 %.8f 0 %.6f", s, -s, high/inch*72)
}

func (p *page) layer(d *drawing) {
	outer := p.out
	p.out = bytes.Buffer{}
	for i := range d.marks {
		m := &d.marks[i]
		if !d.seen(p.frame, m) {
			continue
		}
		switch {
		case m.raster != nil:
			p.raster(m.raster)
		case m.image != nil:
			p.icon(m.image)
		case m.text != nil:
			p.text(m)
		case m.stroke != nil:
			p.stroke(m)
		default:
			p.area(m, d.areas)
		}
	}
	inner := p.out
	p.out = outer
	if inner.Len() == 0 {
		return
	}
	content := fmt.Sprintf("q %s cm %s\n%sQ\n", p.flip(), p.window(d.window), inner.Bytes())
	if d.areas && d.opacity < 1 { // the areas together are let through, not each
		wide, high := p.frame.Millimetres()
		form := p.document.stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 %.4f %.4f] /Group << /S /Transparency >> /Resources %s",
			wide/inch*72, high/inch*72, p.resourceText()), []byte(content))
		fmt.Fprintf(&p.out, "q %s gs %s Do Q\n", p.state(d.opacity), p.resource("XObject", "X", form))
		return
	}
	p.out.WriteString(content)
}

// window moves what follows to its place and cuts it there.
func (p *page) window(at *window) string {
	if at == nil {
		w, h := p.frame.size()
		return fmt.Sprintf("0 0 %.4f %.4f re W n", w, h)
	}
	c := at.shown
	return fmt.Sprintf("1 0 0 1 %.5f %.5f cm %.4f %.4f %.4f %.4f re W n", at.at.x, at.at.y, c.x0, c.y0, c.x1-c.x0, c.y1-c.y0)
}

// state is the name of a graphics state with an opacity.
func (p *page) state(opacity float64) string {
	opacity = math.Round(unit(opacity)*1000) / 1000
	name, ok := p.states[opacity]
	if !ok {
		name = p.resource("ExtGState", "G", p.document.add(fmt.Sprintf("<< /Type /ExtGState /ca %.3f /CA %.3f >>", opacity, opacity)))
		p.states[opacity] = name
	}
	return name
}

func (p *page) colour(c Colour, operator string) {
	fmt.Fprintf(&p.out, "%.4g %.4g %.4g %s %s gs ", unit(c.R), unit(c.G), unit(c.B), operator, p.state(c.A))
}

func (p *page) path(lines [][]point, closed bool) {
	b := p.scratch[:0]
	for _, line := range lines {
		for i, at := range line {
			b = appendNumber(b, at.x)
			b = append(b, ' ')
			b = appendNumber(b, at.y)
			if i == 0 {
				b = append(b, " m "...)
			} else {
				b = append(b, " l "...)
			}
		}
		if closed {
			b = append(b, "h "...)
		}
	}
	p.scratch = b
	p.out.Write(b)
}

func (p *page) area(m *mark, beside bool) {
	operator := "f\n"
	switch {
	case m.pattern != "":
		name := p.pattern(m.pattern)
		if name == "" {
			return
		}
		fmt.Fprintf(&p.out, "/Pattern cs %s scn %s gs ", name, p.state(m.colour.A))
	default:
		p.colour(m.colour, "rg")
		if beside && m.colour.A >= 1 {
			p.colour(m.colour, "RG")
			fmt.Fprintf(&p.out, "%.4g w 1 j [] 0 d ", hair*p.frame.ratio())
			operator = "B\n"
		}
	}
	p.path(m.lines, true)
	p.out.WriteString(operator)
}

func (p *page) stroke(m *mark) {
	pen := m.stroke
	p.colour(m.colour, "RG")
	caps, joins := map[string]int{"butt": 0, "round": 1, "square": 2}, map[string]int{"miter": 0, "round": 1, "bevel": 2}
	fmt.Fprintf(&p.out, "%.4g w %d J %d j %.4g M [", pen.width, caps[pen.cap], joins[pen.join], max(1, pen.miterLimit))
	for _, dash := range pen.dashes {
		fmt.Fprintf(&p.out, "%.4g ", dash)
	}
	p.out.WriteString("] 0 d ")
	p.path(m.lines, pen.closed)
	p.out.WriteString("S\n")
}

// pattern is the name of a tiling pattern, or "" for an image that is none.
func (p *page) pattern(name string) string {
	if known, ok := p.patterns[name]; ok {
		return known
	}
	image, ok := parseSprite(name)
	m, lines := image.motif(p.frame.ratio())
	if !ok || !lines {
		return ""
	}
	tile := &page{document: p.document, frame: p.frame}
	fmt.Fprintf(&tile.out, "%.4g %.4g %.4g rg %.4g %.4g %.4g RG %.4g w ", image.colour.R, image.colour.G, image.colour.B, image.colour.R, image.colour.G, image.colour.B, m.width)
	if m.disc != nil {
		tile.path([][]point{m.disc}, true)
		tile.out.WriteString("f")
	}
	for _, stroke := range m.strokes {
		tile.path([][]point{stroke[:]}, false)
		tile.out.WriteString("S ")
	}
	x, y := p.frame.origin(m.side)
	s := 72 / p.frame.DPI
	_, high := p.frame.Millimetres()
	object := p.document.stream(fmt.Sprintf("/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 %.6f %.6f] /XStep %.6f /YStep %.6f /Matrix [%.8f 0 0 %.8f %.6f %.6f] /Resources << >>",
		m.side, m.side, m.side, m.side, s, -s, x*s, high/inch*72-y*s), tile.out.Bytes())
	p.patterns[name] = p.resource("Pattern", "P", object)
	return p.patterns[name]
}

// picture adds an image with its transparency.
func (p *page) picture(pixels []uint8, width, height int) int {
	colours, alphas := make([]byte, 0, width*height*3), make([]byte, 0, width*height)
	for i := 0; i < width*height*4; i += 4 {
		a := pixels[i+3]
		for k := range 3 {
			v := uint32(pixels[i+k])
			if a > 0 && a < 255 {
				v = min(255, v*255/uint32(a))
			}
			colours = append(colours, byte(v))
		}
		alphas = append(alphas, a)
	}
	size := fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8", width, height)
	soft := p.document.stream(size+" /ColorSpace /DeviceGray", alphas)
	return p.document.stream(fmt.Sprintf("%s /ColorSpace /DeviceRGB /SMask %d 0 R", size, soft), colours)
}

func (p *page) icon(i *placedImage) {
	name, ok := p.images[i.name]
	image, is := parseSprite(i.name)
	if !is {
		return
	}
	if !ok {
		b := p.sprites.get(i.name, func(s sprite) int { return int(s.size * iconScale) })
		name = p.resource("XObject", "X", p.picture(b.pixels, b.side, b.side))
		p.images[i.name] = name
	}
	side := image.size * i.size
	sin, cos := math.Sincos(i.angle)
	// The unit square of an image stands upright: its upper edge is at 1.
	corner := point{i.at.x - (cos*side-sin*side)/2, i.at.y - (sin*side+cos*side)/2}
	fmt.Fprintf(&p.out, "q %s gs %.5g %.5g %.5g %.5g %.6g %.6g cm %s Do Q\n", p.state(i.opacity),
		cos*side, sin*side, sin*side, -cos*side, corner.x-sin*side, corner.y+cos*side, name)
}

func (p *page) raster(r *placedRaster) {
	name := p.resource("XObject", "X", p.picture(r.pixels, r.width, r.height))
	fmt.Fprintf(&p.out, "q %s gs %d 0 0 %d 0 %d cm %s Do Q\n", p.state(r.opacity), r.width, -r.height, r.height, name)
}
