package redline

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// mostRings bounds the rings of a plot: each is compared with all others.
const mostRings = 5000

// outline is a closed ring with what its place among the others is told by.
type outline struct {
	ring   orb.Ring
	area   float64 // m², without sign
	bound  orb.Bound
	inside orb.Point // a point within it
	sound  bool      // it has an inside
	parent *outline  // the smallest one round it
	depth  int       // how many are round it
}

// nested makes polygons of closed rings by where they lie, whatever their order
// and direction: a ring within another is its hole, one within a hole is land
// again. Rings that only touch are neighbours. The polygons keep their outlines'
// order, and so do the holes.
func nested(rings []orb.Ring) orb.MultiPolygon {
	all := make([]*outline, len(rings))
	for i, r := range rings {
		all[i] = &outline{ring: r, area: math.Abs(planar.Area(r)), bound: r.Bound()}
		all[i].inside, all[i].sound = within(r)
	}
	bySize := slices.Clone(all)
	slices.SortStableFunc(bySize, func(a, b *outline) int { return cmp.Compare(b.area, a.area) })
	for i, o := range bySize {
		for _, larger := range bySize[:i] {
			if o.sound && larger.sound && larger.bound.Contains(o.inside) && planar.RingContains(larger.ring, o.inside) {
				o.parent = larger // the last is the smallest
				o.depth++
			}
		}
	}
	var shape orb.MultiPolygon
	at := map[*outline]int{}
	for _, o := range all {
		if o.depth%2 == 0 {
			at[o] = len(shape)
			shape = append(shape, orb.Polygon{o.ring})
		}
	}
	for _, o := range all {
		if o.depth%2 == 1 {
			i := at[o.parent]
			shape[i] = append(shape[i], o.ring)
		}
	}
	return shape
}

// within returns a point inside a closed ring: in the middle of the widest
// stretch of a line that crosses it between two of its corners' heights. A ring
// without area has none.
func within(r orb.Ring) (orb.Point, bool) {
	heights := make([]float64, len(r))
	for i, p := range r {
		heights[i] = p[1]
	}
	slices.Sort(heights)
	heights = slices.Compact(heights)
	if len(heights) < 2 {
		return orb.Point{}, false
	}
	middle := len(heights) / 2
	y := (heights[middle-1] + heights[middle]) / 2
	var crossings []float64
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if (a[1] > y) != (b[1] > y) {
			crossings = append(crossings, a[0]+(y-a[1])*(b[0]-a[0])/(b[1]-a[1]))
		}
	}
	slices.Sort(crossings)
	widest, x := 0.0, 0.0
	for i := 1; i < len(crossings); i += 2 {
		if width := crossings[i] - crossings[i-1]; width > widest {
			widest, x = width, (crossings[i]+crossings[i-1])/2
		}
	}
	return orb.Point{x, y}, widest > 0
}
