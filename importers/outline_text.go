package importers

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"unicode"

	"github.com/paulmach/orb"

	"onemap/importers/tables"
	"onemap/spatial/crs"
)

// geoObject is any object of GeoJSON (RFC 7946).
type geoObject struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  json.RawMessage `json:"geometries"`
	Geometry    json.RawMessage `json:"geometry"`
	Features    json.RawMessage `json:"features"`
	CRS         json.RawMessage `json:"crs"`
}

// ParseGeoJSON reads the polygons of a GeoJSON text: a geometry, a feature or a
// collection. Positions are x, y of the system, which "" makes longitude and
// latitude (CRS84); swap exchanges them where they are the other way round. The
// errors are each a [Problem].
func ParseGeoJSON(text []byte, system string, swap bool) (Outline, error) {
	var object geoObject
	if err := json.Unmarshal(text, &object); err != nil {
		return Outline{}, notGeoJSON(err)
	}
	if given := bytes.TrimSpace(object.CRS); len(given) > 0 && string(given) != "null" && system == "" {
		return Outline{}, problem(ErrOutline, "GeoJSON 的 crs 成员已废止（RFC 7946），不予采用；请改用参数 crs 指定坐标系",
			"the member crs of GeoJSON is withdrawn (RFC 7946) and not taken; name the system with the parameter crs")
	}
	g := gathering{left: mostOutlinePoints}
	if err := g.object(object, 0); err != nil {
		return Outline{}, err
	}
	return placed("GeoJSON", g.shape, system, swap)
}

func notGeoJSON(err error) error {
	return problem(because(ErrOutline, err), "不是有效的 GeoJSON：%[1]v", "this is no valid GeoJSON: %[1]v", err)
}

// deepestCollection is how deep collections may lie in one another.
const deepestCollection = 16

// gathering collects the polygons of a GeoJSON text.
type gathering struct {
	shape orb.MultiPolygon
	left  int // how many more positions, rings, polygons and objects are taken
}

func (g *gathering) take() error {
	if g.left--; g.left < 0 {
		return problem(ErrOutline, "图形超过 %[1]d 个顶点；请抽稀或分块提交", "the outline has more than %[1]d vertices; simplify it, or send it in parts", mostOutlinePoints)
	}
	return nil
}

func (g *gathering) object(o geoObject, depth int) error {
	if depth > deepestCollection {
		return problem(ErrOutline, "GeoJSON 嵌套超过 %[1]d 层；请直接给出面", "the GeoJSON is nested deeper than %[1]d; give the polygons themselves", deepestCollection)
	}
	if err := g.take(); err != nil {
		return err
	}
	switch o.Type {
	case "FeatureCollection":
		return g.objects(o.Features, depth+1)
	case "GeometryCollection":
		return g.objects(o.Geometries, depth+1)
	case "Feature":
		if len(o.Geometry) == 0 || string(o.Geometry) == "null" {
			return nil
		}
		var inside geoObject
		if err := json.Unmarshal(o.Geometry, &inside); err != nil {
			return notGeoJSON(err)
		}
		return g.object(inside, depth+1)
	case "Polygon":
		r := coordinates{text: o.Coordinates, gathering: g}
		return r.polygon()
	case "MultiPolygon":
		r := coordinates{text: o.Coordinates, gathering: g}
		return r.list(func(int) error { return r.polygon() })
	}
	return problem(ErrOutline, "GeoJSON 的 type 为 %.40[1]q；应为 Polygon、MultiPolygon，或含有它们的 Feature、FeatureCollection、GeometryCollection",
		"the type of the GeoJSON is %.40[1]q; it must be Polygon, MultiPolygon, or a Feature, FeatureCollection or GeometryCollection of them", o.Type)
}

// objects takes the objects of a list, one after another.
func (g *gathering) objects(list json.RawMessage, depth int) error {
	if len(list) == 0 || string(list) == "null" {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(list))
	if start, err := decoder.Token(); err != nil || start != json.Delim('[') {
		return notGeoJSON(errors.New("a collection has no list"))
	}
	for decoder.More() {
		var one geoObject
		if err := decoder.Decode(&one); err != nil {
			return notGeoJSON(err)
		}
		if err := g.object(one, depth); err != nil {
			return err
		}
	}
	return nil
}

// longestCorner is how long a line of a corner may be, in bytes.
const longestCorner = 1000

// ParseCorners reads an outline from a text with a corner on each line: x and y,
// longitude and latitude or easting and northing, with a comma, semicolon, tab or
// blanks between, and the corner's name before them or not. Degrees, minutes and
// seconds are read too. An empty line begins a new plot; it may be left out after
// a plot that came back to its first corner. The system must be named. The errors
// are each a [Problem].
func ParseCorners(text []byte, system string, swap bool) (Outline, error) {
	if bytes.IndexByte(text, 0) >= 0 {
		return Outline{}, problem(ErrOutline, "文本含有 NUL 字节；请以 UTF-8 文本提交", "the text has a NUL byte; send it as UTF-8")
	}
	if system == "" {
		_, err := crs.Parse("")
		return Outline{}, explain(err)
	}
	var shape orb.MultiPolygon
	var ring orb.Ring
	end := func() {
		if len(ring) > 0 {
			shape, ring = append(shape, orb.Polygon{ring}), nil
		}
	}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			end()
			continue
		}
		at, ok := corner(line)
		if !ok {
			return Outline{}, problem(ErrOutline, "第 %[1]d 行 %.60[2]q 不是界址点；每行应为“x,y”或“点号,x,y”（经度或东坐标在前）",
				"line %[1]d, %.60[2]q, is no corner; each line must be x,y or NAME,x,y (longitude or easting first)", number, line)
		}
		ring = append(ring, at)
		if len(ring) > 3 && ring[0] == at {
			end()
		}
	}
	end()
	return placed("坐标文本", shape, system, swap)
}

// corner reads a line's last two figures.
func corner(line string) (at orb.Point, ok bool) {
	if len(line) > longestCorner {
		return at, false
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;，；、", r) })
	if len(fields) != 2 && len(fields) != 3 {
		return at, false
	}
	for i, text := range fields[len(fields)-2:] {
		if at[i], ok = tables.Coordinate(text); !ok || math.IsNaN(at[i]) || math.IsInf(at[i], 0) {
			return at, false
		}
	}
	return at, true
}

// placed brings a shape to EPSG:4490; its first position tells whether it can be
// of the system at all.
func placed(format string, shape orb.MultiPolygon, system string, swap bool) (Outline, error) {
	if len(shape) == 0 {
		return Outline{}, problem(ErrOutline, "没有面；请给出红线的界址点", "there is no polygon; give the corners of the red line")
	}
	from := crs.WGS84
	source := "geojson"
	if system != "" {
		var err error
		if from, err = crs.Parse(system); err != nil {
			return Outline{}, explain(err)
		}
		source = "option"
	}
	to4490, err := crs.NewTransformer(from)
	if err != nil {
		return Outline{}, explain(err)
	}
	if n := pointsOf(shape); n > mostOutlinePoints {
		return Outline{}, problem(ErrOutline, "图形有 %[1]d 个顶点，超过 %[2]d；请抽稀或分块提交", "the outline has %[1]d vertices, more than %[2]d; simplify it, or send it in parts", n, mostOutlinePoints)
	}
	read := Outline{Format: format, CRS: from.String(), CRSName: from.Name(), CRSSource: source}
	err = from.Check(firstPoint(shape))
	if errors.Is(err, crs.ErrSwapped) && swap {
		shape = swapped(shape).(orb.MultiPolygon)
		read.Notes = append(read.Notes, Note{"坐标轴颠倒，已按 --swap-axes 交换", "the axes were swapped and have been exchanged, by --swap-axes"})
		err = from.Check(firstPoint(shape))
	}
	if err != nil {
		return Outline{}, explain(err)
	}
	g, err := to4490.Transform(shape)
	if err != nil {
		return Outline{}, problem(because(ErrOutline, err), "有坐标不是数或超出 %[1]s 的投影范围", "a position is no number or outside the projection of %[1]s", from)
	}
	read.Plots = []Plot{{Shape: g.(orb.MultiPolygon)}}
	return read, nil
}
