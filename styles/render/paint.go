package render

import (
	"context"
	"encoding/binary"
	"image"
	"math"
	"sync"
	"sync/atomic"
)

// bandHeight is the rows that are painted at once: their buffers stay in the
// processor's cache, and several bands are painted side by side.
const bandHeight = 128

// paintInOrder paints band after band and hands each on, from the top, while the
// next ones are being painted: the whole picture is never in memory.
func (r *Renderer) paintInOrder(ctx context.Context, p *picture, take func(rows []uint8) error) error {
	bands := (p.frame.Height + bandHeight - 1) / bandHeight
	workers := min(r.painters, bands)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make([]chan []uint8, bands)
	for i := range done {
		done[i] = make(chan []uint8, 1)
	}
	ahead := make(chan struct{}, 2*workers) // bands that are painted or wait to be taken
	spare := make(chan []uint8, 2*workers)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			var b *band
			for {
				select {
				case ahead <- struct{}{}:
				case <-ctx.Done():
					return
				}
				i := int(next.Add(1)) - 1
				if i >= bands {
					return
				}
				top := i * bandHeight
				height := min(bandHeight, p.frame.Height-top)
				if b == nil || b.height != height {
					b = newBand(r, p.frame, height)
				}
				var rows []uint8
				select {
				case rows = <-spare:
					rows = rows[:p.frame.Width*height*4]
					clear(rows)
				default:
					rows = make([]uint8, p.frame.Width*height*4)
				}
				b.move(top, rows)
				for k := range p.layers {
					b.layer(&p.layers[k])
				}
				done[i] <- rows
			}
		})
	}
	defer wait.Wait()
	defer stop()
	for i := range done {
		select {
		case rows := <-done[i]:
			if err := take(rows); err != nil {
				return err
			}
			if len(rows) == p.frame.Width*bandHeight*4 {
				spare <- rows
			}
			<-ahead
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// paint draws the list into pixels. It stops when the context ends.
func (r *Renderer) paint(ctx context.Context, p *picture) (*image.RGBA, error) {
	out := image.NewRGBA(image.Rect(0, 0, p.frame.Width, p.frame.Height))
	bands := (p.frame.Height + bandHeight - 1) / bandHeight
	workers := min(r.painters, bands)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			var b *band
			for {
				i := int(next.Add(1)) - 1
				if i >= bands || ctx.Err() != nil {
					return
				}
				top := i * bandHeight
				height := min(bandHeight, p.frame.Height-top)
				if b == nil || b.height != height {
					b = newBand(r, p.frame, height)
				}
				b.move(top, out.Pix[top*out.Stride:(top+height)*out.Stride])
				for k := range p.layers {
					b.layer(&p.layers[k])
				}
			}
		})
	}
	wait.Wait()
	return out, ctx.Err()
}

// band paints some rows of a picture.
type band struct {
	*Renderer
	frame         Frame
	width, height int
	top           int
	cover         *cover
	pixels        []uint8  // RGBA, premultiplied: the picture's own rows
	group         []uint8  // RGBA, premultiplied: areas of a layer before they are put on the picture
	taken         []uint8  // how much of each pixel the areas of a layer cover
	at            point    // of the drawing's corner on the picture
	seen          rect     // of the drawing
	shown         pixelBox // of the band: what may be painted
	phaseX        float64  // the picture's corner in pixels from the plane's origin, for patterns
	phaseY        float64
}

func newBand(r *Renderer, f Frame, height int) *band {
	b := &band{Renderer: r, frame: f, width: f.Width, height: height, cover: newCover(f.Width, height)}
	w, h := f.size()
	b.phaseX = math.Round(f.Extent.Min[0] * w / (f.Extent.Max[0] - f.Extent.Min[0]))
	b.phaseY = math.Round(-f.Extent.Max[1] * h / (f.Extent.Max[1] - f.Extent.Min[1]))
	return b
}

func (b *band) move(top int, pixels []uint8) {
	b.top, b.pixels = top, pixels
	b.through(nil)
}

