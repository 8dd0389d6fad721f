package demo

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/paulmach/orb"
)

// species are the dominant trees with their share of the forest in percent,
// and the ages in years at which they end being young, middle-aged, near mature
// and mature.
var species = [...]struct {
	code    string
	percent float64
	ages    [4]int
	oldest  int
}{
	{"220", 28, [4]int{10, 20, 30, 50}, 58},
	{"560", 22, [4]int{2, 4, 5, 8}, 10},
	{"310", 15, [4]int{10, 20, 25, 35}, 40},
	{"420", 9, [4]int{40, 60, 80, 120}, 90},
	{"490", 6, [4]int{40, 60, 80, 120}, 90},
	{"430", 5, [4]int{40, 60, 80, 120}, 90},
	{"610", 7, [4]int{2, 4, 5, 7}, 9},
	{"350", 3, [4]int{10, 20, 30, 50}, 45},
	{"710", 3, [4]int{5, 10, 15, 20}, 25},
	{"720", 2, [4]int{5, 10, 20, 30}, 40},
}

// trees describes the trees of a sub-compartment.
type trees struct {
	species, origin, age, use      string
	class                          string // 6-digit forest land class
	years                          int
	closure, girth, height, perHM2 float64 // share, cm, m, m³/hm²
	stems                          int
	category, authority, gylGrade  any
	slope, elevation               int
	aspect, position, landform     string
}

// treesOf describes a sub-compartment; the same one always alike.
func (c *city) treesOf(s *stand) trees {
	atom := s.atoms[len(s.atoms)/2]
	random := newStream(c.seed, 161, textKey(s.village.code), uint64(s.number))
	p := c.mesh.centre(atom)
	weights := make([]float64, len(species))
	for i := range species {
		// woods of one kind lie together
		weights[i] = species[i].percent * math.Exp(3*noise{hash(c.seed, 162, uint64(i)), 6000, 2}.at(p[0], p[1]))
	}
	if c.classCode(atom) == "0302" {
		weights = []float64{0, 0, 0, 0, 0, 0, 1, 0, 0, 0}
	}
	kind := species[random.choose(weights)]
	t := trees{species: kind.code, years: 1 + random.intn(kind.oldest), class: "030100"}
	group := 1
	for _, limit := range kind.ages {
		if t.years > limit {
			group++
		}
	}
	t.age = fmt.Sprint(group)
	grown := float64(t.years) / float64(kind.ages[3])
	t.closure = round2(0.2 + 0.75*math.Sqrt(random.float())*(0.6+0.4*min(1, grown)))
	t.girth = math.Round(10*(4+22*math.Sqrt(grown)*random.between(0.8, 1.2))) / 10
	t.height = math.Round(10*(2+15*math.Sqrt(grown)*random.between(0.8, 1.2))) / 10
	t.perHM2 = round2(150 * grown * t.closure * random.between(0.7, 1.3))
	t.stems = int(2600 / (1 + 1.2*grown) * t.closure)
	t.origin = c.originOf(kind.code, random)
	if kind.code == "610" {
		t.class, t.age = "030200", fmt.Sprint(min(3, group))
	} else if c.classCode(atom) == "0305" {
		t.class = "030302"
	}
	c.rank(&t, s.welfare, random)
	c.siteTrees(&t, atom, p)
	return t
}

func (c *city) originOf(code string, random *stream) string {
	planted := 0.15
	switch code {
	case "560", "310", "350", "710", "720":
		planted = 1
	case "220":
		planted = 0.5
	}
	if random.float() < planted {
		return "21"
	}
	return "11"
}

// rank gives category, authority and use.
func (c *city) rank(t *trees, welfare bool, random *stream) {
	if !welfare {
		t.category = [2]string{"21", "22"}[random.choose([]float64{3, 7})]
		t.use = "233"
		switch t.species {
		case "560":
			t.use = "231"
		case "710":
			t.use = "254"
		case "720":
			t.use = "251"
		}
		return
	}
	t.category = [2]string{"11", "12"}[random.choose([]float64{4, 6})]
	t.use = [4]string{"111", "112", "125", "127"}[random.choose([]float64{50, 35, 8, 7})]
	t.authority = [4]string{"10", "21", "22", "23"}[random.choose([]float64{35, 45, 10, 10})]
	if t.authority == "10" {
		t.gylGrade = [2]string{"1", "2"}[random.choose([]float64{3, 7})]
	}
}

