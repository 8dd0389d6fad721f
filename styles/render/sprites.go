package render

import (
	"math"
	"strconv"
	"strings"
	"sync"
)

// Images are drawn from their names, by the same rules as in the browser
// (web/ui/src/map/symbols.ts): hatch:45:#2a7d2a[:12[:1.6]], cross:#2a7d2a[:12[:1.6]],
// dots:#2a7d2a[:10[:2.4]], marks:paddy:#8a6d1f[:24[:9]] and icon:drop:#1d6fb8[:20],
// sizes in CSS pixels.

// sprite is an image that can be drawn at any size.
type sprite struct {
	kind   string  // hatch, cross, dots, marks or icon
	angle  float64 // degrees, of a hatch
	shape  string  // of an icon, or of marks
	colour Colour
	size   float64 // side, or spacing, in CSS pixels
	width  float64 // of lines, or diameter of dots, or side of marks, in CSS pixels
	paint  func(x, y float64) int
}

// parseSprite reads an image's name.
func parseSprite(name string) (sprite, bool) {
	kind, rest, _ := strings.Cut(name, ":")
	parts := strings.Split(rest, ":")
	s := sprite{kind: kind}
	defaults := map[string][2]float64{"hatch": {12, 1.6}, "cross": {12, 1.6}, "dots": {10, 2.4}, "marks": {24, 9}, "icon": {20, 0}}
	sizes, ok := defaults[kind]
	if !ok {
		return s, false
	}
	switch kind {
	case "hatch":
		angle, err := strconv.ParseFloat(parts[0], 64)
		if err != nil {
			return s, false
		}
		s.angle, parts = angle, parts[1:]
	case "icon", "marks":
		s.shape, parts = parts[0], parts[1:]
	}
	if len(parts) == 0 || len(parts) > 3 || len(parts[0]) != 7 {
		return s, false
	}
	s.colour, ok = parseColour(parts[0])
	for i, text := range parts[1:] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0 && v <= 256) {
			return s, false
		}
		sizes[i] = v
	}
	s.size, s.width = sizes[0], sizes[1]
	return s, ok && s.painter()
}

// painter makes the rule that says of a place, in CSS pixels, whether it has the
// colour, 1, the white halo, 2, or nothing, 0.
func (s *sprite) painter() bool {
	spacing := s.size
	slanted := s.width * math.Sqrt2
	near := func(n, width float64) int {
		if modulo(n+width/2, spacing) < width {
			return 1
		}
		return 0
	}
	switch s.kind {
	case "cross":
		s.paint = func(x, y float64) int { return max(near(x+y, slanted), near(x-y, slanted)) }
	case "dots":
		s.paint = func(x, y float64) int {
			if math.Hypot(x-spacing/2, y-spacing/2) <= s.width/2 {
				return 1
			}
			return 0
		}
	case "hatch":
		switch s.angle {
		case 0:
			s.paint = func(_, y float64) int { return near(y, s.width) }
		case 45:
			s.paint = func(x, y float64) int { return near(x+y, slanted) }
		case 90:
			s.paint = func(x, _ float64) int { return near(x, s.width) }
		case 135:
			s.paint = func(x, y float64) int { return near(x-y, slanted) }
		default:
			return false
		}
	case "marks":
		inside := markShape(s.shape)
		if inside == nil {
			return false
		}
		s.paint = scattered(inside, spacing, s.width/2)
	case "icon":
		inside := iconShape(s.shape)
		if inside == nil {
			return false
		}
		s.paint = haloed(inside, s.size/2)
	}
	return true
}

func haloed(inside func(x, y float64) bool, reach float64) func(x, y float64) int {
	halo := 1.5 / reach
	var ring [12]point
	for i := range ring {
		sin, cos := math.Sincos(float64(i) * math.Pi / 6)
		ring[i] = point{cos * halo, sin * halo}
	}
	return func(px, py float64) int {
		x, y := (px/reach-1)*1.15, (py/reach-1)*1.15
		if inside(x, y) {
			return 1
		}
		for _, d := range ring {
			if inside(x+d.x, y+d.y) {
				return 2
			}
		}
		return 0
	}
}

