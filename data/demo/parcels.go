package demo

import (
	"fmt"
	"math"
	"slices"
)

// parcel is a land-use parcel (图斑): land of one class in one village.
type parcel struct {
	atoms   []int32
	class   uint8
	village *unit
	number  int  // within the village, from 1, west to east and north to south
	serial  int  // within the county, from 1
	farm    bool // permanent basic farmland
}

// stand is a forest sub-compartment (小班).
type stand struct {
	atoms   []int32
	village *unit
	compart int // 林班, within the town
	number  int // 小班, within the compartment
	welfare bool
}

// cutParcels divides the land of every village into parcels, exactly as many
// as the scale wants.
func (c *city) cutParcels() error {
	s := newSplitter(c.mesh, c.cost, hash(c.seed, 101))
	for i, county := range c.counties {
		villages := c.coveredVillages(county)
		if len(villages) == 0 {
			continue
		}
		wanted := c.scale.Parcels
		if c.scale.Town == "" {
			wanted = scaled(c.settings.Counties[i].Parcels, c.scale.Parcels, 60000)
		}
		cut, err := c.cutCounty(s, villages, wanted)
		if err != nil {
			return err
		}
		c.number(cut)
	}
	return nil
}

// scaled fits a county's count at demo scale to another total.
func scaled(count, total, demo int) int { return count * total / demo }

func (c *city) cutCounty(s *splitter, villages []*unit, wanted int) ([]*parcel, error) {
	var pieces [][]int32
	for _, v := range villages {
		pieces = append(pieces, s.pieces(v.atoms, func(a, b int32) bool {
			return c.class[a] == c.class[b] && c.village[a] == c.village[b]
		})...)
	}
	weights, low, high := make([]float64, len(pieces)), make([]int, len(pieces)), make([]int, len(pieces))
	for i, piece := range pieces {
		code := c.classCode(piece[0])
		weights[i] = float64(len(piece)) * c.scale.AtomHM2 / c.settings.ParcelSize[code[:2]]
		if code[:2] == "11" && code != "1104" || code[:2] == "10" {
			weights[i] *= 0.2 // long parcels
		}
		low[i], high[i] = 1, len(piece)
	}
	if len(pieces) > wanted {
		return nil, fmt.Errorf("demo: %s has %d patches of land, more than the %d parcels wanted", villages[0].parent.parent.name, len(pieces), wanted)
	}
	counts := apportion(wanted, weights, low, high)
	cut := make([]*parcel, 0, wanted)
	for i, piece := range pieces {
		village, class := c.village[piece[0]], c.class[piece[0]]
		random := newStream(c.seed, 102, uint64(piece[0]))
		in := func(atom int32) bool { return c.village[atom] == village && c.class[atom] == class }
		for _, part := range s.split(piece, in, random.sizes(counts[i], 0.5), noAtom, 1, random) {
			cut = append(cut, &parcel{atoms: part, class: class, village: c.villages[village]})
		}
	}
	if len(cut) != wanted {
		return nil, fmt.Errorf("demo: %d parcels instead of %d", len(cut), wanted)
	}
	return cut, nil
}

// sizes returns n log-normal weights of the given spread.
func (s *stream) sizes(n int, spread float64) []float64 {
	weights := make([]float64, n)
	for i := range weights {
		weights[i] = math.Exp(spread * max(-2, min(2, s.normal())))
	}
	return weights
}

// number orders a county's parcels by village, then north to south and west to
// east, and numbers them.
func (c *city) number(cut []*parcel) {
	key := func(p *parcel) float64 {
		at := c.mesh.centre(p.atoms[0])
		return -math.Floor(at[1]/600)*1e7 + at[0]
	}
	slices.SortStableFunc(cut, func(a, b *parcel) int {
		if d := a.village.index - b.village.index; d != 0 {
			return d
		}
		if key(a) < key(b) {
			return -1
		}
		return 1
	})
	number := 0
	for i, p := range cut {
		if i == 0 || cut[i-1].village != p.village {
			number = 0
		}
		number++
		p.number, p.serial = number, i+1
	}
	c.parcels = append(c.parcels, cut...)
}

// forest reports whether an atom's land class is forest land (03).
func (c *city) forest(atom int32) bool {
	return c.class[atom] != unclassed && c.classCode(atom)[:2] == "03"
}

// cutForest divides the forest of every village into sub-compartments.
func (c *city) cutForest() error {
	s := newSplitter(c.mesh, c.cost, hash(c.seed, 111))
	for i, county := range c.counties {
		villages := c.coveredVillages(county)
		if len(villages) == 0 {
			continue
		}
		wanted := c.scale.Forest
		if c.scale.Town == "" {
			wanted = scaled(c.settings.Counties[i].Forest, c.scale.Forest, 20000)
		}
		c.cutStands(s, villages, wanted)
	}
	c.markWelfare()
	return nil
}

func (c *city) cutStands(s *splitter, villages []*unit, wanted int) {
	var pieces [][]int32
	for _, v := range villages {
		var trees []int32
		for _, atom := range v.atoms {
			if c.forest(atom) {
				trees = append(trees, atom)
			}
		}
		pieces = append(pieces, s.pieces(trees, func(a, b int32) bool { return c.forest(b) && c.village[a] == c.village[b] })...)
	}
	// where there are more woods than sub-compartments wanted, the smallest are left out
	slices.SortStableFunc(pieces, func(a, b []int32) int { return len(b) - len(a) })
	pieces = pieces[:min(len(pieces), wanted)]
	slices.SortStableFunc(pieces, func(a, b []int32) int { return int(c.village[a[0]] - c.village[b[0]]) })
	weights, low, high := make([]float64, len(pieces)), make([]int, len(pieces)), make([]int, len(pieces))
	for i, piece := range pieces {
		weights[i], low[i], high[i] = float64(len(piece)), 1, len(piece)
	}
	counts := apportion(wanted, weights, low, high)
	numbers := map[[2]int]int{}
	for i, piece := range pieces {
		village := c.village[piece[0]]
		random := newStream(c.seed, 112, uint64(piece[0]))
		in := func(atom int32) bool { return c.village[atom] == village && c.forest(atom) }
		for _, part := range s.split(piece, in, random.sizes(counts[i], 0.45), noAtom, 1, random) {
			v := c.villages[village]
			st := &stand{atoms: part, village: v, compart: slices.Index(v.parent.children, v) + 1}
			key := [2]int{v.parent.index, st.compart}
			numbers[key]++
			st.number = numbers[key]
			c.stands = append(c.stands, st)
		}
	}
}

// markWelfare makes about 35 % of the forest public-welfare forest: high
// ground, and ground near water.
func (c *city) markWelfare() {
	type ranked struct {
		stand *stand
		score float64
	}
	all := make([]ranked, len(c.stands))
	total := 0
	patch := noise{hash(c.seed, 113), 5000, 2}
	for i, st := range c.stands {
		atom := st.atoms[len(st.atoms)/2]
		p := c.mesh.centre(atom)
		all[i] = ranked{st, float64(c.elevation[atom])/300 - float64(c.toStream[atom])/4000 + 1.2*patch.at(p[0], p[1])}
		total += len(st.atoms)
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		if a.score > b.score {
			return -1
		} else if a.score < b.score {
			return 1
		}
		return 0
	})
	taken := 0
	for _, r := range all {
		if taken*100 >= total*35 {
			return
		}
		r.stand.welfare = true
		taken += len(r.stand.atoms)
	}
}
