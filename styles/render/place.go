package render

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// place decides which labels and icons have room, the most important first: those
// of the layer on top, then by symbol-sort-key, then as they came. It puts them
// into their layers.
//
// A label of a sheet that doesn't fit into the frame is left out: no text is cut.
// Of a tile it is drawn on both sides of the edge. Both tiles must decide alike,
// though each knows what is round the edge alone; so a label over an edge gives
// way to every more important one that it meets, whether that is placed or not.
func (c *composer) place(ctx context.Context, all []candidate) error {
	w, h := c.frame.size()
	frame := rect{0, 0, w, h}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.layer, a.layer), cmp.Compare(a.key, b.key))
	})
	placed, wanted := newPlaces(64*c.ratio), newPlaces(64*c.ratio)
	kept := make([][]mark, len(c.picture.layers))
	for i := range all {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		one := &all[i]
		room := func(p *part) bool { return c.room(p, frame, placed, wanted) }
		icon, text := room(&one.icon), room(&one.text)
		for k := 0; !text && k < len(one.choices); k++ {
			if text = room(&one.choices[k]); text {
				one.text = one.choices[k]
			}
		}
		hasIcon, hasText := one.icon.mark != nil, one.text.mark != nil
		if hasIcon && hasText {
			icon, text = icon && (text || one.text.optional), text && (icon || one.icon.optional)
		}
		if hasIcon && icon {
			kept[one.layer] = append(kept[one.layer], *one.icon.mark)
		}
		if hasText && text {
			kept[one.layer] = append(kept[one.layer], *one.text.mark)
		}
		for _, p := range []*part{&one.icon, &one.text} {
			if p.mark == nil || p.ignored {
				continue
			}
			wanted.add(p.boxes)
			if (p == &one.icon && icon) || (p == &one.text && text) {
				placed.add(p.boxes)
			}
		}
	}
	for i, marks := range kept {
		slices.Reverse(marks) // the most important is drawn last, on top
		c.picture.layers[i].marks = append(c.picture.layers[i].marks, marks...)
	}
	return nil
}

// room tells whether a part can be placed where it wants to be.
func (c *composer) room(p *part, frame rect, placed, wanted *places) bool {
	if p.mark == nil {
		return false
	}
	inside, met := true, false
	for _, b := range p.boxes {
		inside = inside && frame.holds(b)
		met = met || frame.meets(b)
	}
	if !c.frame.Tile && p.mark.text != nil && !frame.holds(p.mark.box) {
		return false
	}
	if p.overlaps {
		return true
	}
	against := placed
	if c.frame.Tile && met && !inside {
		against = wanted
	}
	return !slices.ContainsFunc(p.boxes, against.taken)
}

// places finds boxes by squares of the picture.
type places struct {
	side  float64
	boxes map[[2]int][]rect
}

func newPlaces(side float64) *places { return &places{side, map[[2]int][]rect{}} }

func (p *places) each(b rect, f func(square [2]int) bool) bool {
	for x := int(math.Floor(b.x0 / p.side)); x <= int(math.Floor(b.x1/p.side)); x++ {
		for y := int(math.Floor(b.y0 / p.side)); y <= int(math.Floor(b.y1/p.side)); y++ {
			if f([2]int{x, y}) {
				return true
			}
		}
	}
	return false
}

func (p *places) taken(b rect) bool {
	return p.each(b, func(square [2]int) bool { return slices.ContainsFunc(p.boxes[square], b.meets) })
}

func (p *places) add(boxes []rect) {
	for _, b := range boxes {
		p.each(b, func(square [2]int) bool {
			p.boxes[square] = append(p.boxes[square], b)
			return false
		})
	}
}
