package demo

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
)

// layGrids divides the covered villages into small grids and those into micro grids.
func (c *city) layGrids() error {
	s := newSplitter(c.mesh, c.cost, hash(c.seed, 61))
	c.micro = make([]int32, c.mesh.size())
	small := make([]int32, c.mesh.size())
	for i := range c.micro {
		c.micro[i], small[i] = -1, -1
	}
	for i, county := range c.counties {
		villages := c.coveredVillages(county)
		if len(villages) == 0 {
			continue
		}
		smalls, micros := c.scale.SmallGrids, c.scale.MicroGrids
		if c.scale.Town == "" {
			smalls, micros = c.settings.Counties[i].SmallGrids, c.settings.Counties[i].MicroGrids
		}
		counts, err := c.gridCounts(villages, smalls, micros)
		if err != nil {
			return err
		}
		for j, v := range villages {
			c.splitVillage(s, small, v, counts[0][j], counts[1][j])
		}
	}
	return nil
}

func (c *city) coveredVillages(county *unit) []*unit {
	var villages []*unit
	for _, town := range county.children {
		if c.active[town.index] {
			villages = append(villages, town.children...)
		}
	}
	return villages
}

// gridCounts apportions small and micro grids over villages by population.
func (c *city) gridCounts(villages []*unit, smalls, micros int) ([2][]int, error) {
	weights := make([]float64, len(villages))
	low, high, low2, high2 := make([]int, len(villages)), make([]int, len(villages)), make([]int, len(villages)), make([]int, len(villages))
	for i, v := range villages {
		weights[i] = float64(v.population)
		low[i], high[i] = 1, min(99, max(1, len(v.atoms)/3))
	}
	small := apportion(smalls, weights, low, high)
	for i, v := range villages {
		low2[i], high2[i] = small[i], max(small[i], len(v.atoms)*9/10)
	}
	micro := apportion(micros, weights, low2, high2)
	sum := [2]int{}
	for i := range villages {
		sum[0] += small[i]
		sum[1] += micro[i]
	}
	if sum != [2]int{smalls, micros} {
		return [2][]int{}, fmt.Errorf("demo: %d small and %d micro grids do not fit into %s; take smaller cells", smalls, micros, villages[0].parent.parent.name)
	}
	return [2][]int{small, micro}, nil
}

// splitVillage divides a village into small grids and these into micro grids,
// numbered west to east, then north to south.
func (c *city) splitVillage(s *splitter, small []int32, v *unit, smalls, micros int) {
	random := newStream(c.seed, 62, textKey(v.code))
	weights := make([]float64, smalls)
	for i := range weights {
		weights[i] = random.between(0.5, 1.6)
	}
	in := func(atom int32) bool { return c.village[atom] == int32(v.index) }
	parts := s.split(v.atoms, in, weights, v.seatAtom, 2, random)
	c.sortParts(parts)
	size, low, high := make([]float64, smalls), make([]int, smalls), make([]int, smalls)
	for i, part := range parts {
		size[i], low[i], high[i] = random.between(0.7, 1.4), 1, len(part)
	}
	counts := apportion(micros, size, low, high)
	for i, part := range parts {
		g := c.newGrid(&c.smalls, v, part, i+1, 2)
		for _, atom := range part {
			small[atom] = int32(g.index)
		}
		weights := make([]float64, counts[i])
		for j := range weights {
			weights[j] = random.between(0.4, 1.8)
		}
		in := func(atom int32) bool { return small[atom] == int32(g.index) }
		cells := s.split(part, in, weights, noAtom, 1, random)
		c.sortParts(cells)
		for j, cell := range cells {
			m := c.newGrid(&c.micros, g, cell, j+1, 3)
			for _, atom := range cell {
				c.micro[atom] = int32(m.index)
			}
		}
	}
	c.shareOut(v)
}

func (c *city) newGrid(list *[]*unit, parent *unit, atoms []int32, number, digits int) *unit {
	g := &unit{code: fmt.Sprintf("%s%0*d", parent.code, digits, number), parent: parent, index: len(*list), atoms: atoms, level: "general"}
	g.seatAtom = atoms[len(atoms)/2]
	*list = append(*list, g)
	parent.children = append(parent.children, g)
	return g
}

// sortParts orders parts west to east within bands from north to south.
func (c *city) sortParts(parts [][]int32) {
	type placed struct {
		part []int32
		at   orb.Point
	}
	all := make([]placed, len(parts))
	low, high := 1e12, -1e12
	for i, part := range parts {
		sum := orb.Point{}
		for _, atom := range part {
			p := c.mesh.centre(atom)
			sum[0], sum[1] = sum[0]+p[0], sum[1]+p[1]
		}
		n := float64(len(part))
		all[i] = placed{part, orb.Point{sum[0] / n, sum[1] / n}}
		low, high = min(low, all[i].at[1]), max(high, all[i].at[1])
	}
	band := max(1, (high-low)/4)
	slices.SortStableFunc(all, func(a, b placed) int {
		if d := cmp.Compare(int((high-a.at[1])/band), int((high-b.at[1])/band)); d != 0 {
			return d
		}
		return cmp.Compare(a.at[0], b.at[0])
	})
	for i := range all {
		parts[i] = all[i].part
	}
}

// shareOut splits a village's people over its grids; children add up to the
// parent. One micro grid in twenty is dedicated: a school, a park, a works.
func (c *city) shareOut(v *unit) {
	split := func(parent *unit) {
		weights, low, high := make([]float64, len(parent.children)), make([]int, len(parent.children)), make([]int, len(parent.children))
		for i, child := range parent.children {
			weights[i], high[i] = 0.5+fraction(hash(c.seed, 63, textKey(child.code))), parent.population
		}
		for i, n := range apportion(parent.population, weights, low, high) {
			parent.children[i].population = n
		}
	}
	split(v)
	for i, g := range v.children {
		g.name = fmt.Sprintf("%s第%d小网格", v.place(), i+1)
		split(g)
		for j, m := range g.children {
			m.name = fmt.Sprintf("%s微网格%d", g.name, j+1)
			if fraction(hash(c.seed, 64, textKey(m.code))) < 0.05 {
				m.level = "dedicated"
				kind := []string{"学校", "园区", "企业", "市场"}[hash(c.seed, 65, textKey(m.code))%4]
				m.name = fmt.Sprintf("%s%s专属微网格%d", g.name, kind, j+1)
			}
		}
	}
}
