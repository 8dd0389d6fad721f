package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial/names"
)

// ErrQuery reports a query that cannot be looked for: nothing in it, or too long.
var ErrQuery = errors.New("search: not a query")

// The kinds of answers beside those of features.
const (
	PersonKind     layers.SearchKind = "person"     // features found by a personal field
	CoordinateKind layers.SearchKind = "coordinate" // a position that was typed
)

// Kinds are the kinds of answers, the most important first.
func Kinds() []layers.SearchKind {
	return []layers.SearchKind{
		CoordinateKind, layers.DivisionKind, layers.PlaceKind, layers.FeatureKind, layers.GridKind, PersonKind, layers.ParcelKind,
	}
}

// MaxLimit is the most answers to one question.
const MaxLimit = 100

// Question is what is looked for, and among what.
type Question struct {
	Text  string
	Limit int                 // most answers; 0 is 10
	Kinds []layers.SearchKind // only these; none is all
	Open  func(layer string) bool
	Near  *orb.Point // EPSG:4490 degrees; what is nearer comes first among the equally close
	Box   *orb.Bound // only features whose box meets it
}

// Hit is a feature that was found.
type Hit struct {
	Part      *Part
	Item      *Item
	Kind      layers.SearchKind
	Score     float64 // 0 to 1; more is closer
	Closeness Closeness
	Way       Way
	Field     string  // that it was found in; of a key of several fields the first
	Text      string  // what of the field's value was matched, folded
	Metres    float64 // from Near to the feature's point; NaN without Near
}

// Index is all that can be found, of one moment. It never changes.
type Index struct {
	table *names.Table
	parts []*Part
	byID  map[string]*Part

	divisions []*Part               // the largest first
	heads     map[string][]division // by name, folded
}

// NewIndex puts parts together.
func NewIndex(table *names.Table, parts []*Part) *Index {
	x := &Index{table: table, parts: parts, byID: map[string]*Part{}}
	for _, p := range parts {
		x.byID[p.Definition.ID] = p
	}
	x.takeDivisions()
	return x
}

// Size tells how many features and names can be found.
func (x *Index) Size() (s Size) {
	for _, p := range x.parts {
		s.Features += len(p.items)
		s.Names += len(p.texts)
	}
	return s
}

// Size is how large an index is.
type Size struct {
	Features int `json:"features"`
	Names    int `json:"names"`
}

// Versions are the versions of the layers that the index is made of.
func (x *Index) Versions() map[string]int {
	versions := map[string]int{}
	for _, p := range x.parts {
		versions[p.Definition.ID] = p.Version
	}
	return versions
}

// Find answers a question, the best first. Names with a slip are looked for
// only where fewer than Limit were found without. Personal fields are looked
// through with the right of the context's principal alone. A text without
// anything in it, or longer than [MaxQuery], is an [ErrQuery].
func (x *Index) Find(ctx context.Context, question Question) ([]Hit, error) {
	if question.Limit == 0 {
		question.Limit = 10
	}
	if len(question.Text) > 16*MaxQuery { // before it is worked on
		return nil, fmt.Errorf("%w: longer than %d characters", ErrQuery, MaxQuery)
	}
	folded := x.table.Fold(question.Text)
	switch {
	case len(folded) == 0:
		return nil, fmt.Errorf("%w: there is nothing in it", ErrQuery)
	case len(folded) > MaxQuery:
		return nil, fmt.Errorf("%w: longer than %d characters", ErrQuery, MaxQuery)
	case slices.Contains(folded, utf8.RuneError):
		return nil, fmt.Errorf("%w: it is not UTF-8", ErrQuery)
	}
	q := newQuery(folded)
	s := &scan{Question: question, may: access.From(ctx).May}
	s.everywhere(ctx, x, func(p *Part) { s.direct(p, &q) })
	if within, rest := x.path(folded, s.Open); len(within) > 0 {
		tail := newQuery(rest)
		s.within = within
		s.everywhere(ctx, x, func(p *Part) { s.direct(p, &tail) })
		s.within = nil
	}
	if s.sortOut(); len(s.best) < s.Limit {
		s.everywhere(ctx, x, func(p *Part) {
			p.fuzzy(&q, func(at int32, f found) { s.take(p, at, f) })
		})
		s.sortOut()
	}
	return s.hits(), ctx.Err()
}

// scan is a question at work.
type scan struct {
	Question
	may    func(access.Right) bool
	within []division // look only there; nil is everywhere
	best   []scored
}

// everywhere looks through the parts that are open.
func (s *scan) everywhere(ctx context.Context, x *Index, look func(*Part)) {
	for _, p := range x.parts {
		if s.Open(p.Definition.ID) && ctx.Err() == nil {
			look(p)
		}
	}
}

// scored is a text, or a code where text is below 0, that matched.
type scored struct {
	part  *Part
	item  int32
	text  int32
	score float64
	found
}

// kept is how many may be worse than the last answer before they are thrown away.
const kept = 4096

// maxCodes is the most codes of a layer that one beginning of codes finds.
const maxCodes = 1000

