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

// spread widens a cover by a radius in pixels: a pixel gets the most that one near
// it gives, and what gives falls off over the last pixel of the radius.
func spread(from []uint8, width, height int, radius float64) []uint8 {
	reach := int(math.Ceil(radius + 0.5))
	type near struct {
		dx, dy int
		weight uint16
	}
	var pen []near
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			if w := radius + 0.5 - math.Hypot(float64(dx), float64(dy)); w > 0 {
				pen = append(pen, near{dx, dy, uint16(min(w, 1)*256 + 0.5)})
			}
		}
	}
	to := make([]uint8, len(from))
	for y := range height {
		for x := range width {
			cover := uint32(from[y*width+x])
			if cover == 0 {
				continue
			}
			if cover == 255 && x > 0 && x < width-1 && y > 0 && y < height-1 { // deep inside: the edges reach as far
				if from[y*width+x-1] == 255 && from[y*width+x+1] == 255 && from[(y-1)*width+x] == 255 && from[(y+1)*width+x] == 255 {
					to[y*width+x] = 255
					continue
				}
			}
			for _, p := range pen {
				px, py := x+p.dx, y+p.dy
				if px < 0 || px >= width || py < 0 || py >= height {
					continue
				}
				if v := uint8(cover * uint32(p.weight) >> 8); v > to[py*width+px] {
					to[py*width+px] = v
				}
			}
		}
	}
	return to
}
