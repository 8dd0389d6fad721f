package demo

import (
	"fmt"
	"math"
	"sort"

	"github.com/paulmach/orb"
)

// divide gives every atom its town and, where this scale covers it, its village.
func (c *city) divide() error {
	coarse := newMesh(hash(c.seed, 3), c.box, 600000, 0, c.inside())
	speeds, _ := c.growTowns(coarse, c.relief(coarse), nil, 60)
	_, towns := c.growTowns(c.mesh, c.elevation, speeds, 6)
	c.town = towns
	for atom, t := range c.town {
		town := c.towns[t]
		town.atoms = append(town.atoms, int32(atom))
		if c.active[t] {
			c.covered = append(c.covered, int32(atom))
		}
	}
	c.village = make([]int32, c.mesh.size())
	for i := range c.village {
		c.village[i] = -1
	}
	c.cost = c.borderCost(c.mesh, c.elevation)
	s := newSplitter(c.mesh, c.cost, hash(c.seed, 52))
	for t, town := range c.towns {
		if !c.active[t] {
			continue
		}
		if err := c.splitTown(s, int32(t), town); err != nil {
			return err
		}
	}
	c.populate()
	c.nameStreams()
	return nil
}

// borderCost makes high and otherwise rough ground dear to enter, so that
// borders come to lie on ridges and wind.
func (c *city) borderCost(m *mesh, elevation []float32) []float32 {
	rough := noise{hash(c.seed, 55), 3500, 5}
	cost := make([]float32, len(elevation))
	for i, h := range elevation {
		p := m.centre(int32(i))
		cost[i] = float32((1 + float64(h)/350) * math.Exp(2.4*rough.at(p[0], p[1])))
	}
	return cost
}

// growTowns grows the towns from their seats, round after round, until the
// counties have their shares of the area. It returns the speeds, which fit
// honeycombs of any size, and the town of every atom.
func (c *city) growTowns(m *mesh, elevation []float32, speeds []float64, rounds int) ([]float64, []int32) {
	s := newSplitter(m, c.borderCost(m, elevation), hash(c.seed, 51))
	seeds := make([]int32, len(c.towns))
	for i, town := range c.towns {
		seeds[i] = m.freeAtom(town.seat, seeds[:i])
	}
	free := speeds == nil
	if free {
		speeds = make([]float64, len(seeds))
		for i := range speeds {
			speeds[i] = 1
		}
	}
	var goal []float64
	for round := 0; ; round++ {
		s.grow(seeds, speeds, func(int32) bool { return true })
		area := make([]float64, len(seeds))
		for _, t := range s.part {
			area[t]++
		}
		if goal == nil {
			goal = c.townGoals(area, float64(m.size()), free)
		}
		if round == rounds || (!free && c.countiesFit(area, float64(m.size()))) {
			return speeds, s.part
		}
		for i := range speeds {
			speeds[i] *= math.Pow(goal[i]/area[i], 0.25)
		}
		for i := range s.part {
			s.part[i] = noAtom
		}
	}
}

// townGoals are the wanted sizes of towns in atoms: the county's share, split by
// the size that a town takes by itself, evened a little.
func (c *city) townGoals(area []float64, total float64, even bool) []float64 {
	goal := make([]float64, len(area))
	for i, county := range c.counties {
		sum, power := 0.0, 1.0
		if even {
			power = 0.75
		}
		for _, town := range county.children {
			goal[town.index] = math.Pow(area[town.index], power)
			sum += goal[town.index]
		}
		for _, town := range county.children {
			goal[town.index] *= total * c.settings.Counties[i].AreaShare / 100 / sum
		}
	}
	return goal
}

// countiesFit reports whether every county is within 2 % of its share.
func (c *city) countiesFit(area []float64, total float64) bool {
	for i, county := range c.counties {
		sum := 0.0
		for _, town := range county.children {
			sum += area[town.index]
		}
		if math.Abs(sum/(total*c.settings.Counties[i].AreaShare/100)-1) > 0.02 {
			return false
		}
	}
	return true
}

// freeAtom returns the atom of the city nearest to a point that is not taken.
func (m *mesh) freeAtom(p orb.Point, taken []int32) int32 {
	if at := m.at(p); at != noAtom && !contains(taken, at) {
		return at
	}
	best, bestDistance := noAtom, math.Inf(1)
	for atom := range int32(m.size()) {
		q := m.centre(atom)
		if d := math.Hypot(q[0]-p[0], q[1]-p[1]); d < bestDistance && !contains(taken, atom) {
			best, bestDistance = atom, d
		}
	}
	return best
}

