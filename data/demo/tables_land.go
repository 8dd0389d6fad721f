package demo

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// land is what the land-use survey says of a parcel.
type land struct {
	shape                  orb.MultiPolygon
	code, name             string
	area, deducted, net    float64 // m²
	rate                   any     // of deduction, or nil
	slope, kind, plant     any     // codes, or nil
	owner, built           any     // codes; built may be nil
	width                  any     // metres, of long parcels, or nil
	year                   int
	id, division, villager string
}

// setSlopeBars finds the slopes that divide cropland into its five grades.
func (c *city) setSlopeBars() {
	var slopes []float32
	for _, p := range c.parcels {
		if c.settings.Classes[p.class].Code[:2] == "01" {
			slopes = append(slopes, c.parcelSlope(p))
		}
	}
	if len(slopes) == 0 {
		return
	}
	slices.Sort(slopes)
	for i, share := range [4]float64{0.35, 0.65, 0.87, 0.97} {
		c.slopeBars[i] = slopes[int(share*float64(len(slopes)-1))]
	}
}

func (c *city) parcelSlope(p *parcel) float32 { return c.slope[p.atoms[len(p.atoms)/2]] }

// survey describes a parcel.
func (c *city) survey(p *parcel) land {
	class := c.settings.Classes[p.class].Code
	members := make(map[int32]bool, len(p.atoms))
	for _, a := range p.atoms {
		members[a] = true
	}
	l := land{code: class, name: c.names["land_class"][class], year: c.settings.Year - 1}
	l.shape = c.mesh.outline(p.atoms, func(a int32) bool { return members[a] })
	l.area = round2(c.krueger.area(l.shape))
	l.id = fmt.Sprintf("%s%012d", p.village.code[:6], p.serial)
	l.division = p.village.code + "0000000"
	l.villager = p.village.name
	random := newStream(c.seed, 151, textKey(l.id))
	if random.float() < 0.02 {
		l.year++
	}
	if class[:2] == "01" {
		c.surveyCrop(&l, c.parcelSlope(p), random)
	} else if (class[:2] == "02" || class == "1104") && random.float() < 0.3 {
		l.plant = [2]string{"JKHF", "GCHF"}[random.choose([]float64{7, 3})]
	}
	l.deducted = 0
	if rate, ok := l.rate.(float64); ok {
		l.deducted = round2(l.area * rate)
	}
	l.net = round2(l.area - l.deducted)
	l.owner = c.ownerOf(class, random)
	l.built = c.builtCode(class, p)
	if class[:2] == "10" || class == "1101" || class == "1107" {
		l.width = math.Round(20*l.area/length(orb.LineString(l.shape[0][0]))) / 10
	}
	return l
}

func (c *city) surveyCrop(l *land, slope float32, random *stream) {
	grade := 1
	for _, bar := range c.slopeBars {
		if slope > bar {
			grade++
		}
	}
	l.slope = fmt.Sprint(grade)
	if grade >= 2 {
		l.rate = math.Round((0.01+0.035*float64(grade)+random.between(0, 0.015))*10000) / 10000
		l.kind = [2]string{"TT", "PD"}[random.choose([]float64{7, 3})]
	}
	l.plant = [5]string{"LS", "FLS", "LYFL", "XG", "WG"}[random.choose([]float64{70, 12, 8, 4, 6})]
}

func (c *city) ownerOf(class string, random *stream) string {
	switch {
	case class == "0702":
		return "32"
	case slices.Contains([]string{"05", "06", "07", "08", "09", "10"}, class[:2]), class == "1101", class == "1103":
		return "20"
	}
	return [4]string{"31", "32", "34", "20"}[random.choose([]float64{60, 35, 3, 2})]
}

// builtCode is the attribute of built-up land (城镇村属性码), nil elsewhere.
func (c *city) builtCode(class string, p *parcel) any {
	base := "202"
	if p.village.parent.level == "subdistrict" {
		base = "201"
	}
	switch {
	case class == "0701":
		return base
	case class == "0702":
		return "203"
	case class == "0601":
		return base + "A"
	case class == "0602":
		return "204"
	case class == "09":
		return "205"
	case class[:2] == "05", class[:2] == "08":
		if p.village.urban() {
			return base
		}
		return "203"
	}
	return nil
}

