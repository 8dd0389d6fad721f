package crs

// Names of the older datums in files of parameters.
const (
	xianName    = "xian-1980"
	beijingName = "beijing-1954"
)

// older is a system on an older Chinese datum.
type older struct {
	name       string
	zh, en     string
	ellipsoid  ellipsoid
	geographic bool
	grid       grid // where not geographic
}

// olderGrids are the runs of codes of the older grids: from a first code, zone by
// zone, with or without the zone's number before the eastings.
var olderGrids = []struct {
	first, last int
	datum       datum
	degrees     int
	numbered    bool
}{
	{2327, 2337, xian1980, 6, true},
	{2338, 2348, xian1980, 6, false},
	{2349, 2369, xian1980, 3, true},
	{2370, 2390, xian1980, 3, false},
	{2401, 2421, beijing1954, 3, true},
	{2422, 2442, beijing1954, 3, false},
	{21413, 21423, beijing1954, 6, true},
	{21453, 21463, beijing1954, 6, false},
	{21473, 21483, beijing1954, 6, false}, // withdrawn duplicates
}

func newOlder(d datum) older {
	if d == xian1980 {
		return older{name: xianName, zh: "1980 西安坐标系", en: "Xi'an 1980", ellipsoid: iag1975}
	}
	return older{name: beijingName, zh: "1954 北京坐标系", en: "Beijing 1954", ellipsoid: krassowsky}
}

// olderOf returns the system with a code, if it is on an older Chinese datum.
func olderOf(code int) (older, bool) {
	switch code {
	case 4610:
		o := newOlder(xian1980)
		o.geographic = true
		return o, true
	case 4214, 4555:
		o := newOlder(beijing1954)
		o.geographic = true
		return o, true
	}
	for _, run := range olderGrids {
		if code < run.first || code > run.last {
			continue
		}
		o, at := newOlder(run.datum), code-run.first
		o.grid = grid{degrees: run.degrees, meridian: 75 + run.degrees*at}
		if run.numbered {
			o.grid.zone = 13 + at
			if run.degrees == 3 {
				o.grid.zone = 25 + at
			}
		}
		return o, true
	}
	return older{}, false
}

// olderSystem finds the system of an older datum that a text describes, or the
// zero System.
func olderSystem(root *node, d datum) System {
	if code := root.code(); code != 0 {
		if o, ok := olderOf(code); ok && o.name == newOlder(d).name {
			return epsg(code)
		}
	}
	switch root.keyword {
	case "GEOGCS", "GEOGCRS", "GEODCRS", "GEOGRAPHICCRS":
		if d == xian1980 {
			return epsg(4610)
		}
		return epsg(4214)
	}
	g, ok := gridOf(root)
	if !ok {
		return System{}
	}
	return olderGrid(d, g)
}

// olderGrid returns the system of a grid on an older datum, or the zero System.
func olderGrid(d datum, g grid) System {
	for _, run := range olderGrids {
		for code := run.first; run.datum == d && code <= run.last; code++ {
			if o, _ := olderOf(code); o.grid == g {
				return epsg(code)
			}
		}
	}
	return System{}
}

// NeedsParameters reports whether the way to EPSG:4490 needs seven parameters:
// [NewTransformerWith] takes the system, [NewTransformer] doesn't.
func (s System) NeedsParameters() bool {
	_, ok := olderOf(s.code)
	return ok
}

// grid returns the Gauss-Krüger grid that the system's positions are on.
func (s System) grid() (grid, bool) {
	if g, ok := gaussKruger(s.code); ok {
		return g, true
	}
	o, ok := olderOf(s.code)
	return o.grid, ok && !o.geographic
}

// NationalGrid returns the Gauss-Krüger system of a datum as Chinese documents
// name it, such as 2000国家大地坐标系 or 1980西安坐标系, of zones 3 or 6 degrees wide,
// by its zone. numbered says that eastings have the zone's number before them.
// A datum that isn't known is an [ErrUnknown], a zone that isn't there too; a
// system on an older datum comes back next to an [ErrNeedsParameters].
func NationalGrid(datumName string, degrees, zone int, numbered bool) (System, error) {
	g := grid{degrees: degrees, meridian: 3 * zone}
	if degrees == 6 {
		g.meridian = 6*zone - 3
	}
	if numbered {
		g.zone = zone
	}
	wrong := problem(ErrUnknown,
		"坐标系 %[1]q、%[2]d 度分带、%[3]d 带不是国家坐标系；请核对文件，或用 --crs 指定",
		"%[1]q in %[2]d-degree zones, zone %[3]d, is no national system; check the file, or name the system with --crs", datumName, degrees, zone)
	var s System
	d := datumNamed(datumName)
	switch d {
	case cgcs2000:
		code, ok := g.code()
		if !ok {
			return System{}, wrong
		}
		return epsg(code), nil
	case xian1980, beijing1954:
		s = olderGrid(d, g)
	}
	if s.IsZero() {
		return System{}, wrong
	}
	return s, needsParameters(s, datumName)
}