// through sets the window through which the next drawing is seen.
func (b *band) through(w *window) {
	b.at, b.shown = point{}, pixelBox{0, 0, b.width, b.height}
	b.seen = rect{0, float64(b.top), float64(b.width), float64(b.top + b.height)}
	if w != nil {
		b.at = w.at
		b.shown = pixelBox{
			max(0, int(math.Round(w.shown.x0+w.at.x))), max(0, int(math.Round(w.shown.y0+w.at.y))-b.top),
			min(b.width, int(math.Round(w.shown.x1+w.at.x))), min(b.height, int(math.Round(w.shown.y1+w.at.y))-b.top),
		}
		b.seen = rect{
			float64(b.shown.x0) - w.at.x, float64(b.top+b.shown.y0) - w.at.y, float64(b.shown.x1) - w.at.x, float64(b.top+b.shown.y1) - w.at.y,
		}
	}
	b.cover.left, b.cover.top, b.cover.shown = -b.at.x, float64(b.top)-b.at.y, b.shown
}

func (b *band) layer(d *drawing) {
	b.through(d.window)
	if b.shown.x0 >= b.shown.x1 || b.shown.y0 >= b.shown.y1 {
		return
	}
	if d.areas {
		b.areas(d)
		return
	}
	for i := range d.marks {
		m := &d.marks[i]
		if m.box.meets(b.seen) {
			b.mark(m)
		}
	}
}

func (b *band) mark(m *mark) {
	switch {
	case m.raster != nil:
		b.raster(m.raster)
	case m.image != nil:
		b.icon(m.image)
	case m.text != nil:
		b.text(m)
	default:
		b.trace(m)
		b.cover.sweep(b.over(m))
	}
}

// trace adds a mark's shape to the cover.
func (b *band) trace(m *mark) {
	if m.stroke == nil {
		for _, ring := range m.lines {
			b.cover.ring(ring...)
		}
		return
	}
	reach := m.stroke.width*max(m.stroke.miterLimit, 1)/2 + 1
	near := b.seen.grown(reach)
	lines, pen := m.lines, *m.stroke
	if len(pen.dashes) > 0 {
		lines, pen.closed = dashed(lines, pen.closed, pen.dashes, near), false
	}
	for _, line := range lines {
		if len(line) > 0 && near.meets(boxOfLine(line).grown(0.01)) {
			pen.outline(line, b.cover)
		}
	}
}

// pixel is a colour, premultiplied, in 255ths.
type pixel [4]uint32

func (c Colour) pixel() pixel {
	a := unit(c.A) * 255
	return pixel{uint32(unit(c.R)*a + 0.5), uint32(unit(c.G)*a + 0.5), uint32(unit(c.B)*a + 0.5), uint32(a + 0.5)}
}

// div255 is x / 255, rounded, for x up to 255 × 255.
func div255(x uint32) uint32 { return (x + 128 + (x+128)>>8) >> 8 }

// over puts a colour or a pattern on the picture.
func (b *band) over(m *mark) func(row, column int, cover []uint8) {
	ink := b.ink(m)
	return func(row, column int, cover []uint8) {
		to := b.pixels[(row*b.width+column)*4:]
		ink.start(column, row)
		var mix blending
		for i, c := range cover {
			p := ink.next()
			if c == 0 || p[3] == 0 {
				continue
			}
			mix.over(to[i*4:i*4+4:i*4+4], p, uint32(c))
		}
	}
}

func blendOver(to []uint8, p pixel, cover uint32) {
	if cover != 255 {
		p = pixel{div255(p[0] * cover), div255(p[1] * cover), div255(p[2] * cover), div255(p[3] * cover)}
	}
	switch p[3] {
	case 0:
		return
	case 255:
		to[0], to[1], to[2], to[3] = uint8(p[0]), uint8(p[1]), uint8(p[2]), 255
		return
	}
	rest := 255 - p[3]
	for k := range 4 {
		to[k] = uint8(min(255, p[k]+div255(uint32(to[k])*rest)))
	}
}

// blending remembers what it has computed last: along a row of a map the same
// colour mostly meets the same ground.
type blending struct {
	p        pixel
	cover    uint32
	from, to uint32
	known    bool
}

// over is [blendOver].
func (m *blending) over(to []uint8, p pixel, cover uint32) {
	ground := binary.LittleEndian.Uint32(to)
	if m.known && ground == m.from && cover == m.cover && p == m.p {
		binary.LittleEndian.PutUint32(to, m.to)
		return
	}
	blendOver(to, p, cover)
	m.p, m.cover, m.from, m.to, m.known = p, cover, ground, binary.LittleEndian.Uint32(to), true
}

