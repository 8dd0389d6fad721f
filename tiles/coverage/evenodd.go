package coverage

import (
	"cmp"
	"math"
	"slices"
)

// EvenOdd returns valid polygons, outer rings followed by their holes, of what an
// odd number of the rings encloses, whatever they are: rings may cross and touch themselves and one another,
// run either way, and run back over themselves. Where two sides cross, the crossing is
// rounded to a point of the grid, to which both bend; so no point moves by more than a unit or so.
// What has no area is left out.
//
// It is exact for coordinates within ±2^29. The same rings give the same polygons. It takes time
// somewhat more than proportional to the sides, but where very many cross; it gives up,
// and returns false, when it has compared more than so many pairs of pieces: some nanoseconds each.
func EvenOdd(rings [][]Point, pairs int) ([][]Point, bool) {
	p := pieces{left: pairs}
	for _, r := range rings {
		for i, a := range r {
			if b := r[(i+1)%len(r)]; a != b {
				p.add(a, b)
			}
		}
	}
	for p.settle(); p.part(); p.settle() {
	}
	if p.left < 0 {
		return nil, false
	}
	faces := p.planar().Faces(1)
	if len(faces) == 0 {
		return nil, true
	}
	return faces[0].Rings, true
}

// pieces are straight pieces of border, a before b in the order of points.
type pieces struct {
	all  []stretch
	bins strips
	left int // pairs that may still be compared
}

type stretch struct{ a, b Point }

func (s stretch) low() int32  { return min(s.a.Y, s.b.Y) }
func (s stretch) high() int32 { return max(s.a.Y, s.b.Y) }

func (p *pieces) add(a, b Point) {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	p.all = append(p.all, stretch{a, b})
}

// settle sorts the pieces and takes away pairs of equal ones: what lies on both
// sides of them is enclosed as often.
func (p *pieces) settle() {
	slices.SortFunc(p.all, func(s, t stretch) int { return cmp.Or(s.a.Compare(t.a), s.b.Compare(t.b)) })
	kept := p.all[:0]
	for i := 0; i < len(p.all); i++ {
		if i+1 < len(p.all) && p.all[i] == p.all[i+1] {
			i++
			continue
		}
		kept = append(kept, p.all[i])
	}
	p.all = kept
	p.bins = newStrips(p.all)
}

// cut is a point at which a piece is parted.
type cut struct {
	piece int32
	at    Point
}

// part parts pieces where they meet others elsewhere than in common ends, and
// reports whether any did; false, too, when no pair may be compared any more. A piece is parted within its box, so that its parts together are
// as long as it was, measured along the axes; that is why it comes to an end.
func (p *pieces) part() bool {
	var cuts []cut
	for s := range p.all {
		if p.left < 0 {
			return false
		}
		p.bins.each(p.all[s].a.X, p.all[s].b.X, func(t int32) {
			if p.left--; int(t) > s {
				cuts = p.meeting(cuts, int32(s), t)
			}
		})
	}
	if len(cuts) == 0 {
		return false
	}
	slices.SortFunc(cuts, func(c, d cut) int { return cmp.Or(cmp.Compare(c.piece, d.piece), c.at.Compare(d.at)) })
	cuts = slices.Compact(cuts)
	whole := p.all
	p.all = make([]stretch, 0, len(whole)+len(cuts))
	for i, s := range whole {
		n := 0
		for n < len(cuts) && cuts[n].piece == int32(i) {
			n++
		}
		own := cuts[:n]
		cuts = cuts[n:]
		if s.b.Y < s.a.Y { // along the piece, y falls
			slices.SortFunc(own, func(c, d cut) int { return cmp.Or(cmp.Compare(c.at.X, d.at.X), cmp.Compare(d.at.Y, c.at.Y)) })
		}
		from := s.a
		for _, c := range own {
			p.add(from, c.at)
			from = c.at
		}
		p.add(from, s.b)
	}
	return true
}

