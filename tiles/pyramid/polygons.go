package pyramid

import (
	"math"
	"slices"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/coverage"
)

const (
	// leastPixels is the least area that is drawn on its own, in pixels of a
	// viewer that draws a tile on 512 of them. At the highest zoom everything is.
	leastPixels = 6
	pixelUnits  = 8 // units to a pixel
	// bend is the least bend of a border that stays, in square units of the
	// next zoom down: the triangle of three points.
	bend = 14
)

// polygonLevel is a block of polygons at one zoom, as a coverage.
type polygonLevel struct {
	block  block
	in     *loaded
	zoom   int
	m      *coverage.Map
	class  []string
	merged []bool // members that are drawn as part of another
	rough  bool   // the map has points that only merged borders needed
}

func newPolygonLevel(l Layer, b block, in *loaded) *polygonLevel {
	p := &polygonLevel{block: b, in: in, zoom: b.top, class: make([]string, len(in.members)), merged: make([]bool, len(in.members))}
	for k, f := range l.Fields {
		if !f.Class {
			continue
		}
		for i, m := range in.members {
			if k < len(m.values) {
				p.class[i] = string(m.values[k][min(2, len(m.values[k])):]) // behind its tag and length
			}
		}
	}
	segments := &coverage.Segments{}
	points := 0
	for _, parts := range in.parts {
		points += countPoints(parts)
	}
	segments.Grow(points)
	for i, parts := range in.parts {
		for _, ring := range parts {
			segments.AddRing(int32(i), ring)
		}
	}
	in.parts = nil
	if b.from == finestZoom {
		p.m = segments.Snap(uint(finestZoom-b.top), b.keeps(b.top))
		return p
	}
	p.zoom = b.from
	p.m = segments.Snap(0, b.keeps(b.from))
	for p.zoom > b.top {
		p.lower()
	}
	return p
}

func (p *polygonLevel) sketch() []drawable {
	sketches := p.m.Sketches(len(p.in.members))
	drawn := make([]drawable, 0, len(sketches))
	for i, s := range sketches {
		if s.DoubleArea > 0 {
			drawn = append(drawn, drawable{member: &p.in.members[i], box: s.Box, points: s.Points, weight: float64(s.DoubleArea)})
		}
	}
	return drawn
}

func (p *polygonLevel) draw() []drawable {
	if p.rough { // merging has left points that nobody needs now
		p.m = p.m.Simplify(2*bend).Snap(0, p.block.keeps(p.zoom))
		p.rough = false
	}
	faces := p.m.Faces(len(p.in.members))
	drawn := make([]drawable, len(faces))
	for i, f := range faces {
		d := drawable{member: &p.in.members[f.Face], box: coverage.BoxOf(f.Rings), parts: f.Rings}
		for _, r := range f.Rings {
			d.weight += float64(coverage.DoubleArea(r))
			d.points += len(r)
		}
		drawn[i] = d
	}
	return drawn
}

func (p *polygonLevel) lower() {
	// A square unit of the next zoom down is four of this one; areas are doubled.
	const least = 2 * 4 * leastPixels * pixelUnits * pixelUnits
	squares := p.without(least)
	segments := p.m.Simplify(2 * 4 * bend)
	p.zoom--
	p.snap(segments, squares, 1)
}

func (p *polygonLevel) snap(segments *coverage.Segments, squares []square, shift uint) {
	for _, s := range squares {
		segments.AddRing(s.face, s.ring)
	}
	p.m = segments.Snap(shift, p.block.keeps(p.zoom))
	p.rough = false
}

// without merges what is smaller than the area, twice in square units. Small
// faces without a neighbour go too; the squares that stand for them are returned.
func (p *polygonLevel) without(least int64) []square {
	sketches := p.m.Sketches(len(p.in.members))
	g := newMerger(p.m, sketches, p.class, least)
	into, alone := g.merge()
	squares := p.shares(g, sketches, alone)
	for _, f := range alone {
		into[f] = coverage.Nothing
	}
	some := false
	for f, to := range into {
		if to == int32(f) {
			continue
		}
		if to != coverage.Nothing && into[to] == coverage.Nothing {
			into[f] = coverage.Nothing
		}
		p.merged[f], some = true, true
	}
	for _, s := range squares {
		p.merged[s.face] = false
	}
	if some {
		p.m = p.m.Merge(into)
		p.rough = true
	}
	return squares
}

// square stands for several faces that are too small and lie alone.
type square struct {
	face int32
	ring []coverage.Point
}

// shares draws every so many faces that are too small and have no neighbour as
// one square of the least area, in the order along a Hilbert curve and by class, so
// that as much land is covered as before: what is built up at a higher zoom is so
// at a lower one too.
func (p *polygonLevel) shares(g *merger, sketches []coverage.Sketch, alone []int32) []square {
	if len(alone) == 0 {
		return nil
	}
	place := func(f int32) coverage.Point {
		b := sketches[f].Box
		return coverage.Point{X: b.Min.X/2 + b.Max.X/2, Y: b.Min.Y/2 + b.Max.Y/2}
	}
	along := func(f int32) uint64 {
		at := place(f)
		return archive.TileID(maptile.New(uint32(max(at.X, 0)), uint32(max(at.Y, 0)), maptile.Zoom(extentBits+p.zoom+1)))
	}
	keys := make(map[int32]uint64, len(alone))
	for _, f := range alone {
		keys[f] = along(f)
	}
	slices.SortFunc(alone, func(a, b int32) int {
		if keys[a] != keys[b] {
			if keys[a] < keys[b] {
				return -1
			}
			return 1
		}
		return int(a - b)
	})
	var squares []square
	saved := map[string]int64{}
	for _, f := range alone {
		class := p.class[f]
		saved[class] += g.areas[f]
		// From half of it on, so that as much is drawn too early as too late.
		if saved[class] < g.least/2 {
			continue
		}
		half := int32(math.Ceil(math.Sqrt(float64(g.least)/2) / 2))
		at := place(f)
		squares = append(squares, square{f, []coverage.Point{
			{X: at.X - half, Y: at.Y - half}, {X: at.X + half, Y: at.Y - half}, {X: at.X + half, Y: at.Y + half}, {X: at.X - half, Y: at.Y + half},
		}})
		saved[class] -= g.least
	}
	return squares
}

func (p *polygonLevel) thin(crowded [][]int32, drawn []drawable) bool {
	held := make(map[uint64]bool)
	for i, touches := range p.m.Touching(len(p.in.members)) {
		if touches {
			held[p.in.members[i].id] = true
		}
	}
	least, some := leastWeight(crowded, drawn, func(d *drawable) bool { return !held[d.id] })
	if !some || least > math.MaxInt64/2 {
		return false
	}
	if squares := p.without(int64(math.Ceil(least))); len(squares) > 0 {
		p.snap(p.m.Simplify(2*bend), squares, 0)
	}
	return true
}

func (p *polygonLevel) gone() outcome {
	alive := make([]bool, len(p.in.members))
	for i, s := range p.m.Sketches(len(p.in.members)) {
		alive[i] = s.DoubleArea > 0
	}
	var o outcome
	for i, m := range p.in.members {
		switch {
		case !m.owned || alive[i]:
		case p.merged[i]:
			o.Merged++
		default:
			o.Dropped++
		}
	}
	return o
}