// ink is the colour of a mark, or its pattern, which lies still on the ground, so
// that pictures side by side continue it.
type ink struct {
	colour pixel
	tile   *bitmap // nil for a colour
	alpha  uint32  // of the pattern, in 255ths
	shiftX int
	shiftY int

	row []uint8 // of the tile, that pixels are taken from
	at  int     // of the next pixel in it
}

func (b *band) ink(m *mark) ink {
	if m.pattern == "" {
		return ink{colour: m.colour.pixel()}
	}
	ratio := b.frame.ratio()
	tile := b.sprites.get(m.pattern, func(s sprite) int { return int(math.Round(s.size * ratio)) })
	if tile == nil {
		return ink{}
	}
	side := float64(tile.side)
	return ink{
		tile: tile, alpha: uint32(unit(m.colour.A)*255 + 0.5),
		shiftX: int(modulo(b.phaseX, side)), shiftY: int(modulo(b.phaseY, side)) + b.top,
	}
}

// start goes to a pixel of the band.
func (k *ink) start(x, y int) {
	if k.tile != nil {
		stride := k.tile.side * 4
		k.row = k.tile.pixels[(y+k.shiftY)%k.tile.side*stride:][:stride]
		k.at = (x + k.shiftX) % k.tile.side * 4
	}
}

// next is the colour of the pixel, and goes on to the right.
func (k *ink) next() pixel {
	if k.tile == nil {
		return k.colour
	}
	from := k.row[k.at : k.at+4 : k.at+4]
	if k.at += 4; k.at == len(k.row) {
		k.at = 0
	}
	if from[3] == 0 {
		return pixel{}
	}
	p := pixel{uint32(from[0]), uint32(from[1]), uint32(from[2]), uint32(from[3])}
	if k.alpha != 255 {
		p = pixel{div255(p[0] * k.alpha), div255(p[1] * k.alpha), div255(p[2] * k.alpha), div255(p[3] * k.alpha)}
	}
	return p
}

// areas puts the areas of a layer together and then on the picture. Where two
// share a pixel each has its part of it: put over one another, what is below would
// shine through the border between them.
func (b *band) areas(d *drawing) {
	touched := nowhere
	for i := range d.marks {
		m := &d.marks[i]
		if !m.box.meets(b.seen) {
			continue
		}
		if b.group == nil {
			b.group, b.taken = make([]uint8, b.width*b.height*4), make([]uint8, b.width*b.height)
		}
		touched = touched.with(point{m.box.x0, m.box.y0}).with(point{m.box.x1, m.box.y1})
		b.trace(m)
		b.cover.sweep(b.beside(m))
	}
	if touched.x0 > touched.x1 {
		return
	}
	x0, x1 := max(b.shown.x0, int(touched.x0+b.at.x)-1), min(b.shown.x1, int(touched.x1+b.at.x)+2)
	y0, y1 := max(b.shown.y0, int(touched.y0+b.at.y)-b.top-1), min(b.shown.y1, int(touched.y1+b.at.y)-b.top+2)
	if x0 >= x1 {
		return
	}
	opacity := uint32(d.opacity*255 + 0.5)
	for y := y0; y < y1; y++ {
		from, to := b.group[(y*b.width+x0)*4:(y*b.width+x1)*4], b.pixels[(y*b.width+x0)*4:]
		var last, ground, mixed uint32 // what was put last, on what, and what became of it
		for i := 0; i < len(from); i += 4 {
			put := binary.LittleEndian.Uint32(from[i:])
			if put == 0 {
				continue
			}
			below := binary.LittleEndian.Uint32(to[i:])
			if put != last || below != ground {
				blendOver(to[i:i+4:i+4], pixel{uint32(from[i]), uint32(from[i+1]), uint32(from[i+2]), uint32(from[i+3])}, opacity)
				last, ground, mixed = put, below, binary.LittleEndian.Uint32(to[i:])
				continue
			}
			binary.LittleEndian.PutUint32(to[i:], mixed)
		}
		clear(from)
		clear(b.taken[y*b.width+x0 : y*b.width+x1])
	}
}