func (c *city) landTable() table {
	c.setSlopeBars()
	fields := []string{
		"bsm", "ysdm", "tbbh", "dlbm", "dlmc", "qsxz", "qsdwdm", "qsdwmc", "zldwdm", "zldwmc", "tbmj", "kcdlbm", "kcxs", "kcmj", "tbdlmj",
		"gdlx", "gdpdjb", "xztbkd", "zzsxdm", "zzsxmc", "frdbs", "czcsxm", "sjnf", "mssm", "bz",
	}
	return c.newTable("dltb", len(c.parcels), fields, func(i int) (orb.Geometry, []any) {
		p := c.parcels[i]
		l := c.survey(p)
		var deductedClass, plantName any
		if l.rate != nil {
			deductedClass = "1203"
		}
		if code, ok := l.plant.(string); ok {
			plantName = c.names["zzsx"][code]
		}
		return l.shape, []any{
			l.id, "2001010100", fmt.Sprint(p.number), l.code, l.name, l.owner, l.division, l.villager, l.division, l.villager,
			l.area, deductedClass, l.rate, l.deducted, l.net, l.kind, l.slope, l.width, l.plant, plantName, "0", l.built, l.year, "00", mustBe,
		}
	})
}

func (c *city) farmlandTable() table {
	var farms []*parcel
	for _, p := range c.parcels {
		if p.farm {
			farms = append(farms, p)
		}
	}
	fields := []string{
		"bsm", "ysdm", "xzqdm", "xzqmc", "yjjbnttbbh", "tbbh", "dlbm", "dlmc", "qsxz", "qsdwdm", "qsdwmc", "zldwdm", "zldwmc", "kcdlbm", "kcxs",
		"kcmj", "yjjbnttbmj", "yjjbntmj", "gdpdjb", "gdlx", "zzsxdm", "sjnf", "bhkssj", "wdgd", "bz",
	}
	return c.newTable("yjjbnttb", len(farms), fields, func(i int) (orb.Geometry, []any) {
		p := farms[i]
		l := c.survey(p)
		var deductedClass any
		if l.rate != nil {
			deductedClass = "1203"
		}
		stable := "1"
		if fraction(hash(c.seed, 152, textKey(l.id))) > 0.95 {
			stable = "0"
		}
		county := p.village.parent.parent
		return l.shape, []any{
			l.id, "2005010300", county.code, county.name, fmt.Sprintf("%s%08d", county.code, i+1), fmt.Sprint(p.number), l.code, l.name, l.owner,
			l.division, l.villager, l.division, l.villager, deductedClass, l.rate, l.deducted, l.area, l.net, l.slope, l.kind, l.plant, l.year, "20221110", stable, mustBe,
		}
	})
}

func (c *city) redlineTable() table {
	kinds := [4]string{"水源涵养", "水土保持", "生物多样性维护", "水土流失控制"}
	fields := []string{"bsm", "ysdm", "xjxzqdm", "sjxzqmc", "xjxzqmc", "hxmc", "lhlx", "mj", "slsj", "bz"}
	return c.newTable("stbhhx", len(c.redlines), fields, func(i int) (orb.Geometry, []any) {
		atoms := c.redlines[i]
		members := make(map[int32]bool, len(atoms))
		for _, a := range atoms {
			members[a] = true
		}
		shape := c.mesh.outline(atoms, func(a int32) bool { return members[a] })
		town := c.towns[c.town[atoms[len(atoms)/2]]]
		county := town.parent
		kind := kinds[hash(c.seed, 153, uint64(i))%4]
		return shape, []any{
			fmt.Sprintf("%s%012d", county.code, i+1), "2003010100", county.code, "云浮市", county.name,
			town.place() + kind + "生态保护红线", kind, round2(c.krueger.area(shape)), "20221110", mustBe,
		}
	})
}

