package demo

import (
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
)

// shapeOf returns the outline of a unit, made once.
func (c *city) shapeOf(u *unit, in func(int32) bool) orb.MultiPolygon {
	if u.shape == nil {
		u.shape = c.mesh.outline(u.atoms, in)
		u.area = round2(c.krueger.area(u.shape))
	}
	return u.shape
}

// whole is the city as a unit, made once.
func (c *city) whole() *unit {
	if c.all == nil {
		c.all = &unit{code: "445300", name: "云浮市", level: "city", atoms: make([]int32, c.mesh.size())}
		for i := range c.all.atoms {
			c.all.atoms[i] = int32(i)
		}
	}
	return c.all
}

func (c *city) cityShape(u *unit) orb.MultiPolygon {
	return c.shapeOf(u, func(int32) bool { return true })
}

func (c *city) countyShape(u *unit) orb.MultiPolygon {
	if u.atoms == nil {
		for _, town := range u.children {
			u.atoms = append(u.atoms, town.atoms...)
		}
	}
	return c.shapeOf(u, func(a int32) bool { return c.towns[c.town[a]].parent == u })
}

func (c *city) townShape(u *unit) orb.MultiPolygon {
	return c.shapeOf(u, func(a int32) bool { return c.town[a] == int32(u.index) })
}

func (c *city) villageShape(u *unit) orb.MultiPolygon {
	return c.shapeOf(u, func(a int32) bool { return c.village[a] == int32(u.index) })
}

func (c *city) smallShape(u *unit) orb.MultiPolygon {
	return c.shapeOf(u, func(a int32) bool { return c.micro[a] >= 0 && c.micros[c.micro[a]].parent == u })
}

func (c *city) microShape(u *unit) orb.MultiPolygon {
	return c.shapeOf(u, func(a int32) bool { return c.micro[a] == int32(u.index) })
}

// covered lists the towns and villages that this scale covers.
func (c *city) coveredUnits() (towns, villages []*unit) {
	for _, town := range c.towns {
		if c.active[town.index] {
			towns = append(towns, town)
			villages = append(villages, town.children...)
		}
	}
	return towns, villages
}

func (c *city) divisions() []table {
	fields := []string{"code", "name", "level", "parent", "area_km2", "remark"}
	towns, villages := c.coveredUnits()
	of := func(layer string, units []*unit, shape func(*unit) orb.MultiPolygon, parent string) table {
		return c.newTable(layer, len(units), fields, func(i int) (orb.Geometry, []any) {
			u := units[i]
			s := shape(u)
			above := parent
			if u.parent != nil {
				above = u.parent.code
			}
			return s, []any{u.code, u.name, u.level, above, math.Round(u.area/100) / 10000, mustBe}
		})
	}
	return []table{
		of("division_city", []*unit{c.whole()}, c.cityShape, "440000"), of("division_county", c.counties, c.countyShape, "445300"),
		of("division_town", towns, c.townShape, ""), of("division_village", villages, c.villageShape, ""),
	}
}

func (c *city) gridTables() []table {
	towns, villages := c.coveredUnits()
	common := []string{"code", "name", "tier", "kind", "parent", "area_m2", "households", "population", "init_date", "remark"}
	started := time.Date(2022, 7, 1, 0, 0, 0, 0, time.UTC)
	of := func(layer, tier string, units []*unit, shape func(*unit) orb.MultiPolygon, extra []string, more func(u *unit) []any) table {
		return c.newTable(layer, len(units), append(append([]string{}, common...), extra...), func(i int) (orb.Geometry, []any) {
			u := units[i]
			s := shape(u)
			kind, name := "1", u.name
			if u.level == "dedicated" {
				kind = "2"
			}
			if len(u.code) <= 12 {
				name = u.place() + map[string]string{"1": "大网格", "2": "中网格"}[tier]
			}
			values := []any{u.code, name, tier, kind, u.parent.code, u.area, int(float64(u.population)/3.32 + 0.5), u.population, started, mustBe}
			return s, append(values, more(u)...)
		})
	}
	person := func(u *unit) []any {
		name, phone := c.person(textKey(u.code))
		return []any{name, phone}
	}
	return []table{
		of("grid_large", "1", towns, c.townShape, []string{"responsible"}, func(u *unit) []any { return []any{u.name + "综治中心"} }),
		of("grid_medium", "2", villages, c.villageShape, []string{"chief_name", "chief_phone"}, person),
		of("grid_small", "3", c.smalls, c.smallShape, []string{"worker_name", "worker_phone"}, person),
		of("grid_micro", "4", c.micros, c.microShape, []string{"liaison_name", "liaison_phone"}, person),
	}
}

// person invents a name, and a phone number of a prefix that no operator uses.
func (c *city) person(key uint64) (name, phone string) {
	s := newStream(c.seed, 131, key)
	sur, given := []rune(c.settings.Surnames), []rune(c.settings.GivenNames)
	name = string(sur[s.intn(len(sur))]) + string(given[s.intn(len(given))])
	if s.float() < 0.7 {
		name += string(given[s.intn(len(given))])
	}
	return name, fmt.Sprintf("100%08d", s.intn(100000000))
}

func (c *city) roadTable() table {
	return c.newTable("road", len(c.roads), []string{"road_id", "name", "class", "width_m", "length_m", "surface", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		r := c.roads[i]
		surface := "沥青混凝土"
		if r.class == "village" {
			surface = "水泥混凝土"
		}
		return r.line, []any{r.id, r.name, r.class, r.width, round2(length(r.line)), surface, r.county, mustBe}
	})
}

// placeTable lists seats, villages, then hamlets until there are enough.
func (c *city) placeTable() table {
	type place struct {
		name, kind, code string
		at               orb.Point
		people, rank     int
		atom             int32
	}
	var places []place
	towns, villages := c.coveredUnits()
	for _, t := range towns {
		p := place{t.place(), "seat_town", t.code, t.seat, t.population, 3, t.seatAtom}
		for _, county := range c.counties {
			if nearestSeat(county.children, county.seat) == t {
				p.kind, p.rank = "seat_county", 2
			}
		}
		places = append(places, p)
	}
	for _, v := range villages {
		places = append(places, place{v.place(), "village", v.code, v.seat, v.population, 4, v.seatAtom})
	}
	for i := range c.smalls {
		// a step that is prime to the count spreads the hamlets over the city
		g := c.smalls[(i*1009)%len(c.smalls)]
		if len(places) >= c.scale.Places {
			break
		}
		name := g.parent.place() + hamletNames[hash(c.seed, 132, textKey(g.code))%uint64(len(hamletNames))]
		places = append(places, place{name, "hamlet", g.code[:12], c.mesh.centre(g.seatAtom), g.population, 5, g.seatAtom})
	}
	return c.newTable("place_name", len(places), []string{"place_id", "name", "name_zh", "kind", "division", "population", "dem", "rank", "remark"}, func(i int) (orb.Geometry, []any) {
		p := places[i]
		return millimetres(p.at), []any{fmt.Sprintf("DM%06d", i+1), p.name, p.name, p.kind, p.code, p.people, int(c.elevation[p.atom]), p.rank, mustBe}
	})
}

var hamletNames = [...]string{"上围", "下围", "新屋", "老屋", "大塘", "石咀", "岭脚", "坑口", "河边", "竹园", "坡头", "榕树下", "禾塘", "东头", "西头", "塘尾", "岗仔", "田心"}
