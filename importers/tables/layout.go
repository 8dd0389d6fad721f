package tables

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onemap/spatial/beidou"
)

// Kind is how a table says where a row lies.
type Kind int

// The kinds of position.
const (
	XY   Kind = iota // two columns of figures
	WKT              // a column of well-known text
	Grid             // a column of BeiDou grid location codes
)

// Layout says which columns hold the position.
type Layout struct {
	Kind Kind
	// X and Y are the columns with longitude or easting, and with latitude or
	// northing. WKT and Grid have their only column in X, and -1 in Y.
	X, Y int
	// Degrees says that the figures are degrees, as far as can be told.
	Degrees bool
	// ByValues says that the figures decided, not the names alone: columns
	// called X and Y, or nothing in particular.
	ByValues bool
	// Parts are the columns with minutes and seconds of X, then of Y, where degrees
	// stand alone; -1 is none. nil is for figures that are whole.
	Parts *[4]int
	// Survey says that the column called X holds northings.
	Survey bool
}

// Columns returns the layout's columns.
func (l Layout) Columns() []int {
	if l.Kind != XY {
		return []int{l.X}
	}
	all := []int{l.X, l.Y}
	if l.Parts != nil {
		for _, c := range l.Parts {
			if c >= 0 {
				all = append(all, c)
			}
		}
	}
	return all
}

// role is what a column's name says it holds.
type role int

const (
	noRole role = iota
	longitude
	latitude
	easting
	northing
	plainX
	plainY
	wellKnownText
	gridCode
)

var names = map[role][]string{
	longitude:     {"lon", "lng", "long", "longitude", "经度", "东经", "经", "longi", "jd", "jingdu"},
	latitude:      {"lat", "latitude", "纬度", "北纬", "纬", "lati", "wd", "weidu"},
	easting:       {"e", "east", "easting", "东坐标", "东向坐标", "横坐标", "东", "y东", "横坐标y", "y横坐标"},
	northing:      {"n", "north", "northing", "北坐标", "北向坐标", "纵坐标", "北", "x北", "纵坐标x", "x纵坐标"},
	plainX:        {"x", "x坐标", "坐标x", "xcoord", "pointx", "coordx", "xx", "gpsx", "centerx"},
	plainY:        {"y", "y坐标", "坐标y", "ycoord", "pointy", "coordy", "yy", "gpsy", "centery"},
	wellKnownText: {"wkt", "geom", "geometry", "thegeom", "shape", "几何", "图形", "空间数据", "geowkt", "wktgeom"},
	gridCode:      {"北斗网格码", "北斗网格位置码", "北斗网格编码", "网格位置码", "位置码", "网格码", "网格编码", "beidou", "bdcode", "gridcode", "beidoucode", "beidougrid"},
}

var stripped = strings.NewReplacer("_", "", "-", "", " ", "", "　", "", ".", "", "/", "", "°", "", "′", "")

// roleOf tells a column's role by its name, without case, blanks, and units in
// brackets.
func roleOf(name string) role {
	if _, part := sexagesimalPart(name); part > 0 {
		return noRole // minutes or seconds: nothing by themselves
	}
	name = strings.ToLower(strings.TrimSpace(name))
	bracket := strings.IndexAny(name, "(（[【")
	inside := ""
	if bracket > 0 {
		name, inside = name[:bracket], name[bracket:]
	}
	name = stripped.Replace(name)
	for r, all := range names {
		if slices.Contains(all, name) {
			switch {
			case (r == plainX || r == plainY) && strings.Contains(inside, "东"):
				return easting
			case (r == plainX || r == plainY) && strings.Contains(inside, "北"):
				return northing
			}
			return r
		}
	}
	switch {
	case strings.Contains(name, "经度"):
		return longitude
	case strings.Contains(name, "纬度"):
		return latitude
	}
	return noRole
}

// pairs are the columns that make a position together, from the surest.
var pairs = []struct {
	x, y    role
	degrees bool
}{{longitude, latitude, true}, {easting, northing, false}, {plainX, plainY, false}}

