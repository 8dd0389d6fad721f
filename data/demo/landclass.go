package demo

import (
	"math"
	"sort"

	"github.com/paulmach/orb"
)

// classIndex returns the index of a land class in the settings.
func (c *city) classIndex(code string) uint8 {
	for i, class := range c.settings.Classes {
		if class.Code == code {
			return uint8(i)
		}
	}
	return unclassed
}

// classCode returns the land class of an atom.
func (c *city) classCode(atom int32) string { return c.settings.Classes[c.class[atom]].Code }

// site is what decides the use of an atom's land.
type site struct {
	at        orb.Point
	urban     float64 // 0 to 1, 1 in a county seat
	rural     float64 // 0 to 1, 1 in a hamlet
	slope     float64 // degrees
	elevation float64 // metres
	stream    float64 // metres to the nearest
	road      float64 // metres to the nearest
}

// suitability says how well a class suits a site; patch is random relief of
// its own, from -1 to 1, whose wavelength in metres sets the size of patches.
type suitability struct {
	wavelength float64
	score      func(s site, patch float64) float64
}

// suited tells where classes lie. Lines (rivers, roads) and the last class are
// not among them.
func suited() map[string]suitability {
	town := func(weight float64) func(site, float64) float64 {
		return func(s site, n float64) float64 { return weight*s.urban - s.slope/30 + 0.9*n }
	}
	field := func(slope, height, stream, patch float64) func(site, float64) float64 {
		return func(s site, n float64) float64 {
			return -s.slope/slope - s.elevation/height - s.stream/stream + patch*n
		}
	}
	return map[string]suitability{
		"0701": {1800, func(s site, n float64) float64 { return 3*s.urban - s.slope/25 + 0.35*n }},
		"05H1": {500, town(2)},
		"08H1": {450, town(2)},
		"08H2": {450, town(1.8)},
		"0809": {400, town(1.6)},
		"0810": {600, town(1.6)},
		"0601": {1100, func(s site, n float64) float64 { return 1.6*s.urban - s.slope/20 - s.road/2500 + 0.9*n }},
		"0702": {600, func(s site, n float64) float64 {
			return 1.5*s.rural - s.slope/18 - s.elevation/900 - s.road/6000 + 0.5*n
		}},
		"0602":  {1300, func(s site, n float64) float64 { return 1.5*n + s.slope/60 - s.road/4000 }},
		"09":    {350, func(s site, n float64) float64 { return 2*n - s.slope/25 }},
		"1201":  {350, func(s site, n float64) float64 { return 2*n + s.urban - s.slope/25 }},
		"1109":  {300, func(s site, n float64) float64 { return -s.stream/150 + 1.5*n }},
		"1104":  {380, field(14, 220, 2600, 1.6)},
		"1107":  {420, field(10, 200, 900, 1.5)},
		"0101":  {1500, field(6, 130, 1900, 1.0)},
		"0102":  {700, func(s site, n float64) float64 { return 2*s.urban - s.slope/8 + n }},
		"0103":  {1100, field(9, 260, 3500, 1.2)},
		"1202":  {320, field(12, 300, 4000, 1.8)},
		"0201":  {1600, func(s site, n float64) float64 { return -math.Abs(s.slope-9)/9 - s.elevation/330 + 1.1*n }},
		"0204":  {1400, func(s site, n float64) float64 { return -math.Abs(s.slope-12)/10 - s.elevation/420 + 1.3*n }},
		"0201K": {700, field(9, 260, 3000, 1.5)},
		"0404":  {650, func(s site, n float64) float64 { return 1.6*n + s.elevation/1500 }},
		"0302":  {2200, func(s site, n float64) float64 { return 1.3*n - s.stream/3000 }},
		"0307":  {1500, func(s site, n float64) float64 { return 1.5 * n }},
		"0305":  {1000, func(s site, n float64) float64 { return 1.4*n + s.slope/25 + s.elevation/1200 }},
		"1206":  {400, func(s site, n float64) float64 { return 1.2*n + s.slope/8 }},
		"1207":  {400, func(s site, n float64) float64 { return 1.2*n + s.slope/8 }},
	}
}

// classify gives every covered atom its land class: lines first, then class
// after class the best suited free land until its share is used up.
func (c *city) classify() error {
	c.markRoads()
	free := make([]int32, 0, len(c.covered))
	for _, atom := range c.covered {
		if c.class[atom] == unclassed {
			free = append(free, atom)
		}
	}
	scores := suited()
	shares := 0.0
	for _, class := range c.settings.Classes {
		if _, scored := scores[class.Code]; scored {
			shares += class.Share
		}
	}
	last := len(c.settings.Classes) - 1
	total := float64(len(free)) / (shares + c.settings.Classes[last].Share)
	for i, class := range c.settings.Classes[:last] {
		if s, scored := scores[class.Code]; scored {
			free = c.give(free, uint8(i), s, int(class.Share*total+0.5))
		}
	}
	for _, atom := range free {
		c.class[atom] = uint8(last)
	}
	c.mergeCrumbs()
	return nil
}

