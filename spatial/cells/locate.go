package cells

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial/beidou"
)

var (
	// ErrOutside reports a position that no cell has; see [OutsideError].
	ErrOutside = errors.New("cells: the position is outside the grid")

	// ErrAccuracy reports an accuracy out of range.
	ErrAccuracy = errors.New("cells: accuracy out of range")

	// ErrNoCells reports that no layer of cells is published.
	ErrNoCells = errors.New("cells: no grid or division is published")
)

const (
	// MaxAccuracyMetres is the coarsest position whose candidates are told.
	MaxAccuracyMetres = 5000
	// MaxCandidates is the most cells that a position is said to be in.
	MaxCandidates = 50
	// candidateMass is the share of the distribution that candidates are looked for in.
	candidateMass = 0.9999
	// leastProbability is the smallest that makes a candidate.
	leastProbability = 0.001
)

// BeiDouLevel is the level of the code that stands in answers: cells of 1/32″, about 1 m.
const BeiDouLevel = 8

// Named is a cell as answers name it.
type Named struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	Layer  string `json:"layer"`
	Tier   string `json:"tier"`    // Chinese, as 微网格
	TierEN string `json:"tier_en"` // English
}

// Duty is somebody responsible for a cell, or a body. The name and the phone
// are masked unless who asks has the right to them.
type Duty struct {
	Role   string `json:"role"` // as "liaison"; "responsible" is a body
	Title  string `json:"title"`
	Cell   string `json:"cell"` // code
	Name   string `json:"name"`
	Phone  string `json:"phone,omitempty"`
	Masked bool   `json:"masked"`
}

// Candidate is a cell that an inaccurate position may be in.
type Candidate struct {
	Code        string  `json:"code"`
	Name        string  `json:"name"`
	Probability float64 `json:"probability"`
}

// Place is where a position lies.
type Place struct {
	Position   orb.Point      `json:"position"` // EPSG:4490 degrees, longitude first
	Cell       Named          `json:"cell"`     // the finest cell that has the position
	Chain      []Named        `json:"chain"`    // the cells above it, up to the city
	Population *int64         `json:"population"`
	Households *int64         `json:"households"`
	Duty       []Duty         `json:"duty"`
	BeiDou     string         `json:"beidou"`   // grid location code of the position, level 8
	BorderM    float64        `json:"border_m"` // metres to the cell's border
	Versions   map[string]int `json:"versions"` // of the layers that the answer is from

	*Doubt // where an accuracy was given
}

// Doubt is how sure a cell is. The true position is taken to be spread round the
// stated one by a circular normal distribution with 95 % of its mass within the
// accuracy, as the W3C's Geolocation API states it.
type Doubt struct {
	AccuracyM   float64     `json:"accuracy_m"`
	Probability float64     `json:"probability"` // of the cell that is answered
	Candidates  []Candidate `json:"candidates"`  // of the same tier, the answered one too, the likeliest first; at most [MaxCandidates], none below 0.001
	Elsewhere   float64     `json:"elsewhere"`   // the rest: other cells, or outside
}

// OutsideError is an [ErrOutside] with what is nearest.
type OutsideError struct {
	Position       orb.Point // EPSG:4490 degrees
	Nearest        Named
	DistanceMetres float64
}

func (e *OutsideError) Error() string {
	return fmt.Sprintf("%v: %.7f, %.7f; the nearest cell is %s %s, %.1f m away", ErrOutside, e.Position[0], e.Position[1], e.Nearest.Code, e.Nearest.Name, e.DistanceMetres)
}

func (e *OutsideError) Unwrap() error { return ErrOutside }

// Named names a cell.
func (x *Index) Named(r Ref) Named {
	c, d := x.Cell(r), &x.Tier(r).Definition
	return Named{Code: c.Code, Name: c.Name, Layer: d.ID, Tier: d.Name, TierEN: d.NameEN}
}

// Chain names the cells above a cell, the nearest first.
func (x *Index) Chain(r Ref) []Named {
	chain := make([]Named, 0, len(x.tiers))
	for above := x.Above(r); above != NoCell; above = x.Above(above) {
		chain = append(chain, x.Named(above))
	}
	return chain
}

// Open tells whether the context's principal may read the layers that the index
// is made of.
func (x *Index) Open(ctx context.Context) error {
	if x.Empty() {
		return ErrNoCells
	}
	for _, t := range x.tiers {
		if err := access.Require(ctx, t.Definition.ReadRight()); err != nil {
			return fmt.Errorf("cells: %s is not open: %w", t.Definition.ID, err)
		}
	}
	return nil
}

