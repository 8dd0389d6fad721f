package render

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/klauspost/compress/zlib"
)

// writePDF writes the list as one page of PDF 1.7, as large as the frame is on
// paper. Texts are texts: they can be selected and searched.
func (r *Renderer) writePDF(w io.Writer, p *picture) error {
	d := &document{}
	page := &page{
		Renderer: r, document: d, frame: p.frame, states: map[float64]string{}, patterns: map[string]string{},
		images: map[string]string{}, resources: map[string][]string{},
	}
	catalog, pages, leaf := d.reserve(), d.reserve(), d.reserve()
	for i := range p.layers {
		page.layer(&p.layers[i])
	}
	if err := page.embedFonts(); err != nil {
		return err
	}
	wide, high := p.frame.Millimetres()
	wide, high = wide/inch*72, high/inch*72
	content := d.stream("", page.out.Bytes())
	d.set(catalog, fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R >>", pages))
	d.set(pages, fmt.Sprintf("<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", leaf))
	d.set(leaf, fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.6f %.6f] /Resources %s /Contents %d 0 R /Group << /S /Transparency /CS /DeviceRGB >> >>",
		pages, wide, high, page.resourceText(), content))
	if _, err := w.Write(d.bytes(catalog)); err != nil {
		return fmt.Errorf("render: writing the PDF: %w", err)
	}
	return nil
}

// document is the objects of a PDF; object 1 is the first.
type document struct{ objects [][]byte }

func (d *document) reserve() int {
	d.objects = append(d.objects, nil)
	return len(d.objects)
}

func (d *document) set(n int, text string) { d.objects[n-1] = []byte(text) }

func (d *document) add(text string) int {
	n := d.reserve()
	d.set(n, text)
	return n
}

// stream adds a compressed stream with more entries in its dictionary.
func (d *document) stream(entries string, data []byte) int {
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, 3) // a level that there is; numbers gain little beyond it
	_, _ = z.Write(data)                    // a buffer takes everything
	_ = z.Close()
	var b bytes.Buffer
	fmt.Fprintf(&b, "<< %s /Filter /FlateDecode /Length %d >>\nstream\n", entries, packed.Len())
	b.Write(packed.Bytes())
	b.WriteString("\nendstream")
	d.objects = append(d.objects, b.Bytes())
	return len(d.objects)
}

func (d *document) bytes(catalog int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe4\xe5\xe6\xe7\n")
	places := make([]int, len(d.objects))
	for i, object := range d.objects {
		places[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(places)+1)
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(places)+1, catalog, table)
	return b.Bytes()
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
	used      [len(faceFiles)]usedFace
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
		if !p.frame.seen(m) {
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
	w, h := p.frame.size()
	content := fmt.Sprintf("q %s cm 0 0 %.4f %.4f re W n\n%sQ\n", p.flip(), w, h, inner.Bytes())
	if d.areas && d.opacity < 1 { // the areas together are let through, not each
		wide, high := p.frame.Millimetres()
		form := p.document.stream(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 %.4f %.4f] /Group << /S /Transparency >> /Resources %s",
			wide/inch*72, high/inch*72, p.resourceText()), []byte(content))
		fmt.Fprintf(&p.out, "q %s gs %s Do Q\n", p.state(d.opacity), p.resource("XObject", "X", form))
		return
	}
	p.out.WriteString(content)
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
