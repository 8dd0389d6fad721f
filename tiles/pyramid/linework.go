package pyramid

import (
	"math"

	"onemap/tiles/coverage"
)

// lineLevel is a block of lines at one zoom. Lines that meet in a point meet in
// it at every zoom.
type lineLevel struct {
	block block
	in    *loaded
	zoom  int
	m     *coverage.Map
}

func newLineLevel(b block, in *loaded) *lineLevel {
	l := &lineLevel{block: b, in: in, zoom: b.top}
	segments := &coverage.Segments{}
	for i, parts := range in.parts {
		for _, line := range parts {
			segments.AddLine(int32(i), line)
		}
	}
	in.parts = nil
	if b.from == finestZoom {
		l.m = segments.Snap(uint(finestZoom-b.top), b.keeps(b.top))
		return l
	}
	l.zoom = b.from
	l.m = segments.Snap(0, b.keeps(b.from))
	for l.zoom > b.top {
		l.lower()
	}
	return l
}

func (l *lineLevel) draw() []drawable {
	lines := l.m.Lines(len(l.in.members))
	drawn := make([]drawable, len(lines))
	for i, line := range lines {
		m := &l.in.members[line.Number]
		drawn[i] = drawable{member: m, box: coverage.BoxOf(line.Pieces), parts: line.Pieces, points: countPoints(line.Pieces), weight: importance(m)}
	}
	return drawn
}

func (l *lineLevel) sketch() []drawable { return l.draw() }

// importance orders by rank, and by size where ranks are equal.
func importance(m *member) float64 {
	return m.rank*World + min(m.size, World-1)
}

func (l *lineLevel) lower() {
	l.zoom--
	l.m = l.m.Simplify(2*4*bend).Snap(1, l.block.keeps(l.zoom))
}

// thin leaves out the least important lines of the whole block, so that a line
// does not end at the edge of a tile.
func (l *lineLevel) thin(crowded [][]int32, drawn []drawable) bool {
	least, some := leastWeight(crowded, drawn, func(*drawable) bool { return true })
	if !some {
		return false
	}
	into := make([]int32, len(l.in.members))
	for i := range into {
		into[i] = int32(i)
		if importance(&l.in.members[i]) < least {
			into[i] = coverage.Nothing
		}
	}
	l.m = l.m.Merge(into).Simplify(0).Snap(0, l.block.keeps(l.zoom))
	return true
}

func (l *lineLevel) gone() outcome {
	alive := make([]bool, len(l.in.members))
	for _, line := range l.m.Lines(len(l.in.members)) {
		alive[line.Number] = true
	}
	var o outcome
	for i, m := range l.in.members {
		if m.owned && !alive[i] {
			o.Dropped++
		}
	}
	return o
}

// pointLevel is a block of points at one zoom.
type pointLevel struct {
	block block
	in    *loaded
	zoom  int
	cell  int32 // side of the squares of which each keeps one point, in units; 0 keeps all
	stand []int // member that stands for each member, itself where it is drawn
}

// clusterUnits is the side of the squares below the highest zoom: 8 pixels.
const clusterUnits = 64

func newPointLevel(b block, in *loaded) *pointLevel {
	p := &pointLevel{block: b, in: in, zoom: b.top, stand: make([]int, len(in.members))}
	for i := range p.stand {
		p.stand[i] = i
	}
	if b.from != finestZoom {
		p.cluster(clusterUnits)
	}
	return p
}

func (p *pointLevel) draw() []drawable {
	counts := make([]uint64, len(p.in.members))
	for i, to := range p.stand {
		counts[to] += p.in.members[i].count
	}
	var drawn []drawable
	for i := range p.in.members {
		if p.stand[i] != i {
			continue
		}
		m := p.in.counted(i, counts[i])
		at := make([][]coverage.Point, len(p.in.parts[i]))
		for k, part := range p.in.parts[i] {
			for _, q := range part {
				at[k] = append(at[k], p.onGrid(q))
			}
		}
		drawn = append(drawn, drawable{member: m, box: coverage.BoxOf(at), parts: at, points: countPoints(at), weight: importance(m)})
	}
	return drawn
}

func (p *pointLevel) sketch() []drawable { return p.draw() }

// onGrid brings a point from the grid of the pieces to that of the zoom.
func (p *pointLevel) onGrid(q coverage.Point) coverage.Point {
	shift := uint(p.block.from - p.zoom)
	if shift == 0 {
		return q
	}
	half := int32(1) << (shift - 1)
	return coverage.Point{X: (q.X + half) >> shift, Y: (q.Y + half) >> shift}
}

func (p *pointLevel) lower() {
	p.zoom--
	p.cluster(clusterUnits)
}

// cluster lets the most important point of every square stand for all in it.
func (p *pointLevel) cluster(cell int32) {
	p.cell = cell
	best := map[coverage.Point]int{}
	key := func(i int) coverage.Point {
		q := p.onGrid(p.in.parts[i][0][0])
		return coverage.Point{X: floorDiv(q.X, cell), Y: floorDiv(q.Y, cell)}
	}
	for i, m := range p.in.members {
		if p.stand[i] != i {
			continue
		}
		k := key(i)
		if j, ok := best[k]; !ok || m.rank > p.in.members[j].rank {
			best[k] = i
		}
	}
	for i := range p.stand {
		if p.stand[i] == i {
			p.stand[i] = best[key(i)]
		}
	}
	for i, to := range p.stand { // who stood for others may now have one who stands for it
		for p.stand[to] != to {
			to = p.stand[to]
		}
		p.stand[i] = to
	}
}

func floorDiv(a, b int32) int32 { return int32(math.Floor(float64(a) / float64(b))) }

func (p *pointLevel) thin([][]int32, []drawable) bool {
	if p.cell > 1<<extentBits {
		return false
	}
	p.cluster(max(2*p.cell, 8))
	return true
}

func (p *pointLevel) gone() outcome {
	var o outcome
	for i, m := range p.in.members {
		if m.owned && p.stand[i] != i {
			o.Clustered++
		}
	}
	return o
}
