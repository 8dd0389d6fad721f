package crs

import (
	"math"
	"strings"
)

// Identify recognises the system that a well-known text describes, such as the
// content of a .prj file, by its authority code where it carries one, else by
// datum, projection and parameters; spellings of names don't matter.
//
// A text that is empty or no WKT is an [ErrUnknown], a system on an older
// Chinese datum an [ErrNeedsParameters], any other an [ErrUnsupported]. A text
// whose code and parameters contradict each other is an [ErrUnsupported] too.
func Identify(wkt string) (System, error) {
	if strings.TrimSpace(strings.Trim(wkt, "\x00\ufeff")) == "" {
		return System{}, unknown()
	}
	root, err := parseWKT(wkt)
	if err != nil {
		return System{}, problem(ErrUnknown,
			"坐标系说明（.prj）无法识读：%[1]q；请用 --crs 指定坐标系",
			"the description of the coordinate system (.prj) can't be read: %[1]q; name the system with --crs", clip(wkt))
	}
	switch root.keyword {
	case "LOCAL_CS", "ENGCRS", "ENGINEERINGCRS": // a text that says that it says nothing
		return System{}, unknown()
	case "COMPD_CS", "COMPOUNDCRS", "BOUNDCRS", "SOURCECRS": // with a height or a datum shift: the horizontal part counts
		if inner := root.find("PROJCS", "PROJCRS", "PROJECTEDCRS", "GEOGCS", "GEOGCRS", "GEODCRS", "GEOGRAPHICCRS"); inner != nil {
			root = inner
		}
	}
	datum := datumOf(root)
	switch datum {
	case xian1980, beijing1954:
		return System{}, needsDatum(root, datum)
	}
	byParameters, known := identifyByParameters(root, datum)
	code := root.code()
	if code == 0 {
		if !known {
			return System{}, unsupported(label(root))
		}
		return byParameters, nil
	}
	byCode, err := FromEPSG(code)
	if err != nil {
		return System{}, err
	}
	if known && !sameNumbers(byCode, byParameters) {
		return System{}, problem(ErrUnsupported,
			"坐标系说明自相矛盾：代码为 EPSG:%[1]d，参数却是 %[2]s；请核实后用 --crs 指定",
			"the description of the coordinate system contradicts itself: its code is EPSG:%[1]d, its parameters are those of %[2]s; check, and name the true one with --crs", code, byParameters)
	}
	return byCode, nil
}

// sameNumbers reports whether both systems give the same coordinates: 4508 and
// 4546 do, having the same meridian and false easting.
func sameNumbers(a, b System) bool {
	gridA, okA := gaussKruger(a.code)
	gridB, okB := gaussKruger(b.code)
	if okA && okB {
		return gridA.meridian == gridB.meridian && gridA.zone == gridB.zone
	}
	return a == b
}

type datum int

const (
	otherDatum datum = iota
	cgcs2000
	wgs84
	xian1980
	beijing1954
)

// datumOf tells the datum by name. The ellipsoid alone doesn't: CGCS2000 shares
// its figures with GRS 80, which half the world's datums use.
func datumOf(root *node) datum {
	names := []string{
		root.find("DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE").name(),
		root.find("GEOGCS", "GEOGCRS", "BASEGEOGCRS", "GEODCRS", "BASEGEODCRS", "GEOGRAPHICCRS").name(),
		root.find("SPHEROID", "ELLIPSOID").name(),
		root.name(),
	}
	for _, name := range names {
		if d := datumNamed(name); d != otherDatum {
			return d
		}
	}
	return otherDatum
}

// needsDatum words that the text describes a system on an older datum.
func needsDatum(root *node, d datum) error {
	if s := olderSystem(root, d); !s.IsZero() {
		return needsParameters(s, label(root))
	}
	o := newOlder(d)
	return &Problem{
		Err: ErrNeedsParameters,
		ZH:  "数据为" + o.zh + "（" + label(root) + "），且投影参数不是国家标准分带，无法转换；请由测绘部门转换后以 CGCS2000 交付",
		EN:  "the data is in " + o.en + " (" + label(root) + ") on a grid that is none of the national ones, and can't be transformed; have it converted by the surveying department and deliver it in CGCS2000",
	}
}

// datumNamed tells a datum by its name, whatever the spelling.
func datumNamed(name string) datum {
	name = plainDatum.Replace(strings.ToLower(name))
	spellings := []struct {
		datum datum
		parts []string
	}{
		{xian1980, []string{"xian1980", "xian80", "xi'an1980", "西安80", "西安1980", "1980西安", "80西安", "80国家", "1980国家", "国家80", "国家1980", "80坐标系", "80大地坐标系"}},
		{beijing1954, []string{"beijing1954", "beijing54", "newbeijing", "北京54", "北京1954", "1954北京", "54北京", "54国家", "1954国家", "54坐标系", "54大地坐标系"}},
		{cgcs2000, []string{"cgcs2000", "china2000", "chinageodeticcoordinatesystem2000", "chinesegeodeticcoordinatesystem2000", "国家2000", "2000国家", "国家大地坐标系2000", "大地2000", "2000坐标系", "2000大地坐标系"}},
		{wgs84, []string{"wgs1984", "wgs84", "worldgeodeticsystem1984"}},
	}
	for _, s := range spellings {
		for _, part := range s.parts {
			if strings.Contains(name, part) {
				return s.datum
			}
		}
	}
	return otherDatum
}

