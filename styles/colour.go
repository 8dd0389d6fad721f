package styles

import (
	"fmt"
	"math"
	"strconv"
)

// Vision is a kind of eyes.
type Vision string

// The kinds of eyes. The two that are not normal are those of some 8 % of men.
const (
	Normal       Vision = "normal"
	Deuteranopia Vision = "deuteranopia" // without the cones for green
	Protanopia   Vision = "protanopia"   // without the cones for red
)

// rgb is linear light, 0 to 1.
type rgb [3]float64

// lab is CIE L*a*b*, D65: lightness 0 to 100, then green to red, blue to yellow.
type lab [3]float64

// linear reads "#rrggbb", which must be one.
func linear(hex string) rgb {
	v, _ := strconv.ParseUint(hex[1:], 16, 32)
	var c rgb
	for i, shift := range []int{16, 8, 0} {
		s := float64(v>>shift&255) / 255
		if s <= 0.04045 {
			c[i] = s / 12.92
		} else {
			c[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return c
}

// mixed is a colour with a share of another in it, as a see-through layer looks.
func mixed(hex, other string, share float64) string {
	a, _ := strconv.ParseUint(hex[1:], 16, 32)
	b, _ := strconv.ParseUint(other[1:], 16, 32)
	var out uint64
	for _, shift := range []int{16, 8, 0} {
		v := float64(a>>shift&255)*(1-share) + float64(b>>shift&255)*share
		out = out<<8 | uint64(v+0.5)
	}
	return fmt.Sprintf("#%06x", out)
}

// dichromats are what eyes without one kind of cones see, in linear light, after
// Viénot, Brettel and Mollon, Digital video colourmaps for checking the
// legibility of displays by dichromats (1999).
var dichromats = map[Vision][3]rgb{
	Deuteranopia: {{0.29275, 0.70725, 0}, {0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}},
	Protanopia:   {{0.11238, 0.88762, 0}, {0.11238, 0.88762, 0}, {0.00401, -0.00401, 1}},
}

// seen is how eyes see a colour.
func seen(hex string, by Vision) lab {
	c := linear(hex)
	if m, ok := dichromats[by]; ok {
		var d rgb
		for i, row := range m {
			d[i] = max(0, min(1, row[0]*c[0]+row[1]*c[1]+row[2]*c[2]))
		}
		c = d
	}
	f := func(t float64) float64 {
		if t > 216./24389 {
			return math.Cbrt(t)
		}
		return (24389./27*t + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return lab{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// contrast is the ratio of luminances of two colours, 1 to 21 (WCAG 2).
func contrast(a, b string) float64 {
	luminance := func(hex string) float64 {
		c := linear(hex)
		return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05
	}
	p, q := luminance(a), luminance(b)
	return max(p, q) / min(p, q)
}

// distance is the CIEDE2000 difference of two colours: 1 is about what can be
// seen side by side, 100 is black and white. After Sharma, Wu and Dalal (2005).
func distance(p, q lab) float64 {
	const to7 = 6103515625 // 25⁷
	chroma := (math.Hypot(p[1], p[2]) + math.Hypot(q[1], q[2])) / 2
	g := 0.5 * (1 - math.Sqrt(math.Pow(chroma, 7)/(math.Pow(chroma, 7)+to7)))
	a1, a2 := p[1]*(1+g), q[1]*(1+g)
	c1, c2 := math.Hypot(a1, p[2]), math.Hypot(a2, q[2])
	h1, h2 := hue(a1, p[2]), hue(a2, q[2])
	dl, dc := q[0]-p[0], c2-c1
	dh, h := h2-h1, h1+h2
	switch {
	case c1*c2 == 0:
		dh = 0
	case math.Abs(dh) <= 180:
		h /= 2
	default:
		dh -= math.Copysign(360, dh)
		h = (h + 360) / 2
		if h >= 360 {
			h -= 360
		}
	}
	dH := 2 * math.Sqrt(c1*c2) * sine(dh/2)
	l, c := (p[0]+q[0])/2, (c1+c2)/2
	t := 1 - 0.17*sine(h-30+90) + 0.24*sine(2*h+90) + 0.32*sine(3*h+6+90) - 0.20*sine(4*h-63+90)
	sl := 1 + 0.015*(l-50)*(l-50)/math.Sqrt(20+(l-50)*(l-50))
	sc := 1 + 0.045*c
	sh := 1 + 0.015*c*t
	turn := 30 * math.Exp(-((h-275)/25)*((h-275)/25))
	rt := -2 * math.Sqrt(math.Pow(c, 7)/(math.Pow(c, 7)+to7)) * sine(2*turn)
	return math.Sqrt((dl/sl)*(dl/sl) + (dc/sc)*(dc/sc) + (dH/sh)*(dH/sh) + rt*(dc/sc)*(dH/sh))
}

// hue is in degrees, 0 to 360.
func hue(a, b float64) float64 {
	if a == 0 && b == 0 {
		return 0
	}
	h := math.Atan2(b, a) * 180 / math.Pi
	if h < 0 {
		h += 360
	}
	return h
}

func sine(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }
