package demo

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/paulmach/orb"
)

// tinyCity is the tiny city without its files, made once for all tests.
var tinyCity = sync.OnceValues(func() (*city, error) { return made(Tiny) })

func tiny(t *testing.T) *city {
	t.Helper()
	c, err := tinyCity()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func made(scale Scale) (*city, error) {
	c, err := newCity(Options{Scale: scale, Seed: 1})
	if err != nil {
		return nil, err
	}
	return c, c.make(context.Background(), func(string, int, int) {})
}

// seam is one side between two vertices, in the direction in which it is walked.
type seam [2]orb.Point

// seams counts the sides of polygons.
func seams(count map[seam]int, shape orb.MultiPolygon) {
	for _, polygon := range shape {
		for _, ring := range polygon {
			for i := 1; i < len(ring); i++ {
				count[seam{ring[i-1], ring[i]}]++
			}
		}
	}
}

// checkTiling reports whether parts fill the whole without gap or overlap: every
// side within is walked once each way, every side on the border once, and the
// areas add up.
func checkTiling(t *testing.T, c *city, name string, whole orb.MultiPolygon, parts []orb.MultiPolygon) {
	t.Helper()
	border, inner := map[seam]int{}, map[seam]int{}
	seams(border, whole)
	area := 0.0
	for _, part := range parts {
		seams(inner, part)
		area += c.krueger.area(part)
	}
	for s, n := range inner {
		back := inner[seam{s[1], s[0]}]
		if n != 1 || back+border[s] != 1 {
			t.Fatalf("%s: side %v is walked %d times, back %d times, on the border %d times", name, s, n, back, border[s])
		}
	}
	for s := range border {
		if inner[s] != 1 {
			t.Fatalf("%s: side %v of the border belongs to no part", name, s)
		}
	}
	if total := c.krueger.area(whole); math.Abs(area-total) > 1e-6*total {
		t.Errorf("%s: the parts have %.2f m², the whole %.2f m²", name, area, total)
	}
}

func TestUnitsTileTheirParents(t *testing.T) {
	c := tiny(t)
	shapes := func(units []*unit, shape func(*unit) orb.MultiPolygon) []orb.MultiPolygon {
		all := make([]orb.MultiPolygon, len(units))
		for i, u := range units {
			all[i] = shape(u)
			if len(all[i]) != 1 {
				t.Errorf("%s %s is in %d pieces", u.code, u.name, len(all[i]))
			}
			if u.parent != nil && !strings.HasPrefix(u.code, u.parent.code) {
				t.Errorf("the code %s does not start with its parent's, %s", u.code, u.parent.code)
			}
		}
		return all
	}
	all := make([]int32, c.mesh.size())
	for i := range all {
		all[i] = int32(i)
	}
	city := c.mesh.outline(all, func(int32) bool { return true })
	checkTiling(t, c, "counties", city, shapes(c.counties, c.countyShape))
	towns, _ := c.coveredUnits()
	for _, town := range towns {
		checkTiling(t, c, "villages of "+town.name, c.townShape(town), shapes(town.children, c.villageShape))
		for _, v := range town.children {
			checkTiling(t, c, "small grids of "+v.name, c.villageShape(v), shapes(v.children, c.smallShape))
			for _, g := range v.children {
				checkTiling(t, c, "micro grids of "+g.name, c.smallShape(g), shapes(g.children, c.microShape))
			}
		}
	}
}

func TestParcelsTileTheirVillages(t *testing.T) {
	c := tiny(t)
	parts := map[*unit][]orb.MultiPolygon{}
	for _, p := range c.parcels {
		l := c.survey(p)
		parts[p.village] = append(parts[p.village], l.shape)
		if math.Abs(l.area-l.deducted-l.net) > 0.001 || l.area <= 0 {
			t.Errorf("%s: %v m² is not %v and %v", l.id, l.area, l.deducted, l.net)
		}
	}
	for v, shapes := range parts {
		checkTiling(t, c, "parcels of "+v.name, c.villageShape(v), shapes)
	}
	if len(c.parcels) != c.scale.Parcels {
		t.Errorf("%d parcels, want %d", len(c.parcels), c.scale.Parcels)
	}
}

func TestPeopleOfChildrenAddUp(t *testing.T) {
	c := tiny(t)
	_, villages := c.coveredUnits()
	for _, v := range villages {
		sum := 0
		for _, g := range v.children {
			inner := 0
			for _, m := range g.children {
				inner += m.population
			}
			if inner != g.population {
				t.Errorf("%s: %d people, its micro grids %d", g.code, g.population, inner)
			}
			sum += g.population
		}
		if sum != v.population {
			t.Errorf("%s: %d people, its small grids %d", v.name, v.population, sum)
		}
	}
}

func TestStreamsJoin(t *testing.T) {
	c := tiny(t)
	joined := 0
	for _, r := range c.rivers {
		if r.into == nil {
			continue
		}
		joined++
		if _, d := nearestVertex(r.into.line, r.line[len(r.line)-1]); d != 0 {
			t.Errorf("%s ends %.1f m from a vertex of %s", r.name, d, r.into.name)
		}
	}
	if joined < len(c.rivers)/2 {
		t.Errorf("only %d of %d rivers flow into another", joined, len(c.rivers))
	}
}

func TestBuildingsDoNotOverlap(t *testing.T) {
	c := tiny(t)
	checkBuildings(t, c, 1)
}

// checkBuildings checks that every building, or every n-th, keeps within its
// atom; within an atom slots keep them apart.
func checkBuildings(t *testing.T, c *city, n int) {
	t.Helper()
	for i := 0; i < len(c.buildings); i += n {
		b := c.buildings[i]
		shape, _ := c.footprint(b)
		cell := c.mesh.outline([]int32{b.atom}, func(a int32) bool { return a == b.atom })
		for _, p := range shape[0] {
			if !ringHolds(cell[0][0], p) {
				t.Fatalf("a building of %s leaves its land", b.village.name)
			}
		}
	}
}

// The whole city at the counts of its real grids. It takes some 10 s, so
// -short leaves it out.
func TestTheWholeCityHasItsCounts(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes some 10 s")
	}
	c, err := made(Demo)
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string][2]int{
		"towns": {len(c.towns), 63}, "villages": {len(c.villages), 972}, "small grids": {len(c.smalls), 6060}, "micro grids": {len(c.micros), 16751},
		"parcels": {len(c.parcels), 60000}, "sub-compartments": {len(c.stands), 20000}, "buildings": {len(c.buildings), 100000},
		"reservoirs": {len(c.reservoirs), 210}, "roads": {len(c.roads), 6000},
	} {
		if n[0] != n[1] {
			t.Errorf("%d %s, want %d", n[0], what, n[1])
		}
	}
	checkBuildings(t, c, 20)
	for i, county := range c.counties {
		shape := c.countyShape(county)
		share := float64(len(county.atoms)) * 100 / float64(c.mesh.size())
		if want := c.settings.Counties[i].AreaShare; math.Abs(share/want-1) > 0.05 {
			t.Errorf("%s has %.1f %% of the area, want %.1f %%", county.name, share, want)
		}
		if len(shape) != 1 {
			t.Errorf("%s is in %d pieces", county.name, len(shape))
		}
	}
	for _, town := range c.towns {
		if atom := c.mesh.at(town.seat); c.town[atom] != int32(town.index) {
			t.Errorf("%s does not hold its seat", town.name)
		}
	}
}
