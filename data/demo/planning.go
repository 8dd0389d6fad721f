package demo

import (
	"math"
	"slices"
	"sort"

	"github.com/paulmach/orb"
)

// The control lines an atom can lie in; they never overlap.
const (
	noLine     = uint8(iota)
	growthCore // 城镇集中建设区
	growthElastic
	growthSpecial
	redLine
)

// drawControlLines draws the ecological red lines, then the urban growth
// boundaries outside them, then picks the permanent basic farmland outside both.
func (c *city) drawControlLines() error {
	c.line = make([]uint8, c.mesh.size())
	c.drawRedLines()
	c.drawGrowth()
	c.pickFarmland()
	return nil
}

// best returns about share of the covered atoms for which score is highest.
func (c *city) best(share float64, score func(atom int32) float64) []int32 {
	scores := make([]float64, len(c.covered))
	for i, atom := range c.covered {
		scores[i] = score(atom)
	}
	sorted := slices.Clone(scores)
	sort.Float64s(sorted)
	bar := sorted[min(len(sorted)-1, int(float64(len(sorted))*(1-share)))]
	var atoms []int32
	for i, atom := range c.covered {
		if scores[i] >= bar && !math.IsInf(scores[i], -1) {
			atoms = append(atoms, atom)
		}
	}
	return atoms
}

// drawRedLines puts red lines on the ranges and round the larger reservoirs and
// keeps the largest pieces.
func (c *city) drawRedLines() {
	wide := noise{hash(c.seed, 141), 11000, 3}
	lakes := newPointIndex(2000)
	for _, r := range c.reservoirs {
		if r.scale != "5" {
			lakes.add(r.dam)
		}
	}
	ranges := make([]orb.Point, len(c.settings.Ranges))
	for i, r := range c.settings.Ranges {
		ranges[i] = c.krueger.plane(orb.Point{r.Lon, r.Lat})
	}
	high := c.best(c.settings.RedlineShare*1.12, func(atom int32) float64 {
		p := c.mesh.centre(atom)
		score := 0.75*wide.at(p[0], p[1]) + float64(c.elevation[atom])/4000
		for i, r := range c.settings.Ranges {
			d := math.Hypot(p[0]-ranges[i][0], p[1]-ranges[i][1]) / 1000
			score += 0.9 * math.Exp(-d*d/(r.LengthKM*r.WidthKM/2))
		}
		if _, d := lakes.nearest(p, 2); d < 2500 {
			score += 0.3 * (1 - d/2500)
		}
		if builtClasses[c.classCode(atom)] {
			score -= 0.4
		}
		return score
	})
	for _, atom := range high {
		c.line[atom] = redLine
	}
	s := newSplitter(c.mesh, nil, 0)
	pieces := s.pieces(high, func(_, b int32) bool { return c.line[b] == redLine })
	slices.SortStableFunc(pieces, func(a, b []int32) int { return len(b) - len(a) })
	for i, piece := range pieces {
		if i < c.scale.Redlines {
			slices.Sort(piece)
			c.redlines = append(c.redlines, piece)
			continue
		}
		for _, atom := range piece {
			c.line[atom] = noLine
		}
	}
}

// drawGrowth takes the most urban atoms outside the red lines; seven in a
// hundred are for special use and eight elastic, at the fringe.
func (c *city) drawGrowth() {
	patch := noise{hash(c.seed, 142), 900, 2}
	score := func(atom int32) float64 {
		if c.line[atom] == redLine {
			return math.Inf(-1)
		}
		s := c.siteOf(atom)
		return s.urban - s.slope/80 + 0.12*patch.at(s.at[0], s.at[1])
	}
	inner := map[int32]bool{}
	for _, atom := range c.best(c.settings.GrowthShare*0.85, score) {
		inner[atom] = true
	}
	for _, atom := range c.best(c.settings.GrowthShare, score) {
		p := c.mesh.centre(atom)
		switch {
		case inner[atom]:
			c.line[atom] = growthCore
		case patch.at(p[1], p[0]) < 0.04:
			c.line[atom] = growthElastic
		default:
			c.line[atom] = growthSpecial
		}
	}
	byZone := map[[2]int][]int32{}
	for _, atom := range c.covered {
		if z := c.line[atom]; z >= growthCore && z <= growthSpecial {
			key := [2]int{int(c.town[atom]), int(z)}
			byZone[key] = append(byZone[key], atom)
		}
	}
	for town := range c.towns {
		for zone := int(growthCore); zone <= int(growthSpecial); zone++ {
			if atoms := byZone[[2]int{town, zone}]; len(atoms) > 0 {
				c.growth = append(c.growth, atoms)
			}
		}
	}
}

// pickFarmland makes permanent basic farmland of the flattest cropland parcels
// outside the other two lines, up to its share of all cropland.
func (c *city) pickFarmland() {
	var able []*parcel
	crop := 0
	for _, p := range c.parcels {
		if c.settings.Classes[p.class].Code[:2] != "01" {
			continue
		}
		crop += len(p.atoms)
		if !slices.ContainsFunc(p.atoms, func(a int32) bool { return c.line[a] != noLine }) {
			able = append(able, p)
		}
	}
	slope := func(p *parcel) float32 { return c.slope[p.atoms[len(p.atoms)/2]] }
	slices.SortStableFunc(able, func(a, b *parcel) int {
		if slope(a) < slope(b) {
			return -1
		} else if slope(a) > slope(b) {
			return 1
		}
		return 0
	})
	taken := 0
	for _, p := range able {
		if float64(taken) >= c.settings.FarmlandShare*float64(crop) {
			return
		}
		p.farm = true
		taken += len(p.atoms)
	}
}