// ErrNoPosition reports a table whose columns don't say where its rows lie.
var ErrNoPosition = errors.New("tables: no columns with positions")

// Detect finds the layouts that a table may have, the likeliest first, by its
// columns' names and some of its rows. Without any it is an [ErrNoPosition].
func Detect(names []string, rows [][]string) ([]Layout, error) {
	roles := make([]role, len(names))
	for i, n := range names {
		roles[i] = roleOf(n)
	}
	var found []Layout
	if l, ok := inParts(names); ok {
		found = append(found, l)
	}
	for _, p := range pairs {
		x, y := slices.Index(roles, p.x), slices.Index(roles, p.y)
		if x < 0 || y < 0 || p.x == longitude && len(found) > 0 {
			continue
		}
		l := Layout{X: x, Y: y, Degrees: p.degrees}
		if p.x == plainX {
			l = l.byValues(rows)
		}
		found = append(found, l)
	}
	for i := range names {
		switch {
		case roles[i] == wellKnownText && mostAre(rows, i, isWKT):
			found = append(found, Layout{Kind: WKT, X: i, Y: -1})
		case roles[i] == gridCode && mostAre(rows, i, isGridCode):
			found = append(found, Layout{Kind: Grid, X: i, Y: -1, Degrees: true})
		}
	}
	if len(found) == 0 {
		found = unnamed(len(names), rows)
	}
	if len(found) == 0 {
		return nil, ErrNoPosition
	}
	return found, nil
}

// byValues decides by the figures what columns called X and Y hold.
func (l Layout) byValues(rows [][]string) Layout {
	x, okX := middle(rows, l.X)
	y, okY := middle(rows, l.Y)
	if !okX || !okY {
		return l
	}
	switch {
	case isLon(x) && isLat(y):
		l.Degrees, l.ByValues = true, true
	case isLat(x) && isLon(y):
		l.X, l.Y = l.Y, l.X
		l.Degrees, l.ByValues, l.Survey = true, true, true
	case isEasting(x) && isNorthing(y):
		l.ByValues = true
	case isNorthing(x) && isEasting(y):
		l.X, l.Y = l.Y, l.X
		l.ByValues, l.Survey = true, true
	}
	return l
}

// Figures of China: what can be what. An easting has the number of its zone
// before it or is less than a million; a northing here is more.
func isLon(v float64) bool { return v >= 72 && v <= 138 }

func isLat(v float64) bool { return v >= 2 && v <= 55 }

func isEasting(v float64) bool {
	zone := int(v / 1e6)
	return v > 0 && v < 1e6 || zone >= 13 && zone <= 23 || zone >= 25 && zone <= 45
}

func isNorthing(v float64) bool { return v >= 1e6 && v <= 6.2e6 }

// unnamed finds a position in columns whose names say nothing, if just one pair
// holds figures of Yunfu and its surroundings.
func unnamed(columns int, rows [][]string) []Layout {
	var lon, lat, east, north []int
	in := func(v, low, high float64) bool { return v >= low && v <= high }
	for i := range columns {
		v, ok := middle(rows, i)
		switch {
		case mostAre(rows, i, isWKT):
			return []Layout{{Kind: WKT, X: i, Y: -1, ByValues: true}}
		case mostAre(rows, i, isGridCode):
			return []Layout{{Kind: Grid, X: i, Y: -1, Degrees: true, ByValues: true}}
		case !ok:
		case in(v, 110.5, 113) && fractional(rows, i):
			lon = append(lon, i)
		case in(v, 22, 23.8) && fractional(rows, i):
			lat = append(lat, i)
		case in(v, 37.45e6, 37.7e6), in(v, 38.15e6, 38.4e6), in(v, 0.15e6, 0.7e6):
			east = append(east, i)
		case in(v, 2.45e6, 2.61e6):
			north = append(north, i)
		}
	}
	switch {
	case len(lon) == 1 && len(lat) == 1:
		return []Layout{{X: lon[0], Y: lat[0], Degrees: true, ByValues: true}}
	case len(east) == 1 && len(north) == 1:
		return []Layout{{X: east[0], Y: north[0], ByValues: true}}
	}
	return nil
}

// fractional reports whether a column has decimals, as degrees do and counts don't.
func fractional(rows [][]string, column int) bool {
	return mostAre(rows, column, func(s string) bool {
		_, decimals, _ := strings.Cut(s, ".")
		return len(decimals) >= 3 || strings.ContainsAny(s, "°度")
	})
}

// middle is the median of a column's figures, if most of its values are figures.
func middle(rows [][]string, column int) (float64, bool) {
	var all []float64
	filled := 0
	for _, row := range rows {
		if column < len(row) && strings.TrimSpace(row[column]) != "" {
			filled++
			if v, ok := Coordinate(row[column]); ok {
				all = append(all, v)
			}
		}
	}
	if len(all) == 0 || len(all)*2 < filled {
		return 0, false
	}
	slices.Sort(all)
	return all[len(all)/2], true
}

func mostAre(rows [][]string, column int, is func(string) bool) bool {
	filled, are := 0, 0
	for _, row := range rows {
		if column < len(row) && strings.TrimSpace(row[column]) != "" {
			filled++
			if is(strings.TrimSpace(row[column])) {
				are++
			}
		}
	}
	return are > 0 && are*2 > filled
}

// IsWKT reports whether a text begins like well-known text.
func isWKT(text string) bool {
	text = strings.ToUpper(text)
	if srid, rest, ok := strings.Cut(text, ";"); ok && strings.HasPrefix(srid, "SRID=") {
		text = strings.TrimSpace(rest)
	}
	for _, kind := range []string{"POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION"} {
		if strings.HasPrefix(text, kind) && strings.ContainsAny(text, "(E") {
			return true
		}
	}
	return false
}

// coarsest is the level of grid codes from which they say where something is:
// cells of some 120 m.
const coarsest = 4

func isGridCode(text string) bool {
	cell, err := beidou.Decode(text)
	return err == nil && cell.Level >= coarsest
}

// ErrColumns reports columns that a person named and that can't serve.
var ErrColumns = errors.New("tables: columns can't be used")

// Chosen returns the layout of columns that a person names: "x=东坐标,y=北坐标",
// "lon=…,lat=…", "wkt=…" or "code=…". x is always eastward. The error is an
// [ErrColumns] that says what is wrong in Chinese and English.
func Chosen(text string, names []string, rows [][]string) (Layout, error) {
	l := Layout{X: -1, Y: -1}
	for part := range strings.SplitSeq(text, ",") {
		key, name, ok := strings.Cut(part, "=")
		if !ok {
			return l, fmt.Errorf("%w: %q 应为 x=列名 / %[2]q must be as x=NAME", ErrColumns, part)
		}
		at := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) })
		if at < 0 {
			return l, fmt.Errorf("%w: 没有名为 %q 的列，有 %s / there is no column %[2]q; there are %[3]s", ErrColumns, name, strings.Join(names, ", "))
		}
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "lon", "lng":
			l.X, l.Degrees = at, true
		case "lat":
			l.Y, l.Degrees = at, true
		case "x", "e":
			l.X = at
		case "y", "n":
			l.Y = at
		case "wkt":
			return Layout{Kind: WKT, X: at, Y: -1}, nil
		case "code":
			return Layout{Kind: Grid, X: at, Y: -1, Degrees: true}, nil
		default:
			return l, fmt.Errorf("%w: 不认识 %q，可用 x、y、lon、lat、wkt、code / %[2]q is not known: use x, y, lon, lat, wkt or code", ErrColumns, key)
		}
	}
	if l.X < 0 || l.Y < 0 {
		return l, fmt.Errorf("%w: 须同时给出 x 和 y / both x and y must be given", ErrColumns)
	}
	if x, ok := middle(rows, l.X); ok {
		l.Degrees = x >= -180 && x <= 180
	}
	return l, nil
}