// give marks about n of the free atoms, those that suit the class best, and
// returns the others. The bar is set by a sample of 30,000.
func (c *city) give(free []int32, class uint8, s suitability, n int) []int32 {
	if n == 0 || len(free) == 0 {
		return free
	}
	patch := noise{hash(c.seed, 91, uint64(class)), s.wavelength, 3}
	score := func(atom int32) float64 {
		at := c.siteOf(atom)
		return s.score(at, 1.8*patch.at(at.at[0], at.at[1]))
	}
	stride := len(free)/30000 + 1
	var sample []float64
	for i := 0; i < len(free); i += stride {
		sample = append(sample, score(free[i]))
	}
	sort.Float64s(sample)
	bar := sample[max(0, min(len(sample)-1, len(sample)-n/stride))]
	rest := free[:0]
	for _, atom := range free {
		if score(atom) >= bar {
			c.class[atom] = class
		} else {
			rest = append(rest, atom)
		}
	}
	return rest
}

func (c *city) siteOf(atom int32) site {
	p := c.mesh.centre(atom)
	s := site{
		at: p, slope: float64(c.slope[atom]), elevation: float64(c.elevation[atom]),
		stream: float64(c.toStream[atom]), road: float64(c.toRoad[atom]),
	}
	distance := func(q orb.Point) float64 { return math.Hypot(p[0]-q[0], p[1]-q[1]) }
	town := c.towns[c.town[atom]]
	s.urban = 0.75 * math.Exp(-distance(town.seat)/650)
	s.urban = max(s.urban, math.Exp(-distance(town.parent.seat)/2300))
	if m := c.micro[atom]; m >= 0 {
		hamlet := c.micros[m].parent
		s.rural = max(0.8*math.Exp(-distance(c.mesh.centre(hamlet.seatAtom))/260), math.Exp(-distance(c.villages[c.village[atom]].seat)/420))
	}
	return s
}

// markRoads marks the atoms along roads, the important roads first, until the
// shares of the road classes are used up.
func (c *city) markRoads() {
	kinds := map[string]string{"national": "1003", "provincial": "1003", "county": "1003", "village": "1006"}
	left := map[string]int{}
	for _, class := range c.settings.Classes {
		left[class.Code] = int(class.Share / 100 * float64(len(c.covered)))
	}
	mark := func(line orb.LineString, code string) {
		index := c.classIndex(code)
		c.mesh.walk(line, func(atom int32) {
			if c.class[atom] == unclassed && left[code] > 0 && c.village[atom] >= 0 {
				c.class[atom] = index
				left[code]--
			}
		})
	}
	mark(c.railway(), "1001")
	for _, class := range roadClasses {
		for _, r := range c.roads {
			if r.class != class.code {
				continue
			}
			code := kinds[r.class]
			if town := c.towns[c.townAt(r.line[0])]; code != "1001" && math.Hypot(town.seat[0]-r.line[0][0], town.seat[1]-r.line[0][1]) < 1600 {
				code = "1004"
			}
			mark(r.line, code)
		}
	}
}

// railway runs from the eastern border past two county seats.
func (c *city) railway() orb.LineString {
	a, b := c.counties[0].seat, c.counties[len(c.counties)-1].seat
	east := c.krueger.plane(orb.Point{112.29, 22.89})
	return curve([]orb.Point{east, {a[0] + 300, a[1] - 1500}, {(a[0] + b[0]) / 2, (a[1]+b[1])/2 - 2500}, {b[0], b[1] - 1600}}, 150, 700, hash(c.seed, 92))
}

func (c *city) townAt(p orb.Point) int32 {
	if atom := c.mesh.at(p); atom != noAtom {
		return c.town[atom]
	}
	return 0
}

// mayBeSmall are classes of which single atoms stay.
var mayBeSmall = map[string]bool{
	"0702": true, "1104": true, "09": true, "1201": true, "1202": true, "0602": true, "0809": true, "08H1": true, "08H2": true,
	"1101": true, "1103": true, "1001": true, "1003": true, "1004": true, "1006": true, "0102": true, "0810": true, "05H1": true,
}

// mergeCrumbs gives single atoms of classes that lie in larger patches to the
// class of most neighbours.
func (c *city) mergeCrumbs() {
	for _, atom := range c.covered {
		if mayBeSmall[c.classCode(atom)] {
			continue
		}
		count := map[uint8]int{}
		best := c.class[atom]
		alone := true
		for k := range 6 {
			n := c.mesh.neighbour(atom, k)
			if n == noAtom || c.village[n] != c.village[atom] {
				continue
			}
			alone = alone && c.class[n] != c.class[atom]
			if !mayBeSmall[c.classCode(n)] {
				count[c.class[n]]++
			}
		}
		most := 0
		for class := range uint8(len(c.settings.Classes)) {
			if count[class] > most {
				best, most = class, count[class]
			}
		}
		if alone {
			c.class[atom] = best
		}
	}
}
