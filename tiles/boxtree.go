package tiles

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"onemap/tiles/grid"
)

// fanOut is how many boxes one box of the level above holds.
const fanOut = 16

// boxTree finds the newest of many boxes that meets another: a packed R-tree, in
// strips from west to east. It does not change.
type boxTree struct {
	levels [][]treeBox // the boxes themselves first
}

type treeBox struct {
	orb.Bound
	newest int64
}

func newBoxTree(marks []editMark, in grid.Square) boxTree {
	var leaves []treeBox
	for _, m := range marks {
		for _, b := range m.boxes[in] {
			leaves = append(leaves, treeBox{b, m.id})
		}
	}
	slices.SortFunc(leaves, func(a, b treeBox) int { return cmp.Compare(a.Center()[0], b.Center()[0]) })
	strip := max(fanOut, fanOut*int(math.Ceil(math.Sqrt(float64(len(leaves))/fanOut))))
	for some := range slices.Chunk(leaves, strip) {
		slices.SortFunc(some, func(a, b treeBox) int { return cmp.Compare(a.Center()[1], b.Center()[1]) })
	}
	t := boxTree{[][]treeBox{leaves}}
	for below := leaves; len(below) > 1; {
		var above []treeBox
		for some := range slices.Chunk(below, fanOut) {
			whole := some[0]
			for _, b := range some[1:] {
				whole.Bound, whole.newest = whole.Union(b.Bound), max(whole.newest, b.newest)
			}
			above = append(above, whole)
		}
		t.levels = append(t.levels, above)
		below = above
	}
	return t
}

// newest is the highest number of a box that meets another, or floor, if that is higher.
func (t boxTree) newest(box orb.Bound, floor int64) int64 {
	if len(t.levels) == 0 || len(t.levels[0]) == 0 {
		return floor
	}
	return t.search(len(t.levels)-1, 0, len(t.levels[len(t.levels)-1]), box, floor)
}

func (t boxTree) search(level, from, to int, box orb.Bound, best int64) int64 {
	for i := from; i < to; i++ {
		b := &t.levels[level][i]
		switch {
		case b.newest <= best || !b.Intersects(box):
		case level == 0:
			best = b.newest
		default:
			best = t.search(level-1, i*fanOut, min((i+1)*fanOut, len(t.levels[level-1])), box, best)
		}
	}
	return best
}
