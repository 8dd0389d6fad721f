package demo

import (
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"
)

func (c *city) buildingTable() table {
	fields := []string{
		"building_id", "name", "address", "floor_area", "floors_up", "floors_down", "height_m", "year_class", "structure", "use", "designed", "reinforced",
		"cracked", "managed", "safety", "cut_slope", "village", "remark",
	}
	numbers := map[*unit]int{}
	number := make([]int, len(c.buildings))
	for i, b := range c.buildings {
		numbers[b.village]++
		number[i] = numbers[b.village]
	}
	return c.newTable("building", len(c.buildings), fields, func(i int) (orb.Geometry, []any) {
		b := c.buildings[i]
		random := newStream(c.seed, 181, uint64(b.atom), uint64(b.slot))
		shape, ground := c.footprint(b)
		class := c.classCode(b.atom)
		rural := class == "0702"
		years := 1 + random.choose([]float64{5, 12, 25, 33, 25})
		floors, below, use, structure := c.buildingKind(class, years, random)
		height := math.Round(10*(float64(floors)*3.1+0.4)) / 10
		var safety, name any
		if rural && random.float() < 0.6 {
			safety = [4]string{"A", "B", "C", "D"}[random.choose([]float64{70, 22, 6, 2})]
		}
		if !rural && random.float() < 0.25 {
			name = b.village.place() + map[string]string{"1": "小区", "2": "商铺", "3": "办公楼", "4": "厂房", "5": "学校", "6": "卫生站", "7": "公共用房"}[use]
		}
		village := b.village
		return shape, []any{
			fmt.Sprintf("%s%06d", village.code, number[i]), name, fmt.Sprintf("%s%s%d号", village.parent.name, village.place(), number[i]), round2(ground * float64(floors)),
			floors, below, height, fmt.Sprint(years), structure, use, !rural || random.float() < 0.15, years <= 2 && random.float() < 0.1,
			years <= 2 && random.float() < 0.12, !rural && random.float() < 0.4, safety, rural && c.slope[b.atom] > 9 && random.float() < 0.35, village.code, mustBe,
		}
	})
}

// buildingKind returns floors above and below ground, use and structure.
func (c *city) buildingKind(class string, years int, random *stream) (floors, below int, use, structure string) {
	structure = "1"
	switch class {
	case "0702":
		floors, use = 1+random.choose([]float64{25, 35, 28, 12}), "1"
		if years <= 2 {
			structure = [3]string{"1", "5", "4"}[random.choose([]float64{62, 32, 6})]
		} else if years >= 4 {
			structure = [2]string{"1", "2"}[random.choose([]float64{6, 4})]
		}
		return floors, 0, use, structure
	case "0601":
		return 1 + random.intn(4), 0, "4", [3]string{"2", "3", "6"}[random.choose([]float64{60, 35, 5})]
	case "0701":
		floors, use = 3+random.intn(6), "1"
		if years >= 4 && random.float() < 0.2 {
			floors, below = 11+random.intn(23), 1
		}
		return floors, below, use, "2"
	}
	use = map[string]string{"05H1": "2", "08H1": "3", "08H2": [2]string{"5", "6"}[random.intn(2)], "0809": "7"}[class]
	return 2 + random.intn(5), 0, use, "2"
}

func (c *city) publicHousingTable() table {
	towns, _ := c.coveredUnits()
	fields := []string{"project_id", "name", "type", "source", "units", "let_units", "vacant_units", "repair_units", "floor_area", "state", "county", "remark"}
	return c.newTable("public_housing", c.scale.PublicHousing, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 182, uint64(i))
		town := towns[random.intn(len(towns))]
		if len(c.counties) > 0 && len(towns) > 1 && i%4 != 0 {
			town = nearestSeat(towns, c.counties[i%len(c.counties)].seat)
		}
		units := 60 + random.intn(330)
		let, repair := units*80/100, units*6/100
		at := town.seat
		at[0], at[1] = at[0]+300*random.normal(), at[1]+300*random.normal()
		return millimetres(at), []any{
			fmt.Sprintf("GZ%s%04d", town.parent.code, i+1), fmt.Sprintf("%s%s苑", town.place(), [6]string{"安居", "和顺", "康乐", "锦绣", "幸福", "惠民"}[i%6]), fmt.Sprint(1 + random.intn(4)),
			fmt.Sprint(1 + random.intn(4)), units, let, units - let - repair, repair, round2(float64(units) * random.between(42, 65)), "3", town.parent.code, mustBe,
		}
	})
}

func (c *city) dilapidatedTable() table {
	var atoms []int32
	for _, a := range c.covered {
		if c.classCode(a) == "0702" {
			atoms = append(atoms, a)
		}
	}
	if len(atoms) == 0 {
		atoms = c.covered
	}
	fields := []string{"house_id", "grade", "household", "way", "year", "subsidy", "start_date", "finish_date", "accept_date", "village", "remark"}
	return c.newTable("dilapidated_house", c.scale.Dilapidated, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 183, uint64(i))
		atom := atoms[random.intn(len(atoms))]
		v := c.villages[c.village[atom]]
		grade, way, subsidy := "C", "1", 10000+1000*random.intn(10)
		if random.float() < 0.4 {
			grade, way, subsidy = "D", "2", 34000+1000*random.intn(10)
		}
		year := 2016 + random.intn(9)
		start := time.Date(year, time.Month(1+random.intn(8)), 1+random.intn(28), 0, 0, 0, 0, time.UTC)
		finish := start.AddDate(0, 0, 60+random.intn(90))
		var accepted any
		if random.float() < 0.9 {
			accepted = finish.AddDate(0, 0, 7+random.intn(40))
		}
		return c.somewhere(atom, random), []any{
			fmt.Sprintf("WF%s%06d", v.code, i+1), grade, fmt.Sprint(1 + random.intn(4)), way, year, subsidy, start, finish, accepted, v.code, mustBe,
		}
	})
}

// shelterTable puts shelters at village seats and hamlets, on gentle ground.
func (c *city) shelterTable() table {
	var sites []*unit
	_, villages := c.coveredUnits()
	for _, list := range [2][]*unit{villages, c.smalls} {
		for _, u := range list {
			if c.slope[u.seatAtom] < 12 {
				sites = append(sites, u)
			}
		}
	}
	kinds := [4]string{"学校", "村委会", "广场", "文化楼"}
	fields := []string{"shelter_id", "name", "kind", "capacity", "keeper", "keeper_phone", "village", "remark"}
	return c.newTable("shelter", min(c.scale.Shelters, len(sites)), fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 184, uint64(i))
		u := sites[i]
		v := u
		if len(u.code) > 12 {
			v = u.parent
		}
		kind := random.intn(4)
		name, phone := c.person(hash(185, uint64(i)))
		return c.somewhere(u.seatAtom, random), []any{
			fmt.Sprintf("BX%s%04d", v.code[:6], i+1), v.place() + kinds[kind] + "避险点", fmt.Sprint(kind + 1), 50 * (1 + int(39*math.Pow(random.float(), 2))), name, phone, v.code, mustBe,
		}
	})
}
