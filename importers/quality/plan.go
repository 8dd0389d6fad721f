package quality

import (
	"fmt"
	"math"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
)

// Plan is a layer's rules, made ready for one delivery. [Plan.Close] gives back
// what it kept on disk.
type Plan struct {
	// CoverageEdges is how many edges without a partner a coverage may have; 0 is
	// [DefaultCoverageEdges].
	CoverageEdges int

	def    layers.Definition
	rules  []layers.Rule
	kinds  []kind         // of the rules
	index  map[string]int // by id
	checks []rowCheck
	stick  layers.Yardstick
	city   *outline // nil is not known
	now    time.Time
	total  Findings

	keyFields []int  // of the definition, where keys are compared
	keys      *spool // nil: not compared
	shapes    *spool
	edges     *spool
	decimals  int // that are too few; 0 is not checked
	skipped   map[string]bool
	asOf      map[int]bool
}

// rowCheck looks at a row and tells the checker what is wrong.
type rowCheck func(c *Checker, r *Row)

// Compile makes the plan. Temporary files lie in dir; "" is the system's. now
// is what dates are held against. Rules whose ids are in skip are not checked, and the
// report says so; one that can't be left out is an [ErrSkip].
func Compile(d layers.Definition, y layers.Yardstick, dir string, now time.Time, skip ...string) (*Plan, error) {
	p := &Plan{def: d, rules: Rules(d), index: map[string]int{}, stick: y, now: now, asOf: map[int]bool{}, skipped: map[string]bool{}}
	p.total = p.newFindings()
	known := kinds()
	for i, r := range p.rules {
		p.index[r.ID] = i
		p.kinds = append(p.kinds, known[r.Check])
	}
	if err := p.skip(skip); err != nil {
		return nil, err
	}
	for i, r := range p.rules {
		if p.skipped[r.ID] {
			continue
		}
		switch r.Check {
		case "duplicate_key":
			p.keys = &spool{dir: dir}
			for _, name := range d.Key {
				p.keyFields = append(p.keyFields, p.field(name))
			}
		case "duplicate_geometry":
			p.shapes = &spool{dir: dir}
		case "overlap", "gap":
			if p.edges == nil {
				p.edges = &spool{dir: dir}
			}
		case "precision":
			p.decimals = r.Decimals
		case "outside":
			if err := p.readCity(r); err != nil {
				return nil, err
			}
		}
		if check := p.rowCheck(i, r); check != nil {
			p.checks = append(p.checks, check)
		}
	}
	return p, nil
}

// How far outside the outline is still inside, where the rule doesn't say.
const (
	surveyedTolerance = 200  // metres, of a published outline
	coarseTolerance   = 5000 // metres, of the coarse one
)

func (p *Plan) readCity(r layers.Rule) (err error) {
	if p.stick.Outline == nil {
		return nil
	}
	tolerance := r.Tolerance
	if tolerance == 0 {
		tolerance = coarseTolerance
		if p.stick.Surveyed {
			tolerance = surveyedTolerance
		}
	}
	p.city, err = newOutline(p.stick.Outline, tolerance)
	return err
}

// Close gives back what the plan kept on disk.
func (p *Plan) Close() {
	for _, s := range []*spool{p.keys, p.shapes, p.edges} {
		if s != nil {
			s.close()
		}
	}
}

