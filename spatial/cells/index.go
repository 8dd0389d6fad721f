package cells

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/layers"
)

// ErrUnknownCell reports a code that no cell has.
var ErrUnknownCell = errors.New("cells: no cell has this code")

// tiers are the levels of the hierarchy, the finest first, and the layers that
// its cells may be from: the first of them that is published.
var tiers = [][]string{
	{"grid_micro"},
	{"grid_small"},
	{"grid_medium", "division_village"},
	{"grid_large", "division_town"},
	{"division_county"},
	{"division_city"},
}

// Layers are the layers that the index is made of.
func Layers() []string { return slices.Concat(tiers...) }

// Index is the hierarchy of cells as it was published at one moment. It never
// changes; many goroutines may ask it.
type Index struct {
	tiers []*Tier // the finest first
	size  Size

	versions map[string]int
}

// Tier is one level of the hierarchy.
type Tier struct {
	Definition layers.Definition
	Version    int
	Roles      []Role
	cells      []Cell // by code, then as stored; their places are the coverage's numbers
	above      []Ref  // of each cell, the one above it
	coverage   *Coverage

	duty, masked [][]Duty // of each cell, its own, as the entitled see it and as others do
}

// Role is a duty that the cells of a tier give people: 联络员, 网格员, 网格长.
type Role struct {
	ID     string // as "liaison"
	Name   string // Chinese
	NameEN string
}

// Cell is what is known of a cell. Numbers that weren't delivered are nil.
type Cell struct {
	Code        string
	Name        string
	Parent      string // code of the cell above, as delivered
	Kind        string // 综合 1 or 专属 2; "" for divisions
	BeiDou      string // code of the cell as delivered
	Responsible string // body
	Households  *int64
	Population  *int64
	People      []Person // one a role of the tier
}

// Person is somebody on duty.
type Person struct{ Name, Phone string }

// Ref is a cell of an index: the tier and the cell's place in it. The zero Ref
// is a cell; [NoCell] is none.
type Ref struct{ tier, cell int32 }

// NoCell is no cell.
var NoCell = Ref{-1, -1}

// Empty tells whether the index has no cells at all: nothing is published.
func (x *Index) Empty() bool { return len(x.tiers) == 0 }

// Tiers are the levels, the finest first. Not to be changed.
func (x *Index) Tiers() []*Tier { return x.tiers }

// Cell returns what is known of a cell.
func (x *Index) Cell(r Ref) *Cell { return &x.tiers[r.tier].cells[r.cell] }

// Ref returns the cell of a tier that is the number-th in order of code, from 0.
func (x *Index) Ref(tier, number int) Ref { return Ref{int32(tier), int32(number)} }

// Len is how many cells the tier has.
func (t *Tier) Len() int { return len(t.cells) }

// Tier returns the level of a cell.
func (x *Index) Tier(r Ref) *Tier { return x.tiers[r.tier] }

// At returns the finest cell that a position lies in, borders included, and of
// those of a tier that share a border the one with the lowest code; or
// [NoCell]. The position is longitude and latitude in EPSG:4490 degrees. It
// allocates nothing and takes less than a microsecond.
func (x *Index) At(p orb.Point) Ref {
	for i, t := range x.tiers {
		if cell := t.coverage.At(p); cell != None {
			return Ref{int32(i), int32(cell)}
		}
	}
	return NoCell
}

// Above returns the cell that a cell is part of, or [NoCell].
func (x *Index) Above(r Ref) Ref { return x.tiers[r.tier].above[r.cell] }

// Find returns the cell with a code, or an [ErrUnknownCell].
func (x *Index) Find(code string) (Ref, error) {
	for i, t := range x.tiers {
		if at, ok := t.find(code); ok {
			return Ref{int32(i), int32(at)}, nil
		}
	}
	return NoCell, fmt.Errorf("%w: %.40q", ErrUnknownCell, code)
}

func (t *Tier) find(code string) (int, bool) {
	return slices.BinarySearchFunc(t.cells, code, func(c Cell, code string) int { return strings.Compare(c.Code, code) })
}

// Shape returns a cell's polygons in EPSG:4490, longitude first. The points are
// the index's own, not to be changed.
func (x *Index) Shape(r Ref) orb.MultiPolygon {
	return x.tiers[r.tier].coverage.Shape(int(r.cell))
}

// Bound returns the smallest rectangle round a cell.
func (x *Index) Bound(r Ref) orb.Bound { return x.tiers[r.tier].coverage.polygons[r.cell].bound }

// ToBorder returns the distance in metres from a position to a cell's border.
func (x *Index) ToBorder(r Ref, p orb.Point) float64 {
	return x.tiers[r.tier].coverage.toBorder(int(r.cell), p)
}

// Nearest returns the cell whose border is nearest to a position, the finest of
// those that share it, and the distance in metres, right to a thousandth up to
// 500 km; [NoCell] if there are no cells. It is meant for positions outside.
func (x *Index) Nearest(p orb.Point) (Ref, float64) {
	found, best := NoCell, math.Inf(1)
	for i, t := range x.tiers {
		const sameBorder = 0.5 // metres, by which tiers of several deliveries may differ
		if cell, metres := t.coverage.nearest(p); cell != None && metres < best-sameBorder {
			found, best = Ref{int32(i), int32(cell)}, metres
		}
	}
	return found, best
}

