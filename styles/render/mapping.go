package render

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// point is a place in the picture: pixels from its top left corner, y downward.
type point struct{ x, y float64 }

// rect is a box in pixels.
type rect struct{ x0, y0, x1, y1 float64 }

var nowhere = rect{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func (r rect) with(p point) rect {
	return rect{min(r.x0, p.x), min(r.y0, p.y), max(r.x1, p.x), max(r.y1, p.y)}
}

func (r rect) grown(by float64) rect { return rect{r.x0 - by, r.y0 - by, r.x1 + by, r.y1 + by} }

func (r rect) meets(o rect) bool { return r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1 }

func (r rect) holds(o rect) bool {
	return r.x0 <= o.x0 && r.y0 <= o.y0 && o.x1 <= r.x1 && o.y1 <= r.y1
}

func boxOf(lines [][]point) rect {
	box := nowhere
	for _, line := range lines {
		b := boxOfLine(line)
		box = rect{min(box.x0, b.x0), min(box.y0, b.y0), max(box.x1, b.x1), max(box.y1, b.y1)}
	}
	return box
}

func boxOfLine(line []point) rect {
	box := nowhere
	for _, p := range line {
		box = box.with(p)
	}
	return box
}

// snap is the grid of the places in a picture, in pixels. A border that two areas
// share goes through the same places in both, whichever way round it is read.
const snap = 1. / 32

// mapping brings geometries into the picture.
type mapping struct {
	frame     Frame
	projector *crs.Projector
	undo      map[crs.System]*crs.Transformer
	x, y      float64 // of the picture's corner, in the frame's system
	across    float64 // pixels to a unit
	down      float64
	room      rect // outside of it nothing is seen
	marker    []point
}

func newMapping(f Frame, margin float64) (*mapping, error) {
	projector, err := crs.NewProjector(f.System)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidFrame, err)
	}
	w, h := f.size()
	return &mapping{
		frame: f, projector: projector, undo: map[crs.System]*crs.Transformer{},
		x: f.Extent.Min[0], y: f.Extent.Max[1],
		across: w / (f.Extent.Max[0] - f.Extent.Min[0]), down: h / (f.Extent.Max[1] - f.Extent.Min[1]),
		room: rect{-margin, -margin, w + margin, h + margin},
	}, nil
}

// plane makes a feature's geometry be in the frame's system or in degrees, and
// tells whether it still must be projected.
func (m *mapping) plane(f *Feature) (g orb.Geometry, projected bool, err error) {
	if f.System == m.frame.System {
		return f.Geometry, true, nil
	}
	if f.System.Geographic() {
		return f.Geometry, false, nil
	}
	t, ok := m.undo[f.System]
	if !ok {
		if t, err = crs.NewTransformer(f.System); err != nil {
			return nil, false, fmt.Errorf("render: features in %v: %w", f.System, err)
		}
		m.undo[f.System] = t
	}
	g, err = t.Transform(f.Geometry)
	return g, false, err
}

// project brings a position of EPSG:4490 into the frame's system. One that is out of
// the projection's reach is no number, and left out: it is thousands of kilometres away.
func (m *mapping) project(p orb.Point) orb.Point {
	q, err := m.projector.Point(p)
	if err != nil {
		return orb.Point{math.NaN(), math.NaN()}
	}
	return q
}

func (m *mapping) place(p orb.Point) point {
	return point{(p[0] - m.x) * m.across, (m.y - p[1]) * m.down}
}

// line brings a line into the picture. Where the systems differ and a straight
// line would be half a pixel off, it is bent.
func (m *mapping) line(line []orb.Point, projected bool) []point {
	m.marker = m.marker[:0]
	var before orb.Point
	var at point
	for i, p := range line {
		q := p
		if !projected {
			q = m.project(p)
		}
		next := m.place(q)
		if i > 0 && !projected && math.Abs(next.x-at.x)+math.Abs(next.y-at.y) > 64 {
			m.bend(before, p, at, next, 0)
		}
		m.add(next)
		before, at = p, next
	}
	out := make([]point, len(m.marker))
	copy(out, m.marker)
	return out
}

func (m *mapping) add(p point) {
	if math.IsNaN(p.x) {
		return
	}
	p = point{math.Round(p.x/snap) * snap, math.Round(p.y/snap) * snap}
	if n := len(m.marker); n == 0 || m.marker[n-1] != p {
		m.marker = append(m.marker, p)
	}
}

func (m *mapping) bend(a, b orb.Point, from, to point, depth int) {
	middle := orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
	at := m.place(m.project(middle))
	off := math.Hypot(at.x-(from.x+to.x)/2, at.y-(from.y+to.y)/2)
	if off < 0.25 || depth > 12 || math.IsNaN(off) {
		return
	}
	m.bend(a, middle, from, at, depth+1)
	m.add(at)
	m.bend(middle, b, at, to, depth+1)
}

// parts brings a geometry into the picture: the rings of its polygons, turned so
// that a hole goes the other way round than its shell, or its lines, or its
// points, one a part. What lies wholly outside is left out.
func (m *mapping) parts(g orb.Geometry, projected bool, margin float64) (parts [][]point, kind string) {
	room := m.room.grown(margin)
	keep := func(line []point) bool {
		box := boxOfLine(line)
		return box.x1 >= room.x0 && box.x0 <= room.x1 && box.y1 >= room.y0 && box.y0 <= room.y1
	}
	polygon := func(p orb.Polygon) {
		for i, ring := range p {
			line := m.line(ring, projected)
			if len(line) < 3 || !keep(line) {
				if i == 0 {
					return
				}
				continue
			}
			if area := signedArea(line); (area < 0) != (i > 0) {
				for a, b := 0, len(line)-1; a < b; a, b = a+1, b-1 {
					line[a], line[b] = line[b], line[a]
				}
			}
			parts = append(parts, line)
		}
	}
	one := func(line []orb.Point) {
		if l := m.line(line, projected); len(l) > 0 && keep(l) {
			parts = append(parts, l)
		}
	}
	switch g := g.(type) {
	case orb.Polygon:
		polygon(g)
		return parts, "Polygon"
	case orb.MultiPolygon:
		for _, p := range g {
			polygon(p)
		}
		return parts, "Polygon"
	case orb.LineString:
		one(g)
		return parts, "LineString"
	case orb.MultiLineString:
		for _, l := range g {
			one(l)
		}
		return parts, "LineString"
	case orb.Point:
		one([]orb.Point{g})
		return parts, "Point"
	case orb.MultiPoint:
		for _, p := range g {
			one([]orb.Point{p})
		}
		return parts, "Point"
	}
	return nil, ""
}

// signedArea is above 0 for a ring that goes clockwise as one sees it.
func signedArea(ring []point) (twice float64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		twice += p.x*q.y - q.x*p.y
	}
	return twice
}

// geometryKind is what the geometry-type operator says.
func geometryKind(g orb.Geometry) string {
	switch g.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return "Polygon"
	case orb.LineString, orb.MultiLineString:
		return "LineString"
	}
	return "Point"
}
