package coverage

import (
	"cmp"
	"math"
	"slices"
)

// Box is a rectangle of the grid; its edges belong to it.
type Box struct{ Min, Max Point }

func emptyBox() Box {
	return Box{Point{math.MaxInt32, math.MaxInt32}, Point{math.MinInt32, math.MinInt32}}
}

func (b *Box) take(p Point) {
	b.Min = Point{min(b.Min.X, p.X), min(b.Min.Y, p.Y)}
	b.Max = Point{max(b.Max.X, p.X), max(b.Max.Y, p.Y)}
}

// BoxOf is the smallest box round the rings.
func BoxOf(rings [][]Point) Box {
	b := emptyBox()
	for _, r := range rings {
		for _, p := range r {
			b.take(p)
		}
	}
	return b
}

// Holds tells whether the other box lies in b.
func (b Box) Holds(other Box) bool {
	return b.Min.X <= other.Min.X && b.Min.Y <= other.Min.Y && b.Max.X >= other.Max.X && b.Max.Y >= other.Max.Y
}

// Meets tells whether the boxes have a point in common.
func (b Box) Meets(other Box) bool {
	return b.Min.X <= other.Max.X && b.Min.Y <= other.Max.Y && b.Max.X >= other.Min.X && b.Max.Y >= other.Min.Y
}

func (b Box) has(p Point) bool {
	return b.Min.X <= p.X && p.X <= b.Max.X && b.Min.Y <= p.Y && p.Y <= b.Max.Y
}

// ClipPolygons returns the part of a face that lies in the box: each outer ring
// followed by its holes, none touching itself. Rings are as [Face] has them.
// Two faces that share a border share it in the box too. It costs time
// proportional to the points.
func ClipPolygons(rings [][]Point, box Box) [][]Point {
	parts := clipRings(rings, box)
	clean := make([][]Point, 0, len(parts))
	for _, r := range parts {
		clean = append(clean, simpleRings(touchEdges(r, box))...)
	}
	return arrange(clean)
}

// ClipRings is [ClipPolygons] without putting the rings in order: they are
// directed, and may touch themselves.
func ClipRings(rings [][]Point, box Box) [][]Point { return clipRings(rings, box) }

// strand is the part of a ring from where it enters the box to where it leaves it.
type strand struct {
	points   []Point
	in, out  float64 // places of its ends on the box's edge, clockwise from the top left
	finished bool
}

func clipRings(rings [][]Point, box Box) [][]Point {
	var whole [][]Point
	var strands []strand
	for _, r := range rings {
		inside := 0
		for _, p := range r {
			if box.has(p) {
				inside++
			}
		}
		if inside == len(r) {
			whole = append(whole, r)
			continue
		}
		if inside == 0 && !box.Meets(BoxOf([][]Point{r})) {
			continue
		}
		strands = appendStrands(strands, r, box)
	}
	if len(strands) == 0 {
		if surrounds(rings, box) {
			whole = append(whole, []Point{box.Min, {box.Max.X, box.Min.Y}, box.Max, {box.Min.X, box.Max.Y}})
		}
		return whole
	}
	return append(whole, joinStrands(strands, box)...)
}

// surrounds tells whether a corner of a box that no ring enters is in the face.
func surrounds(rings [][]Point, box Box) bool {
	// A hair outside the corner, where no point of the grid lies.
	x, y := float64(box.Min.X)-0.5, float64(box.Min.Y)-0.5
	inside := false
	for _, r := range rings {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			if (float64(p.Y) > y) != (float64(q.Y) > y) &&
				x < float64(p.X)+(y-float64(p.Y))*(float64(q.X)-float64(p.X))/(float64(q.Y)-float64(p.Y)) {
				inside = !inside
			}
		}
	}
	return inside
}

// appendStrands cuts a ring at the box. The box is taken half a unit larger to
// tell inside from outside, so that no point lies on its edge; the ends are then
// put on the edge itself.
func appendStrands(strands []strand, r []Point, box Box) []strand {
	first := len(strands)
	var open *strand
	begin := 0 // start outside, so that no strand runs over the ring's end
	for box.has(r[begin]) {
		begin++
	}
	for i := range r {
		p, q := r[(begin+i)%len(r)], r[(begin+i+1)%len(r)]
		from, to, ok := cutSegment(p, q, box)
		if !ok {
			continue
		}
		if open == nil {
			strands = append(strands, strand{points: []Point{from.point}, in: from.place})
			open = &strands[len(strands)-1]
		}
		if last := open.points[len(open.points)-1]; last != to.point {
			open.points = append(open.points, to.point)
		}
		if to.crossing {
			open.out = to.place
			open = nil
		}
	}
	if open != nil { // cannot be: the ring began outside
		strands = strands[:first]
	}
	return strands
}

