package render

import (
	"fmt"
	"slices"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// box is the frame and a margin in pixels, in degrees: that of enough places along its edge.
func (c *composer) box(margin float64) (orb.Bound, error) {
	e := c.frame.Extent
	w, h := c.frame.size()
	mx, my := margin*(e.Max[0]-e.Min[0])/w, margin*(e.Max[1]-e.Min[1])/h
	e = orb.Bound{Min: orb.Point{e.Min[0] - mx, e.Min[1] - my}, Max: orb.Point{e.Max[0] + mx, e.Max[1] + my}}
	if c.frame.System.Geographic() {
		return e, nil
	}
	t, err := crs.NewTransformer(c.frame.System)
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrInvalidFrame, err)
	}
	var edge orb.MultiPoint
	const steps = 16
	for i := range steps + 1 {
		x := e.Min[0] + (e.Max[0]-e.Min[0])*float64(i)/steps
		y := e.Min[1] + (e.Max[1]-e.Min[1])*float64(i)/steps
		edge = append(edge, orb.Point{x, e.Min[1]}, orb.Point{x, e.Max[1]}, orb.Point{e.Min[0], y}, orb.Point{e.Max[0], y})
	}
	if c.frame.System == crs.WebMercator { // the margin may reach beyond the world
		const half = 20_037_508.342
		for i, p := range edge {
			edge[i] = orb.Point{max(-half, min(half, p[0])), max(-half, min(half, p[1]))}
		}
	}
	if _, err := t.Transform(edge); err != nil {
		return e, fmt.Errorf("%w: the box %v is not in %v: %w", ErrInvalidFrame, c.frame.Extent, c.frame.System, err)
	}
	return edge.Bound(), nil
}

// moved is parts shifted by a translation in CSS pixels.
func (c *reading) moved(parts [][]point, dx, dy float64) [][]point {
	if dx == 0 && dy == 0 {
		return parts
	}
	out := make([][]point, len(parts))
	for i, part := range parts {
		out[i] = slices.Clone(part)
		for k := range part {
			out[i][k].x += dx * c.ratio
			out[i][k].y += dy * c.ratio
		}
	}
	return out
}

// imageError refuses an image that no rule draws.
func imageError(l *layer, property, name string) error {
	return &UnsupportedError{l.id, property, fmt.Sprintf("image %.60q", name), "layer " + l.id}
}

func (c *reading) fills(d *drawing, l *layer, prefix string) func(*subject, shape) error {
	d.areas = true
	opacity := l.properties[prefix+"opacity"]
	if opacity.constant() {
		d.opacity, _ = opacity.fix.(float64)
	}
	sorted := l.properties["fill-sort-key"]
	d.sorted = prefix == "fill-" && !(sorted.constant() && sorted.fix == 0.)
	known := map[string]bool{"": true}
	return func(s *subject, seen shape) error {
		m := mark{colour: l.colour(s, prefix+"color"), pattern: l.text(s, prefix+"pattern")}
		if !known[m.pattern] {
			if _, ok := parseSprite(m.pattern); !ok {
				return imageError(l, prefix+"pattern", m.pattern)
			}
			known[m.pattern] = true
		}
		if m.pattern != "" {
			m.colour = black // only its opacity counts
		}
		if !opacity.constant() {
			m.colour.A *= l.number(s, prefix+"opacity")
		}
		parts := seen.parts
		if seen.kind != "Polygon" || m.colour.A <= 0 {
			return nil
		}
		if prefix == "fill-" {
			dx, dy := l.pair(s, "fill-translate")
			parts = c.moved(parts, dx, dy)
			m.key = l.number(s, "fill-sort-key")
		}
		m.lines, m.box = parts, boxOf(parts)
		d.marks = append(d.marks, m)
		if prefix == "fill-" && l.yes(s, "fill-antialias") {
			if outline := l.colour(s, "fill-outline-color"); outline.A > 0 {
				if !opacity.constant() {
					outline.A *= l.number(s, "fill-opacity")
				}
				d.marks = append(d.marks, mark{
					box: m.box.grown(c.ratio), lines: parts, colour: outline, key: m.key,
					stroke: &stroke{width: c.ratio, cap: "butt", join: "round", miterLimit: 1, closed: true},
				})
			}
		}
		return nil
	}
}

func (c *reading) strokes(d *drawing, l *layer) func(*subject, shape) error {
	sorted := l.properties["line-sort-key"]
	d.sorted = !(sorted.constant() && sorted.fix == 0.)
	return func(s *subject, seen shape) error {
		colour := l.colour(s, "line-color")
		colour.A *= l.number(s, "line-opacity")
		width := l.number(s, "line-width") * c.ratio
		if colour.A <= 0 || width <= 0 {
			return nil
		}
		kind := seen.kind
		if kind != "Polygon" && kind != "LineString" {
			return nil
		}
		dx, dy := l.pair(s, "line-translate")
		parts := c.moved(seen.parts, dx, dy)
		pen := &stroke{
			width: width, cap: l.text(s, "line-cap"), join: l.text(s, "line-join"),
			miterLimit: l.number(s, "line-miter-limit"), closed: kind == "Polygon",
		}
		for _, dash := range l.numbers(s, "line-dasharray") {
			pen.dashes = append(pen.dashes, max(0, dash)*width)
		}
		shifts := []float64{l.number(s, "line-offset") * c.ratio}
		if gap := l.number(s, "line-gap-width") * c.ratio; gap > 0 {
			away := (gap + width) / 2
			shifts = []float64{shifts[0] - away, shifts[0] + away}
		}
		for _, by := range shifts {
			lines := parts
			if by != 0 {
				lines = slices.Clone(parts)
				for i, line := range lines {
					lines[i] = shifted(line, by, pen.closed)
				}
			}
			d.marks = append(d.marks, mark{
				box: boxOf(lines).grown(width*max(1, pen.miterLimit)/2 + 1), lines: lines, colour: colour, stroke: pen,
				key: l.number(s, "line-sort-key"),
			})
		}
		return nil
	}
}

func (c *reading) circles(d *drawing, l *layer) func(*subject, shape) error {
	sorted := l.properties["circle-sort-key"]
	d.sorted = !(sorted.constant() && sorted.fix == 0.)
	return func(s *subject, seen shape) error {
		if seen.kind != "Point" {
			return nil
		}
		dx, dy := l.pair(s, "circle-translate")
		parts := c.moved(seen.parts, dx, dy)
		radius, width := l.number(s, "circle-radius")*c.ratio, l.number(s, "circle-stroke-width")*c.ratio
		fill, edge := l.colour(s, "circle-color"), l.colour(s, "circle-stroke-color")
		fill.A *= l.number(s, "circle-opacity")
		edge.A *= l.number(s, "circle-stroke-opacity")
		key := l.number(s, "circle-sort-key")
		for _, part := range parts {
			at := part[0]
			box := rect{at.x, at.y, at.x, at.y}.grown(radius + width + 1)
			if radius > 0 && fill.A > 0 {
				d.marks = append(d.marks, mark{box: box, lines: [][]point{disc(at, radius)}, colour: fill, key: key})
			}
			if width > 0 && edge.A > 0 {
				d.marks = append(d.marks, mark{
					box: box, lines: [][]point{disc(at, radius+width/2)}, colour: edge, key: key,
					stroke: &stroke{width: width, cap: "butt", join: "round", miterLimit: 1, closed: true},
				})
			}
		}
		return nil
	}
}
