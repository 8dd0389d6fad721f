package tables

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sexagesimal is degrees, minutes and seconds after [plain] has made every
// mark one of d, m and s, or a colon between.
var sexagesimal = regexp.MustCompile(`^(\d{1,3})[d:](?:(\d{1,2}(?:\.\d+)?)(?:[m:](?:(\d{1,2}(?:\.\d+)?)s?)?)?)?$`)

var marks = strings.NewReplacer(
	"　", "", " ", "", "\u00a0", "", "东经", "E", "西经", "W", "北纬", "N", "南纬", "S",
	"″", "s", "”", "s", "“", "s", "＂", "s", "\"", "s", "''", "s", "′′", "s", "秒", "s",
	"′", "m", "’", "m", "‘", "m", "＇", "m", "'", "m", "分", "m",
	"°", "d", "º", "d", "˚", "d", "度", "d", "：", ":", "．", ".", "－", "-", "＋", "+", "，", ",",
)

// Coordinate reads a coordinate as people write it: 112.0386, 112°02′19.1″,
// 东经112度2分19.1秒, 112:02:19.1E, full-width digits, commas between
// thousands. The result is degrees or metres, as written; west and south are
// negative. A packed 112.021910 is read as the decimal that it looks like.
func Coordinate(text string) (value float64, ok bool) {
	text = marks.Replace(strings.TrimSpace(text))
	text = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - 0xfee0
		}
		return r
	}, text)
	sign := 1.0
	for _, side := range []string{"E", "N", "W", "S", "e", "n", "w"} {
		rest, before := strings.CutPrefix(text, side)
		if !before {
			rest, before = strings.CutSuffix(text, side)
		}
		if before {
			text = rest
			if strings.ContainsAny(side, "WSw") {
				sign = -1
			}
			break
		}
	}
	if m := sexagesimal.FindStringSubmatch(text); m != nil {
		var part [3]float64
		for i := range part {
			if m[i+1] != "" {
				part[i], _ = strconv.ParseFloat(m[i+1], 64) // digits, by the expression
			}
		}
		if part[1] >= 60 || part[2] >= 60 || part[1] != math.Trunc(part[1]) && m[3] != "" {
			return 0, false
		}
		return sign * (part[0] + part[1]/60 + part[2]/3600), true
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "d"), "m")
	if strings.ContainsAny(text, "xX_pPiI") { // ParseFloat reads more than figures
		return 0, false
	}
	if whole, fraction, point := strings.Cut(text, "."); strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for _, g := range groups[1:] {
			if len(g) != 3 {
				return 0, false
			}
		}
		if text = strings.Join(groups, ""); point {
			text += "." + fraction
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, false
	}
	return sign * value, true
}