// Locate tells which cell a position lies in, the chain above it and who is on
// duty there. The position is longitude and latitude in EPSG:4490 degrees,
// accuracy in metres; 0 is none given. A position that no cell has is an
// [OutsideError].
func (x *Index) Locate(ctx context.Context, p orb.Point, accuracy float64) (*Place, error) {
	if err := x.Open(ctx); err != nil {
		return nil, err
	}
	if !(accuracy >= 0 && accuracy <= MaxAccuracyMetres) {
		return nil, fmt.Errorf("%w: %g m is not within 0 to %d m", ErrAccuracy, accuracy, MaxAccuracyMetres)
	}
	at := x.At(p)
	if at == NoCell {
		return nil, x.outside(p)
	}
	code, err := beidou.Encode(p, BeiDouLevel)
	if err != nil {
		return nil, err
	}
	c := x.Cell(at)
	place := &Place{
		Position: p, Cell: x.Named(at), Chain: x.Chain(at), Population: c.Population, Households: c.Households,
		Duty: x.Duty(ctx, at), BeiDou: code, BorderM: millimetres(x.ToBorder(at, p)), Versions: x.Versions(),
	}
	if accuracy > 0 {
		place.Doubt = x.doubt(at, p, accuracy)
	}
	return place, nil
}

func millimetres(metres float64) float64 { return math.Round(metres*1000) / 1000 }

// outside makes the error for a position that no cell has.
func (x *Index) outside(p orb.Point) error {
	e := &OutsideError{Position: p}
	nearest, metres := x.Nearest(p)
	e.Nearest, e.DistanceMetres = x.Named(nearest), millimetres(metres)
	return e
}

// Duty lists who is on duty in a cell and in those above it, the nearest first.
func (x *Index) Duty(ctx context.Context, r Ref) []Duty {
	list, shown := make([]Duty, 0, 2*len(x.tiers)), access.ShowsPeople(ctx)
	for ; r != NoCell; r = x.Above(r) {
		if t := x.Tier(r); shown {
			list = append(list, t.duty[r.cell]...)
		} else {
			list = append(list, t.masked[r.cell]...)
		}
	}
	return list
}

// setDuty prepares who is on duty in each cell, whole and masked: answers are
// many, and versions few.
func (t *Tier) setDuty() {
	t.duty, t.masked = make([][]Duty, len(t.cells)), make([][]Duty, len(t.cells))
	title := labelOf(t.Definition, "responsible")
	for k := range t.cells {
		c := &t.cells[k]
		for i, role := range t.Roles {
			if c.People[i] == (Person{}) {
				continue
			}
			one := Duty{Role: role.ID, Title: role.Name, Cell: c.Code, Name: c.People[i].Name, Phone: c.People[i].Phone}
			t.duty[k] = append(t.duty[k], one)
			one.Masked = true
			one.Name, one.Phone = access.MaskPerson(one.Name, one.Phone)
			t.masked[k] = append(t.masked[k], one)
		}
		if c.Responsible != "" {
			one := Duty{Role: "responsible", Title: title, Cell: c.Code, Name: c.Responsible}
			t.duty[k], t.masked[k] = append(t.duty[k], one), append(t.masked[k], one)
		}
	}
}

func labelOf(d layers.Definition, field string) string {
	f, _ := d.Field(field)
	return f.Label
}

// doubt finds the cells that the position may be in, of the tier of the one it is in.
func (x *Index) doubt(at Ref, p orb.Point, accuracy float64) *Doubt {
	s := sigma(accuracy)
	coverage := x.tiers[at.tier].coverage
	d := &Doubt{AccuracyM: accuracy, Candidates: []Candidate{}, Elsewhere: 1}
	for _, cell := range coverage.within(p, radiusOf(candidateMass, s)) {
		c, share := &x.tiers[at.tier].cells[cell], coverage.probability(cell, p, s)
		if cell == int(at.cell) {
			d.Probability = rounded(share)
		}
		if share >= leastProbability {
			d.Candidates = append(d.Candidates, Candidate{c.Code, c.Name, rounded(share)})
		}
	}
	slices.SortStableFunc(d.Candidates, func(a, b Candidate) int {
		switch {
		case a.Probability > b.Probability:
			return -1
		case a.Probability < b.Probability:
			return 1
		}
		return 0
	})
	d.Candidates = d.Candidates[:min(len(d.Candidates), MaxCandidates)]
	for _, c := range d.Candidates {
		d.Elsewhere -= c.Probability
	}
	d.Elsewhere = max(rounded(d.Elsewhere), 0)
	return d
}

// rounded keeps six decimals of a probability.
func rounded(share float64) float64 { return math.Round(share*1e6) / 1e6 }
