package crs

import (
	"math"

	"github.com/paulmach/orb"
)

// The extent of China, its seas included, in degrees.
const (
	chinaWest, chinaEast   = 72.0, 138.0
	chinaSouth, chinaNorth = 2.0, 55.0
)

// Northings of China on a Gauss-Krüger grid, and how far an easting can be from
// the central meridian's 500,000, all in metres. The latter is wide: data of a
// whole province is often kept on one zone.
const (
	lowestNorthing, highestNorthing = 2e5, 6.2e6
	lowestEasting, highestEasting   = -500_000, 1_500_000
)

// Check tells whether a position can be of the system: not metres where degrees
// belong, not with the axes swapped, not with a zone number too many or too
// few. The [ErrImplausible] names what it looks like instead.
//
// It doesn't find a wrong meridian, nor UTM taken for Gauss-Krüger: those
// positions look alike.
func (s System) Check(p orb.Point) error {
	x, y := p[0], p[1]
	switch {
	case math.IsNaN(x-x) || math.IsNaN(y-y):
		return problem(ErrImplausible, "坐标不是数（%v, %v）", "the position is not a number (%v, %v)", x, y)
	case s.IsZero():
		return unknown()
	case s.Geographic():
		return s.checkDegrees(x, y)
	case math.Abs(x) <= 180 && math.Abs(y) <= 180 && (x != 0 || y != 0):
		return problem(ErrImplausible,
			"坐标（%[1]v, %[2]v）是度，而 %[3]s 的单位是米；请用 --crs EPSG:4490 指定经纬度",
			"the position (%[1]v, %[2]v) is in degrees, but %[3]s is in metres; name longitude and latitude with --crs EPSG:4490", x, y, s)
	}
	if g, ok := s.grid(); ok {
		return s.checkGrid(g, x, y)
	}
	return nil
}

func (s System) checkDegrees(x, y float64) error {
	switch {
	case math.Abs(x) > 180 || math.Abs(y) > 180:
		return problem(ErrImplausible,
			"坐标（%[1]v, %[2]v）不是度，而 %[3]s 为经纬度%[4]s",
			"the position (%[1]v, %[2]v) is not in degrees, but %[3]s is longitude and latitude%[5]s", x, y, s, looksLike(x, y, true), looksLike(x, y, false))
	case x >= chinaSouth && x <= chinaNorth && y >= chinaWest && y <= chinaEast:
		return problem(ErrSwapped,
			"经纬度颠倒：（%[1]v, %[2]v）的第一个数是纬度；请交换两列（经度在前）后重新交付，或用 --swap-axes 交换",
			"longitude and latitude are swapped: the first number of (%[1]v, %[2]v) is a latitude; exchange the columns, longitude first, and deliver again, or exchange them with --swap-axes", x, y)
	case math.Abs(y) > 90:
		return problem(ErrImplausible, "纬度 %v 超出 ±90°", "latitude %v is beyond ±90°", y)
	}
	return nil
}

