package cells

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// ErrShape reports a polygon that can't be indexed: coordinates that are not
// numbers, or more of them than an index holds.
var ErrShape = errors.New("cells: not a polygon that can be indexed")

// NewCoverage indexes polygons, each valid by the rules of OGC simple features.
// Rings may run either way. An empty polygon covers nothing.
func NewCoverage(shapes []orb.MultiPolygon) (*Coverage, error) {
	c := &Coverage{polygons: make([]polygon, 0, len(shapes))}
	if err := c.take(shapes); err != nil {
		return nil, err
	}
	bound := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, p := range c.polygons {
		if p.rings > 0 {
			bound = bound.Union(p.bound)
		}
	}
	if bound.IsEmpty() {
		c.size = 1
		return c, nil
	}
	// A margin, so that points on the edge of the bounds are inside the root.
	extent := max(bound.Max[0]-bound.Min[0], bound.Max[1]-bound.Min[1])
	margin := extent/1024 + 1e-9
	c.origin, c.size = orb.Point{bound.Min[0] - margin, bound.Min[1] - margin}, extent+2*margin
	b := builder{c: c, pad: c.size / (1 << 38)}
	c.root = b.all()
	if b.full {
		return nil, fmt.Errorf("%w: too many edges", ErrShape)
	}
	c.quads, c.leaves = slices.Clip(slices.Clone(c.quads)), slices.Clip(slices.Clone(c.leaves))
	return c, nil
}

// take copies the rings, each in its direction, and closes them.
func (c *Coverage) take(shapes []orb.MultiPolygon) error {
	total := 0
	for _, shape := range shapes {
		for _, p := range shape {
			for _, r := range p {
				total += len(r) + 1
			}
		}
	}
	if total > numberBits || len(shapes) > numberBits/2 {
		return fmt.Errorf("%w: %d points in %d polygons", ErrShape, total, len(shapes))
	}
	c.points = make([]orb.Point, 0, total)
	for i, shape := range shapes {
		p := polygon{firstRing: uint32(len(c.rings))}
		for _, part := range shape {
			for k, r := range part {
				if len(r) < 3 {
					continue
				}
				first := len(c.points)
				c.points = append(c.points, r...)
				if r[0] != r[len(r)-1] {
					c.points = append(c.points, r[0])
				}
				points := c.points[first:]
				for _, at := range points {
					if math.IsNaN(at[0]-at[0]) || math.IsNaN(at[1]-at[1]) {
						return fmt.Errorf("%w: polygon %d has a vertex %v, %v", ErrShape, i, at[0], at[1])
					}
				}
				if (twiceArea(points) < 0) == (k == 0) {
					slices.Reverse(points)
				}
				if p.rings == 0 {
					p.bound = orb.LineString(points).Bound()
				} else {
					p.bound = p.bound.Union(orb.LineString(points).Bound())
				}
				c.rings = append(c.rings, ring{uint32(first), uint32(len(points))})
				p.rings++
			}
		}
		c.polygons = append(c.polygons, p)
	}
	return nil
}

// clip is what a quad has of a polygon.
type clip struct {
	polygon uint32
	inside  bool // holds the quad's middle
	edges   []uint32
}

// builder divides the root until no quad has many edges.
type builder struct {
	c     *Coverage
	pad   float64  // by which quads reach beyond their sides, so that rounding loses no edge
	edges []uint32 // a stack, of the clips of the quads that are being divided
	clips []clip   // likewise
	full  bool
}

// all makes the root of all polygons.
func (b *builder) all() uint32 {
	middle := b.c.middle(0, 0, 0)
	for i, p := range b.c.polygons {
		one, from := clip{polygon: uint32(i)}, len(b.edges)
		for _, r := range b.c.rings[p.firstRing : p.firstRing+p.rings] {
			for e := r.first; e+1 < r.first+r.points; e++ {
				b.edges = append(b.edges, e)
				start, end := b.c.points[e], b.c.points[e+1]
				// West of the middle and level with it: the way out to the west crosses.
				if (start[1] > middle[1]) != (end[1] > middle[1]) && (sideOfReference(start, end, middle) < 0) == (end[1] > start[1]) {
					one.inside = !one.inside
				}
			}
		}
		one.edges = b.edges[from:len(b.edges):len(b.edges)]
		b.clips = append(b.clips, one)
	}
	return b.quad(b.clips, 0, 0, 0)
}