func (c *city) growthTable() table {
	fields := []string{"bsm", "ysdm", "xzqdm", "xzqmc", "ghfqdm", "ghfqmc", "mj", "bz"}
	return c.newTable("czkfbj", len(c.growth), fields, func(i int) (orb.Geometry, []any) {
		atoms := c.growth[i]
		members := make(map[int32]bool, len(atoms))
		for _, a := range atoms {
			members[a] = true
		}
		shape := c.mesh.outline(atoms, func(a int32) bool { return members[a] })
		town := c.towns[c.town[atoms[0]]]
		zone := fmt.Sprint(c.line[atoms[0]])
		return shape, []any{
			fmt.Sprintf("%s%012d", town.parent.code, i+1), "2003020100", town.code, town.name,
			zone, c.names["growth_zone"][zone], round2(c.krueger.area(shape)), mustBe,
		}
	})
}

// violationTable puts small uneven plots on farmland (a quarter of them) and on
// other open land.
func (c *city) violationTable() table {
	var farm, open []*parcel
	for _, p := range c.parcels {
		code := c.settings.Classes[p.class].Code[:2]
		if p.farm {
			farm = append(farm, p)
		} else if code == "01" || code == "02" || code == "03" {
			open = append(open, p)
		}
	}
	fields := []string{"wfxwzj", "wfdkxh", "xzqdm", "tblx", "sdl", "mj", "zynt", "qssj", "gxzt", "bz"}
	return c.newTable("wfdk", c.scale.Violations, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 154, uint64(i))
		from := open
		if i%4 == 0 && len(farm) > 0 || len(open) == 0 {
			from = farm
		}
		p := from[random.intn(len(from))]
		shape := blob(c.mesh.centre(p.atoms[0]), random.between(0.15, 0.4)*c.mesh.edge, random.between(1, 1.4), random.between(0, 3), random.next())
		area := round2(c.krueger.area(orb.MultiPolygon{shape}))
		taken := 0.0
		if p.farm {
			taken = area
		}
		day := time.Date(c.settings.Year, time.Month(1+random.intn(12)), 1+random.intn(28), 0, 0, 0, 0, time.UTC)
		return shape, []any{
			fmt.Sprintf("WF%s%08d", p.village.code, i+1), fmt.Sprint(i + 1), p.village.code, [4]string{"DT", "TD", "DL1", "GF"}[random.choose([]float64{50, 25, 15, 10})],
			"农用地", area, taken, day, fmt.Sprint(1 + random.intn(4)), mustBe,
		}
	})
}

func (c *city) mineTable() table {
	minerals := map[string][]string{
		"445302": {"硫铁矿", "饰面用大理岩", "建筑用花岗岩"}, "445303": {"硫铁矿", "水泥用石灰岩", "建筑用灰岩"},
		"445321": {"水泥用石灰岩", "建筑用花岗岩"}, "445322": {"建筑用花岗岩", "陶瓷土"}, "445381": {"水泥用石灰岩", "锡矿", "建筑用花岗岩"},
	}
	var pits []*parcel
	for _, p := range c.parcels {
		if code := c.settings.Classes[p.class].Code; code == "0602" || code == "1207" || code == "1206" {
			pits = append(pits, p)
		}
	}
	if len(pits) == 0 {
		pits = c.parcels
	}
	return c.newTable("mineral_site", c.scale.Mines, []string{"permit_no", "name", "mineral", "area_km2", "valid_from", "valid_to", "state", "county", "remark"}, func(i int) (orb.Geometry, []any) {
		p := pits[(i*397)%len(pits)]
		random := newStream(c.seed, 155, uint64(i))
		county := p.village.parent.parent
		list := minerals[county.code]
		mineral := list[random.intn(len(list))]
		from := time.Date(2012+random.intn(11), time.Month(1+random.intn(12)), 1, 0, 0, 0, 0, time.UTC)
		at := c.mesh.centre(p.atoms[0])
		at[0] += random.between(-0.3, 0.3) * c.mesh.edge
		return millimetres(at), []any{
			fmt.Sprintf("C%s%09d", county.code, i+1), p.village.place() + mineral + "矿", mineral, math.Round(random.between(2, 90)) / 100,
			from, from.AddDate(5+random.intn(15), 0, 0), fmt.Sprint(1 + random.choose([]float64{70, 15, 10, 5})), county.code, mustBe,
		}
	})
}