// direct looks for a query without a slip in it.
func (s *scan) direct(p *Part, q *query) {
	if s.wants(kindOf(p.Definition)) || s.wants(PersonKind) {
		for _, at := range p.candidates(q) {
			if f, ok := p.match(q, &p.texts[at]); ok {
				s.take(p, at, f)
			}
		}
	}
	code := foldCode(string(q.runes))
	if len(code) < 2 || !s.wants(kindOf(p.Definition)) {
		return
	}
	list, exact := p.byPrefix(code, maxCodes)
	for i, item := range list {
		f := found{Prefix, Code, 0, len(code)}
		if i < exact {
			f.closeness = Exact
		}
		s.put(p, item, -1, kindOf(p.Definition), f, float64(len(code))/float64(len(p.codes[item])))
	}
}

func (s *scan) wants(kind layers.SearchKind) bool {
	return len(s.Kinds) == 0 || slices.Contains(s.Kinds, kind)
}

// kindOf is what a layer's features are.
func kindOf(d layers.Definition) layers.SearchKind {
	return cmp.Or(d.SearchAs, layers.FeatureKind)
}

func (s *scan) take(p *Part, at int32, f found) {
	t := &p.texts[at]
	c := p.columns[t.column]
	kind := kindOf(p.Definition)
	if c.right != "" {
		if !s.may(c.right) {
			return
		}
		kind = PersonKind
	}
	if !s.wants(kind) {
		return
	}
	s.put(p, t.item, at, kind, f, float64(f.end-f.start)/float64(t.length))
}

func (s *scan) put(p *Part, item, text int32, kind layers.SearchKind, f found, share float64) {
	one := &p.items[item]
	if s.Box != nil && !s.Box.Intersects(one.Box) {
		return
	}
	score := closeness(f)
	if s.within != nil {
		if !inside(one.At, s.within) {
			return
		}
		score -= 0.002 // a name that has all of the query comes before
	}
	important := p.importance(item, kind)
	if s.Near == nil {
		score += 0.03*share + 0.12*important
	} else {
		score += 0.03*share + 0.05*important + 0.07/(1+geo.Distance(*s.Near, one.At)/5000)
	}
	s.best = append(s.best, scored{p, item, text, score, f})
	if len(s.best) >= 2*kept {
		s.sortOut()
		s.best = s.best[:min(len(s.best), kept)]
	}
}

// closeness is what the way of a match is worth: steps of 0.2, which the rest
// of a score, below 0.2 together, can't make up for.
func closeness(f found) float64 {
	if f.closeness == Exact && (f.way == Initials || f.way == Mixed) {
		f.closeness = Prefix // that initials are all there says little
	}
	base := [...]float64{0.8, 0.6, 0.4, 0.2}[f.closeness]
	return base + [...]float64{0.05, 0.04, 0.03, 0.01, 0.05}[f.way]
}

// weight says which kind is more important, 0 to 1.
func weight(kind layers.SearchKind) float64 {
	switch kind {
	case layers.DivisionKind:
		return 0.93
	case layers.PlaceKind:
		return 0.75
	case layers.FeatureKind:
		return 0.6
	case layers.GridKind:
		return 0.5
	case PersonKind:
		return 0.4
	default:
		return 0.3
	}
}

// importance is 0 to 1: of a division, place or other kind, more of what is
// drawn from farther away or is one of few, and more by the layer's rank field.
func (p *Part) importance(item int32, kind layers.SearchKind) float64 {
	important := weight(kind) - 0.03*float64(max(0, p.Definition.MinZoom-5)) + 0.02/float64(len(p.items))
	if p.rankHigh > p.rankLow {
		important += 0.05 * (p.items[item].Rank - p.rankLow) / (p.rankHigh - p.rankLow)
	}
	return min(1, max(0, important))
}

// sortOut puts the best first and keeps each feature once.
func (s *scan) sortOut() {
	slices.SortFunc(s.best, func(a, b scored) int {
		return cmp.Or(
			cmp.Compare(b.score, a.score), cmp.Compare(a.closeness, b.closeness), cmp.Compare(a.part.Definition.ID, b.part.Definition.ID),
			cmp.Compare(a.part.codes[a.item], b.part.codes[b.item]), cmp.Compare(a.item, b.item), cmp.Compare(a.text, b.text),
		)
	})
	type feature struct {
		part *Part
		item int32
	}
	seen := make(map[feature]bool, len(s.best))
	s.best = slices.DeleteFunc(s.best, func(one scored) bool {
		key := feature{one.part, one.item}
		if seen[key] {
			return true
		}
		seen[key] = true
		return false
	})
}

func (s *scan) hits() []Hit {
	hits := make([]Hit, 0, min(len(s.best), s.Limit))
	for _, one := range s.best[:cap(hits)] {
		p := one.part
		h := Hit{
			Part: p, Item: &p.items[one.item], Kind: kindOf(p.Definition), Score: math.Round(one.score*1e4) / 1e4,
			Closeness: one.closeness, Way: one.way, Metres: math.NaN(),
		}
		if one.text < 0 {
			h.Field = p.Definition.Key[0]
			h.Text = p.codes[one.item][:min(one.end, len(p.codes[one.item]))]
		} else {
			t := &p.texts[one.text]
			c := p.columns[t.column]
			h.Field, h.Text = c.name, string(p.lettersOf(t)[one.start:min(one.end, int(t.length))])
			if c.right != "" {
				h.Kind = PersonKind
			}
		}
		if s.Near != nil {
			h.Metres = geo.Distance(*s.Near, h.Item.At)
		}
		hits = append(hits, h)
	}
	return hits
}