func contains(list []int32, v int32) bool {
	for _, w := range list {
		if w == v {
			return true
		}
	}
	return false
}

// splitTown divides a town into its villages; the first community (or village)
// holds the seat, communities are small and lie round it.
func (c *city) splitTown(s *splitter, t int32, town *unit) error {
	if len(town.atoms) < 4*len(town.children) {
		return fmt.Errorf("demo: %s %s has %d cells for %d villages; take smaller cells", town.code, town.name, len(town.atoms), len(town.children))
	}
	town.seatAtom = c.mesh.freeAtom(town.seat, nil)
	random := newStream(c.seed, 53, textKey(town.code))
	weights := make([]float64, len(town.children))
	urban := 0
	for i, v := range town.children {
		weights[i] = random.between(0.6, 1.5)
		if v.urban() {
			weights[i] *= 0.3
			urban++
		}
	}
	in := func(atom int32) bool { return c.town[atom] == t }
	parts := s.split(town.atoms, in, weights, town.seatAtom, 3, random)
	c.seatVillagesFirst(town, parts, urban)
	for i, v := range town.children {
		v.atoms = parts[i]
		v.seatAtom = s.middle(v.atoms)
		if i == 0 {
			v.seatAtom = town.seatAtom
		}
		v.seat = c.mesh.centre(v.seatAtom)
		for _, atom := range v.atoms {
			c.village[atom] = int32(v.index)
		}
	}
	return nil
}

// seatVillagesFirst gives the smallest parts near the seat to the communities.
// The part with the seat stays first.
func (c *city) seatVillagesFirst(town *unit, parts [][]int32, urban int) {
	if urban == 0 || urban == len(parts) {
		return
	}
	near := func(part []int32) float64 {
		p := c.mesh.centre(part[len(part)/2])
		return math.Hypot(p[0]-town.seat[0], p[1]-town.seat[1]) * math.Sqrt(float64(len(part)))
	}
	rest := parts[1:]
	sort.SliceStable(rest, func(i, j int) bool { return near(rest[i]) < near(rest[j]) })
	sort.SliceStable(town.children, func(i, j int) bool { return town.children[i].urban() && !town.children[j].urban() })
}

// populate splits the counties' people over the covered villages: communities
// hold more than villages.
func (c *city) populate() {
	for i, county := range c.counties {
		var villages []*unit
		var weights []float64
		total := 0.0
		for _, town := range county.children {
			for _, v := range town.children {
				w := 1 + fraction(hash(c.seed, 54, textKey(v.code)))
				if v.urban() {
					w *= 3.2
				}
				total += w
				if c.active[town.index] {
					villages, weights = append(villages, v), append(weights, w)
				}
			}
		}
		for j, v := range villages {
			v.population = int(float64(c.settings.Counties[i].Population) * weights[j] / total)
			v.parent.population += v.population
			county.population += v.population
		}
	}
}

// place is a village's name without the kind of its committee, for naming things.
func (u *unit) place() string {
	runes := []rune(u.name)
	for _, suffix := range []string{"社区居民委员会", "村民委员会", "居民委员会", "村委会", "居委会", "街道", "社区", "村", "镇"} {
		n := len([]rune(suffix))
		if len(runes) > n+1 && string(runes[len(runes)-n:]) == suffix {
			return string(runes[:len(runes)-n])
		}
	}
	return u.name
}

// nameStreams names each stream after the village near its middle.
func (c *city) nameStreams() {
	used := map[string]bool{}
	for _, r := range c.rivers[len(c.settings.Rivers):] {
		base := "无名"
		for _, p := range []orb.Point{r.line[len(r.line)/2], r.line[len(r.line)-1], r.line[0]} {
			atom := c.mesh.at(p)
			if atom == noAtom {
				continue
			}
			if v := c.village[atom]; v >= 0 {
				base = c.villages[v].place()
			} else {
				base = c.towns[c.town[atom]].place()
			}
			if !used[base] {
				break
			}
		}
		kind := "坑"
		if r.level == 3 {
			kind = "河"
		}
		for used[base] {
			base += "东"
		}
		used[base] = true
		r.name = base + kind
	}
}
