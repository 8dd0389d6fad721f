package render

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
)

// writeSVG writes the list as SVG: a group for each style layer, texts as outlines
// of their glyphs with the text itself as label, so that it looks the same everywhere.
func (r *Renderer) writeSVG(w io.Writer, p *picture) error {
	s := &svg{Renderer: r, frame: p.frame, glyphs: map[glyphKey]string{}, patterns: map[string]string{}, icons: map[string]string{}, windows: map[*window]string{}}
	for i := range p.layers {
		if err := s.layer(&p.layers[i]); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(w)
	width, height := p.frame.size()
	wide, high := p.frame.Millimetres()
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%.6gmm" height="%.6gmm" viewBox="0 0 %.8g %.8g">`+"\n", wide, high, width, height)
	fmt.Fprintf(out, "<defs>\n%s</defs>\n%s</svg>\n", s.defs.Bytes(), s.body.Bytes())
	if err := out.Flush(); err != nil {
		return fmt.Errorf("render: writing the SVG: %w", err)
	}
	return nil
}

type glyphKey struct {
	face int
	id   uint16
}

type svg struct {
	*Renderer
	frame      Frame
	defs, body bytes.Buffer
	glyphs     map[glyphKey]string
	patterns   map[string]string
	icons      map[string]string
	windows    map[*window]string
	scratch    []byte
}

// clip is the id of the path that a window is cut by.
func (s *svg) clip(at *window) string {
	id, ok := s.windows[at]
	if !ok {
		id = fmt.Sprintf("w%d", len(s.windows))
		s.windows[at] = id
		fmt.Fprintf(&s.defs, `<clipPath id="%s"><rect x="%.6g" y="%.6g" width="%.6g" height="%.6g"/></clipPath>`+"\n",
			id, at.shown.x0, at.shown.y0, at.shown.x1-at.shown.x0, at.shown.y1-at.shown.y0)
	}
	return id
}

func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
	return b.String()
}

func (s *svg) layer(d *drawing) error {
	if at := d.window; at != nil {
		fmt.Fprintf(&s.body, `<g id="%s" transform="translate(%.6g %.6g)" clip-path="url(#%s)"`, escaped(at.name+"/"+d.id), at.at.x, at.at.y, s.clip(at))
	} else {
		fmt.Fprintf(&s.body, `<g id="%s"`, escaped(d.id))
	}
	if d.areas && d.opacity < 1 {
		fmt.Fprintf(&s.body, ` opacity="%.4g"`, d.opacity)
	}
	s.body.WriteString(">\n")
	for i := range d.marks {
		m := &d.marks[i]
		if !d.seen(s.frame, m) {
			continue
		}
		switch {
		case m.raster != nil:
			if err := s.raster(m.raster); err != nil {
				return err
			}
		case m.image != nil:
			if err := s.icon(m.image); err != nil {
				return err
			}
		case m.text != nil:
			s.text(m)
		case m.stroke != nil:
			s.stroke(m)
		default:
			s.area(m, d.areas)
		}
	}
	s.body.WriteString("</g>\n")
	return nil
}

// paint writes a colour as attributes.
func (c Colour) paint(attribute string) string {
	text := fmt.Sprintf(` %s="#%02x%02x%02x"`, attribute, byte(unit(c.R)*255+0.5), byte(unit(c.G)*255+0.5), byte(unit(c.B)*255+0.5))
	if c.A < 1 {
		text += fmt.Sprintf(` %s-opacity="%.4g"`, attribute, unit(c.A))
	}
	return text
}

func (s *svg) path(lines [][]point, closed bool) []byte {
	b := append(s.scratch[:0], ` d="`...)
	for _, line := range lines {
		for i, p := range line {
			switch i {
			case 0:
				b = append(b, 'M')
			case 1:
				b = append(b, 'L')
			default:
				b = append(b, ' ')
			}
			b = appendNumber(b, p.x)
			b = append(b, ' ')
			b = appendNumber(b, p.y)
		}
		if closed {
			b = append(b, 'Z')
		}
	}
	s.scratch = append(b, '"')
	return s.scratch
}

func (s *svg) area(m *mark, beside bool) {
	s.body.WriteString("<path")
	switch {
	case m.pattern != "":
		fmt.Fprintf(&s.body, ` fill="url(#%s)"`, s.pattern(m.pattern))
		if m.colour.A < 1 {
			fmt.Fprintf(&s.body, ` fill-opacity="%.4g"`, m.colour.A)
		}
	default:
		s.body.WriteString(m.colour.paint("fill"))
		if beside && m.colour.A >= 1 {
			fmt.Fprintf(&s.body, `%s stroke-width="%.4g" stroke-linejoin="round"`, m.colour.paint("stroke"), hair*s.frame.ratio())
		}
	}
	s.body.Write(s.path(m.lines, true))
	s.body.WriteString("/>\n")
}

func (s *svg) stroke(m *mark) {
	pen := m.stroke
	fmt.Fprintf(&s.body, `<path fill="none"%s stroke-width="%.4g"`, m.colour.paint("stroke"), pen.width)
	if pen.cap != "butt" {
		fmt.Fprintf(&s.body, ` stroke-linecap="%s"`, pen.cap)
	}
	if pen.join != "miter" {
		fmt.Fprintf(&s.body, ` stroke-linejoin="%s"`, pen.join)
	} else {
		fmt.Fprintf(&s.body, ` stroke-miterlimit="%.4g"`, max(1, pen.miterLimit))
	}
	if len(pen.dashes) > 0 {
		s.body.WriteString(` stroke-dasharray="`)
		for i, dash := range pen.dashes {
			if i > 0 {
				s.body.WriteByte(' ')
			}
			fmt.Fprintf(&s.body, "%.4g", dash)
		}
		s.body.WriteByte('"')
	}
	s.body.Write(s.path(m.lines, pen.closed))
	s.body.WriteString("/>\n")
}