// plainDatum removes what spellings differ in; names in well-known text come
// without it already.
var plainDatum = strings.NewReplacer(" ", "", "_", "", "-", "", "年", "", "　", "")

// identifyByParameters recognises a system by datum and projection.
func identifyByParameters(root *node, d datum) (System, bool) {
	projected := root.keyword == "PROJCS" || root.keyword == "PROJCRS" || root.keyword == "PROJECTEDCRS"
	geographic := root.keyword == "GEOGCS" || root.keyword == "GEOGCRS" || root.keyword == "GEODCRS" || root.keyword == "GEOGRAPHICCRS"
	switch {
	case geographic && d == cgcs2000 && inDegrees(root):
		return CGCS2000, true
	case geographic && d == wgs84 && inDegrees(root):
		return WGS84, true
	case !projected:
		return System{}, false
	}
	method := root.child("PROJECTION")
	if method == nil {
		method = root.find("METHOD")
	}
	name := method.name()
	isTM := strings.Contains(name, "transversemercator") || strings.Contains(name, "gausskruger")
	isWeb := strings.Contains(name, "mercatorauxiliarysphere") || strings.Contains(name, "popularvisualisation") ||
		strings.Contains(root.name(), "pseudomercator")
	switch {
	case isWeb && d == wgs84:
		return WebMercator, true
	case isTM && d == cgcs2000:
		return identifyGrid(root)
	case isTM && d == wgs84:
		return identifyUTM(root)
	default:
		return System{}, false
	}
}

func inDegrees(root *node) bool {
	size, ok := root.find("UNIT", "ANGLEUNIT").number(1)
	return !ok || math.Abs(size-math.Pi/180) < 1e-9
}

// transverse holds the parameters of a transverse Mercator projection.
type transverse struct{ meridian, falseEasting, scale float64 }

func transverseOf(root *node) (transverse, bool) {
	var t transverse
	var hasMeridian, hasEasting, hasScale bool
	t.meridian, hasMeridian = root.parameter("central_meridian", "longitude_of_origin", "longitude of natural origin")
	t.falseEasting, hasEasting = root.parameter("false_easting")
	if t.scale, hasScale = root.parameter("scale_factor", "scale factor at natural origin"); !hasScale {
		t.scale = 1
	}
	latitude, _ := root.parameter("latitude_of_origin", "latitude of natural origin")
	northing, _ := root.parameter("false_northing")
	unit := root.child("UNIT", "LENGTHUNIT")
	if unit == nil {
		unit = root.find("LENGTHUNIT")
	}
	size, hasSize := unit.number(1)
	metres := !hasSize || size == 1
	return t, hasMeridian && hasEasting && metres && latitude == 0 && northing == 0
}

func identifyGrid(root *node) (System, bool) {
	g, ok := gridOf(root)
	if !ok {
		return System{}, false
	}
	code, ok := g.code()
	return epsg(code), ok
}

// gridOf returns the national grid that a projection's parameters describe.
func gridOf(root *node) (grid, bool) {
	t, ok := transverseOf(root)
	if !ok || t.scale != 1 || t.meridian != math.Trunc(t.meridian) || math.Abs(t.meridian) > 180 {
		return grid{}, false
	}
	zone := math.Floor(t.falseEasting / 1e6)
	if t.falseEasting-zone*1e6 != 500_000 || zone < 0 || zone > 45 {
		return grid{}, false
	}
	g := grid{degrees: 3, zone: int(zone), meridian: int(t.meridian)}
	if zone >= 13 && zone <= 23 || zone == 0 && !strings.Contains(root.name(), "3degree") && g.meridian%6 == 3 {
		g.degrees = 6
	}
	return g, true
}

func identifyUTM(root *node) (System, bool) {
	t, ok := transverseOf(root)
	if !ok || t.scale != 0.9996 || t.falseEasting != 500_000 {
		return System{}, false
	}
	switch t.meridian {
	case 111:
		return epsg(32649), true
	case 117:
		return epsg(32650), true
	default:
		return System{}, false
	}
}

// label is the name that the text gives the system.
func label(root *node) string {
	if len(root.values) > 0 && root.values[0] != "" {
		return clip(root.values[0])
	}
	return clip(root.keyword)
}

// clip shortens foreign text for a message.
func clip(text string) string {
	const most = 80
	runes := []rune(strings.ToValidUTF8(text, "?"))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
