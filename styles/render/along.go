package render

import "math"

// track is a line that can be asked for the place at a distance.
type track struct {
	line []point
	at   []float64 // distance of each point from the first, pixels
}

func newTrack(line []point) track {
	t := track{line, make([]float64, len(line))}
	for i := 1; i < len(line); i++ {
		t.at[i] = t.at[i-1] + math.Hypot(line[i].x-line[i-1].x, line[i].y-line[i-1].y)
	}
	return t
}

func (t track) length() float64 { return t.at[len(t.at)-1] }

// find returns the place at a distance and the direction there; i is where to begin to look.
func (t track) find(distance float64, i int) (p point, angle float64, at int) {
	for i+2 < len(t.line) && t.at[i+1] < distance {
		i++
	}
	a, b := t.line[i], t.line[i+1]
	u := 0.
	if span := t.at[i+1] - t.at[i]; span > 0 {
		u = (distance - t.at[i]) / span
	}
	return point{a.x + (b.x-a.x)*u, a.y + (b.y-a.y)*u}, math.Atan2(b.y-a.y, b.x-a.x), i
}

// anchors are the distances at which labels of a width are put on the line: evenly
// spread and counted from the line's ends, so that they don't depend on the frame.
func (t track) anchors(placement string, spacing, width float64) []float64 {
	length := t.length()
	if length < width || length == 0 {
		return nil
	}
	if placement == "line-center" {
		return []float64{length / 2}
	}
	if spacing < width*1.25 {
		spacing = width * 1.25
	}
	n := int(max(1, min(math.Floor(length/spacing), 10_000)))
	out := make([]float64, n)
	for i := range out {
		out[i] = (float64(i) + 0.5) * length / float64(n)
	}
	return out
}

// along sets glyphs on the line about a distance, each turned as the line is at its
// middle; false where the line bends too much for it. A text that would stand on
// its head is set the other way round.
func (t track) along(line []glyphOf, middle, size, spacing, maxAngle float64, upright bool, offset point) ([]placedGlyph, bool) {
	width := widthOf(line, spacing) * size
	start := middle - width/2
	if start < 0 || start+width > t.length() {
		return nil, false
	}
	p, _, i := t.find(start, 0)
	q, _, _ := t.find(start+width, i)
	backwards := upright && (q.x < p.x || (q.x == p.x && q.y < p.y))
	out := make([]placedGlyph, 0, len(line))
	x, before := 0., math.NaN()
	for _, g := range line {
		advance := g.advance * size
		at := start + x + advance/2
		if backwards {
			at = start + width - x - advance/2
		}
		centre, angle, _ := t.find(at, 0)
		if backwards {
			angle += math.Pi
		}
		if turn := math.Remainder(angle-before, 2*math.Pi); math.Abs(turn) > maxAngle {
			return nil, false
		}
		before = angle
		sin, cos := math.Sincos(angle)
		dx, dy := -advance/2+offset.x*size, (baseline+offset.y)*size
		out = append(out, placedGlyph{face: g.face, id: g.id, char: g.char, angle: angle, at: point{centre.x + dx*cos - dy*sin, centre.y + dx*sin + dy*cos}})
		x += advance + spacing*size
	}
	return out, true
}