func (c *city) siteTrees(t *trees, atom int32, p orb.Point) {
	t.slope, t.elevation = int(c.slope[atom]), max(20, int(c.elevation[atom]))
	east, north := 0.0, 0.0
	for k := range 6 {
		if n := c.mesh.neighbour(atom, k); n != noAtom {
			q, fall := c.mesh.centre(n), float64(c.elevation[atom]-c.elevation[n])
			east, north = east+fall*(q[0]-p[0]), north+fall*(q[1]-p[1])
		}
	}
	t.aspect = "9"
	if t.slope >= 3 {
		azimuth := math.Mod(math.Atan2(east, north)*180/math.Pi+360+22.5, 360)
		t.aspect = fmt.Sprint(1 + int(azimuth/45))
	}
	t.position = fmt.Sprint(min(5, 1+int(float64(c.toStream[atom])/400)))
	t.position = map[string]string{"1": "5", "2": "4", "3": "3", "4": "2", "5": "1"}[t.position]
	t.landform = "5"
	switch {
	case t.elevation >= 1000:
		t.landform = "3"
	case t.elevation >= 200 || t.slope >= 18:
		t.landform = "4"
	case t.slope < 3 && t.elevation < 80:
		t.landform = "6"
	}
}

func (c *city) standShape(s *stand) orb.MultiPolygon {
	members := make(map[int32]bool, len(s.atoms))
	for _, a := range s.atoms {
		members[a] = true
	}
	return c.mesh.outline(s.atoms, func(a int32) bool { return members[a] })
}

func (c *city) forestTable() table {
	fields := []string{
		"sheng", "xian", "xiang", "cun", "lin_ban", "xiao_ban", "mian_ji", "xbmj", "di_lei", "gllx", "di_mao", "po_xiang", "po_wei", "po_du", "hai_ba",
		"tu_ceng_hd", "ld_qs", "lm_qs", "lin_zhong", "qi_yuan", "sen_lin_lb", "shi_quan_d", "gjgyl_bhdj", "you_shi_sz", "ling_zu", "pj_nl",
		"yu_bi_du", "pingjun_xj", "pj_sg", "huo_lmgqxj", "xb_xj", "mei_gq_zs", "bh_dj", "remark",
	}
	return c.newTable("forest_subcompartment", len(c.stands), fields, func(i int) (orb.Geometry, []any) {
		s := c.stands[i]
		t := c.treesOf(s)
		shape := c.standShape(s)
		area := round2(c.krueger.area(shape))
		hectares := math.Round(area) / 10000
		grade := "3"
		if s.welfare {
			grade = "2"
		}
		v := s.village.code
		return shape, []any{
			v[:2], v[:6], v[:9], v, fmt.Sprintf("%04d", s.compart), fmt.Sprintf("%05d", s.number), hectares, area, t.class, "10", t.landform, t.aspect, t.position,
			t.slope, t.elevation, 40 + 10*(s.number%8), "20", "30", t.use, t.origin, t.category, t.authority, t.gylGrade, t.species, t.age, t.years,
			t.closure, t.girth, t.height, t.perHM2, round2(hectares * t.perHM2), t.stems, grade, mustBe,
		}
	})
}

// welfareTable joins public-welfare sub-compartments that touch within a
// village and are of one category and authority.
func (c *city) welfareTable() table {
	kindOf := make([]uint16, c.mesh.size()) // by atom: category and authority; 0 is none
	var members []int32
	kinds := [][3]any{{}}
	for _, s := range c.stands {
		if !s.welfare {
			continue
		}
		t := c.treesOf(s)
		kind := [3]any{t.category, t.authority, t.gylGrade}
		at := slices.Index(kinds, kind)
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, kind)
		}
		for _, a := range s.atoms {
			kindOf[a] = uint16(at)
		}
		members = append(members, s.atoms...)
	}
	s := newSplitter(c.mesh, nil, 0)
	pieces := s.pieces(members, func(a, b int32) bool { return kindOf[a] == kindOf[b] && c.village[a] == c.village[b] })
	fields := []string{"gyl_id", "xian", "xiang", "cun", "sen_lin_lb", "shi_quan_d", "gjgyl_bhdj", "lin_zhong", "mian_ji", "jd_nd", "remark"}
	return c.newTable("public_welfare_forest", len(pieces), fields, func(i int) (orb.Geometry, []any) {
		shape := c.standShape(&stand{atoms: pieces[i]})
		v := c.villages[c.village[pieces[i][0]]].code
		kind := kinds[kindOf[pieces[i][0]]]
		return shape, []any{
			fmt.Sprintf("GYL%s%06d", v[:6], i+1), v[:6], v[:9], v, kind[0], kind[1], kind[2], [2]string{"111", "112"}[i%2],
			math.Round(c.krueger.area(shape)) / 10000, 2020 + i%3, mustBe,
		}
	})
}

