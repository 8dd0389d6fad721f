package crs

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// ErrNotation reports a text that is no position.
var ErrNotation = errors.New("crs: not a position")

// Form is how a position is written.
type Form string

// The forms that positions are written in.
const (
	Decimal Form = "decimal" // 112.04, 22.92 or 606690.278, 2536055.227: x first
	DMS     Form = "dms"     // 22°55′12.0000″N 112°02′24.0000″E, of systems in degrees
	Survey  Form = "survey"  // X=2536055.227 Y=606690.278: X is the northing; of systems in metres
)

// maxNotation is the longest text of a position, in bytes.
const maxNotation = 200

var (
	number   = `[+-]?[0-9]+(?:\.[0-9]+)?`
	pair     = regexp.MustCompile(`^(` + number + `)[\s,，;；]+(` + number + `)$`)
	surveyed = regexp.MustCompile(`(?i)^([XY])\s*[=:：]?\s*(` + number + `)[\s,，;；]+([XY])\s*[=:：]?\s*(` + number + `)$`)
	degree   = `\s*([+-]?)([0-9]{1,3}(?:\.[0-9]+)?)\s*[°度]\s*(?:([0-9]{1,2}(?:\.[0-9]+)?)\s*[′'’分]\s*)?(?:([0-9]{1,2}(?:\.[0-9]+)?)\s*(?:″|"|”|''|秒)\s*)?`
	letter   = `([NSEW北南东西]?)`
	before   = regexp.MustCompile(`(?i)^` + letter + degree + `[\s,，;；]*` + letter + degree + `$`)
	behind   = regexp.MustCompile(`(?i)^` + degree + letter + `[\s,，;；]*` + degree + letter + `$`)
)

// ParsePosition reads a position as people write it: two numbers, x first; X=
// and Y= as surveyors have it, where X is the northing, in a system in metres;
// degrees, minutes and seconds, with or without N and E or 北 and 东, longitude
// first where neither says. The answer is x, y: longitude, latitude or easting,
// northing, as the text has it; [System.Check] tells whether it can be of a
// system. A text that is none of these is an [ErrNotation].
func ParsePosition(s System, text string) (orb.Point, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxNotation {
		return orb.Point{}, fmt.Errorf("%w: longer than %d bytes", ErrNotation, maxNotation)
	}
	wrong := fmt.Errorf("%w: %.60q", ErrNotation, text)
	if m := pair.FindStringSubmatch(text); m != nil {
		return twoNumbers(m[1], m[2], wrong)
	}
	if m := surveyed.FindStringSubmatch(text); m != nil {
		if strings.EqualFold(m[1], m[3]) {
			return orb.Point{}, fmt.Errorf("%w: %s twice", wrong, strings.ToUpper(m[1]))
		}
		northFirst := strings.EqualFold(m[1], "X") != s.Geographic() // in degrees X is the longitude
		if northFirst {
			return twoNumbers(m[4], m[2], wrong)
		}
		return twoNumbers(m[2], m[4], wrong)
	}
	var one, two []string // each the letter, the sign, degrees, minutes, seconds
	if m := behind.FindStringSubmatch(text); m != nil {
		one, two = append(m[5:6:6], m[1:5]...), append(m[10:11:11], m[6:10]...)
	} else if m := before.FindStringSubmatch(text); m != nil {
		one, two = m[1:6], m[6:11]
	} else {
		return orb.Point{}, wrong
	}
	if !s.Geographic() {
		return orb.Point{}, fmt.Errorf("%w: degrees, but %s is in metres", wrong, s)
	}
	first, firstAxis, ok1 := angle(one)
	second, secondAxis, ok2 := angle(two)
	if !ok1 || !ok2 || firstAxis != "" && firstAxis == secondAxis {
		return orb.Point{}, wrong
	}
	if firstAxis == "lat" || secondAxis == "lon" {
		first, second = second, first
	}
	return orb.Point{first, second}, nil
}

func twoNumbers(x, y string, wrong error) (orb.Point, error) {
	a, err1 := strconv.ParseFloat(x, 64)
	b, err2 := strconv.ParseFloat(y, 64)
	if err1 != nil || err2 != nil {
		return orb.Point{}, wrong
	}
	return orb.Point{a, b}, nil
}

// angle reads the parts of one angle: its letter, the sign, degrees, minutes, seconds.
func angle(parts []string) (value float64, axis string, ok bool) {
	for i, unit := range []float64{1, 60, 3600} {
		if parts[2+i] == "" {
			continue
		}
		n, err := strconv.ParseFloat(parts[2+i], 64)
		if err != nil || i > 0 && n >= 60 {
			return 0, "", false
		}
		value += n / unit
	}
	if strings.Contains(parts[2], ".") && parts[3]+parts[4] != "" || strings.Contains(parts[3], ".") && parts[4] != "" {
		return 0, "", false // a fraction, and then a smaller unit
	}
	negative := parts[1] == "-"
	switch strings.ToUpper(parts[0]) {
	case "N", "北":
		axis = "lat"
	case "S", "南":
		axis, negative = "lat", !negative
	case "E", "东":
		axis = "lon"
	case "W", "西":
		axis, negative = "lon", !negative
	}
	if negative {
		value = -value
	}
	return value, axis, true
}

// WritePosition writes a position of a system, x first as it comes: degrees to
// 9 decimals or 5 decimals of a second, metres to the tenth of a millimetre. A
// form that the system doesn't have is an [ErrNotation].
func WritePosition(s System, p orb.Point, form Form) (string, error) {
	switch {
	case form == Decimal && s.Geographic():
		return fixed(p[0], 9) + ", " + fixed(p[1], 9), nil
	case form == Decimal:
		return fixed(p[0], 4) + ", " + fixed(p[1], 4), nil
	case form == DMS && s.Geographic():
		return sexagesimal(p[1], "N", "S") + " " + sexagesimal(p[0], "E", "W"), nil
	case form == Survey && !s.Geographic():
		return "X=" + fixed(p[1], 4) + " Y=" + fixed(p[0], 4), nil
	default:
		return "", fmt.Errorf("%w: %s is not written as %q", ErrNotation, s, form)
	}
}

func fixed(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// sexagesimal writes degrees, minutes and seconds; rounding carries over.
func sexagesimal(v float64, positive, negative string) string {
	letter := positive
	if v < 0 {
		letter = negative
	}
	units := int64(math.Round(math.Abs(v) * 3600e5)) // of 1/100,000 second
	return fmt.Sprintf("%d°%02d′%02d.%05d″%s", units/3600e5, units/60e5%60, units/1e5%60, units%1e5, letter)
}
