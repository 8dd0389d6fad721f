package demo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// reservoir is a lake behind a dam on a stream.
type reservoir struct {
	code, name string
	county     *unit
	town       *unit
	scale      string // as in the dictionary eng_scale: 3, 4 or 5
	on         *river
	dam        orb.Point
	atoms      []int32
}

// reservoirSizes are the lake sizes in hectares by scale, and how many of a
// hundred reservoirs are of that scale.
var reservoirSizes = [...]struct {
	scale   string
	hm2     float64
	percent float64
}{{"3", 190, 4}, {"4", 38, 26}, {"5", 9, 70}}

const unclassed = uint8(255)

// placeReservoirs dams streams in valleys, the larger lakes first, and marks
// their atoms as reservoir water. Rivers are marked before, so no lake takes one.
func (c *city) placeReservoirs() error {
	c.class = make([]uint8, c.mesh.size())
	for i := range c.class {
		c.class[i] = unclassed
	}
	c.markRivers()
	water := c.classIndex("1103")
	for i, county := range c.counties {
		wanted := c.settings.Counties[i].Reservoirs
		random := newStream(c.seed, 81, uint64(i))
		sites := c.damSites(county, random)
		placed := 0
		for _, site := range sites {
			if placed == wanted {
				break
			}
			kind := reservoirSizes[2]
			if share := float64(placed) * 100 / float64(wanted); share < reservoirSizes[0].percent {
				kind = reservoirSizes[0]
			} else if share < reservoirSizes[0].percent+reservoirSizes[1].percent {
				kind = reservoirSizes[1]
			}
			want := max(1, int(kind.hm2*random.between(0.6, 1.5)/c.scale.AtomHM2))
			atoms := c.fillLake(c.mesh.at(site.at), want)
			if len(atoms) < (want+1)/2 {
				continue
			}
			for _, atom := range atoms {
				c.class[atom] = water
			}
			placed++
			town := c.towns[c.town[atoms[0]]]
			c.reservoirs = append(c.reservoirs, &reservoir{
				code: fmt.Sprintf("HP001%s%07d", county.code, placed), county: county, town: town,
				scale: kind.scale, on: site.on, dam: site.at, atoms: atoms,
			})
		}
	}
	c.nameReservoirs()
	return nil
}

type damSite struct {
	at orb.Point
	on *river
}

// damSites lists places on the county's streams, well above their mouths, in
// random order.
func (c *city) damSites(county *unit, random *stream) []damSite {
	var sites []damSite
	for _, r := range c.rivers[len(c.settings.Rivers):] {
		for i := len(r.line) / 8; i < len(r.line)*4/5; i += 7 {
			atom := c.mesh.at(r.line[i])
			if atom != noAtom && c.towns[c.town[atom]].parent == county {
				sites = append(sites, damSite{r.line[i], r})
			}
		}
	}
	for i := len(sites) - 1; i > 0; i-- {
		j := random.intn(i + 1)
		sites[i], sites[j] = sites[j], sites[i]
	}
	return sites
}

// fillLake returns up to n free atoms of one town, lowest first from the dam.
func (c *city) fillLake(dam int32, n int) []int32 {
	var atoms []int32
	seen := map[int32]bool{dam: true}
	heap := frontier{{0, dam, 0}}
	origin := c.mesh.centre(dam)
	for len(heap) > 0 && len(atoms) < n {
		g := heap.pop()
		if c.class[g.atom] != unclassed {
			continue
		}
		atoms = append(atoms, g.atom)
		for k := range 6 {
			next := c.mesh.neighbour(g.atom, k)
			if next == noAtom || seen[next] || c.town[next] != c.town[dam] || c.class[next] != unclassed {
				continue
			}
			seen[next] = true
			p := c.mesh.centre(next)
			away := math.Hypot(p[0]-origin[0], p[1]-origin[1])
			heap.push(growth{c.elevation[next] + float32(0.02*away), next, 0})
		}
	}
	return atoms
}

// nameReservoirs gives lakes the names of villages or towns near them. The one
// real name is kept for the largest lake of its town, where it has one.
func (c *city) nameReservoirs() {
	used := map[string]bool{}
	for _, r := range c.reservoirs {
		base := r.town.place()
		if v := c.village[r.atoms[0]]; v >= 0 {
			base = c.villages[v].place()
		}
		for _, suffix := range []string{"", "上", "下", "东", "西", "南", "北"} {
			if !used[r.county.code+base+suffix] {
				base += suffix
				break
			}
		}
		if r.town.code == "445381114" && r.scale != "5" && !used["金银河"] {
			base, used["金银河"] = "金银河", true
		}
		used[r.county.code+base] = true
		r.name = base + "水库"
	}
}

// markRivers marks the atoms within half a width of the main rivers, and of the
// larger streams where atoms are small enough, as river water.
func (c *city) markRivers() {
	water := c.classIndex("1101")
	for _, r := range c.rivers {
		if r.width < c.mesh.spacing()*0.35 && r.level > 2 {
			continue
		}
		reach := max(r.width/2, c.mesh.edge*0.3)
		c.mesh.walkNear(r.line, reach, func(atom int32) { c.class[atom] = water })
	}
}

// walkNear calls visit for the atoms whose centre is within reach of a line,
// and those that the line crosses.
func (m *mesh) walkNear(line orb.LineString, reach float64, visit func(int32)) {
	rows := int(reach/(m.edge*1.5)) + 1
	columns := int(reach/m.spacing()) + 1
	m.walk(line, visit)
	seen := map[int32]bool{}
	m.walk(line, func(atom int32) {
		if seen[atom] {
			return
		}
		seen[atom] = true
		cell := int(m.cellOf[atom])
		at := m.centre(atom)
		for r := -rows; r <= rows; r++ {
			for k := -columns; k <= columns; k++ {
				i := cell + r*m.columns + k
				if i < 0 || i >= len(m.atomOf) || m.atomOf[i] == noAtom {
					continue
				}
				if p := m.cellCentre(int32(i)); math.Hypot(p[0]-at[0], p[1]-at[1]) <= reach {
					visit(m.atomOf[i])
				}
			}
		}
	})
}
