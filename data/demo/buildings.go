package demo

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// building is one footprint, a turned rectangle within its atom.
type building struct {
	atom    int32
	slot    int // place within the atom, of slots×slots
	village *unit
}

// builtClasses are the land classes that carry buildings.
var builtClasses = map[string]bool{"0701": true, "0702": true, "05H1": true, "0601": true, "08H1": true, "08H2": true, "0809": true}

// slotSide is the least side of a building slot in metres.
const slotSide = 13.0

// slots returns how many slots stand along a side of the square that fits into
// every atom, whatever way its corners moved.
func (c *city) slots() int {
	return max(1, int(c.square()/slotSide))
}

// square is the side in metres of a square that lies in an atom however turned.
func (c *city) square() float64 {
	return c.mesh.edge * (math.Sqrt(3)/2 - cornerMove - edgeBend/2) * math.Sqrt2
}

// build places the buildings, village by village, by population, filling the
// slots of built-up atoms.
func (c *city) build() error {
	for i, county := range c.counties {
		villages := c.coveredVillages(county)
		if len(villages) == 0 {
			continue
		}
		wanted := c.scale.Buildings
		if c.scale.Town == "" {
			wanted = scaled(c.settings.Counties[i].Buildings, c.scale.Buildings, 100000)
		}
		n := c.slots()
		weights, low, high := make([]float64, len(villages)), make([]int, len(villages)), make([]int, len(villages))
		for j, v := range villages {
			atoms := len(c.builtAtoms(v))
			weights[j], high[j] = math.Sqrt(float64(v.population+1)*float64(atoms)), atoms*n*n
		}
		before := len(c.buildings)
		for j, count := range apportion(wanted, weights, low, high) {
			c.buildVillage(villages[j], count, n)
		}
		if built := len(c.buildings) - before; built != wanted {
			return fmt.Errorf("demo: %s has room for %d buildings, not for %d", county.name, built, wanted)
		}
	}
	return nil
}

func (c *city) builtAtoms(v *unit) []int32 {
	var built []int32
	for _, atom := range v.atoms {
		if builtClasses[c.classCode(atom)] {
			built = append(built, atom)
		}
	}
	return built
}

func (c *city) buildVillage(v *unit, count, n int) {
	var all []building
	for _, atom := range c.builtAtoms(v) {
		for slot := range n * n {
			all = append(all, building{atom, slot, v})
		}
	}
	// fill the slots near the village's seat first, with some left empty
	seat := c.mesh.centre(v.seatAtom)
	rank := func(b building) float64 {
		p := c.mesh.centre(b.atom)
		h := hash(c.seed, 121, uint64(b.atom), uint64(b.slot))
		return math.Hypot(p[0]-seat[0], p[1]-seat[1])/3000 + 2*fraction(h)
	}
	slices.SortStableFunc(all, func(a, b building) int {
		if rank(a) < rank(b) {
			return -1
		}
		return 1
	})
	all = all[:min(count, len(all))]
	slices.SortFunc(all, func(a, b building) int {
		if a.atom != b.atom {
			return int(a.atom) - int(b.atom)
		}
		return a.slot - b.slot
	})
	for i := range all {
		c.buildings = append(c.buildings, &all[i])
	}
}

// footprint returns the building's rectangle in metres and its ground area in m².
func (c *city) footprint(b *building) (orb.Polygon, float64) {
	n := c.slots()
	side := c.square() / float64(n)
	h := newStream(c.seed, 122, uint64(b.atom), uint64(b.slot))
	along, across := min(side*0.86, h.between(9, 14)), min(side*0.7, h.between(7, 11))
	switch c.classCode(b.atom) {
	case "0601":
		along, across = side*0.92, side*0.8
	case "0702":
	default:
		along, across = side*h.between(0.6, 0.9), side*h.between(0.5, 0.8)
	}
	turn := math.Pi * fraction(hash(c.seed, 123, uint64(c.mesh.cellOf[b.atom]/3)))
	sin, cos := math.Sincos(turn)
	centre := c.mesh.centre(b.atom)
	x0 := (float64(b.slot%n)+0.5)*side - float64(n)*side/2
	y0 := (float64(b.slot/n)+0.5)*side - float64(n)*side/2
	ring := make(orb.Ring, 0, 5)
	for _, s := range [5][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}} {
		x, y := x0+s[0]*along/2, y0+s[1]*across/2
		ring = append(ring, millimetres(orb.Point{centre[0] + x*cos - y*sin, centre[1] + x*sin + y*cos}))
	}
	return orb.Polygon{ring}, along * across
}

// blob returns a round, somewhat uneven polygon about a centre. reach is its
// mean radius in metres; stretch draws it out along the angle in radians.
func blob(centre orb.Point, reach, stretch, angle float64, seed uint64) orb.Polygon {
	const corners = 28
	var wave [4]float64
	s := newStream(seed)
	for i := range wave {
		wave[i] = s.between(0, 2*math.Pi)
	}
	sin, cos := math.Sincos(angle)
	ring := make(orb.Ring, 0, corners+1)
	for i := range corners {
		t := 2 * math.Pi * float64(i) / corners
		r := reach * (1 + 0.16*math.Sin(2*t+wave[0]) + 0.12*math.Sin(3*t+wave[1]) + 0.07*math.Sin(5*t+wave[2]) + 0.04*math.Sin(8*t+wave[3]))
		x, y := r*stretch*math.Cos(t), r/stretch*math.Sin(t)
		ring = append(ring, millimetres(orb.Point{centre[0] + x*cos - y*sin, centre[1] + x*sin + y*cos}))
	}
	return orb.Polygon{append(ring, ring[0])}
}