// beside puts an area on the group. It takes the part of a pixel that is free
// first; over the rest it lies as usual.
func (b *band) beside(m *mark) func(row, column int, cover []uint8) {
	ink := b.ink(m)
	return func(row, column int, cover []uint8) {
		base := row*b.width + column
		ink.start(column, row)
		var mix blending
		for i, c := range cover {
			p := ink.next()
			if c == 0 {
				continue
			}
			to := b.group[(base+i)*4 : (base+i)*4+4 : (base+i)*4+4]
			taken, mine := uint32(b.taken[base+i]), uint32(c)
			if mine == 255 || taken == 255 {
				b.taken[base+i] = 255
				if p[3] != 0 {
					mix.over(to, p, mine)
				}
				continue
			}
			keep := uint32(255)
			if both := taken + mine; both > 255 { // of what is there, the part that is covered shows through as far as the colour lets it
				keep = 255 - div255(p[3]*((both-255)*255/taken))
				b.taken[base+i] = 255
			} else {
				b.taken[base+i] = uint8(both)
			}
			for k := range 4 {
				to[k] = uint8(min(255, div255(p[k]*mine)+div255(uint32(to[k])*keep)))
			}
		}
	}
}

func (b *band) raster(r *placedRaster) {
	opacity := uint32(r.opacity*255 + 0.5)
	left, top := int(math.Round(b.at.x)), int(math.Round(b.at.y))-b.top
	for y := max(b.shown.y0, top); y < min(b.shown.y1, r.height+top); y++ {
		from := r.pixels[(y-top)*r.width*4:]
		to := b.pixels[y*b.width*4:]
		for x := max(0, b.shown.x0-left); x < min(b.shown.x1-left, r.width); x++ {
			p := pixel{uint32(from[x*4]), uint32(from[x*4+1]), uint32(from[x*4+2]), uint32(from[x*4+3])}
			blendOver(to[(left+x)*4:(left+x)*4+4:(left+x)*4+4], p, opacity)
		}
	}
}

// icon puts an image on the picture, turned where it must be.
func (b *band) icon(i *placedImage) {
	tile := b.sprites.get(i.name, func(s sprite) int { return int(math.Round(s.size * i.size)) })
	if tile == nil {
		return
	}
	side := tile.side
	cover := uint32(unit(i.opacity)*255 + 0.5)
	left, top := int(math.Round(i.at.x+b.at.x-float64(side)/2)), int(math.Round(i.at.y+b.at.y-float64(side)/2))-b.top
	sin, cos := math.Sincos(-i.angle)
	for y := max(b.shown.y0, top); y < min(b.shown.y1, top+side); y++ {
		for x := max(b.shown.x0, left); x < min(b.shown.x1, left+side); x++ {
			u, v := x-left, y-top
			if i.angle != 0 {
				dx, dy := float64(u)+0.5-float64(side)/2, float64(v)+0.5-float64(side)/2
				u, v = int(math.Floor(dx*cos-dy*sin+float64(side)/2)), int(math.Floor(dx*sin+dy*cos+float64(side)/2))
				if u < 0 || v < 0 || u >= side || v >= side {
					continue
				}
			}
			from := tile.pixels[(v*side+u)*4:]
			blendOver(b.pixels[(y*b.width+x)*4:(y*b.width+x)*4+4], pixel{uint32(from[0]), uint32(from[1]), uint32(from[2]), uint32(from[3])}, cover)
		}
	}
}

// text puts a label on the picture: all halos, then all glyphs.
func (b *band) text(m *mark) {
	t := m.text
	if t.haloWidth > 0 && t.halo.A > 0 {
		for _, g := range t.glyphs {
			b.glyph(g, t.size, t.haloWidth, t.halo.pixel())
		}
	}
	for _, g := range t.glyphs {
		b.glyph(g, t.size, 0, m.colour.pixel())
	}
}

func (b *band) glyph(g placedGlyph, size, halo float64, p pixel) {
	g.at.x += b.at.x
	g.at.y += b.at.y
	m, column, row := b.fonts.masks.mask(g, size, halo)
	left, top := column+m.left, row+m.top-b.top
	for y := max(0, b.shown.y0-top); y < min(m.height, b.shown.y1-top); y++ {
		for x := max(0, b.shown.x0-left); x < min(m.width, b.shown.x1-left); x++ {
			if c := m.cover[y*m.width+x]; c != 0 {
				at := ((top+y)*b.width + left + x) * 4
				blendOver(b.pixels[at:at+4:at+4], p, uint32(c))
			}
		}
	}
}