// somewhere returns a point inside an atom, the same for the same keys.
func (c *city) somewhere(atom int32, random *stream) orb.Point {
	p, reach := c.mesh.centre(atom), c.mesh.edge*0.5
	angle, r := 2*math.Pi*random.float(), reach*math.Sqrt(random.float())
	return millimetres(orb.Point{p[0] + r*math.Cos(angle), p[1] + r*math.Sin(angle)})
}

func (c *city) treeTable() table {
	_, villages := c.coveredUnits()
	kinds := [4]string{"榕树", "樟树", "荔枝", "木棉"}
	fields := []string{"tree_id", "species", "age", "grade", "height_m", "girth_cm", "crown_m", "village", "place", "remark"}
	return c.newTable("ancient_tree", c.scale.AncientTrees, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 163, uint64(i))
		v := villages[(i*31)%len(villages)]
		g := v.children[random.intn(len(v.children))]
		age := 100 + int(500*math.Pow(random.float(), 2.5))
		grade := "3"
		if age >= 500 {
			grade = "1"
		} else if age >= 300 {
			grade = "2"
		}
		return c.somewhere(g.seatAtom, random), []any{
			fmt.Sprintf("%s%06d", v.code[:6], i+1), kinds[random.choose([]float64{45, 25, 20, 10})], age, grade, math.Round(random.between(80, 280)) / 10,
			180 + age/2 + random.intn(120), math.Round(random.between(80, 300)) / 10, v.code, v.parent.name + v.name, mustBe,
		}
	})
}

func (c *city) fireTable() table {
	fields := []string{"spot_id", "found_at", "confidence", "danger", "burnt_hm2", "size", "town", "source", "remark"}
	return c.newTable("forest_fire_spot", c.scale.FireSpots, fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 164, uint64(i))
		s := c.stands[random.intn(len(c.stands))]
		month := [12]int{1, 2, 3, 4, 4, 10, 10, 11, 12, 12, 5, 9}[random.intn(12)]
		danger := 3 + random.intn(3)
		if month == 5 || month == 9 {
			danger = 1 + random.intn(2)
		}
		burnt, size := round2(random.between(0.02, 0.99)), "1"
		if random.float() < 0.15 {
			burnt, size = round2(random.between(1, 9)), "2"
		}
		at := time.Date(c.settings.Year, time.Month(month), 1+random.intn(28), 9+random.intn(10), random.intn(60), 0, 0, time.FixedZone("", 8*3600))
		return c.somewhere(s.atoms[0], random), []any{
			fmt.Sprintf("HD%d%05d", c.settings.Year, i+1), at, 60 + random.intn(40), fmt.Sprint(danger), burnt, size, s.village.code[:9],
			[2]string{"卫星监测", "护林员上报"}[random.intn(2)], mustBe,
		}
	})
}

func (c *city) pestTable() table {
	var pines, others []*stand
	for _, s := range c.stands {
		if t := c.treesOf(s); t.species == "220" || t.species == "350" {
			pines = append(pines, s)
		} else {
			others = append(others, s)
		}
	}
	fields := []string{"pest_id", "pest", "year", "species", "area_hm2", "dead_trees", "treated", "town", "remark"}
	return c.newTable("forest_pest", min(c.scale.Pests, len(pines)), fields, func(i int) (orb.Geometry, []any) {
		random := newStream(c.seed, 165, uint64(i))
		s, pest := pines[(i*61)%len(pines)], [2]string{"1", "3"}[random.choose([]float64{4, 1})]
		if len(others) > 0 && random.float() < 0.2 {
			s, pest = others[(i*67)%len(others)], "2"
		}
		shape := c.standShape(s)
		return shape, []any{
			fmt.Sprintf("YH%05d", i+1), pest, c.settings.Year - random.intn(3), c.treesOf(s).species, math.Round(c.krueger.area(shape)/100) / 100,
			random.intn(180), random.float() < 0.8, s.village.code[:9], mustBe,
		}
	})
}
