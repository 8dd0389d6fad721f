package render

import "math"

// cover finds how much of each pixel areas cover, exactly, by adding up the signed
// areas to the right of their edges. It works on a strip of the picture, and only
// where edges are: a long slanted line costs as many pixels as it touches.
type cover struct {
	width, height int
	top, left     float64   // of the strip in the picture
	shown         pixelBox  // of the strip; what is outside is not swept
	sums          []float32 // width + 2 a row
	low, high     []int32   // columns with sums, by row
	first, last   int       // rows with sums
	row           []uint8
}

func newCover(width, height int) *cover {
	c := &cover{width: width, height: height, sums: make([]float32, (width+2)*height), low: make([]int32, height), high: make([]int32, height), row: make([]uint8, width)}
	for i := range c.low {
		c.low[i], c.high[i] = math.MaxInt32, -1
	}
	c.first, c.last = height, -1
	c.shown = pixelBox{0, 0, width, height}
	return c
}

// pixelBox is a box of whole pixels, without its right and lower edge.
type pixelBox struct{ x0, y0, x1, y1 int }

// ring adds a closed ring.
func (c *cover) ring(points ...point) {
	n := len(points)
	if n < 3 {
		return
	}
	a := points[n-1]
	for _, b := range points {
		c.edge(a, b)
		a = b
	}
}

// edge adds an edge, cut to the strip. What is left of it counts at its left edge.
func (c *cover) edge(a, b point) {
	y0, y1 := a.y-c.top, b.y-c.top
	if y0 == y1 {
		return
	}
	x0, x1, sign := a.x-c.left, b.x-c.left, float32(1)
	if y0 > y1 {
		x0, y0, x1, y1, sign = x1, y1, x0, y0, -1
	}
	bottom := float64(c.height)
	if y1 <= 0 || y0 >= bottom {
		return
	}
	slope := (x1 - x0) / (y1 - y0)
	if y0 < 0 {
		x0, y0 = x0-y0*slope, 0
	}
	if y1 > bottom {
		x1, y1 = x1-(y1-bottom)*slope, bottom
	}
	right := float64(c.width)
	if min(x0, x1) >= 0 && max(x0, x1) <= right {
		c.inside(x0, y0, x1, y1, slope, sign)
		return
	}
	// Cut where it crosses the left and the right side.
	cuts := [4]float64{y0, y1, y1, y1}
	n := 1
	at := func(x float64) {
		if (x0 < x) != (x1 < x) {
			cuts[n] = min(max(y0+(x-x0)/slope, y0), y1)
			n++
		}
	}
	if slope > 0 {
		at(0)
		at(right)
	} else {
		at(right)
		at(0)
	}
	cuts[n] = y1
	for i := range n {
		from, to := cuts[i], cuts[i+1]
		if from >= to {
			continue
		}
		u, v := x0+(from-y0)*slope, x0+(to-y0)*slope
		switch middle := (u + v) / 2; {
		case middle <= 0:
			c.inside(0, from, 0, to, 0, sign)
		case middle < right:
			u, v = min(max(u, 0), right), min(max(v, 0), right)
			c.inside(u, from, v, to, (v-u)/(to-from), sign)
		}
	}
}

// inside adds an edge that goes down, within the strip.
func (c *cover) inside(x0, y0, x1, y1, slope float64, sign float32) {
	stride := c.width + 2
	first, last := int(y0), min(int(math.Ceil(y1)), c.height)
	c.first, c.last = min(c.first, first), max(c.last, last-1)
	x := x0
	for row := first; row < last; row++ {
		dy := min(float64(row+1), y1) - max(float64(row), y0)
		next := x + slope*dy
		if row == last-1 {
			next = x1
		}
		c.cell(c.sums[row*stride:(row+1)*stride], row, float32(x), float32(next), sign*float32(dy))
		x = next
	}
}

// cell adds the part of an edge within one row.
func (c *cover) cell(sums []float32, row int, x, next, d float32) {
	if x > next {
		x, next = next, x
	}
	x = max(x, 0)
	left, right := int32(x), int32(next)
	if float32(right) < next {
		right++
	}
	c.low[row], c.high[row] = min(c.low[row], left), max(c.high[row], right+1)
	if right <= left+1 {
		part := d * ((x+next)/2 - float32(left))
		sums[left] += d - part
		sums[left+1] += part
		return
	}
	slope := 1 / (next - x)
	begin, end := x-float32(left), next-float32(right)+1
	a0, am := slope*(1-begin)*(1-begin)/2, slope*end*end/2
	sums[left] += d * a0
	if right == left+2 {
		sums[left+1] += d * (1 - a0 - am)
	} else {
		a1 := slope * (1.5 - begin)
		sums[left+1] += d * (a1 - a0)
		for i := left + 2; i < right-1; i++ {
			sums[i] += d * slope
		}
		sums[right-1] += d * (1 - (a1 + float32(right-left-3)*slope) - am)
	}
	sums[right] += d * am
}

// sweep calls paint with the covered runs of each row, 255 being a whole pixel,
// and clears the strip.
func (c *cover) sweep(paint func(row, column int, cover []uint8)) {
	stride := c.width + 2
	for row := c.first; row <= c.last; row++ {
		low, high := int(c.low[row]), min(int(c.high[row])+1, stride)
		if low >= high {
			continue
		}
		sums := c.sums[row*stride : (row+1)*stride]
		var sum float32
		var value uint8
		i := low
		for ; i < min(high, c.width); i++ {
			if change := sums[i]; change != 0 { // between edges it stays as it is
				sum += change
				sums[i] = 0
				value = level(sum)
			}
			c.row[i] = value
		}
		for k := i; k < high; k++ {
			sums[k] = 0
		}
		if rest := level(sum); rest > 0 { // the area goes on beyond the right side
			for ; i < c.width; i++ {
				c.row[i] = rest
			}
		}
		if from, to := max(low, c.shown.x0), min(i, c.shown.x1); from < to && row >= c.shown.y0 && row < c.shown.y1 {
			paint(row, from, c.row[from:to])
		}
		c.low[row], c.high[row] = math.MaxInt32, -1
	}
	c.first, c.last = c.height, -1
}

func level(sum float32) uint8 {
	if sum < 0 {
		sum = -sum
	}
	if sum >= 1 {
		return 255
	}
	return uint8(sum*255 + 0.5)
}
