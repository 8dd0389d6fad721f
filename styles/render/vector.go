package render

import (
	"math"
	"strconv"
)

// hair is the width in CSS pixels of the line in its own colour that an area has
// round it in SVG and PDF: viewers smooth each edge by itself, and what is below
// would shine through the border between two areas.
const hair = 0.3

// decimals of a pixel that are written: at 96 dpi a hundredth is 0.003 mm.
const decimals = 2

// appendNumber writes a number as short as it can be.
func appendNumber(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	start := len(b)
	b = strconv.AppendFloat(b, v, 'f', decimals, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b[start:]) == "-0" || len(b) == start {
		return append(b[:start], '0')
	}
	return b
}

// motif is what a pattern's tile has: strokes of one width, or a disc.
type motif struct {
	side, width float64 // pixels
	strokes     [][2]point
	disc        []point
}

// motif is the sprite as lines, for outputs that have no pixels; ok is false for an icon.
func (s *sprite) motif(ratio float64) (m motif, ok bool) {
	m = motif{side: s.size * ratio, width: s.width * ratio}
	a := m.side
	slash := [][2]point{{{-a, a}, {a, -a}}, {{-a, 2 * a}, {2 * a, -a}}, {{0, 2 * a}, {2 * a, 0}}}
	backslash := [][2]point{{{-a, -a}, {2 * a, 2 * a}}, {{0, -a}, {2 * a, a}}, {{-a, 0}, {a, 2 * a}}}
	switch {
	case s.kind == "dots":
		m.disc = disc(point{a / 2, a / 2}, m.width/2)
	case s.kind == "cross":
		m.strokes = append(slash, backslash...)
	case s.kind == "hatch" && s.angle == 0:
		m.strokes = [][2]point{{{-a, 0}, {2 * a, 0}}, {{-a, a}, {2 * a, a}}}
	case s.kind == "hatch" && s.angle == 90:
		m.strokes = [][2]point{{{0, -a}, {0, 2 * a}}, {{a, -a}, {a, 2 * a}}}
	case s.kind == "hatch" && s.angle == 45:
		m.strokes = slash
	case s.kind == "hatch" && s.angle == 135:
		m.strokes = backslash
	default:
		return m, false
	}
	return m, true
}

// origin is where a pattern's tile begins: a place that lies still on the ground.
func (f Frame) origin(side float64) (x, y float64) {
	w, h := f.size()
	x = -modulo(f.Extent.Min[0]*w/(f.Extent.Max[0]-f.Extent.Min[0]), side)
	y = -modulo(-f.Extent.Max[1]*h/(f.Extent.Max[1]-f.Extent.Min[1]), side)
	return x, y
}

// iconScale is the pixels to a CSS pixel of icons in SVG and PDF.
const iconScale = 6

// seen tells whether a mark reaches into the frame.
func (f Frame) seen(m *mark) bool {
	w, h := f.size()
	return m.box.meets(rect{0, 0, w, h})
}
