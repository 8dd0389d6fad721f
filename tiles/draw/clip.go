package draw

import (
	"math"

	"onemap/tiles/coverage"
	"onemap/tiles/wkb"
)

// clipper cuts rings and lines at a box. What it returns is valid until its next call.
type clipper struct {
	from, to []wkb.Point
	pieces   [][]wkb.Point
}

// ring cuts a ring, which does not repeat its first point, at the four sides one
// after another (Sutherland and Hodgman, 1974). What comes back encloses what the ring and the box both do;
// it may run along the box and back where the ring leaves it several times.
func (c *clipper) ring(ring []wkb.Point, of, b box) []wkb.Point {
	c.from, c.to = append(c.from[:0], ring...), c.to[:0]
	if of.minX < b.minX {
		c.cut(func(p wkb.Point) float64 { return p.X - b.minX }, func(p, q wkb.Point) wkb.Point { return atX(p, q, b.minX) })
	}
	if of.maxX > b.maxX {
		c.cut(func(p wkb.Point) float64 { return b.maxX - p.X }, func(p, q wkb.Point) wkb.Point { return atX(p, q, b.maxX) })
	}
	if of.minY < b.minY {
		c.cut(func(p wkb.Point) float64 { return p.Y - b.minY }, func(p, q wkb.Point) wkb.Point { return atY(p, q, b.minY) })
	}
	if of.maxY > b.maxY {
		c.cut(func(p wkb.Point) float64 { return b.maxY - p.Y }, func(p, q wkb.Point) wkb.Point { return atY(p, q, b.maxY) })
	}
	return c.from
}

// cut keeps what is on one side of a line: where within is not negative.
func (c *clipper) cut(within func(wkb.Point) float64, crossing func(p, q wkb.Point) wkb.Point) {
	if len(c.from) == 0 {
		return
	}
	c.to = c.to[:0]
	p := c.from[len(c.from)-1]
	in := within(p) >= 0
	for _, q := range c.from {
		now := within(q) >= 0
		if in != now {
			c.to = append(c.to, crossing(p, q))
		}
		if now {
			c.to = append(c.to, q)
		}
		p, in = q, now
	}
	c.from, c.to = c.to, c.from
}

// atX is where the line through p and q has that x; the same whichever comes first.
func atX(p, q wkb.Point, x float64) wkb.Point {
	if p.X > q.X {
		p, q = q, p
	}
	y := p.Y + (x-p.X)/(q.X-p.X)*(q.Y-p.Y)
	return wkb.Point{X: x, Y: min(max(y, min(p.Y, q.Y)), max(p.Y, q.Y))}
}

// atY is where the line through p and q has that y.
func atY(p, q wkb.Point, y float64) wkb.Point {
	p, q = wkb.Point{X: p.Y, Y: p.X}, wkb.Point{X: q.Y, Y: q.X}
	r := atX(p, q, y)
	return wkb.Point{X: r.Y, Y: r.X}
}

// line returns the pieces of a line that lie in the box.
func (c *clipper) line(line []wkb.Point, b box) [][]wkb.Point {
	c.pieces, c.to = c.pieces[:0], c.to[:0]
	if need := 2 * len(line); cap(c.to) < need { // pieces point into it, so it must not move
		c.to = make([]wkb.Point, 0, need)
	}
	begin := 0
	flush := func() {
		if len(c.to)-begin > 1 {
			c.pieces = append(c.pieces, c.to[begin:len(c.to):len(c.to)])
		}
		begin = len(c.to)
	}
	for i := 1; i < len(line); i++ {
		p, q, ok := segment(line[i-1], line[i], b)
		if !ok {
			flush()
			continue
		}
		if len(c.to) == begin {
			c.to = append(c.to, p)
		}
		c.to = append(c.to, q)
		if q != line[i] {
			flush()
		}
	}
	flush()
	return c.pieces
}

// segment returns the part of p→q that is in the box (Liang and Barsky, 1984).
func segment(p, q wkb.Point, b box) (from, to wkb.Point, ok bool) {
	dx, dy := q.X-p.X, q.Y-p.Y
	t0, t1 := 0.0, 1.0
	for _, side := range [4][2]float64{{-dx, p.X - b.minX}, {dx, b.maxX - p.X}, {-dy, p.Y - b.minY}, {dy, b.maxY - p.Y}} {
		switch along, room := side[0], side[1]; {
		case along == 0 && room < 0:
			return p, q, false
		case along < 0:
			t0 = max(t0, room/along)
		case along > 0:
			t1 = min(t1, room/along)
		}
	}
	if t0 > t1 {
		return p, q, false
	}
	from, to = p, q
	if t0 > 0 {
		from = wkb.Point{X: min(max(p.X+t0*dx, b.minX), b.maxX), Y: min(max(p.Y+t0*dy, b.minY), b.maxY)}
	}
	if t1 < 1 {
		to = wkb.Point{X: min(max(p.X+t1*dx, b.minX), b.maxX), Y: min(max(p.Y+t1*dy, b.minY), b.maxY)}
	}
	return from, to, true
}

// round brings a point to whole units; halfway between two to the even one, which
// is the same place in the neighbouring tile.
func round(p wkb.Point) coverage.Point {
	return coverage.Point{X: int32(math.RoundToEven(p.X)), Y: int32(math.RoundToEven(p.Y))}
}

// appendRing appends the ring rounded to whole units, without points that are not
// needed: repeated ones, those in line with their neighbours, and the tips of what has closed to
// nothing. Nothing is appended where no area is left.
func appendRing(to []coverage.Point, ring []wkb.Point) []coverage.Point {
	begin := len(to)
	for _, p := range ring {
		to = push(to, begin, round(p))
	}
	for again := true; again && len(to)-begin > 2; { // where the end meets the beginning
		n := len(to)
		switch first, second := to[begin], to[begin+1]; {
		case to[n-1] == first || inLine(to[n-2], to[n-1], first):
			to = to[:n-1]
		case inLine(to[n-1], first, second):
			copy(to[begin:], to[begin+1:])
			to = to[:n-1]
		default:
			again = false
		}
	}
	if len(to)-begin < 3 {
		return to[:begin]
	}
	return to
}

// push appends a point to a ring that begins at a place in to, and takes away
// those before it that it makes needless.
func push(to []coverage.Point, begin int, p coverage.Point) []coverage.Point {
	for {
		n := len(to)
		switch {
		case n > begin && to[n-1] == p:
			return to
		case n > begin+1 && inLine(to[n-2], to[n-1], p):
			to = to[:n-1]
		default:
			return append(to, p)
		}
	}
}

// inLine tells whether three points are on one line. They lie within a tile and
// its buffer, so 32 bits hold the area between them.
func inLine(a, b, c coverage.Point) bool {
	return (b.X-a.X)*(c.Y-a.Y) == (b.Y-a.Y)*(c.X-a.X)
}
