package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// Colour is straight (not premultiplied) red, green, blue and alpha, 0 to 1.
type Colour struct{ R, G, B, A float64 }

// parseColour reads a CSS colour: a name, #rgb, #rgba, #rrggbb, #rrggbbaa,
// rgb(), rgba(), hsl() or hsla().
func parseColour(text string) (Colour, bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	if s == "transparent" {
		return Colour{}, true
	}
	if hex, ok := strings.CutPrefix(s, "#"); ok {
		return parseHex(hex)
	}
	if c, ok := colornames.Map[s]; ok {
		return Colour{float64(c.R) / 255, float64(c.G) / 255, float64(c.B) / 255, 1}, true
	}
	name, rest, ok := strings.Cut(s, "(")
	rest, closed := strings.CutSuffix(rest, ")")
	if !ok || !closed {
		return Colour{}, false
	}
	parts := strings.FieldsFunc(rest, func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if len(parts) != 3 && len(parts) != 4 {
		return Colour{}, false
	}
	var n [4]float64
	n[3] = 1
	for i, part := range parts {
		number, percent := strings.CutSuffix(strings.TrimSuffix(part, "deg"), "%")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return Colour{}, false
		}
		switch {
		case percent:
			v /= 100
		case i < 3 && strings.HasPrefix(name, "rgb"):
			v /= 255
		}
		n[i] = v
	}
	switch name {
	case "rgb", "rgba":
		return Colour{unit(n[0]), unit(n[1]), unit(n[2]), unit(n[3])}, true
	case "hsl", "hsla":
		return fromHSL(n[0], unit(n[1]), unit(n[2]), unit(n[3])), true
	}
	return Colour{}, false
}

func parseHex(hex string) (Colour, bool) {
	if len(hex) == 3 || len(hex) == 4 {
		var long strings.Builder
		for _, digit := range hex {
			long.WriteRune(digit)
			long.WriteRune(digit)
		}
		hex = long.String()
	}
	if len(hex) == 6 {
		hex += "ff"
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if len(hex) != 8 || err != nil {
		return Colour{}, false
	}
	return Colour{float64(v>>24) / 255, float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}, true
}

// fromHSL takes a hue in degrees.
func fromHSL(h, s, l, a float64) Colour {
	channel := func(n float64) float64 {
		k := math.Mod(math.Mod(n+h/30, 12)+12, 12)
		return l - s*min(l, 1-l)*max(-1, min(k-3, 9-k, 1))
	}
	return Colour{channel(0), channel(8), channel(4), a}
}

func unit(v float64) float64 { return max(0, min(1, v)) }

// String is the colour as the specification's to-string writes it.
func (c Colour) String() string {
	return fmt.Sprintf("rgba(%.0f,%.0f,%.0f,%s)", c.R*255, c.G*255, c.B*255, strconv.FormatFloat(c.A, 'g', -1, 64))
}

// mix goes from one colour to another, premultiplied, as the specification does in "rgb".
func mix(a, b Colour, t float64) Colour {
	alpha := a.A + (b.A-a.A)*t
	if alpha <= 0 {
		return Colour{}
	}
	channel := func(p, q float64) float64 { return (p*a.A + (q*b.A-p*a.A)*t) / alpha }
	return Colour{channel(a.R, b.R), channel(a.G, b.G), channel(a.B, b.B), alpha}
}
