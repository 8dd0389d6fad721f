package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// Metres from the first river of the settings, which runs along the border,
// that belong to the city: of its own width and far bank, and of its near bank.
const (
	riverReach = 450.0
	bankReach  = 2200.0
)

// inside reports whether a point is in the city: the coarse outline, its sides
// made to wander, the border river with its southern bank, and the surroundings
// of every seat.
func (c *city) inside() func(orb.Point) bool {
	east := noise{hash(c.seed, 11), 7000, 5}
	north := noise{hash(c.seed, 12), 7000, 5}
	wander := c.settings.OutlineWander
	border := newSouthBank(c.rivers[0].line)
	return func(p orb.Point) bool {
		for _, town := range c.towns {
			if math.Hypot(town.seat[0]-p[0], town.seat[1]-p[1]) < 900 {
				return true
			}
		}
		if border.holds(p) {
			return true
		}
		moved := orb.Point{p[0] + wander*east.at(p[0], p[1]), p[1] + wander*north.at(p[0], p[1])}
		return ringHolds(c.outline, moved)
	}
}

// southBank knows what lies on a river or a little south of it. The river's
// sides are kept by squares of their easting.
type southBank struct {
	points *pointIndex
	sides  map[int][][2]orb.Point
	low    float64
}

func newSouthBank(line orb.LineString) southBank {
	b := southBank{newPointIndex(riverReach), map[int][][2]orb.Point{}, math.Inf(1)}
	for i, p := range line {
		b.points.add(p)
		b.low = min(b.low, p[1]-bankReach)
		if i == 0 {
			continue
		}
		west, east := min(line[i-1][0], p[0]), max(line[i-1][0], p[0])
		for s := int(west / riverReach); s <= int(east/riverReach); s++ {
			b.sides[s] = append(b.sides[s], [2]orb.Point{line[i-1], p})
		}
	}
	return b
}

// holds reports whether a point is on the river, or south of it, that is with
// an odd number of its sides due north, and near.
func (b southBank) holds(p orb.Point) bool {
	if p[1] < b.low {
		return false
	}
	if _, d := b.points.nearest(p, 1); d < riverReach {
		return true
	}
	south, nearest := false, math.Inf(1)
	for _, side := range b.sides[int(p[0]/riverReach)] {
		a, z := side[0], side[1]
		if (a[0] > p[0]) == (z[0] > p[0]) {
			continue
		}
		if y := a[1] + (z[1]-a[1])*(p[0]-a[0])/(z[0]-a[0]); y > p[1] {
			south, nearest = !south, min(nearest, y-p[1])
		}
	}
	return south && nearest < bankReach
}
