package render

import (
	"math"
	"strings"
	"unicode"
)

// A shaped text is set about its anchor at the origin, in ems.
type shaped struct {
	text   string
	glyphs []shapedGlyph
	box    rect
}

type shapedGlyph struct {
	glyph
	char rune
	at   point // left end of the baseline
}

const (
	baseline = 0.36 // ems below a line's middle: where Chinese characters and capitals look centred
	lineBody = 1.2  // ems: the height of one line in a box
)

// look is how a text is set.
type look struct {
	maxWidth   float64 // ems; lines are broken beyond it
	lineHeight float64 // ems
	spacing    float64 // ems between letters
	justify    string
	anchor     string
	offset     point // ems
}

// shape sets a text in lines.
func (f *fonts) shape(text string, k look) (shaped, error) {
	s := shaped{text: text}
	var lines [][]glyphOf
	for _, paragraph := range strings.Split(text, "\n") {
		glyphs, err := f.run(paragraph)
		if err != nil {
			return s, err
		}
		lines = append(lines, broken(glyphs, k)...)
	}
	widths := make([]float64, len(lines))
	widest := 0.
	for i, line := range lines {
		widths[i] = widthOf(line, k.spacing)
		widest = max(widest, widths[i])
	}
	height := float64(len(lines)-1)*k.lineHeight + lineBody
	ax, ay := anchorOf(k.anchor)
	left, top := -widest*ax+k.offset.x, -height*ay+k.offset.y
	justify := map[string]float64{"left": 0, "right": 1, "center": 0.5}
	part, ok := justify[k.justify]
	if !ok { // auto: the side of the anchor
		part = ax
	}
	for i, line := range lines {
		x := left + (widest-widths[i])*part
		y := top + lineBody/2 + float64(i)*k.lineHeight + baseline
		for _, g := range line {
			s.glyphs = append(s.glyphs, shapedGlyph{g.glyph, g.char, point{x, y}})
			x += g.advance + k.spacing
		}
	}
	s.box = rect{left, top, left + widest, top + height}
	return s, nil
}

// anchorOf is which part of a text lies at its anchor: from 0, its left and top, to 1.
func anchorOf(anchor string) (x, y float64) {
	x, y = 0.5, 0.5
	if strings.Contains(anchor, "left") {
		x = 0
	}
	if strings.Contains(anchor, "right") {
		x = 1
	}
	if strings.HasPrefix(anchor, "top") {
		y = 0
	}
	if strings.HasPrefix(anchor, "bottom") {
		y = 1
	}
	return x, y
}

type glyphOf struct {
	glyph
	char rune
}

// run finds the glyphs of a line. What no font draws, as control characters, is left out.
func (f *fonts) run(text string) ([]glyphOf, error) {
	var out []glyphOf
	for _, r := range text {
		if r == '\t' {
			r = ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			continue
		}
		if len(out) == maxText {
			break
		}
		g, err := f.glyph(r)
		if err != nil {
			return nil, err
		}
		out = append(out, glyphOf{g, r})
	}
	return out, nil
}

// maxText is the most characters of a label's line that are drawn.
const maxText = 256

func widthOf(line []glyphOf, spacing float64) float64 {
	width := 0.
	for _, g := range line {
		width += g.advance + spacing
	}
	return max(0, width-spacing)
}

// broken cuts a line into lines of about one width, none wider than the most:
// between Chinese characters, at spaces, behind hyphens; never inside a word.
func broken(line []glyphOf, k look) [][]glyphOf {
	width := widthOf(line, k.spacing)
	if k.maxWidth <= 0 || width <= k.maxWidth {
		return [][]glyphOf{line}
	}
	target := width / math.Ceil(width/k.maxWidth)
	var lines [][]glyphOf
	start, allowed := 0, -1
	x, xAllowed := 0., 0.
	for i, g := range line {
		x += g.advance + k.spacing
		if x > k.maxWidth && allowed > start {
			lines = append(lines, trimmed(line[start:allowed]))
			start, x = allowed, x-xAllowed
			allowed = -1
		}
		if i+1 < len(line) && mayBreak(g.char, line[i+1].char) {
			allowed, xAllowed = i+1, x
			if x >= target-0.5 && len(lines)+1 < int(math.Ceil(width/k.maxWidth)) {
				lines = append(lines, trimmed(line[start:allowed]))
				start, x, allowed = allowed, 0, -1
			}
		}
	}
	return append(lines, trimmed(line[start:]))
}

func trimmed(line []glyphOf) []glyphOf {
	for len(line) > 0 && line[0].char == ' ' {
		line = line[1:]
	}
	for len(line) > 0 && line[len(line)-1].char == ' ' {
		line = line[:len(line)-1]
	}
	return line
}

func mayBreak(before, after rune) bool {
	if strings.ContainsRune("（《“‘([", before) || strings.ContainsRune("）》”’，。、；：？！)]", after) {
		return false
	}
	return before == ' ' || before == '-' || ideographic(before) || ideographic(after)
}

func ideographic(r rune) bool {
	return unicode.Is(unicode.Han, r) || unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || (r >= 0x3000 && r <= 0x303f) || (r >= 0xff00 && r <= 0xffef)
}

// placed puts a shaped text at a place of the picture, turned by an angle.
func (s shaped) placed(at point, size, angle float64) []placedGlyph {
	sin, cos := math.Sincos(angle)
	out := make([]placedGlyph, len(s.glyphs))
	for i, g := range s.glyphs {
		x, y := g.at.x*size, g.at.y*size
		out[i] = placedGlyph{face: g.face, id: g.id, char: g.char, angle: angle, at: point{at.x + x*cos - y*sin, at.y + x*sin + y*cos}}
	}
	return out
}