// In lists the cells of a tier whose bounds meet a rectangle, by code.
func (x *Index) In(tier int, b orb.Bound) []Ref {
	var list []Ref
	for _, cell := range x.tiers[tier].coverage.touching(b) {
		list = append(list, Ref{int32(tier), int32(cell)})
	}
	return list
}

// Children lists the cells that are part of a cell, of the tier below, by code.
func (x *Index) Children(r Ref) []Ref {
	var list []Ref
	for i := r.tier - 1; i >= 0 && list == nil; i-- { // a tier may have nothing here
		for cell, above := range x.tiers[i].above {
			if above == r {
				list = append(list, Ref{i, int32(cell)})
			}
		}
	}
	return list
}

// Versions are the versions of the layers that the index is made of, by layer.
// Not to be changed.
func (x *Index) Versions() map[string]int { return x.versions }

func (x *Index) listVersions() map[string]int {
	versions := make(map[string]int, len(x.tiers))
	for _, t := range x.tiers {
		versions[t.Definition.ID] = t.Version
	}
	return versions
}

// Size is how large an index is.
type Size struct {
	Cells          int     `json:"cells"`
	Vertices       int     `json:"vertices"`
	Bytes          int     `json:"bytes"` // attributes included
	BytesPerVertex float64 `json:"bytes_per_vertex"`
}

// Size tells how large the index is, in all tiers.
func (x *Index) Size() Size { return x.size }

func (x *Index) measure() Size {
	var s Size
	for _, t := range x.tiers {
		s.Cells += len(t.cells)
		s.Vertices += t.coverage.Vertices()
		s.Bytes += t.coverage.Bytes() + 8*len(t.above)
		for _, c := range t.cells {
			s.Bytes += 144 + len(c.Code) + len(c.Name) + len(c.Parent) + len(c.Kind) + len(c.BeiDou) + len(c.Responsible) + 16
			for _, p := range c.People {
				s.Bytes += 32 + len(p.Name) + len(p.Phone)
			}
		}
	}
	if s.Vertices > 0 {
		s.BytesPerVertex = float64(s.Bytes) / float64(s.Vertices)
	}
	return s
}

// NewTier makes a level of cells and their polygons, in any order.
func NewTier(definition layers.Definition, version int, roles []Role, cells []Cell, shapes []orb.MultiPolygon) (*Tier, error) {
	if len(cells) != len(shapes) {
		return nil, fmt.Errorf("%w: %d cells, %d polygons", ErrShape, len(cells), len(shapes))
	}
	order := make([]int, len(cells))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(cells[a].Code, cells[b].Code) })
	t := &Tier{Definition: definition, Version: version, Roles: roles, cells: make([]Cell, len(cells))}
	sorted := make([]orb.MultiPolygon, len(cells))
	for i, from := range order {
		t.cells[i], sorted[i] = cells[from], shapes[from]
	}
	var err error
	if t.coverage, err = NewCoverage(sorted); err != nil {
		return nil, fmt.Errorf("cells: indexing %s: %w", definition.ID, err)
	}
	t.setDuty()
	return t, nil
}

// NewIndex puts tiers together, the finest first. Each cell is hung on the one
// that it names as its parent or, where no tier above has that, on the one whose
// code is the longest beginning of its own. Tiers may be shared with another
// index: they aren't changed.
func NewIndex(levels []*Tier) *Index {
	x := &Index{}
	for _, t := range levels {
		own := *t
		own.above = make([]Ref, len(own.cells))
		x.tiers = append(x.tiers, &own)
	}
	for i, t := range x.tiers {
		for k, c := range t.cells {
			t.above[k] = x.parent(i+1, c)
		}
	}
	x.size, x.versions = x.measure(), x.listVersions()
	return x
}

func (x *Index) parent(from int, c Cell) Ref {
	for i := from; i < len(x.tiers); i++ {
		if at, ok := x.tiers[i].find(c.Parent); ok {
			return Ref{int32(i), int32(at)}
		}
	}
	for i := from; i < len(x.tiers); i++ {
		t := x.tiers[i]
		at, ok := t.find(c.Code)
		if !ok {
			at-- // the last code before: only it, or one that begins it, can begin this one
		}
		if at >= 0 && strings.HasPrefix(c.Code, t.cells[at].Code) {
			return Ref{int32(i), int32(at)}
		}
		if i == len(x.tiers)-1 && len(t.cells) == 1 {
			return Ref{int32(i), 0} // the city, whose code is padded: 445300 over 445302
		}
	}
	return NoCell
}

// InTier returns the cell of a layer's tier that a position lies in, whatever
// finer tiers have there, or [NoCell].
func (x *Index) InTier(layer string, p orb.Point) Ref {
	for i, t := range x.tiers {
		if t.Definition.ID == layer {
			if cell := t.coverage.At(p); cell != None {
				return Ref{int32(i), int32(cell)}
			}
		}
	}
	return NoCell
}

// Bound returns the smallest rectangle round all cells of the tier.
func (t *Tier) Bound() orb.Bound {
	var whole orb.Bound
	for i, p := range t.coverage.polygons {
		if i == 0 {
			whole = p.bound
		}
		whole = whole.Union(p.bound)
	}
	return whole
}