func (s System) checkGrid(g grid, x, y float64) error {
	zone := int(math.Floor(x / 1e6))
	switch {
	case isZone(int(math.Floor(y/1e6))) && x >= lowestNorthing && x <= highestNorthing,
		g.zone == 0 && x >= 2e6 && x <= highestNorthing && y >= 0 && y < 1e6:
		return problem(ErrSwapped,
			"坐标轴颠倒：（%[1]v, %[2]v）的第一个数是北坐标（测量 X）；请交换两列（东坐标在前）后重新交付，或用 --swap-axes 交换",
			"the axes are swapped: the first number of (%[1]v, %[2]v) is a northing (the surveyor's X); exchange the columns, easting first, and deliver again, or exchange them with --swap-axes", x, y)
	case y < lowestNorthing || y > highestNorthing:
		return problem(ErrImplausible,
			"北坐标 %[2]v 不在中国范围内（%[3]s 应为 200,000 至 6,200,000 米）；坐标（%[1]v, %[2]v）",
			"northing %[2]v is not in China (in %[3]s it is from 200,000 to 6,200,000 metres); position (%[1]v, %[2]v)", x, y, s)
	case g.zone == 0 && isZone(zone):
		return problem(ErrImplausible,
			"东坐标 %[1]v 带有带号 %[2]d，而 %[3]s 不带带号%[4]s",
			"easting %[1]v carries the zone number %[2]d, but %[3]s has none%[5]s", x, zone, s, looksLike(x, y, true), looksLike(x, y, false))
	case g.zone > 0 && zone != g.zone && isZone(zone):
		return problem(ErrImplausible,
			"东坐标 %[1]v 的带号是 %[2]d，而 %[3]s 是 %[6]d 带%[4]s",
			"the zone number of easting %[1]v is %[2]d, but %[3]s is zone %[6]d%[5]s", x, zone, s, looksLike(x, y, true), looksLike(x, y, false), g.zone)
	case g.zone > 0 && x < highestEasting:
		code, _ := grid{degrees: g.degrees, meridian: g.meridian}.code()
		if o, ok := olderOf(s.code); ok {
			code = olderGrid(map[string]datum{xianName: xian1980, beijingName: beijing1954}[o.name], grid{degrees: g.degrees, meridian: g.meridian}).code
		}
		return problem(ErrImplausible,
			"东坐标 %[1]v 没有带号，而 %[2]s 要求带号 %[3]d；请用 --crs EPSG:%[4]d",
			"easting %[1]v has no zone number, but %[2]s asks for %[3]d; use --crs EPSG:%[4]d", x, s, g.zone, code)
	}
	if easting := x - float64(g.zone)*1e6; easting < lowestEasting || easting > highestEasting {
		return problem(ErrImplausible,
			"东坐标 %[1]v 不在 %[2]s 的范围内",
			"easting %[1]v is not on the grid of %[2]s", x, s)
	}
	return nil
}

func isZone(n int) bool { return n >= 13 && n <= 23 || n >= 25 && n <= 45 }

// looksLike ends a message with the system that a position in metres is of.
func looksLike(x, y float64, chinese bool) string {
	zone := int(math.Floor(x / 1e6))
	hint := ""
	switch {
	case isZone(zone) && y > lowestNorthing && y < highestNorthing:
		hint = Likely(orb.Point{x, y}).id
	case x > 8e6 && x < 15.4e6 && y > lowestNorthing && y < 7.4e6:
		hint = WebMercator.id
	case x > 0 && x < 1e6 && y > lowestNorthing && y < highestNorthing:
		if chinese {
			return "；看来是不带带号的高斯坐标，云浮通常为 --crs EPSG:4546（中央经线 111°）"
		}
		return "; it looks like Gauss-Krüger without a zone number, in Yunfu mostly --crs EPSG:4546 (central meridian 111°)"
	default:
		if chinese {
			return "；请核实坐标系，用 --crs 指定"
		}
		return "; check the coordinate system and name it with --crs"
	}
	if chinese {
		return "；看来是 " + hint + "，请用 --crs " + hint
	}
	return "; it looks like " + hint + ": use --crs " + hint
}

// Likely returns the system of CGCS2000 that a position in metres looks like it is
// of, or the zero System: by the zone's number before the easting, or for one
// without, the grid of most of Yunfu. It is for hints to a person, who decides.
func Likely(p orb.Point) System {
	zone := int(math.Floor(p[0] / 1e6))
	inChina := p[1] > lowestNorthing && p[1] < highestNorthing
	switch {
	case isZone(zone) && inChina:
		g := grid{degrees: 3, zone: zone, meridian: 3 * zone}
		if zone <= 23 {
			g = grid{degrees: 6, zone: zone, meridian: 6*zone - 3}
		}
		code, _ := g.code()
		return epsg(code)
	case p[0] > 0 && p[0] < 1e6 && inChina:
		code, _ := grid{degrees: 3, meridian: 111}.code()
		return epsg(code)
	default:
		return System{}
	}
}
