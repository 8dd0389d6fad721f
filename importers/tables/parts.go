package tables

import (
	"slices"
	"strings"
)

// The words for degrees, minutes and seconds behind an axis's name.
var partWords = [3][]string{{"度", "°", "d", "deg"}, {"分", "′", "'", "m", "min"}, {"秒", "″", "\"", "s", "sec"}}

// The names of axes whose columns may be split; longer ones before their beginnings.
var axisWords = []struct {
	word string
	axis role
}{
	{"经度", longitude},
	{"东经", longitude},
	{"longitude", longitude},
	{"lon", longitude},
	{"lng", longitude},
	{"经", longitude},
	{"纬度", latitude},
	{"北纬", latitude},
	{"latitude", latitude},
	{"lat", latitude},
	{"纬", latitude},
}

var withoutBrackets = strings.NewReplacer("(", "", ")", "", "（", "", "）", "", "[", "", "]", "", "【", "", "】", "", "_", "", "-", "", " ", "", "　", "")

// sexagesimalPart tells a column of degrees (0), minutes (1) or seconds (2) by its
// name, as 经度(分) or lat_sec, and of which axis. Others are noRole, -1.
func sexagesimalPart(name string) (axis role, part int) {
	name = withoutBrackets.Replace(strings.ToLower(strings.TrimSpace(name)))
	for _, a := range axisWords {
		rest, ok := strings.CutPrefix(name, a.word)
		if !ok {
			continue
		}
		for part, words := range partWords {
			if slices.Contains(words, rest) {
				return a.axis, part
			}
		}
		return noRole, -1
	}
	return noRole, -1
}

// inParts finds a position whose degrees, minutes and, mostly, seconds have
// columns of their own.
func inParts(names []string) (Layout, bool) {
	x, y := [3]int{-1, -1, -1}, [3]int{-1, -1, -1}
	for i, name := range names {
		axis, part := sexagesimalPart(name)
		to := &x
		switch axis {
		case noRole:
			continue
		case latitude:
			to = &y
		}
		if to[part] < 0 {
			to[part] = i
		}
	}
	if x[0] < 0 || x[1] < 0 || y[0] < 0 || y[1] < 0 {
		return Layout{}, false
	}
	return Layout{X: x[0], Y: y[0], Degrees: true, Parts: &[4]int{x[1], x[2], y[1], y[2]}}, true
}
