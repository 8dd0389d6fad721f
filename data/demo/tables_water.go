package demo

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// coveredPart returns the stretches of a line within the covered towns, cut at
// vertices, with the town of each. cutTowns also cuts where the town changes.
func (c *city) coveredPart(line orb.LineString, cutTowns bool) (parts []orb.LineString, towns []*unit) {
	var open orb.LineString
	last := int32(-1)
	flush := func() {
		if len(open) > 1 {
			parts, towns = append(parts, open), append(towns, c.towns[last])
		}
		open = nil
	}
	for _, p := range line {
		town := int32(-1)
		if atom := c.mesh.at(p); atom != noAtom && c.active[c.town[atom]] {
			town = c.town[atom]
		}
		if open != nil && town >= 0 && (town == last || !cutTowns) {
			open = append(open, p)
			if town != last && !cutTowns {
				continue
			}
			last = town
			continue
		}
		if open != nil && town >= 0 {
			open = append(open, p) // the next stretch starts in the same vertex
		}
		flush()
		if town >= 0 {
			open, last = orb.LineString{p}, town
		}
	}
	flush()
	return parts, towns
}

func (c *city) riverTable() table {
	type reach struct {
		of   *river
		line orb.LineString
	}
	var reaches []reach
	for _, r := range c.rivers {
		parts, _ := c.coveredPart(r.line, false)
		if r.level <= 2 && len(parts) > 0 {
			parts = []orb.LineString{r.line} // main rivers are drawn whole, also along the border
		}
		for _, part := range parts {
			reaches = append(reaches, reach{r, part})
		}
	}
	return c.newTable("river", len(reaches), []string{"river_id", "name", "level", "length_km", "basin", "mean_width_m", "remark"}, func(i int) (orb.Geometry, []any) {
		r := reaches[i]
		basin := r.of
		for basin.into != nil && basin.level > 2 {
			basin = basin.into
		}
		return r.line, []any{fmt.Sprintf("%s-%d", r.of.id, i+1), r.of.name, r.of.level, round2(length(r.line) / 1000), basin.name, math.Round(r.of.width), mustBe}
	})
}

func (c *city) chiefTable() table {
	type stretch struct {
		of   *river
		town *unit
		line orb.LineString
	}
	var all []stretch
	for _, r := range c.rivers {
		parts, towns := c.coveredPart(r.line, true)
		for i, part := range parts {
			for len(part) > 30 && r.level > 2 { // village stretches of some 2 km
				all = append(all, stretch{r, towns[i], part[:20]})
				part = part[19:]
			}
			all = append(all, stretch{r, towns[i], part})
		}
	}
	all = all[:min(len(all), c.scale.ChiefSegments)]
	fields := []string{"seg_code", "seg_name", "river", "tier", "chief_name", "chief_phone", "patrols_month", "length_km", "town", "remark"}
	return c.newTable("river_chief_segment", len(all), fields, func(i int) (orb.Geometry, []any) {
		s := all[i]
		tier := min(5, s.of.level+1)
		name, phone := c.person(hash(171, uint64(i)))
		return s.line, []any{
			fmt.Sprintf("HZ%s%05d", s.town.code, i+1), fmt.Sprintf("%s%s段%d", s.of.name, s.town.place(), i+1), s.of.name, fmt.Sprint(tier), name, phone,
			tier - 1, round2(length(s.line) / 1000), s.town.code, mustBe,
		}
	})
}

// waterTable holds the river surfaces of each town, the reservoirs and the
// larger ponds.
func (c *city) waterTable() table {
	type body struct {
		name, kind string
		atoms      []int32
	}
	var bodies []body
	river, pond := c.classIndex("1101"), c.classIndex("1104")
	s := newSplitter(c.mesh, nil, 0)
	with := func(class uint8) [][]int32 {
		var atoms []int32
		for _, a := range c.covered {
			if c.class[a] == class {
				atoms = append(atoms, a)
			}
		}
		return s.pieces(atoms, func(a, b int32) bool { return c.class[b] == class && c.town[a] == c.town[b] && c.village[b] >= 0 })
	}
	for _, piece := range with(river) {
		name, best := "", math.Inf(1)
		p := c.mesh.centre(piece[len(piece)/2])
		for _, r := range c.rivers {
			if _, d := nearestVertex(r.line, p); d-r.width < best {
				name, best = r.name, d-r.width
			}
		}
		bodies = append(bodies, body{name, "river", piece})
	}
	for _, r := range c.reservoirs {
		if c.active[r.town.index] {
			bodies = append(bodies, body{r.name, "reservoir", r.atoms})
		}
	}
	ponds := with(pond)
	slices.SortStableFunc(ponds, func(a, b []int32) int { return len(b) - len(a) })
	for _, piece := range ponds[:min(len(ponds), c.scale.Ponds)] {
		bodies = append(bodies, body{c.villages[c.village[piece[0]]].place() + "塘", "pond", piece})
	}
	return c.newTable("water_body", len(bodies), []string{"water_id", "name", "kind", "area_km2", "remark"}, func(i int) (orb.Geometry, []any) {
		b := bodies[i]
		shape := c.standShape(&stand{atoms: b.atoms})
		return shape, []any{fmt.Sprintf("SY%06d", i+1), b.name, b.kind, math.Round(c.krueger.area(shape)) / 1e6, mustBe}
	})
}

func (c *city) coveredReservoirs() []*reservoir {
	var list []*reservoir
	for _, r := range c.reservoirs {
		if c.active[r.town.index] {
			list = append(list, r)
		}
	}
	return list
}

func (c *city) reservoirTable() table {
	list := c.coveredReservoirs()
	fields := []string{
		"res_code", "res_name", "res_loc", "county", "res_type", "eng_grad", "eng_scal", "eng_stat", "comp_date", "wat_shed_area", "tot_cap", "ben_res_cap", "dead_cap",
		"flco_cap", "norm_wat_lev", "norm_pool_stag_cap", "fl_low_lim_lev", "dead_lev", "des_flo_lev", "che_flo_lev", "main_dam_top_elev", "main_dam_max_heig",
		"main_dam_top_len", "safety_conclusion", "adm_dep", "remark",
	}
	return c.newTable("reservoir", len(list), fields, func(i int) (orb.Geometry, []any) {
		r := list[i]
		shape := c.standShape(&stand{atoms: r.atoms})
		random := newStream(c.seed, 172, textKey(r.code))
		low, high := 12.0, 95.0 // total capacity, 10⁴ m³
		switch r.scale {
		case "3":
			low, high = 1050, 5900
		case "4":
			low, high = 105, 950
		}
		total := round2(low * math.Pow(high/low, random.float()))
		shed := round2(total / 300 * random.between(0.8, 1.6))
		if r.name == "金银河水库" {
			total, shed = 5538, 18
		}
		dead, useful := round2(total*0.06), round2(total*random.between(0.58, 0.66))
		base := math.Round(float64(c.elevation[r.atoms[0]]))
		depth := math.Round(10*(6+5*math.Log10(total))) / 10
		safety := [3]string{"1", "2", "3"}[random.choose([]float64{20, 65, 15})]
		return shape, []any{
			r.code, r.name, r.county.name + r.town.name, r.county.code, "1", r.scale, r.scale, "2", time.Date(1956+random.intn(25), time.Month(1+random.intn(12)), 1, 0, 0, 0, 0, time.UTC),
			shed, total, useful, dead, round2(total * 0.25), base + depth, round2(dead + useful), base + depth - 0.5, base + math.Round(depth*2)/10,
			base + depth + 1.2, base + depth + 2, base + depth + 3.1, depth + 4, math.Round(60 + 8*depth), safety, "水利部门", mustBe,
		}
	})
}

// onWater returns a point on a covered stream, and the stream.
func (c *city) onWater(lines []*river, random *stream) (orb.Point, *river, *unit) {
	for {
		r := lines[random.intn(len(lines))]
		p := r.line[random.intn(len(r.line))]
		if atom := c.mesh.at(p); atom != noAtom && c.active[c.town[atom]] {
			return p, r, c.towns[c.town[atom]]
		}
	}
}

// wetLines are the rivers with a vertex in the covered towns.
func (c *city) wetLines() []*river {
	var lines []*river
	for _, r := range c.rivers {
		if parts, _ := c.coveredPart(r.line, false); len(parts) > 0 {
			lines = append(lines, r)
		}
	}
	return lines
}