// quad makes the quad in a column and row of a depth; clips are in order of polygon.
func (b *builder) quad(clips []clip, column, row uint32, depth uint) uint32 {
	count := 0
	for _, one := range clips {
		count += len(one.edges)
	}
	switch {
	case len(clips) == 0:
		return kindEmpty
	case count == 0:
		return kindWhole | clips[0].polygon
	case count <= edgesInLeaf || depth == maxDepth:
		return b.leaf(clips)
	}
	middle := b.c.middle(column, row, depth)
	place := len(b.c.quads)
	b.c.quads = append(b.c.quads, [4]uint32{})
	for k := range uint32(4) {
		x, y := column<<1|k&1, row<<1|k>>1
		edges, kept := len(b.edges), len(b.clips)
		b.divide(clips, middle, b.c.middle(x, y, depth+1), b.c.size/float64(uint32(2)<<depth)/2+b.pad)
		made := b.quad(b.clips[kept:len(b.clips):len(b.clips)], x, y, depth+1)
		b.c.quads[place][k] = made
		b.edges, b.clips = b.edges[:edges], b.clips[:kept]
	}
	if place > numberBits {
		b.full = true
	}
	return kindQuads | uint32(place)&numberBits
}

// divide pushes what a smaller quad has of the clips; half is half its side.
func (b *builder) divide(clips []clip, from, to orb.Point, half float64) {
	for _, one := range clips {
		start, inside := len(b.edges), one.inside
		for _, e := range one.edges {
			p, q := b.c.points[e], b.c.points[e+1]
			if crosses(p, q, from, to) {
				inside = !inside
			}
			if near(p, q, to, half) {
				b.edges = append(b.edges, e)
			}
		}
		edges := b.edges[start:len(b.edges):len(b.edges)]
		if len(edges) > 0 || inside {
			b.clips = append(b.clips, clip{one.polygon, inside, edges})
		}
		if len(edges) == 0 && inside {
			break // it has the whole quad, and those after it never get a point
		}
	}
}

// crosses tells whether the way between two middles, first west or east, then
// north or south, crosses the edge from p to q once.
func crosses(p, q, from, to orb.Point) bool {
	corner := orb.Point{to[0], from[1]}
	odd := (p[1] > from[1]) != (q[1] > from[1]) && sideOfReference(p, q, from) != sideOfReference(p, q, corner)
	if (p[0] > to[0]) != (q[0] > to[0]) && sideOfReference(p, q, corner) != sideOfReference(p, q, to) {
		odd = !odd
	}
	return odd
}

// near tells whether an edge may meet the square round a middle; a miss is sure.
func near(p, q, middle orb.Point, half float64) bool {
	if min(p[0], q[0]) > middle[0]+half || max(p[0], q[0]) < middle[0]-half ||
		min(p[1], q[1]) > middle[1]+half || max(p[1], q[1]) < middle[1]-half {
		return false
	}
	dx, dy := q[0]-p[0], q[1]-p[1]
	away := dx*(middle[1]-p[1]) - dy*(middle[0]-p[0])
	return math.Abs(away) <= (math.Abs(dx)+math.Abs(dy))*half
}

func (b *builder) leaf(clips []clip) uint32 {
	place := len(b.c.leaves)
	b.c.leaves = append(b.c.leaves, uint32(len(clips)))
	for _, one := range clips {
		head := one.polygon << 1
		if one.inside {
			head |= 1
		}
		b.c.leaves = append(b.c.leaves, head, uint32(len(one.edges)))
		b.c.leaves = append(b.c.leaves, one.edges...)
	}
	if place > numberBits {
		b.full = true
	}
	return kindLeaf | uint32(place)&numberBits
}