// meeting appends where two pieces must be parted.
func (p *pieces) meeting(cuts []cut, i, j int32) []cut {
	s, t := p.all[i], p.all[j]
	if s.low() > t.high() || t.low() > s.high() || s.a.X > t.b.X || t.a.X > s.b.X {
		return cuts
	}
	ta, tb := cross(s.a, s.b, t.a), cross(s.a, s.b, t.b)
	sa, sb := cross(t.a, t.b, s.a), cross(t.a, t.b, s.b)
	touch := func(number int32, of stretch, off int64, at Point) {
		if off == 0 && at != of.a && at != of.b && of.a.X <= at.X && at.X <= of.b.X && of.low() <= at.Y && at.Y <= of.high() {
			cuts = append(cuts, cut{number, at})
		}
	}
	touch(i, s, ta, t.a)
	touch(i, s, tb, t.b)
	touch(j, t, sa, s.a)
	touch(j, t, sb, s.b)
	if (ta > 0) == (tb > 0) || (sa > 0) == (sb > 0) || ta == 0 || tb == 0 || sa == 0 || sb == 0 {
		return cuts
	}
	share := float64(sa) / (float64(sa) - float64(sb))
	at := Point{
		within(float64(s.a.X)+share*float64(s.b.X-s.a.X), max(s.a.X, t.a.X), min(s.b.X, t.b.X)),
		within(float64(s.a.Y)+share*float64(s.b.Y-s.a.Y), max(s.low(), t.low()), min(s.high(), t.high())),
	}
	for _, one := range [2]struct {
		number int32
		of     stretch
	}{{i, s}, {j, t}} {
		if at != one.of.a && at != one.of.b {
			cuts = append(cuts, cut{one.number, at})
		}
	}
	return cuts
}

// within rounds, and keeps between two bounds.
func within(v float64, least, most int32) int32 {
	return min(max(int32(math.RoundToEven(v)), least), most)
}

// planar makes a map of pieces that meet in their ends only, with the face 0 on
// the side of each that is enclosed.
func (p *pieces) planar() *Map {
	points := make([]Point, 0, 2*len(p.all))
	for _, s := range p.all {
		points = append(points, s.a, s.b)
	}
	slices.SortFunc(points, Point.Compare)
	m := &Map{points: slices.Compact(points)}
	m.fixed = make([]bool, len(m.points))
	number := func(q Point) int32 {
		n, _ := slices.BinarySearchFunc(m.points, q, Point.Compare)
		return int32(n)
	}
	for _, s := range p.all {
		e := edge{number(s.a), number(s.b), Nothing, Nothing}
		if p.enclosed(s) {
			e.ahead = 0
		} else {
			e.behind = 0
		}
		m.edges = append(m.edges, e)
	}
	return m
}

// enclosed tells whether the side of a piece on which an outer ring that runs from
// a to b has its inside, south of it or, of an upright one, west, is enclosed: whether a
// ray from there southward crosses an odd number of pieces. All is counted in half units.
func (p *pieces) enclosed(s stretch) bool {
	odd := false
	middle := Point{s.a.X + s.b.X, s.a.Y + s.b.Y}
	upright := s.a.X == s.b.X
	p.bins.each(middle.X>>1, middle.X>>1, func(i int32) {
		t := p.all[i]
		a, b := Point{2 * t.a.X, 2 * t.a.Y}, Point{2 * t.b.X, 2 * t.b.Y}
		over := a.X <= middle.X && middle.X < b.X // as seen a hair east of the middle
		if upright {
			over = a.X < middle.X && middle.X <= b.X // and a hair west
		}
		if over && t != s && cross(a, b, middle) < 0 {
			odd = !odd
		}
	})
	return odd
}

// strips find pieces by x: upright strips of equal width, each with the pieces that reach into it.
type strips struct {
	first int32 // least x
	shift uint  // a strip is 1<<shift wide
	start []int32
	of    []int32 // piece numbers
	seen  []int32 // by piece: the last question in which it was found
	asked int32
}

func newStrips(all []stretch) strips {
	if len(all) == 0 {
		return strips{}
	}
	least, most, width := int32(math.MaxInt32), int32(math.MinInt32), int64(0)
	for _, s := range all {
		least, most = min(least, s.a.X), max(most, s.b.X)
		width += int64(s.b.X-s.a.X) + 1
	}
	b := strips{first: least, seen: make([]int32, len(all))}
	for int64(1)<<b.shift < width/int64(len(all)) || (int64(most)-int64(least))>>b.shift > 2*int64(len(all)) {
		b.shift++
	}
	b.start = make([]int32, b.strip(most)+3)
	for _, s := range all {
		for k := b.strip(s.a.X); k <= b.strip(s.b.X); k++ {
			b.start[k+2]++
		}
	}
	for k := 2; k < len(b.start); k++ {
		b.start[k] += b.start[k-1]
	}
	b.of = make([]int32, b.start[len(b.start)-1])
	for i, s := range all {
		for k := b.strip(s.a.X); k <= b.strip(s.b.X); k++ {
			b.of[b.start[k+1]] = int32(i)
			b.start[k+1]++
		}
	}
	return b
}

func (b *strips) strip(x int32) int32 { return (x - b.first) >> b.shift }

// each calls do once with each piece of the strips from one x to another.
func (b *strips) each(from, to int32, do func(piece int32)) {
	b.asked++
	for k := b.strip(from); k <= b.strip(to); k++ {
		for _, i := range b.of[b.start[k]:b.start[k+1]] {
			if b.seen[i] != b.asked {
				b.seen[i] = b.asked
				do(i)
			}
		}
	}
}