func (c *city) worksTables() []table {
	lines := c.wetLines()
	built := func(random *stream) time.Time {
		return time.Date(1958+random.intn(55), time.Month(1+random.intn(12)), 1, 0, 0, 0, 0, time.UTC)
	}
	sluices := c.newTable("sluice", c.scale.Sluices, []string{"waga_code", "waga_name", "waga_type", "eng_scal", "des_lock_disc", "gate_count", "comp_date", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 173, uint64(i))
		p, r, town := c.onWater(lines, random)
		flow := round2(5 * math.Pow(60, random.float()))
		scale := "5"
		if flow >= 100 {
			scale = "3"
		} else if flow >= 20 {
			scale = "4"
		}
		return p, []any{fmt.Sprintf("HP007%s%07d", town.parent.code, i+1), town.place() + r.name + "水闸", fmt.Sprint(1 + random.intn(3)), scale, flow, 1 + random.intn(6), built(random), town.parent.code, mustBe}
	})
	plants := c.newTable("hydropower_station", c.scale.Hydropower, []string{"hyst_code", "hyst_name", "tot_ins_cap", "eng_scal", "eco_flow_ok", "comp_date", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 174, uint64(i))
		p, r, town := c.onWater(lines, random)
		power := math.Round(100 * math.Pow(60, random.float())) // kW
		return p, []any{fmt.Sprintf("HP003%s%07d", town.parent.code, i+1), fmt.Sprintf("%s%s%d级电站", town.place(), r.name, 1+i%4), power, "5", random.float() < 0.9, built(random), town.parent.code, mustBe}
	})
	return []table{sluices, plants, c.dikeTable(lines)}
}

func (c *city) dikeTable(lines []*river) table {
	var long []*river
	for _, r := range lines {
		if r.level <= 3 {
			long = append(long, r)
		}
	}
	if len(long) == 0 {
		long = lines
	}
	return c.newTable("dike", c.scale.Dikes, []string{"dike_code", "dike_name", "dike_grad", "return_years", "dike_len", "dike_top_elev", "river", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 175, uint64(i))
		_, r, _ := c.onWater(long, random)
		parts, towns := c.coveredPart(r.line, true)
		k := random.intn(len(parts))
		part, side := parts[k], r.width/2+30
		if i%2 == 1 {
			side = -side
		}
		town := towns[k]
		from := random.intn(max(1, len(part)-8))
		line := offset(part[from:min(len(part), from+8)], side)
		years, grade := 10, "5"
		if r.level <= 2 {
			years, grade = [2]int{20, 30}[i%2], [2]string{"4", "3"}[i%2]
		}
		top := 10.0
		if atom := c.mesh.at(line[0]); atom != noAtom {
			top = round2(float64(c.elevation[atom]) + 5)
		}
		return line, []any{fmt.Sprintf("HP005%s%07d", town.parent.code, i+1), fmt.Sprintf("%s%s堤%d", town.place(), r.name, i+1), grade, years, round2(length(line)), top, r.name, town.parent.code, mustBe}
	})
}

// offset shifts a line sideways, to the left for positive metres.
func offset(line orb.LineString, metres float64) orb.LineString {
	shifted := make(orb.LineString, len(line))
	for i, p := range line {
		a, b := line[max(0, i-1)], line[min(len(line)-1, i+1)]
		dx, dy := b[0]-a[0], b[1]-a[1]
		d := max(1e-9, math.Hypot(dx, dy))
		shifted[i] = millimetres(orb.Point{p[0] - metres*dy/d, p[1] + metres*dx/d})
	}
	return shifted
}

