package render

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"unicode/utf16"

	"github.com/tdewolff/font"
)

// usedFace is the glyphs of a face that a document has, in the order of their new numbers.
type usedFace struct {
	face  *face
	name  string // as a resource
	font  int    // object
	ids   []uint16
	chars []rune
	index map[uint16]int
}

// usedFaces are those of a document: its pages share them.
type usedFaces [len(faceFiles)]usedFace

func (p *page) use(g placedGlyph) (*usedFace, int) {
	u := &p.faces[g.face.index]
	if u.face == nil {
		*u = usedFace{face: g.face, ids: []uint16{0}, chars: []rune{0}, index: map[uint16]int{0: 0}, font: p.document.reserve()}
		u.name = fmt.Sprintf("/F%d", g.face.index)
	}
	if !p.fonts[g.face.index] {
		p.fonts[g.face.index] = true
		p.resources["Font"] = append(p.resources["Font"], fmt.Sprintf("%s %d 0 R", u.name, u.font))
	}
	i, ok := u.index[g.id]
	if !ok {
		i = len(u.ids)
		u.index[g.id] = i
		u.ids, u.chars = append(u.ids, g.id), append(u.chars, g.char)
	}
	return u, i
}

// text writes a label twice: the halo as lines round the glyphs, which no reader
// takes for a text, and the glyphs, which are read as the label.
func (p *page) text(m *mark) {
	t := m.text
	if t.haloWidth > 0 && t.halo.A > 0 {
		p.colour(t.halo, "RG")
		p.colour(t.halo, "rg")
		fmt.Fprintf(&p.out, "%.4g w 1 j 1 J [] 0 d /Span << /ActualText <FEFF> >> BDC BT 2 Tr\n", t.haloWidth*2)
		p.glyphs(t)
		p.out.WriteString("ET EMC\n")
	}
	p.colour(m.colour, "rg")
	fmt.Fprintf(&p.out, "/Span << /ActualText <%s> >> BDC BT 0 Tr\n", utf16Hex("\ufeff"+t.text))
	p.glyphs(t)
	p.out.WriteString("ET EMC\n")
}

func (p *page) glyphs(t *placedText) {
	for _, g := range t.glyphs {
		u, i := p.use(g)
		sin, cos := math.Sincos(g.angle)
		// The line width is that of the page, so the size is the font's and not the matrix's.
		fmt.Fprintf(&p.out, "%s %.4f Tf %.5f %.5f %.5f %.5f %.3f %.3f Tm <%04X> Tj\n", u.name, t.size, cos, sin, sin, -cos, g.at.x, g.at.y, i)
	}
}

func utf16Hex(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04X", unit)
	}
	return b.String()
}

// embedFonts writes the used glyphs of each face as a font of its own.
func (d *document) embedFonts(used *usedFaces) error {
	for i := range used {
		if used[i].face == nil {
			continue
		}
		if err := d.embed(&used[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) embed(u *usedFace) error {
	f := u.face
	count := len(u.ids)
	subset, err := f.sfnt.Subset(append([]uint16{}, u.ids...), font.SubsetOptions{Tables: []string{"pdf"}})
	if err != nil {
		return fmt.Errorf("render: embedding %s: %w", faceFiles[f.index].file, err)
	}
	data := subset.Write()
	file := d.stream(fmt.Sprintf("/Length1 %d", len(data)), data)
	thousandths := func(v int16) int { return int(math.Round(float64(v) / f.em * 1000)) }
	head := f.sfnt.Head
	name := fmt.Sprintf("ONEMA%c+%s", 'A'+f.index, strings.TrimSuffix(faceFiles[f.index].file[strings.LastIndexByte(faceFiles[f.index].file, '/')+1:], ".ttf"))
	descriptor := d.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 700 /StemV 80 /FontFile2 %d 0 R >>",
		name, thousandths(head.XMin), thousandths(head.YMin), thousandths(head.XMax), thousandths(head.YMax),
		thousandths(f.sfnt.Hhea.Ascender), thousandths(f.sfnt.Hhea.Descender), file))
	var widths strings.Builder
	for _, id := range u.ids[:count] {
		fmt.Fprintf(&widths, "%d ", int(math.Round(float64(f.sfnt.GlyphAdvance(id))/f.em*1000)))
	}
	descendant := d.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /W [0 [%s]] >>",
		name, descriptor, widths.String()))
	unicodes := d.stream("", toUnicode(u.chars))
	d.set(u.font, fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>", name, descendant, unicodes))
	return nil
}

// toUnicode says which character each glyph stands for.
func toUnicode(chars []rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange\n")
	for i := 1; i < len(chars); i += 100 {
		end := min(i+100, len(chars))
		fmt.Fprintf(&b, "%d beginbfchar\n", end-i)
		for k := i; k < end; k++ {
			fmt.Fprintf(&b, "<%04X> <%s>\n", k, utf16Hex(string(chars[k])))
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap CMapName currentdict /CMap defineresource pop end end\n")
	return b.Bytes()
}