// field is a field's place in the definition.
func (p *Plan) field(name string) int {
	for i, f := range p.def.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// dimensions, in the order of Findings.lost.
const dimensionCount = 5

func dimensionIndex(d Dimension) int {
	switch d {
	case Completeness:
		return 0
	case Validity:
		return 1
	case Consistency:
		return 2
	case Timeliness:
		return 3
	default:
		return 4
	}
}

// Findings are what a checker found in some rows.
type Findings struct {
	counts   []int64 // by rule
	examples [][]Example
	lost     map[Dimension]float64 // rows, weighed by level
	newest   time.Time             // end of the newest year that the data is of
	areaM2   float64
	rows     int64 // that passed
}

func (p *Plan) newFindings() Findings {
	return Findings{counts: make([]int64, len(p.rules)), examples: make([][]Example, len(p.rules)), lost: map[Dimension]float64{}}
}

// Merge adds findings, in the order of the rows. It is for one goroutine.
func (p *Plan) Merge(f Findings) {
	if f.counts == nil {
		return
	}
	for i, n := range f.counts {
		p.total.counts[i] += n
		room := mostExamples - len(p.total.examples[i])
		p.total.examples[i] = append(p.total.examples[i], f.examples[i][:min(room, len(f.examples[i]))]...)
	}
	for d, w := range f.lost {
		p.total.lost[d] += w
	}
	if f.newest.After(p.total.newest) {
		p.total.newest = f.newest
	}
	p.total.areaM2 += f.areaM2
	p.total.rows += f.rows
}

// Row is a row on its way into the store.
type Row struct {
	Number   int64        // from 1, in the file's order
	Values   []any        // of the definition's fields, in their order
	Geometry orb.Geometry // EPSG:4490, valid
	Coarse   bool         // see [Plan.Coarse]

	area float64 // m²; worked out at first use
}

// AreaM2 is the row's area on the ellipsoid, square metres.
func (r *Row) AreaM2() float64 {
	if math.IsNaN(r.area) {
		r.area = AreaM2(r.Geometry)
	}
	return r.area
}

// Checker holds rows to the rules. It is for one goroutine.
type Checker struct {
	plan                *Plan
	found               Findings
	keys, shapes, edges []record
	worst               [dimensionCount]float64 // of the row, by dimension
	refusal             *Refusal
}

// Refusal says why a rule refuses a row.
type Refusal struct {
	Rule string
	Example
}

// NewChecker returns a checker for one worker.
func (p *Plan) NewChecker() *Checker { return &Checker{plan: p, found: p.newFindings()} }

// Coarse tells whether a geometry, in the file's own system, has so few decimals
// that it can't be exact.
func (p *Plan) Coarse(g orb.Geometry) bool { return p.decimals > 0 && coarse(g, p.decimals) }

// Row holds a row to the rules; a refusal means that it must not be taken.
func (c *Checker) Row(r Row) *Refusal {
	r.area = math.NaN()
	c.worst, c.refusal = [dimensionCount]float64{}, nil
	for _, check := range c.plan.checks {
		check(c, &r)
	}
	c.settleRow()
	if c.refusal != nil {
		return c.refusal
	}
	c.found.rows++
	if c.plan.def.Geometry == layers.Polygon {
		c.found.areaM2 += r.AreaM2()
	}
	c.remember(&r)
	return nil
}

func (c *Checker) settleRow() {
	for _, d := range []Dimension{Completeness, Validity, Consistency, Timeliness, Trust} {
		if w := c.worst[dimensionIndex(d)]; w > 0 {
			c.found.lost[d] += w
		}
	}
}

// remember keeps what is compared between rows.
func (c *Checker) remember(r *Row) {
	p := c.plan
	if p.keys != nil {
		if h, ok := keyHash(r.Values, p.keyFields); ok {
			c.keys = append(c.keys, record{h, uint64(r.Number)})
		}
	}
	switch {
	case p.edges != nil: // one way along the edges serves both
		shape := newShape()
		eachHash(r.Geometry, true, func(n int, h uint64, forward bool) {
			shape.edge(h)
			c.edges = append(c.edges, record{h, uint64(newEdgeRef(r.Number, n, forward))})
		})
		if p.shapes != nil {
			c.shapes = append(c.shapes, record{shape.hash(), uint64(r.Number)})
		}
	case p.shapes != nil:
		c.shapes = append(c.shapes, record{shapeHash(r.Geometry), uint64(r.Number)})
	}
}

// keyHash identifies a business key; one that is empty altogether is none.
func keyHash(values []any, fields []int) (uint64, bool) {
	h, empty := uint64(0x53), true
	for _, i := range fields {
		text := textOf(values[i])
		empty = empty && text == ""
		for j := range len(text) {
			h = (h ^ uint64(text[j])) * 0x100000001b3
		}
		h = mix(h, uint64(len(text)))
	}
	return max(1, h), !empty
}

// Refused counts a row that the importer itself refused under a rule.
func (c *Checker) Refused(rule string, e Example) { c.outside(rule, e) }

// Mended counts a row that the importer mended under a rule.
func (c *Checker) Mended(rule string, e Example) { c.outside(rule, e) }

func (c *Checker) outside(rule string, e Example) {
	i, ok := c.plan.index[rule]
	if !ok {
		return
	}
	c.worst = [dimensionCount]float64{}
	c.note(i, e)
	c.settleRow()
}

// hit is a row that breaks a rule.
func (c *Checker) hit(i int, e Example) {
	rule := c.plan.rules[i]
	c.note(i, e)
	if rule.Level == layers.Error && !c.plan.kinds[i].whole && c.refusal == nil {
		c.refusal = &Refusal{rule.ID, e}
	}
}

func (c *Checker) note(i int, e Example) {
	rule := c.plan.rules[i]
	c.found.counts[i]++
	if len(c.found.examples[i]) < mostExamples {
		c.found.examples[i] = append(c.found.examples[i], e)
	}
	k := c.plan.kinds[i]
	if d := dimensionIndex(k.dimension); !k.whole && weight(rule.Level) > c.worst[d] {
		c.worst[d] = weight(rule.Level)
	}
}

// Take returns what was found since the last call, and hands over what is to be
// compared.
func (c *Checker) Take() Findings {
	p := c.plan
	for _, one := range []struct {
		to   *spool
		from *[]record
	}{{p.keys, &c.keys}, {p.shapes, &c.shapes}, {p.edges, &c.edges}} {
		if one.to != nil {
			one.to.add(*one.from)
			*one.from = (*one.from)[:0]
		}
	}
	found := c.found
	c.found = p.newFindings()
	return found
}

// textOf is a value as a person writes it.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.Format(time.DateOnly)
	}
	if f, ok := numberOf(v); ok {
		return formatNumber(f)
	}
	return fmt.Sprint(v)
}
