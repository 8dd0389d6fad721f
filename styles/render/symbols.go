package render

import (
	"math"
	"strings"
)

// candidate is an icon, a text, or both, that wants a place in the picture.
type candidate struct {
	layer      int     // of the picture
	key        float64 // symbol-sort-key: less goes first
	icon, text part
	choices    []part // places for the text beside the first
}

// part is a candidate's icon or its text.
type part struct {
	mark     *mark // nil if there is none
	boxes    []rect
	optional bool // the other may stand without it
	overlaps bool // it is placed whatever is there
	ignored  bool // others may be placed over it
}

// symbols collects what a symbol layer wants to place.
func (c *reading) symbols(layer int, l *layer) func(*subject, shape) error {
	placement := l.text(&subject{}, "symbol-placement")
	return func(s *subject, seen shape) error {
		parts, kind := seen.parts, seen.kind
		text := l.text(s, "text-field")
		switch l.text(s, "text-transform") {
		case "uppercase":
			text = strings.ToUpper(text)
		case "lowercase":
			text = strings.ToLower(text)
		}
		if kind == "Point" || placement == "point" {
			for _, part := range parts {
				at := part[0]
				if kind != "Point" {
					at = centreOf(parts, kind)
				}
				if err := c.atPoint(layer, l, s, at, text); err != nil {
					return err
				}
				if kind != "Point" {
					break
				}
			}
			return nil
		}
		for _, part := range parts {
			if kind == "Polygon" && len(part) > 0 {
				part = append(part[:len(part):len(part)], part[0])
			}
			if len(part) > 1 {
				if err := c.alongLine(layer, l, s, newTrack(part), text, placement); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// centreOf is a place for the name of a shape whose source gives no place: the
// middle of a line, the centroid of the largest ring.
func centreOf(parts [][]point, kind string) point {
	if kind == "LineString" {
		t := newTrack(parts[0])
		if len(parts[0]) < 2 {
			return parts[0][0]
		}
		p, _, _ := t.find(t.length()/2, 0)
		return p
	}
	best, most := parts[0], 0.
	for _, ring := range parts {
		if area := signedArea(ring); area > most {
			best, most = ring, area
		}
	}
	var x, y, sum float64
	for i, p := range best {
		q := best[(i+1)%len(best)]
		cross := p.x*q.y - q.x*p.y
		x, y, sum = x+(p.x+q.x)*cross, y+(p.y+q.y)*cross, sum+cross
	}
	if sum == 0 {
		return best[0]
	}
	return point{x / (3 * sum), y / (3 * sum)}
}

func (c *reading) atPoint(layer int, l *layer, s *subject, at point, text string) error {
	found := candidate{layer: layer, key: l.number(s, "symbol-sort-key")}
	icon, err := c.icon(l, s, at, 0)
	if err != nil {
		return err
	}
	found.icon = icon
	if size := c.textSize(l, s); strings.TrimSpace(text) != "" && size > 0 {
		places := []string{l.text(s, "text-anchor")}
		variable, _ := l.properties["text-variable-anchor"].eval(s).([]any)
		if len(variable) > 0 {
			places = places[:0]
			for _, one := range variable {
				name, _ := one.(string)
				places = append(places, name)
			}
		}
		for i, place := range places {
			k := c.look(l, s, place, len(variable) > 0)
			set, err := c.fonts.shape(text, k)
			if err != nil {
				return err
			}
			if len(set.glyphs) == 0 {
				break
			}
			angle := l.number(s, "text-rotate") * math.Pi / 180
			p := c.textPart(l, s, text, size, set.placed(at, size, angle))
			box := turned(set.box, size, angle)
			p.boxes = []rect{rect{at.x + box.x0, at.y + box.y0, at.x + box.x1, at.y + box.y1}.grown(l.number(s, "text-padding") * c.ratio)}
			p.mark.box = rect{at.x + box.x0, at.y + box.y0, at.x + box.x1, at.y + box.y1}.grown(p.mark.text.haloWidth + size/4)
			if i == 0 {
				found.text = p
			} else {
				found.choices = append(found.choices, p)
			}
		}
	}
	if found.icon.mark != nil || found.text.mark != nil {
		c.labels = append(c.labels, found)
	}
	return nil
}

// The largest text, in pixels, and the widest halo, in CSS pixels: what is larger
// is drawn like that, so that no style can ask for a glyph of a gigabyte.
const (
	mostText = 2000
	mostHalo = 12
)

func (c *reading) textSize(l *layer, s *subject) float64 {
	return min(l.number(s, "text-size")*c.ratio, mostText)
}

// look reads how a text is set. A radial offset is taken away from a variable anchor.
func (c *reading) look(l *layer, s *subject, anchor string, variable bool) look {
	x, y := l.pair(s, "text-offset")
	if radial := l.number(s, "text-radial-offset"); variable && radial != 0 {
		ax, ay := anchorOf(anchor)
		x, y = (0.5-ax)*2*radial, (0.5-ay)*2*radial
		if ax != 0.5 && ay != 0.5 {
			x, y = x/math.Sqrt2, y/math.Sqrt2
		}
	}
	return look{
		maxWidth: l.number(s, "text-max-width"), lineHeight: l.number(s, "text-line-height"), spacing: l.number(s, "text-letter-spacing"),
		justify: l.text(s, "text-justify"), anchor: anchor, offset: point{x, y},
	}
}

// textPart is a text of glyphs that have their places.
func (c *reading) textPart(l *layer, s *subject, text string, size float64, glyphs []placedGlyph) part {
	colour, halo := l.colour(s, "text-color"), l.colour(s, "text-halo-color")
	opacity := l.number(s, "text-opacity")
	colour.A *= opacity
	halo.A *= opacity
	return part{
		mark: &mark{colour: colour, text: &placedText{
			text: text, size: size, glyphs: glyphs, halo: halo, haloWidth: min(l.number(s, "text-halo-width")*c.ratio, size/4, mostHalo*c.ratio),
		}},
		optional: l.yes(s, "text-optional"), overlaps: l.yes(s, "text-allow-overlap"), ignored: l.yes(s, "text-ignore-placement"),
	}
}

func (c *reading) icon(l *layer, s *subject, at point, angle float64) (part, error) {
	name := l.text(s, "icon-image")
	if name == "" {
		return part{}, nil
	}
	image, ok := parseSprite(name)
	if !ok {
		return part{}, imageError(l, "icon-image", name)
	}
	scale := l.number(s, "icon-size") * c.ratio
	side := image.size * scale
	if side <= 0 {
		return part{}, nil
	}
	dx, dy := l.pair(s, "icon-offset")
	ax, ay := anchorOf(l.text(s, "icon-anchor"))
	at = point{at.x + dx*scale + (0.5-ax)*side, at.y + dy*scale + (0.5-ay)*side}
	half := side / 2
	box := rect{at.x - half, at.y - half, at.x + half, at.y + half}
	return part{
		mark: &mark{box: box.grown(half), image: &placedImage{
			name: name, at: at, size: scale, angle: angle + l.number(s, "icon-rotate")*math.Pi/180, opacity: l.number(s, "icon-opacity"),
		}},
		boxes:    []rect{box.grown(l.number(s, "icon-padding") * c.ratio)},
		optional: l.yes(s, "icon-optional"), overlaps: l.yes(s, "icon-allow-overlap"), ignored: l.yes(s, "icon-ignore-placement"),
	}, nil
}

// turned is a box in ems about the origin as a box in pixels, turned by an angle.
func turned(box rect, size, angle float64) rect {
	sin, cos := math.Sincos(angle)
	out := nowhere
	for _, p := range []point{{box.x0, box.y0}, {box.x1, box.y0}, {box.x1, box.y1}, {box.x0, box.y1}} {
		out = out.with(point{(p.x*cos - p.y*sin) * size, (p.x*sin + p.y*cos) * size})
	}
	return out
}

func (c *reading) alongLine(layer int, l *layer, s *subject, t track, text, placement string) error {
	size := c.textSize(l, s)
	spacing := l.number(s, "symbol-spacing") * c.ratio
	letter := l.number(s, "text-letter-spacing")
	line, err := c.fonts.run(strings.ReplaceAll(strings.TrimSpace(text), "\n", " "))
	if err != nil {
		return err
	}
	x, y := l.pair(s, "text-offset")
	for _, middle := range t.anchors(placement, spacing, widthOf(line, letter)*size) {
		at, angle, _ := t.find(middle, 0)
		if !c.mapping.room.grown(labelMargin * c.ratio).meets(rect{at.x, at.y, at.x, at.y}.grown(1)) {
			continue
		}
		found := candidate{layer: layer, key: l.number(s, "symbol-sort-key")}
		if found.icon, err = c.icon(l, s, at, angle); err != nil {
			return err
		}
		if len(line) > 0 && size > 0 && !c.near(text, at, spacing/2) {
			glyphs, ok := t.along(line, middle, size, letter, l.number(s, "text-max-angle")*math.Pi/180, l.yes(s, "text-keep-upright"), point{x, y})
			if ok {
				found.text = c.textPart(l, s, text, size, glyphs)
				pad := l.number(s, "text-padding") * c.ratio
				all := nowhere
				for i, g := range glyphs {
					box := turned(rect{0, -baseline - lineBody/2, line[i].advance, lineBody/2 - baseline}, size, g.angle)
					box = rect{g.at.x + box.x0, g.at.y + box.y0, g.at.x + box.x1, g.at.y + box.y1}
					found.text.boxes = append(found.text.boxes, box.grown(pad))
					all = all.with(point{box.x0, box.y0}).with(point{box.x1, box.y1})
				}
				found.text.mark.box = all.grown(found.text.mark.text.haloWidth + size/4)
			}
		}
		if found.icon.mark != nil || found.text.mark != nil {
			c.labels = append(c.labels, found)
		}
	}
	return nil
}

// near tells whether the same text was set on a line too near, and notes this one.
// Of a tile those count, too, that gave way themselves: the neighbour may not see
// what they gave way to.
func (c *reading) near(text string, at point, distance float64) bool {
	found := false
	if c.frame.Tile {
		distance = min(distance, labelMargin/2*c.ratio)
	}
	for _, other := range c.named[text] {
		if math.Hypot(other.x-at.x, other.y-at.y) < distance {
			found = true
			break
		}
	}
	if !found || c.frame.Tile {
		c.named[text] = append(c.named[text], at)
	}
	return found
}
