package pyramid

import (
	"math"

	"onemap/tiles/coverage"
)

// cutter cuts features into the pieces of the blocks they touch.
type cutter struct {
	kind     Kind
	unitZoom int // of the coordinates
}

// cut calls give with the piece of every block of the zoom that the piece p
// reaches into, the margin of the block included. Where a border crosses the
// edge of a block it gets a point there, the same on both sides. It ends with the
// first error of give, or of going, which is asked before each block: a province
// lies in many.
func (c cutter) cut(p piece, blockZoom int, going func() error, give func(blockAt block, cut piece) error) error {
	box := coverage.BoxOf(p.parts)
	tiles := blocksRound(box, c.unitZoom, blockZoom)
	side := int32(1) << (extentBits + c.unitZoom - blockZoom)
	if c.kind != Points && (box.Min.X/side != box.Max.X/side || box.Min.Y/side != box.Max.Y/side) {
		p.parts = splitAtEdges(p.parts, side, c.kind == Polygons)
	}
	for _, t := range tiles {
		if err := going(); err != nil {
			return err
		}
		b := block{tile: t}
		part := p
		part.owned = p.owned && b.holds(scale(p.anchor, c.unitZoom), c.unitZoom)
		if part.parts = c.clip(p.parts, box, b.wide(c.unitZoom)); len(part.parts) > 0 {
			if err := give(b, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// scale brings a point of the finest grid to that of a zoom.
func scale(p coverage.Point, zoom int) coverage.Point {
	return coverage.Point{X: p.X >> (finestZoom - zoom), Y: p.Y >> (finestZoom - zoom)}
}

func (c cutter) clip(parts [][]coverage.Point, box, into coverage.Box) [][]coverage.Point {
	switch {
	case !into.Meets(box):
		return nil
	case into.Holds(box):
		return parts
	}
	var clipped [][]coverage.Point
	switch c.kind {
	case Polygons:
		return coverage.ClipRings(parts, into)
	case Lines:
		for _, line := range parts {
			clipped = append(clipped, coverage.ClipLine(line, into)...)
		}
	case Points:
		for _, part := range parts {
			if into.Holds(coverage.BoxOf([][]coverage.Point{part})) {
				clipped = append(clipped, part)
			}
		}
	}
	return clipped
}

// splitAtEdges puts a point into every segment where it crosses an edge between
// blocks of that side.
func splitAtEdges(parts [][]coverage.Point, side int32, closed bool) [][]coverage.Point {
	split := make([][]coverage.Point, len(parts))
	for i, part := range parts {
		out := make([]coverage.Point, 0, len(part)+4)
		for j, p := range part {
			out = append(out, p)
			q := part[(j+1)%len(part)]
			if !closed && j+1 == len(part) {
				break
			}
			out = appendCrossings(out, p, q, side)
		}
		split[i] = out
	}
	return split
}

func appendCrossings(out []coverage.Point, p, q coverage.Point, side int32) []coverage.Point {
	if floor(p.X, side) == floor(q.X, side) && floor(p.Y, side) == floor(q.Y, side) {
		return out
	}
	begin := len(out)
	// Reckoned from the lesser end, so that both who share the segment agree.
	a, b := p, q
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	for x := (floor(a.X, side) + 1) * side; x < b.X; x += side {
		out = append(out, coverage.Point{X: x, Y: between(a.Y, b.Y, x-a.X, b.X-a.X)})
	}
	low, high := min(a.Y, b.Y), max(a.Y, b.Y)
	for y := (floor(low, side) + 1) * side; y < high; y += side {
		out = append(out, coverage.Point{X: between(a.X, b.X, y-a.Y, b.Y-a.Y), Y: y})
	}
	sortAlong(out[begin:], p)
	return out
}

func floor(v, side int32) int32 { return v / side } // coordinates are not negative, but for the margin of the world's edge

func between(from, to, part, whole int32) int32 {
	return from + int32(math.Round(float64(to-from)*float64(part)/float64(whole)))
}

// sortAlong orders the few crossings of one segment by their distance from its start.
func sortAlong(points []coverage.Point, start coverage.Point) {
	far := func(p coverage.Point) float64 {
		return math.Hypot(float64(p.X-start.X), float64(p.Y-start.Y))
	}
	for i := 1; i < len(points); i++ {
		for j := i; j > 0 && far(points[j]) < far(points[j-1]); j-- {
			points[j], points[j-1] = points[j-1], points[j]
		}
	}
}

// measure returns the size of a feature and a place on it, on the grid of its parts.
func measure(kind Kind, parts [][]coverage.Point) (size float64, anchor coverage.Point) {
	switch kind {
	case Polygons:
		var largest int64
		for _, r := range parts {
			twice := coverage.DoubleArea(r)
			size += float64(twice) / 2
			if twice > largest {
				largest, anchor = twice, r[0]
			}
		}
		if p, ok := coverage.Inside(parts); ok {
			anchor = p
		}
	case Lines:
		longest := -1.0
		for _, line := range parts {
			length := 0.0
			for i := 1; i < len(line); i++ {
				length += math.Hypot(float64(line[i].X-line[i-1].X), float64(line[i].Y-line[i-1].Y))
			}
			size += length
			if length > longest {
				longest, anchor = length, line[len(line)/2]
			}
		}
	case Points:
		size, anchor = 1, parts[0][0]
	}
	return size, anchor
}