// end is where the part of a segment in the box begins or ends.
type end struct {
	point    Point
	place    float64 // on the edge of the box, where crossing
	crossing bool
}

// cutSegment returns the part of p→q that is in the box.
func cutSegment(p, q Point, box Box) (from, to end, ok bool) {
	inP, inQ := box.has(p), box.has(q)
	if inP && inQ {
		return end{point: p}, end{point: q}, true
	}
	px, py := float64(p.X), float64(p.Y)
	dx, dy := float64(q.X)-px, float64(q.Y)-py
	x0, y0 := float64(box.Min.X)-0.5, float64(box.Min.Y)-0.5
	x1, y1 := float64(box.Max.X)+0.5, float64(box.Max.Y)+0.5
	t0, t1 := 0.0, 1.0
	for _, side := range [4][2]float64{{-dx, px - x0}, {dx, x1 - px}, {-dy, py - y0}, {dy, y1 - py}} {
		switch along, room := side[0], side[1]; {
		case along == 0 && room < 0:
			return from, to, false
		case along < 0:
			t0 = max(t0, room/along)
		case along > 0:
			t1 = min(t1, room/along)
		}
	}
	if t0 >= t1 {
		return from, to, false
	}
	from, to = end{point: p}, end{point: q}
	if !inP {
		from = crossingAt(p, q, px+t0*dx, py+t0*dy, box)
	}
	if !inQ {
		to = crossingAt(p, q, px+t1*dx, py+t1*dy, box)
	}
	return from, to, true
}

// crossingAt is where the segment crosses the box's edge near x, y, a place
// on the edge of the box that is half a unit larger.
func crossingAt(p, q Point, x, y float64, box Box) end {
	width, height := float64(box.Max.X)-float64(box.Min.X)+1, float64(box.Max.Y)-float64(box.Min.Y)+1
	left, top := x-(float64(box.Min.X)-0.5), y-(float64(box.Min.Y)-0.5)
	if p.Compare(q) > 0 {
		p, q = q, p // the same place for both who share the segment
	}
	e := end{crossing: true}
	// The edge that the place is nearest to is the one it is on.
	switch nearest := min(math.Abs(top), math.Abs(width-left), math.Abs(height-top), math.Abs(left)); nearest {
	case math.Abs(top):
		e.place, e.point = left, atY(p, q, box.Min.Y)
	case math.Abs(width - left):
		e.place, e.point = width+top, atX(p, q, box.Max.X)
	case math.Abs(height - top):
		e.place, e.point = width+height+(width-left), atY(p, q, box.Max.Y)
	default:
		e.place, e.point = 2*width+height+(height-top), atX(p, q, box.Min.X)
	}
	e.point = Point{min(max(e.point.X, box.Min.X), box.Max.X), min(max(e.point.Y, box.Min.Y), box.Max.Y)}
	return e
}

// atX is where the segment, or its prolongation, has that x.
func atX(p, q Point, x int32) Point {
	if p.X == q.X {
		return Point{x, p.Y}
	}
	t := float64(x-p.X) / float64(q.X-p.X)
	return Point{x, int32(math.Round(min(max(float64(p.Y)+t*float64(q.Y-p.Y), math.MinInt32), math.MaxInt32)))}
}

func atY(p, q Point, y int32) Point {
	if p.Y == q.Y {
		return Point{p.X, y}
	}
	t := float64(y-p.Y) / float64(q.Y-p.Y)
	return Point{int32(math.Round(min(max(float64(p.X)+t*float64(q.X-p.X), math.MinInt32), math.MaxInt32))), y}
}

