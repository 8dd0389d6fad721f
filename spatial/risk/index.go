package risk

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"onemap/spatial/geodesic"
)

// index finds the items that may be near a place, by their boxes.
type index struct {
	items []item
	boxes *tree
}

func newIndex(items []item) *index {
	boxes := make([]orb.Bound, len(items))
	for i, one := range items {
		boxes[i] = one.shape.Bound()
	}
	return &index{items, newTree(boxes)}
}

// hit is an item at a distance.
type hit struct {
	item    *item
	at      orb.Point // nearest position of the item
	metres  float64
	bearing float64 // to at, degrees from true north
}

// within returns the items at or within a distance in metres, exactly, in no
// order. Distances and bearings of those that lie clearly within are the plane's
// until [hit.measure].
func (x *index) within(plane geodesic.Plane, centre orb.Point, metres float64) []hit {
	var room [64]int32
	near := x.boxes.meeting(room[:0], plane.Around(metres))
	var hits []hit
	for _, i := range near {
		one := &x.items[i]
		at, d := plane.Nearest(one.shape, metres*1.001)
		if math.IsInf(d, 1) {
			continue
		}
		h := hit{item: one, at: at, metres: d}
		if d > metres*0.999 { // the plane is not exact enough to tell
			if h.measure(centre); h.metres > metres {
				continue
			}
		}
		hits = append(hits, h)
	}
	return hits
}

// measure replaces the plane's distance by the ellipsoid's.
func (h *hit) measure(centre orb.Point) {
	h.metres, h.bearing = geodesic.Inverse(centre, h.at)
}

// nearest returns the n nearest items, measured: it looks farther and farther,
// up to 500 km.
func (x *index) nearest(plane geodesic.Plane, centre orb.Point, n int) []hit {
	const farthest = 500_000
	for metres := 1000.0; n > 0; metres *= 2 {
		hits := x.within(plane, centre, metres)
		if len(hits) < n && metres < farthest {
			continue
		}
		for i := range hits {
			hits[i].measure(centre)
		}
		slices.SortFunc(hits, byDistance)
		return hits[:min(n, len(hits))]
	}
	return nil
}

func byDistance(a, b hit) int {
	switch {
	case a.metres < b.metres:
		return -1
	case a.metres > b.metres:
		return 1
	case a.item.fid < b.item.fid:
		return -1
	}
	return 1
}
