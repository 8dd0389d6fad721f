package crs

import (
	"fmt"
	"strconv"
	"strings"
)

// System is a coordinate system whose positions this package can bring to
// EPSG:4490. Systems are comparable; the zero System is none.
type System struct {
	id   string // "EPSG:4525", "GCJ-02"
	code int    // EPSG code; 0 for GCJ-02 and BD-09
}

// The systems that are named in code. Any other comes from [Parse] or [Identify].
var (
	CGCS2000    = System{id: "EPSG:4490", code: 4490}
	WGS84       = System{id: "EPSG:4326", code: 4326}
	WebMercator = System{id: "EPSG:3857", code: 3857}
	GCJ02       = System{id: "GCJ-02"} // what Chinese phones and web maps report
	BD09        = System{id: "BD-09"}  // GCJ-02 shifted once more, by Baidu
)

// String returns the system's identifier, as "EPSG:4525" or "GCJ-02".
func (s System) String() string { return s.id }

// Code returns the EPSG code, or 0 for GCJ-02, BD-09 and the zero System.
func (s System) Code() int { return s.code }

// IsZero reports whether s is no system at all.
func (s System) IsZero() bool { return s == System{} }

// Geographic reports whether positions are longitude and latitude in degrees;
// otherwise they are easting and northing in metres.
func (s System) Geographic() bool {
	switch s.code {
	case 0, 4490, 4326, 4610, 4214, 4555:
		return true
	default:
		return false
	}
}

// Name returns the system's name in Chinese, then English.
func (s System) Name() string {
	switch {
	case s == CGCS2000:
		return "CGCS2000 经纬度 / CGCS2000 longitude, latitude"
	case s == WGS84:
		return "WGS 84 经纬度 / WGS 84 longitude, latitude"
	case s == WebMercator:
		return "Web 墨卡托 / Web Mercator"
	case s == GCJ02:
		return "国测局坐标 GCJ-02（火星坐标） / GCJ-02"
	case s == BD09:
		return "百度坐标 BD-09 / BD-09"
	case s.code == 32649 || s.code == 32650:
		return fmt.Sprintf("WGS 84 UTM %d 带 / WGS 84 UTM zone %[1]dN", s.code-32600)
	}
	zh, en := "CGCS2000", "CGCS2000"
	o, isOlder := olderOf(s.code)
	if isOlder {
		zh, en = o.zh, o.en
	}
	grid, ok := s.grid()
	switch {
	case o.geographic:
		return zh + " 经纬度 / " + en + " longitude, latitude"
	case !ok:
		return s.id
	case grid.zone > 0:
		return fmt.Sprintf("%s 高斯-克吕格%s带 %d 带 / %s Gauss-Krüger %d-degree zone %[3]d", zh, grid.width(), grid.zone, en, grid.degrees)
	default:
		return fmt.Sprintf("%s 高斯-克吕格%s带 中央经线 %d° / %s Gauss-Krüger %d-degree, central meridian %[3]d°", zh, grid.width(), grid.meridian, en, grid.degrees)
	}
}

// grid is one of the national Gauss-Krüger grids. Its false easting is 500 km,
// with zone × 1,000 km before it where zone isn't 0.
type grid struct {
	degrees  int // width of its zones: 3 or 6
	zone     int // number that stands before the eastings, or 0
	meridian int // central meridian, degrees east
}

func (g grid) width() string {
	if g.degrees == 6 {
		return "六度"
	}
	return "三度"
}

// gaussKruger returns the grid of a CGCS2000 code from 4491 to 4554.
func gaussKruger(code int) (grid, bool) {
	switch {
	case code >= 4491 && code <= 4501:
		zone := code - 4491 + 13
		return grid{degrees: 6, zone: zone, meridian: 6*zone - 3}, true
	case code >= 4502 && code <= 4512:
		return grid{degrees: 6, meridian: 75 + 6*(code-4502)}, true
	case code >= 4513 && code <= 4533:
		zone := code - 4513 + 25
		return grid{degrees: 3, zone: zone, meridian: 3 * zone}, true
	case code >= 4534 && code <= 4554:
		return grid{degrees: 3, meridian: 75 + 3*(code-4534)}, true
	default:
		return grid{}, false
	}
}

// code returns the EPSG code of the grid, or false if there is no such grid.
func (g grid) code() (int, bool) {
	for code := 4491; code <= 4554; code++ {
		if other, ok := gaussKruger(code); ok && other == g {
			return code, true
		}
	}
	return 0, false
}

func epsg(code int) System { return System{id: "EPSG:" + strconv.Itoa(code), code: code} }

// FromEPSG returns the system with an EPSG code. One on an older Chinese datum
// is an [ErrNeedsParameters], any other that isn't known an [ErrUnsupported].
func FromEPSG(code int) (System, error) {
	_, isGrid := gaussKruger(code)
	switch {
	case isGrid, code == 4490, code == 4326, code == 3857, code == 32649, code == 32650:
		return epsg(code), nil
	case code == 4480, code == 4979: // the same with a height, which is dropped
		return epsg(map[int]int{4480: 4490, 4979: 4326}[code]), nil
	case code == 3785, code == 900913, code == 102100, code == 102113: // older numbers of 3857
		return WebMercator, nil
	case epsg(code).NeedsParameters():
		return System{}, needsParameters(epsg(code), "EPSG:"+strconv.Itoa(code))
	default:
		return System{}, unsupported("EPSG:" + strconv.Itoa(code))
	}
}

// separators are left out of names.
var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// Parse reads a system as a person or a request writes it: "EPSG:4525", "4525",
// "urn:ogc:def:crs:EPSG::4490", "CGCS2000", "CRS84", "GCJ-02" or "BD-09"; case
// doesn't matter. The errors are [ErrUnknown] for the empty string and those of
// [FromEPSG].
func Parse(text string) (System, error) {
	short := strings.ToUpper(strings.TrimSpace(text))
	switch separators.Replace(short) {
	case "":
		return System{}, unknown()
	case "GCJ02", "GCJ2", "AMAP", "高德", "火星坐标":
		return GCJ02, nil
	case "BD09", "BD9", "BD09LL", "百度":
		return BD09, nil
	case "CGCS2000", "国家2000":
		return CGCS2000, nil
	case "WGS84", "CRS84", "OGC:CRS84", "URN:OGC:DEF:CRS:OGC:1.3:CRS84", "HTTP://WWW.OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84":
		return WGS84, nil
	}
	digits := short[strings.LastIndexAny(short, ":/")+1:]
	if digits != short && !strings.Contains(short, "EPSG") {
		return System{}, unsupported(text)
	}
	code, err := strconv.Atoi(digits)
	if err != nil {
		return System{}, unsupported(text)
	}
	return FromEPSG(code)
}
