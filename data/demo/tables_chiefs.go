package demo

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// forestChiefTable gives every division its forest chief (林长), villages a
// supervisor and a ranger too, as the five-tier system has it.
func (c *city) forestChiefTable() table {
	type area struct {
		of    *unit
		tier  string
		shape func(*unit) orb.MultiPolygon
	}
	areas := []area{{c.whole(), "2", c.cityShape}}
	for _, county := range c.counties {
		areas = append(areas, area{county, "3", c.countyShape})
	}
	towns, villages := c.coveredUnits()
	for _, t := range towns {
		areas = append(areas, area{t, "4", c.townShape})
	}
	for _, v := range villages {
		areas = append(areas, area{v, "5", c.villageShape})
	}
	fields := []string{"area_code", "area_name", "tier", "chief_name", "chief_phone", "supervisor_name", "supervisor_phone", "ranger_name", "ranger_phone", "forest_hm2", "remark"}
	return c.newTable("forest_chief_area", len(areas), fields, func(i int) (orb.Geometry, []any) {
		a := areas[i]
		shape := a.shape(a.of)
		chief, phone := c.person(hash(172, textKey(a.of.code)))
		values := []any{a.of.code, a.of.name + "林长责任区", a.tier, chief, phone, nil, nil, nil, nil, round2(float64(c.forestAtoms(a.of)) * c.scale.AtomHM2), mustBe}
		if a.tier == "5" {
			values[5], values[6] = c.person(hash(173, textKey(a.of.code)))
			values[7], values[8] = c.person(hash(174, textKey(a.of.code)))
		}
		return shape, values
	})
}

// forestAtoms counts the atoms of forest land in the covered part of a unit.
func (c *city) forestAtoms(u *unit) (count int) {
	for _, a := range u.atoms {
		if c.village[a] >= 0 && c.forest(a) {
			count++
		}
	}
	return count
}

// fireDangerTable is the forest fire danger of the towns on one day of the dry
// season: the more of it is forest, the higher.
func (c *city) fireDangerTable() table {
	towns, _ := c.coveredUnits()
	fields := []string{"area_code", "area_name", "level", "valid_on", "issuer", "remark"}
	day := time.Date(c.settings.Year, time.December, 15, 0, 0, 0, 0, time.UTC)
	return c.newTable("forest_fire_danger", len(towns), fields, func(i int) (orb.Geometry, []any) {
		t := towns[i]
		share := float64(c.forestAtoms(t)) / float64(max(1, len(t.atoms)))
		level := 1 + int(math.Min(4, 4*share+1.5*fraction(hash(c.seed, 175, textKey(t.code)))))
		return c.townShape(t), []any{t.code, t.name, [...]string{"1", "2", "3", "4", "5"}[level-1], day, "云浮市林业局", mustBe}
	})
}
