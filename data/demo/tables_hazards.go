package demo

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// hazard is a geological hazard point on a slope next to houses.
type hazard struct {
	id, kind, name string
	at             orb.Point
	atom           int32
	village        *unit
	people         int
}

// findHazards picks the slopes that look down on hamlets, the steepest first
// among many, so that hazards lie apart.
func (c *city) findHazards() []hazard {
	var slopes []int32
	for _, a := range c.covered {
		if c.slope[a] < 5 || c.classCode(a) == "0702" || c.line[a] == growthCore {
			continue
		}
		for k := range 6 {
			if n := c.mesh.neighbour(a, k); n != noAtom && c.village[n] >= 0 && c.classCode(n) == "0702" {
				slopes = append(slopes, a)
				break
			}
		}
	}
	steep := func(a int32) float64 {
		return float64(c.slope[a]) + 14*fraction(hash(c.seed, 191, uint64(a)))
	}
	slices.SortStableFunc(slopes, func(a, b int32) int {
		if steep(a) > steep(b) {
			return -1
		}
		return 1
	})
	if len(slopes) == 0 {
		slopes = c.covered
	}
	kinds := [5]string{"02", "01", "00", "04", "03"}
	serial := map[string]int{}
	hazards := make([]hazard, min(c.scale.Hazards, len(slopes)))
	for i := range hazards {
		random := newStream(c.seed, 192, uint64(i))
		atom := slopes[i]
		h := hazard{atom: atom, village: c.villages[c.village[atom]], at: c.somewhere(atom, random)}
		h.kind = kinds[random.choose([]float64{48, 36, 10, 5, 1})]
		key := h.village.code[:6] + h.kind
		serial[key]++
		h.id = fmt.Sprintf("%s%04d", key, serial[key])
		h.name = h.village.parent.place() + h.village.place() + c.names["geohazard_kind"][h.kind]
		h.people = max(2, int(12*math.Exp(1.05*random.normal())))
		hazards[i] = h
	}
	return hazards
}

// dangerGrade grades by people to move and loss in 10⁴ yuan; either suffices.
func dangerGrade(people int, loss float64) string {
	switch {
	case people >= 1000 || loss >= 10000:
		return "1"
	case people >= 500 || loss >= 5000:
		return "2"
	case people >= 100 || loss >= 500:
		return "3"
	}
	return "4"
}

func (c *city) hazardTables() []table {
	hazards := c.findHazards()
	fields := []string{
		"hazard_id", "name", "place", "kind", "scale", "threatened_households", "threatened_people", "threatened_wan", "danger_grade", "stability",
		"cause", "monitoring", "keeper", "keeper_phone", "state", "village", "remark",
	}
	points := c.newTable("geohazard_point", len(hazards), fields, func(i int) (orb.Geometry, []any) {
		h := hazards[i]
		random := newStream(c.seed, 193, uint64(i))
		loss := round2(float64(h.people) * random.between(3, 5))
		name, phone := c.person(hash(194, uint64(i)))
		return h.at, []any{
			h.id, h.name, h.village.parent.name + h.village.name, h.kind, "4", max(1, h.people*10/33), h.people, loss, dangerGrade(h.people, loss),
			[3]string{"1", "2", "3"}[random.choose([]float64{20, 55, 25})], [2]string{"降雨", "切坡建房"}[random.intn(2)], "群测群防", name, phone,
			[3]string{"1", "2", "3"}[random.choose([]float64{60, 25, 15})], h.village.code, mustBe,
		}
	})
	return []table{points, c.riskTable(hazards), c.floodTable(), c.shelterTable()}
}

// riskTable draws a zone round every hazard and further ones beside them.
func (c *city) riskTable(hazards []hazard) table {
	fields := []string{"zone_id", "name", "risk", "kind", "hazard_id", "households", "people", "area_m2", "village", "remark"}
	index := map[[2]int][]*building{}
	square := func(p orb.Point) [2]int { return [2]int{int(p[0] / 500), int(p[1] / 500)} }
	for _, b := range c.buildings {
		s := square(c.mesh.centre(b.atom))
		index[s] = append(index[s], b)
	}
	return c.newTable("geohazard_zone", c.scale.HazardZones, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 195, uint64(i))
		h := hazards[i%len(hazards)]
		at, id := h.at, any(h.id)
		if i >= len(hazards) { // a further zone on the same slopes
			at, id = orb.Point{at[0] + 500*random.normal(), at[1] + 500*random.normal()}, nil
			if a := c.mesh.at(at); a == noAtom || c.village[a] < 0 {
				at = h.at
			}
		}
		shape := blob(at, 56*math.Pow(4.2, random.float()), random.between(1, 1.3), random.between(0, 3), random.next())
		houses := 0
		s := square(at)
		for x := -1; x <= 1; x++ {
			for y := -1; y <= 1; y++ {
				for _, b := range index[[2]int{s[0] + x, s[1] + y}] {
					if ground, _ := c.footprint(b); ringHolds(shape[0], ground[0][0]) {
						houses++
					}
				}
			}
		}
		risk := [4]string{"4", "3", "2", "1"}[random.choose([]float64{5, 20, 40, 35})]
		return shape, []any{
			fmt.Sprintf("FX%s%05d", h.village.code[:6], i+1), fmt.Sprintf("%s风险区%d", h.village.place(), i+1), risk, h.kind, id, houses, int(float64(houses) * 3.32),
			round2(c.krueger.area(orb.MultiPolygon{shape})), h.village.code, mustBe,
		}
	})
}

// floods are the reaches of floods: return period in years, metres from water,
// risk level and greatest depth.
var floods = [4]struct {
	years int
	reach float32
	risk  string
	depth float64
}{{5, 160, "4", 3.5}, {10, 300, "3", 2.4}, {20, 520, "2", 1.5}, {50, 800, "1", 0.8}}

// floodTable floods the low land along water; rarer floods hold the more
// frequent ones.
func (c *city) floodTable() table {
	type zone struct {
		flood int
		atoms []int32
	}
	var zones []zone
	for i, f := range floods {
		reach := max(f.reach, float32(c.mesh.spacing())*float32(i+1)*0.6)
		for _, piece := range c.lowLand(c.scale.FloodZones/4, func(a int32) bool { return c.toStream[a] <= reach && c.slope[a] < 8 && c.elevation[a] < 120 }) {
			zones = append(zones, zone{i, piece})
		}
	}
	return c.newTable("flood_risk_zone", len(zones), []string{"zone_id", "risk", "return_years", "depth_m", "river", "area_m2", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		z := zones[i]
		f := floods[z.flood]
		shape := c.standShape(&stand{atoms: z.atoms})
		p := c.mesh.centre(z.atoms[len(z.atoms)/2])
		name, best := "", math.Inf(1)
		for _, r := range c.rivers {
			if _, d := nearestVertex(r.line, p); d-r.width < best {
				name, best = r.name, d-r.width
			}
		}
		county := c.towns[c.town[z.atoms[0]]].parent
		return shape, []any{fmt.Sprintf("HL%s%05d", county.code, i+1), f.risk, f.years, f.depth, name, round2(c.krueger.area(shape)), county.code, mustBe}
	})
}