// districtTables holds irrigation districts below reservoirs and waterlogging
// areas beside the main rivers, as the low land of whole towns or parts of them.
func (c *city) districtTables() []table {
	low := func(atom int32, limit float32) bool {
		return c.slope[atom] < 7 && c.toStream[atom] < limit && c.line[atom] != redLine
	}
	lakes := c.coveredReservoirs()
	slices.SortStableFunc(lakes, func(a, b *reservoir) int { return len(b.atoms) - len(a.atoms) })
	watered := c.lowLand(c.scale.Irrigation, func(a int32) bool {
		code := c.classCode(a)[:2]
		return low(a, 1600) && (code == "01" || code == "02" || code == "11" || code == "12")
	})
	irrigation := c.newTable("irrigation_district", len(watered), []string{"irr_code", "irr_name", "eng_scal", "des_irr_area", "eff_irr_area", "source_res", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		shape := c.standShape(&stand{atoms: watered[i]})
		town := c.towns[c.town[watered[i][0]]]
		mu := c.krueger.area(shape) / 666.67 / 10000 // 10⁴亩
		scale := "5"
		if mu >= 0.5 {
			scale = "4"
		}
		var source any
		for _, r := range lakes {
			if r.town == town {
				source = r.code
				break
			}
		}
		return shape, []any{fmt.Sprintf("HP009%s%07d", town.parent.code, i+1), fmt.Sprintf("%s灌区%d", town.place(), i+1), scale, round2(mu), round2(mu * 0.85), source, town.parent.code, mustBe}
	})
	wet := c.lowLand(c.scale.Waterlogging, func(a int32) bool { return low(a, 900) && c.elevation[a] < 70 && c.class[a] != c.classIndex("1101") })
	logging := c.newTable("waterlogging_area", len(wet), []string{"wlog_code", "wlog_name", "eng_scal", "area_km2", "des_std_years", "river", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		shape := c.standShape(&stand{atoms: wet[i]})
		town := c.towns[c.town[wet[i][0]]]
		return shape, []any{fmt.Sprintf("HP010%s%07d", town.parent.code, i+1), fmt.Sprintf("%s涝区%d", town.place(), i+1), "5", round2(c.krueger.area(shape) / 1e6), 10, "西江", town.parent.code, mustBe}
	})
	return []table{irrigation, logging}
}

// lowLand returns the n largest connected pieces, each in one town, of the
// covered atoms that suit.
func (c *city) lowLand(n int, suits func(int32) bool) [][]int32 {
	var atoms []int32
	for _, a := range c.covered {
		if suits(a) {
			atoms = append(atoms, a)
		}
	}
	s := newSplitter(c.mesh, nil, 0)
	pieces := s.pieces(atoms, func(a, b int32) bool { return c.village[b] >= 0 && c.town[a] == c.town[b] && suits(b) })
	slices.SortStableFunc(pieces, func(a, b []int32) int { return len(b) - len(a) })
	return pieces[:min(n, len(pieces))]
}

func (c *city) stationTable() table {
	lines, lakes := c.wetLines(), c.coveredReservoirs()
	fields := []string{"stcd", "stnm", "sttp", "rvnm", "wrz", "grz", "warning", "addvcd", "remark"}
	return c.newTable("hydrological_station", c.scale.Stations, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 176, uint64(i))
		code, level := fmt.Sprintf("8%07d", 1000+i), fmt.Sprint(random.choose([]float64{88, 6, 4, 2}))
		if share := float64(i) / float64(c.scale.Stations); share < 0.48 {
			atom := c.covered[random.intn(len(c.covered))]
			town := c.towns[c.town[atom]]
			return c.somewhere(atom, random), []any{code, fmt.Sprintf("%s雨量站%d", town.place(), i+1), "PP", nil, nil, nil, "0", town.code, mustBe}
		} else if share >= 0.6 && len(lakes) > 0 {
			r := lakes[i%len(lakes)]
			return millimetres(c.mesh.centre(r.atoms[0])), []any{code, r.name + "站", "RR", r.on.name, nil, nil, level, r.town.code, mustBe}
		}
		p, r, town := c.onWater(lines, random)
		warn := 8.0
		if atom := c.mesh.at(p); atom != noAtom {
			warn = round2(float64(c.elevation[atom]) + 3)
		}
		return p, []any{code, town.place() + r.name + "站", [2]string{"ZZ", "ZQ"}[i%2], r.name, warn, warn + 1.5, level, town.code, mustBe}
	})
}

// waterTables are the layers of the water department's database.
func (c *city) waterTables() []table {
	tables := append([]table{c.waterTable(), c.riverTable(), c.reservoirTable()}, c.worksTables()...)
	return append(append(tables, c.districtTables()...), c.chiefTable())
}