// joinStrands closes strands along the edge of the box: from where one leaves
// it, clockwise to where the next one enters.
func joinStrands(strands []strand, box Box) [][]Point {
	entries := make([]int, len(strands))
	for i := range entries {
		entries[i] = i
	}
	slices.SortFunc(entries, func(a, b int) int { return cmp.Compare(strands[a].in, strands[b].in) })
	var rings [][]Point
	for i := range strands {
		if strands[i].finished {
			continue
		}
		var ring []Point
		for at := i; !strands[at].finished; {
			strands[at].finished = true
			ring = append(ring, strands[at].points...)
			leaves := strands[at].out
			k, _ := slices.BinarySearchFunc(entries, leaves, func(e int, place float64) int { return cmp.Compare(strands[e].in, place) })
			round := k == len(entries)
			at = entries[k%len(entries)]
			ring = appendCorners(ring, leaves, strands[at].in, round, box)
		}
		rings = append(rings, ring)
	}
	return rings
}

// appendCorners adds the corners of the box between two places on its edge.
func appendCorners(ring []Point, from, to float64, round bool, box Box) []Point {
	width, height := float64(box.Max.X)-float64(box.Min.X)+1, float64(box.Max.Y)-float64(box.Min.Y)+1
	length := 2 * (width + height)
	if round {
		to += length
	}
	corners := []Point{{box.Max.X, box.Min.Y}, box.Max, {box.Min.X, box.Max.Y}, box.Min}
	places := []float64{width, width + height, 2*width + height, length}
	for turn := range 2 {
		for i, place := range places {
			if place += float64(turn) * length; from < place && place < to {
				ring = append(ring, corners[i])
			}
		}
	}
	return ring
}

// touchEdges puts a point of the ring that lies on an edge of the box also into
// the stretches of the ring that run along that edge past it, so that
// [simpleRings] finds that the ring meets itself there.
func touchEdges(ring []Point, box Box) []Point {
	edge := func(p, q Point) func(Point) (at int32, on bool) {
		switch {
		case p.X == q.X && (p.X == box.Min.X || p.X == box.Max.X):
			return func(r Point) (int32, bool) { return r.Y, r.X == p.X }
		case p.Y == q.Y && (p.Y == box.Min.Y || p.Y == box.Max.Y):
			return func(r Point) (int32, bool) { return r.X, r.Y == p.Y }
		}
		return nil
	}
	var out []Point
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		if out != nil {
			out = append(out, p)
		}
		on := edge(p, q)
		if on == nil || p == q {
			continue
		}
		from, _ := on(p)
		to, _ := on(q)
		var past []Point
		for _, r := range ring {
			if at, ok := on(r); ok && (from < at && at < to || to < at && at < from) {
				past = append(past, r)
			}
		}
		if len(past) == 0 {
			continue
		}
		slices.SortFunc(past, Point.Compare)
		if from > to {
			slices.Reverse(past)
		}
		if out == nil {
			out = append(out, ring[:i+1]...)
		}
		out = append(out, slices.Compact(past)...)
	}
	if out == nil {
		return ring
	}
	return out
}

// simpleRings cuts a ring where it meets itself, and leaves out what has no area.
func simpleRings(ring []Point) [][]Point {
	ring = withoutRepeats(ring)
	at := make(map[Point]int, len(ring))
	var stack []Point
	var rings [][]Point
	take := func(r []Point) {
		if len(r) < 3 {
			return
		}
		if r = straighten(slices.Clone(r)); len(r) >= 3 && DoubleArea(r) != 0 {
			rings = append(rings, r)
		}
	}
	for _, p := range ring {
		if k, ok := at[p]; ok {
			take(stack[k:])
			for _, gone := range stack[k+1:] {
				delete(at, gone)
			}
			stack = stack[:k+1]
			continue
		}
		at[p] = len(stack)
		stack = append(stack, p)
	}
	take(stack)
	return rings
}

func withoutRepeats(ring []Point) []Point {
	ring = slices.Compact(ring)
	for len(ring) > 1 && ring[0] == ring[len(ring)-1] {
		ring = ring[:len(ring)-1]
	}
	return ring
}

// ClipLine returns the pieces of a line that lie in the box.
func ClipLine(line []Point, box Box) [][]Point {
	var pieces [][]Point
	var open []Point
	flush := func() {
		if open = slices.Compact(open); len(open) > 1 {
			pieces = append(pieces, open)
		}
		open = nil
	}
	for i := 0; i+1 < len(line); i++ {
		from, to, ok := cutSegment(line[i], line[i+1], box)
		if !ok {
			flush()
			continue
		}
		if len(open) == 0 {
			open = append(open, from.point)
		}
		open = append(open, to.point)
		if to.crossing {
			flush()
		}
	}
	flush()
	return pieces
}
