package risk

import (
	"math"
	"slices"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
	"github.com/paulmach/orb"

	"onemap/spatial/geodesic"
)

// The levels of S2 cells that an index uses: from about 600 km across to 30 m.
const (
	coarsest = 4
	finest   = 18
)

// entry says that an item reaches into a cell.
type entry struct {
	cell s2.CellID
	item int32
}

// index finds the items that may be near a place. Each is entered under at most
// some eight cells that together hold its envelope; entries lie in the order of
// their cells, so that those within a cell are neighbours.
type index struct {
	entries []entry
	items   []item
}

// newIndex takes some 20 µs an item that is not a point.
func newIndex(items []item) *index {
	x := &index{items: items}
	coverer := s2.RegionCoverer{MinLevel: coarsest, MaxLevel: finest, MaxCells: 8}
	for i, one := range items {
		bound := one.shape.Bound()
		if bound.IsEmpty() {
			continue
		}
		rect := s2.RectFromLatLng(latLng(bound.Min)).AddPoint(latLng(bound.Max))
		for _, cell := range coverer.Covering(rect) {
			x.entries = append(x.entries, entry{cell, int32(i)})
		}
	}
	slices.SortFunc(x.entries, func(a, b entry) int {
		switch {
		case a.cell < b.cell:
			return -1
		case a.cell > b.cell:
			return 1
		}
		return int(a.item - b.item)
	})
	x.entries = slices.Clip(x.entries)
	return x
}

func latLng(p orb.Point) s2.LatLng { return s2.LatLngFromDegrees(p[1], p[0]) }

// leastRadius is that of the sharpest curve of the ellipsoid, in metres: an angle
// made with it is never too small.
const leastRadius = 6_335_439.0

// cover returns cells that together hold all that is within a distance, in metres,
// of a place; several indexes may be asked with them. It takes some 15 µs.
func cover(at orb.Point, metres float64) s2.CellUnion {
	angle := s1.Angle(math.Min(metres/leastRadius*1.001+1e-9, math.Pi))
	coverer := s2.RegionCoverer{MinLevel: coarsest, MaxLevel: finest, MaxCells: 12}
	return coverer.Covering(s2.CapFromCenterAngle(s2.PointFromLatLng(latLng(at)), angle))
}

// near returns the items that reach into one of the cells; their numbers rise.
func (x *index) near(cells s2.CellUnion) []int32 {
	var found []int32
	for _, cell := range cells {
		found = x.take(found, cell.RangeMin(), cell.RangeMax()) // the cell itself and those in it
		for level := cell.Level() - 1; level >= coarsest; level-- {
			around := cell.Parent(level)
			found = x.take(found, around, around) // those that it is in
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// take appends the items entered under the cells from low to high.
func (x *index) take(found []int32, low, high s2.CellID) []int32 {
	i, _ := slices.BinarySearchFunc(x.entries, low, func(e entry, c s2.CellID) int {
		if e.cell < c {
			return -1
		}
		return 1
	})
	for ; i < len(x.entries) && x.entries[i].cell <= high; i++ {
		found = append(found, x.entries[i].item)
	}
	return found
}

// hit is an item at a distance.
type hit struct {
	item    *item
	at      orb.Point // nearest position of the item
	metres  float64
	bearing float64 // to at, degrees from true north
}

// within returns the items at or within a distance in metres, exactly; cells are
// those of [cover] for it. Distances
// and bearings of those that lie clearly within are the plane's until
// [hit.measure].
func (x *index) within(plane geodesic.Plane, cells s2.CellUnion, centre orb.Point, metres float64) []hit {
	var hits []hit
	for _, i := range x.near(cells) {
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

// nearest returns the n nearest items, measured.
func (x *index) nearest(plane geodesic.Plane, centre orb.Point, n int) []hit {
	const farthest = 200_000
	for metres := 2000.0; n > 0; metres *= 4 {
		hits := x.within(plane, cover(centre, metres), centre, metres)
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