// iconShape fills the square from -1 to 1, y growing downward.
func iconShape(name string) func(x, y float64) bool {
	abs, hypot := math.Abs, math.Hypot
	switch name {
	case "circle":
		return func(x, y float64) bool { return hypot(x, y) <= 0.8 }
	case "square":
		return func(x, y float64) bool { return max(abs(x), abs(y)) <= 0.7 }
	case "diamond":
		return func(x, y float64) bool { return abs(x)+abs(y) <= 0.95 }
	case "triangle":
		return func(x, y float64) bool { return y <= 0.7 && y >= -0.9+abs(x)*1.9 }
	case "drop":
		return func(x, y float64) bool {
			if y >= 0.2 {
				return hypot(x, y-0.2) <= 0.65
			}
			return abs(x) <= 0.65*(y+0.95)/1.15
		}
	case "house":
		return func(x, y float64) bool {
			if y <= -0.05 {
				return abs(x) <= (y+0.9)*1.1
			}
			return abs(x) <= 0.65 && y <= 0.75
		}
	case "plus":
		return func(x, y float64) bool { return max(abs(x), abs(y)) <= 0.8 && min(abs(x), abs(y)) <= 0.3 }
	case "star":
		return insideStar
	case "bolt":
		return func(x, y float64) bool {
			if y < 0.1 {
				return x <= 0.5-y*0.2 && x >= -0.45-y*0.55 && y >= -0.9 && x <= 0.45
			}
			return x >= -0.15 && x <= 0.45-(y-0.1)*0.75 && y <= 0.9
		}
	case "tree":
		return func(x, y float64) bool {
			if y <= 0.45 {
				return y >= -0.9 && abs(x) <= (y+0.9)/1.35*0.75
			}
			return abs(x) <= 0.16 && y <= 0.9
		}
	case "flag":
		return func(x, y float64) bool {
			return (abs(x+0.55) <= 0.13 && abs(y) <= 0.9) || (x >= -0.55 && y >= -0.9 && y <= 0.2 && x <= 0.8-abs(y+0.35)*0.6)
		}
	case "gate":
		return func(x, y float64) bool {
			return abs(x) <= 0.8 && abs(y) <= 0.8 && (y <= -0.45 || abs(x) >= 0.5 || abs(x) <= 0.13)
		}
	}
	return nil
}

func insideStar(x, y float64) bool {
	const turn, outer, inner = 2 * math.Pi / 5, 0.95, 0.42
	angle := math.Abs(modulo(math.Atan2(x, -y)+turn/2, turn) - turn/2)
	// The edge between the outer tip and the inner corner, by the law of sines.
	edge := outer * inner * math.Sin(turn/2) / (outer*math.Sin(angle) + inner*math.Sin(turn/2-angle))
	return math.Hypot(x, y) <= edge
}

func modulo(n, m float64) float64 { return math.Mod(math.Mod(n, m)+m, m) }

// bitmap is a square image, RGBA, premultiplied.
type bitmap struct {
	side   int
	pixels []uint8
}

// bitmap draws the sprite on so many pixels to a side, from 16 places a pixel.
func (s *sprite) bitmap(side int) *bitmap {
	const samples = 4
	b := &bitmap{side, make([]uint8, side*side*4)}
	scale := s.size / float64(side)
	rgb := [3]float64{s.colour.R * 255, s.colour.G * 255, s.colour.B * 255}
	for row := range side {
		for column := range side {
			var hits [3]float64
			for i := range samples * samples {
				hits[s.paint((float64(column)+(float64(i%samples)+0.5)/samples)*scale, (float64(row)+(float64(i/samples)+0.5)/samples)*scale)]++
			}
			at := (row*side + column) * 4
			for channel := range 3 {
				b.pixels[at+channel] = uint8((rgb[channel]*hits[1]+255*hits[2])/(samples*samples) + 0.5)
			}
			b.pixels[at+3] = uint8(255*(hits[1]+hits[2])/(samples*samples) + 0.5)
		}
	}
	return b
}

// sprites keeps the images that a renderer has drawn.
type sprites struct {
	mu    sync.Mutex
	known map[spriteKey]*bitmap
}

type spriteKey struct {
	name string
	side int
}

const mostSprites = 1024

// get returns an image of a size in pixels, or nil for a name of no image.
func (k *sprites) get(name string, side func(s sprite) int) *bitmap {
	s, ok := parseSprite(name)
	if !ok {
		return nil
	}
	key := spriteKey{name, max(1, min(side(s), 1024))}
	k.mu.Lock()
	defer k.mu.Unlock()
	if b, ok := k.known[key]; ok {
		return b
	}
	b := s.bitmap(key.side)
	if len(k.known) >= mostSprites {
		clear(k.known)
	}
	k.known[key] = b
	return b
}
