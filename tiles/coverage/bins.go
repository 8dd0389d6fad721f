package coverage

import "math/bits"

// bins finds points by place: a grid of square cells, about one point to a cell.
type bins struct {
	x, y          int32 // least coordinates
	shift         uint  // side of a cell is 1<<shift units
	columns, rows int32
	start         []int32 // of each cell in members, and the end of the last
	members       []int32 // point numbers
}

func newBins(points []Point) bins {
	if len(points) == 0 {
		return bins{columns: 0, rows: 0, start: []int32{0}}
	}
	least, most := points[0], points[0]
	for _, p := range points {
		least = Point{min(least.X, p.X), min(least.Y, p.Y)}
		most = Point{max(most.X, p.X), max(most.Y, p.Y)}
	}
	width, height := int64(most.X)-int64(least.X)+1, int64(most.Y)-int64(least.Y)+1
	b := bins{x: least.X, y: least.Y}
	// The cells are as large as makes them as many as the points.
	if perCell := uint64(width*height) / uint64(len(points)); perCell > 1 {
		b.shift = uint(bits.Len64(perCell)) / 2
	}
	for (width>>b.shift+1)*(height>>b.shift+1) > 4*int64(len(points))+64 { // long and thin
		b.shift++
	}
	b.columns, b.rows = int32(width>>b.shift)+1, int32(height>>b.shift)+1
	b.fill(points)
	return b
}

func (b *bins) fill(points []Point) {
	b.start = make([]int32, int(b.columns)*int(b.rows)+1)
	for _, p := range points {
		b.start[b.cell(p)+1]++
	}
	for i := 1; i < len(b.start); i++ {
		b.start[i] += b.start[i-1]
	}
	b.members = make([]int32, len(points))
	next := make([]int32, len(b.start)-1)
	for i, p := range points {
		c := b.cell(p)
		b.members[b.start[c]+next[c]] = int32(i)
		next[c]++
	}
}

func (b *bins) cell(p Point) int {
	return int((p.Y-b.y)>>b.shift)*int(b.columns) + int((p.X-b.x)>>b.shift)
}

// column and row are those of a coordinate, brought to the nearest there is.
func (b *bins) column(x int32) int32 {
	return min(max((x-b.x)>>b.shift, 0), b.columns-1)
}

func (b *bins) row(y int32) int32 {
	return min(max((y-b.y)>>b.shift, 0), b.rows-1)
}

// in returns the points of a run of cells of one row.
func (b *bins) in(row, from, to int32) []int32 {
	base := int(row) * int(b.columns)
	return b.members[b.start[base+int(from)]:b.start[base+int(to)+1]]
}
