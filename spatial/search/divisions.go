package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/spatial/cells"
)

// division is one of the administrative divisions of an index.
type division struct {
	part *Part
	item int32
}

// Above lists the divisions that a position lies in, the largest first: city,
// county, town, village, as far as open layers have them.
func (x *Index) Above(p orb.Point, open func(layer string) bool) []Named {
	var all []Named
	for _, d := range x.divisions {
		if at := d.area.At(p); at != cells.None && open(d.Definition.ID) {
			all = append(all, Named{d.Definition.ID, d.items[at].Code, d.items[at].Label})
		}
	}
	return all
}

// Named is a division as answers name it.
type Named struct {
	Layer string `json:"layer"`
	Code  string `json:"code"`
	Name  string `json:"name"`
}

// Parents are the divisions that a hit is part of, the largest first; a division
// is no part of itself or of smaller ones.
func (x *Index) Parents(h Hit, open func(layer string) bool) []Named {
	all := x.Above(h.Item.At, open)
	if at := slices.IndexFunc(x.divisions, func(p *Part) bool { return p == h.Part }); at >= 0 {
		smaller := x.divisions[at:]
		all = slices.DeleteFunc(all, func(n Named) bool {
			return slices.ContainsFunc(smaller, func(p *Part) bool { return p.Definition.ID == n.Layer })
		})
	}
	return all
}

// isDivision tells whether a layer's areas are divisions that answers name.
func isDivision(d layers.Definition) bool {
	return d.SearchAs == layers.DivisionKind && d.Geometry == layers.Polygon
}

// endings are what names of divisions may be typed without.
var endings = []string{"社区居民委员会", "村民委员会", "居民委员会", "村委会", "居委会", "街道", "市", "县", "区", "镇", "乡"}

// takeDivisions puts the parts with areas in order, the largest divisions first,
// and notes their names, in full and without what kind they are.
func (x *Index) takeDivisions() {
	for _, p := range x.parts {
		if p.area != nil {
			x.divisions = append(x.divisions, p)
		}
	}
	slices.SortStableFunc(x.divisions, func(a, b *Part) int { return cmp.Compare(b.extent(), a.extent()) })
	x.heads = map[string][]division{}
	for _, p := range x.divisions {
		for i := range p.items {
			label := string(x.table.Fold(p.items[i].Label))
			x.heads[label] = append(x.heads[label], division{p, int32(i)})
			for _, ending := range endings {
				if short, ok := strings.CutSuffix(label, ending); ok && len(short) >= len("罗定") {
					x.heads[short] = append(x.heads[short], division{p, int32(i)})
					break
				}
			}
		}
	}
}

// path reads a query that begins with divisions, as 罗定市榃滨镇 or 罗定 大坪: the
// divisions to look in, and the rest, of two characters at least. Without that
// there are no divisions.
func (x *Index) path(runes []rune, open func(layer string) bool) (within []division, rest []rune) {
	for {
		found := false
		for n := len(runes) - 2; n >= 2 && !found; n-- {
			heads := slices.DeleteFunc(slices.Clone(x.heads[string(runes[:n])]), func(d division) bool {
				return !open(d.part.Definition.ID) || within != nil && !inside(d.part.items[d.item].At, within)
			})
			if len(heads) > 0 {
				within, runes, found = heads, runes[n:], true
			}
		}
		if !found {
			return within, runes
		}
	}
}

// inside tells whether a position lies in one of the divisions.
func inside(p orb.Point, any []division) bool {
	return slices.ContainsFunc(any, func(d division) bool { return d.part.area.At(p) == int(d.item) })
}

// extent is how large a layer's features are in the mean, in square degrees of their boxes.
func (p *Part) extent() float64 {
	sum := 0.0
	for i := range p.items {
		box := p.items[i].Box
		sum += (box.Max[0] - box.Min[0]) * (box.Max[1] - box.Min[1])
	}
	return sum / float64(len(p.items))
}

// shapeOf reads the polygons of a division.
func shapeOf(text []byte) (orb.MultiPolygon, error) {
	g, err := wkb.Unmarshal(text)
	if err != nil {
		return nil, err
	}
	shape, ok := g.(orb.MultiPolygon)
	if !ok {
		return nil, fmt.Errorf("a %s", g.GeoJSONType())
	}
	return shape, nil
}
