package styles

import (
	"fmt"
	"math"

	"onemap/styles/render"
)

// alike finds classes that look the same at every zoom that has both.
func (c *checker) alike(p Palette, style *render.Style) error {
	type pair struct{ a, b string }
	seenAs := map[pair]string{}                       // how alike they looked where they were last compared; "" is told apart
	var pairs []pair                                  // as they were found
	for zoom := 18; zoom >= c.layer.MinZoom; zoom-- { // most is drawn at the highest
		groups, err := style.Legend(float64(zoom) + 0.5)
		if err != nil {
			return err
		}
		if len(groups) != 1 {
			continue
		}
		classes := groups[0].Entries
		faces := make([][]face, len(classes))
		for i, e := range classes {
			faces[i] = facesOf(e.Swatch, p)
		}
		for i := range classes {
			for j := range i {
				k := pair{classes[j].Label, classes[i].Label}
				how, known := seenAs[k]
				if known && how == "" {
					continue
				}
				if !known {
					pairs = append(pairs, k)
				}
				seenAs[k] = sameFaces(faces[j], faces[i], p.Vision)
			}
		}
	}
	for _, k := range pairs {
		if how := seenAs[k]; how != "" {
			c.fault("classes", k.a+" / "+k.b, fmt.Sprintf("两类看起来相同（%s）；请改变其中一类的颜色、花纹、形状或线宽", how),
				fmt.Sprintf("the two classes look alike (%s); give one another colour, pattern, shape or width", how))
		}
	}
	return nil
}

// face is one part of how a class looks: its form and its colour.
type face struct {
	form   string  // what isn't colour, as the dashes of a line
	size   float64 // width of a line, radius of a circle; 0 is none
	colour string  // as it lies on the paper
	seen   []lab   // by the eyes of the palette
}

// sizeRatio is how much wider a line must be to be told from another.
const sizeRatio = 1.35

func facesOf(w render.Swatch, p Palette) []face {
	var all []face
	ground := p.Roles[paper]
	on := func(colour render.Colour) string {
		hex := fmt.Sprintf("#%02x%02x%02x", byteOf(colour.R), byteOf(colour.G), byteOf(colour.B))
		return mixed(ground, hex, colour.A)
	}
	for _, f := range w.Fills {
		if f.Pattern != "" {
			colour, form, _ := render.SpriteColour(f.Pattern)
			all = append(all, face{form: form, colour: on(colour)})
			continue
		}
		ground = on(f.Colour)
	}
	if len(w.Fills) > 0 {
		all = append(all, face{form: "fill", colour: ground})
	}
	for _, s := range w.Strokes {
		all = append(all, face{form: fmt.Sprint("line", s.Dash), size: s.Width, colour: on(s.Colour)})
	}
	for _, s := range w.Circles {
		all = append(all, face{form: "circle", size: s.Radius, colour: on(s.Colour)}, face{form: "ring", size: s.StrokeWidth, colour: on(s.Stroke)})
	}
	for _, icon := range w.Icons {
		colour, form, _ := render.SpriteColour(icon)
		all = append(all, face{form: form, colour: on(colour)})
	}
	for i := range all {
		for _, eyes := range p.Vision {
			all[i].seen = append(all[i].seen, seen(all[i].colour, eyes))
		}
	}
	return all
}

func byteOf(v float64) uint8 { return uint8(math.Round(v * 255)) }

// sameFaces tells how near two classes look to somebody with such eyes who takes
// them for one; "" is that nobody does.
func sameFaces(a, b []face, eyes []Vision) string {
	if len(a) != len(b) {
		return ""
	}
	for i := range a {
		if a[i].form != b[i].form || a[i].size > 0 && b[i].size > 0 && max(a[i].size, b[i].size)/min(a[i].size, b[i].size) >= sizeRatio {
			return ""
		}
	}
	for v, vision := range eyes {
		most, colours := 0.0, ""
		for i := range a {
			d := distance(a[i].seen[v], b[i].seen[v])
			if d >= most {
				most, colours = d, a[i].colour+" "+b[i].colour
			}
		}
		if most < leastDistance {
			return fmt.Sprintf("%s ΔE %.1f < %d, %s", colours, most, leastDistance, vision)
		}
	}
	return ""
}
