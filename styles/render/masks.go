package render

import (
	"math"
	"sync"
)

// mask is a glyph's, or its halo's, cover of pixels.
type mask struct {
	left, top     int // of the mask's corner from the pen's whole pixel
	width, height int
	cover         []uint8
}

// maskKey names a mask: places are known to a quarter of a pixel, sizes and halos
// to a sixteenth, angles to a 1024th of a turn.
type maskKey struct {
	face       int
	id         uint16
	size       int32
	subX, subY uint8
	angle      int16
	halo       int16
}

// maskCache keeps masks that have been drawn, up to a number of bytes.
type maskCache struct {
	mu    sync.RWMutex
	masks map[maskKey]*mask
	bytes int
}

const maskBytes = 32 << 20

// mask returns the glyph's mask and the whole pixel that it belongs to.
func (c *maskCache) mask(g placedGlyph, size, halo float64) (m *mask, column, row int) {
	x, y := math.Round(g.at.x*4)/4, math.Round(g.at.y*4)/4
	column, row = int(math.Floor(x)), int(math.Floor(y))
	key := maskKey{
		face: g.face.index, id: g.id, size: int32(math.Round(size * 16)),
		subX: uint8((x - math.Floor(x)) * 4), subY: uint8((y - math.Floor(y)) * 4),
		angle: int16(math.Round(g.angle / (2 * math.Pi) * 1024)), halo: int16(math.Round(halo * 16)),
	}
	c.mu.RLock()
	m = c.masks[key]
	c.mu.RUnlock()
	if m != nil {
		return m, column, row
	}
	m = drawMask(g.face.outline(g.id), key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes > maskBytes {
		clear(c.masks)
		c.bytes = 0
	}
	c.masks[key] = m
	c.bytes += len(m.cover) + 128
	return m, column, row
}

func drawMask(contours []contour, key maskKey) *mask {
	size := float64(key.size) / 16
	sin, cos := math.Sincos(float64(key.angle) / 1024 * 2 * math.Pi)
	rings := make([][]point, len(contours))
	for i, c := range contours {
		rings[i] = make([]point, len(c))
		for k, p := range c {
			x, y := p.x*size, -p.y*size
			rings[i][k] = point{x*cos - y*sin + float64(key.subX)/4, x*sin + y*cos + float64(key.subY)/4}
		}
	}
	box := boxOf(rings)
	if !(box.x0 < box.x1) {
		return &mask{}
	}
	halo := float64(key.halo) / 16
	box = box.grown(math.Ceil(halo) + 1)
	m := &mask{left: int(math.Floor(box.x0)), top: int(math.Floor(box.y0))}
	m.width, m.height = int(math.Ceil(box.x1))-m.left, int(math.Ceil(box.y1))-m.top
	m.cover = make([]uint8, m.width*m.height)
	c := newCover(m.width, m.height)
	for _, ring := range rings {
		for k := range ring {
			ring[k].x -= float64(m.left)
			ring[k].y -= float64(m.top)
		}
		c.ring(ring...)
	}
	c.sweep(func(row, column int, cover []uint8) { copy(m.cover[row*m.width+column:], cover) })
	if halo > 0 {
		m.cover = spread(m.cover, m.width, m.height, halo)
	}
	return m
}

// spread widens a cover by a radius in pixels, in a time that does not depend on
// the radius: by the exact Euclidean distance transform of Felzenszwalb and
// Huttenlocher (2012), columns first, then rows. A pixel that is covered in part counts as lying so far outside
// as it lacks of half a cover.
func spread(from []uint8, width, height int, radius float64) []uint8 {
	const far = 1e12
	squares := make([]float64, len(from))
	for i, cover := range from {
		lacks := max(0, 0.5-float64(cover)/255)
		squares[i] = lacks * lacks
		if cover == 0 {
			squares[i] = far
		}
	}
	n := max(width, height)
	line, at, until := make([]float64, n), make([]int, n), make([]float64, n+1)
	for x := range width {
		nearest(squares[x:], width, line[:height], at, until)
	}
	for y := range height {
		nearest(squares[y*width:], 1, line[:width], at, until)
	}
	to := make([]uint8, len(from))
	for i, square := range squares {
		to[i] = max(from[i], uint8(255*max(0, min(1, radius+0.5-math.Sqrt(square)))+0.5))
	}
	return to
}

// nearest replaces every square[i*step], i < len(line), by the least of
// square[k*step] + (i−k)²: the lower envelope of parabolas. The other slices are
// room to work in: at holds the envelope's parabolas, until where each ends.
func nearest(square []float64, step int, line []float64, at []int, until []float64) {
	for i := range line {
		line[i] = square[i*step]
	}
	height := func(k int) float64 { return line[k] + float64(k)*float64(k) }
	last := 0
	at[0], until[0] = 0, math.Inf(-1)
	for i := 1; i < len(line); i++ {
		for {
			meet := (height(i) - height(at[last])) / float64(2*(i-at[last]))
			if meet > until[last] {
				last++
				at[last], until[last] = i, meet
				break
			}
			last--
		}
	}
	for i, k := 0, 0; i < len(line); i++ {
		for k < last && until[k+1] < float64(i) {
			k++
		}
		d := float64(i - at[k])
		square[i*step] = d*d + line[at[k]]
	}
}