func (s *svg) pattern(name string) string {
	if id, ok := s.patterns[name]; ok {
		return id
	}
	id := fmt.Sprintf("p%d", len(s.patterns))
	s.patterns[name] = id
	image, ok := parseSprite(name)
	m, lines := image.motif(s.frame.ratio())
	if !ok || !lines {
		return id
	}
	x, y := s.frame.origin(m.side)
	fmt.Fprintf(&s.defs, `<pattern id="%s" patternUnits="userSpaceOnUse" x="%.6g" y="%.6g" width="%.6g" height="%.6g">`, id, x, y, m.side, m.side)
	if m.disc != nil {
		fmt.Fprintf(&s.defs, `<path%s%s/>`, image.colour.paint("fill"), s.path([][]point{m.disc}, true))
	} else {
		fmt.Fprintf(&s.defs, `<path%s stroke-width="%.4g"`, image.colour.paint("stroke"), m.width)
		var lines [][]point
		for _, stroke := range m.strokes {
			lines = append(lines, stroke[:])
		}
		fmt.Fprintf(&s.defs, `%s/>`, s.path(lines, false))
	}
	s.defs.WriteString("</pattern>\n")
	return id
}

// embedded is a picture as a data address.
func embedded(pixels []uint8, width, height int) (string, error) {
	var b bytes.Buffer
	err := png.Encode(&b, &image.RGBA{Pix: pixels, Stride: width * 4, Rect: image.Rect(0, 0, width, height)})
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), err
}

func (s *svg) icon(i *placedImage) error {
	image, ok := parseSprite(i.name)
	if !ok {
		return nil
	}
	id, known := s.icons[i.name]
	if !known {
		id = fmt.Sprintf("i%d", len(s.icons))
		s.icons[i.name] = id
		b := s.sprites.get(i.name, func(s sprite) int { return int(s.size * iconScale) })
		data, err := embedded(b.pixels, b.side, b.side)
		if err != nil {
			return fmt.Errorf("render: writing the SVG: %w", err)
		}
		fmt.Fprintf(&s.defs, `<image id="%s" width="%.4g" height="%.4g" href="%s"/>`+"\n", id, image.size, image.size, data)
	}
	half := image.size * i.size / 2
	fmt.Fprintf(&s.body, `<use href="#%s" transform="translate(%.6g %.6g)`, id, i.at.x-half, i.at.y-half)
	if i.angle != 0 {
		fmt.Fprintf(&s.body, ` rotate(%.4g %.4g %.4g)`, i.angle*180/math.Pi, half, half)
	}
	fmt.Fprintf(&s.body, ` scale(%.4g)"`, i.size)
	if i.opacity < 1 {
		fmt.Fprintf(&s.body, ` opacity="%.4g"`, i.opacity)
	}
	s.body.WriteString("/>\n")
	return nil
}

func (s *svg) raster(r *placedRaster) error {
	data, err := embedded(r.pixels, r.width, r.height)
	if err != nil {
		return fmt.Errorf("render: writing the SVG: %w", err)
	}
	fmt.Fprintf(&s.body, `<image width="%d" height="%d" opacity="%.4g" href="%s"/>`+"\n", r.width, r.height, r.opacity, data)
	return nil
}

func (s *svg) text(m *mark) {
	t := m.text
	fmt.Fprintf(&s.body, `<g role="img" aria-label="%s">`, escaped(t.text))
	var uses bytes.Buffer
	for _, g := range t.glyphs {
		sin, cos := math.Sincos(g.angle)
		scale := t.size / 1000
		fmt.Fprintf(&uses, `<use href="#%s" transform="matrix(%.5g %.5g %.5g %.5g %.6g %.6g)"/>`, s.glyph(g), cos*scale, sin*scale, -sin*scale, cos*scale, g.at.x, g.at.y)
	}
	if t.haloWidth > 0 && t.halo.A > 0 {
		fmt.Fprintf(&s.body, `<g%s%s stroke-width="%.4g" stroke-linejoin="round">%s</g>`, t.halo.paint("fill"), t.halo.paint("stroke"), t.haloWidth*2/t.size*1000, uses.Bytes())
	}
	fmt.Fprintf(&s.body, "<g%s>%s</g></g>\n", m.colour.paint("fill"), uses.Bytes())
}

func (s *svg) glyph(g placedGlyph) string {
	key := glyphKey{g.face.index, g.id}
	if id, ok := s.glyphs[key]; ok {
		return id
	}
	id := fmt.Sprintf("g%d-%d", key.face, key.id)
	s.glyphs[key] = id
	var lines [][]point
	for _, c := range g.face.outline(g.id) {
		line := make([]point, len(c))
		for i, p := range c {
			line[i] = point{math.Round(p.x * 1000), math.Round(-p.y * 1000)}
		}
		lines = append(lines, line)
	}
	fmt.Fprintf(&s.defs, "<path id=\"%s\"%s/>\n", id, s.path(lines, true))
	return id
}
