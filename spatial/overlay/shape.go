// Package overlay cuts what a layer holds with a shape, exactly: which features
// meet it, which part of each does, and what of the shape no feature covers.
//
// Packages spatial and compliance ask it and make answers of its pieces; shapes
// come to it in EPSG:4490 (see spatial/crs). PostGIS finds the features by the
// layer's index and cuts them; areas are those of spatial/area, so pieces sum to
// the whole. It neither judges a piece nor stores one.
package overlay

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/spatial/area"
)

// Bounds of what one question may ask.
const (
	MaxVertices = 100_000 // of a shape
	MaxParts    = 5_000   // of a shape
	MaxAreaM2   = 1e10    // of a shape, m²: 1,000,000 hectares; the city has 778,500
	MaxDegrees  = 10      // from a shape's west to its east, and from south to north
)

// ErrShape reports a shape that can't be asked about; it comes in a [*ShapeError].
var ErrShape = errors.New("overlay: the shape can't be used")

// ShapeError says what is wrong with a shape, where, and what to do.
type ShapeError struct {
	ZH, EN string
	Place  *orb.Point // longitude and latitude, degrees; nil is the whole
}

// Error returns the sentence in Chinese, then in English.
func (e *ShapeError) Error() string { return e.ZH + " / " + e.EN }

// Unwrap returns [ErrShape].
func (e *ShapeError) Unwrap() error { return ErrShape }

func wrong(at *orb.Point, zh, en string, args ...any) error {
	return &ShapeError{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...), at}
}

// Shape is a valid multipolygon in EPSG:4490 that pieces are cut with.
type Shape struct {
	Geometry orb.MultiPolygon
	AreaM2   float64 // see spatial/area
	Geodesic float64 // m²: what ST_Area(geography) says, for comparison

	Merged    bool    // parts overlapped or had a side in common, and were united
	OverlapM2 float64 // what lay under more than one part, counted as often as it was there too many

	encoded []byte // WKB
}

// Holes counts the shape's holes.
func (s Shape) Holes() int {
	n := 0
	for _, polygon := range s.Geometry {
		n += len(polygon) - 1
	}
	return n
}

// Vertices counts the shape's corners; the one that closes a ring counts once.
func (s Shape) Vertices() int { return vertices(s.Geometry) }

// WKB is the shape as it is cut with; the same shape is the same bytes.
func (s Shape) WKB() []byte { return s.encoded }

func vertices(g orb.MultiPolygon) int {
	n := 0
	for _, polygon := range g {
		for _, ring := range polygon {
			n += max(len(ring)-1, 0)
		}
	}
	return n
}

//go:embed sql/shape.sql
var shapeSQL string

// NewShape checks a shape, longitude and latitude in EPSG:4490 degrees, and
// unites parts that overlap. Nothing else is mended: a ring that crosses itself,
// a hole outside its outline, a part without area, a position that is none and a
// shape beyond the package's bounds are a [*ShapeError], with the place.
func NewShape(ctx context.Context, db *pgxpool.Pool, g orb.MultiPolygon) (Shape, error) {
	if err := checkSize(g); err != nil {
		return Shape{}, err
	}
	g, err := closed(g)
	if err != nil {
		return Shape{}, err
	}
	if across := across(g); across > MaxDegrees { // an edge half round the globe has no shortest way
		return Shape{}, wrong(nil, "图形东西或南北跨度 %.4g°，超过上限 %d°；请核实坐标，或缩小范围",
			"the shape is %.4g degrees from side to side, more than %d; check its positions, or make it smaller", across, MaxDegrees)
	}
	encoded, err := wkb.Marshal(g)
	if err != nil {
		return Shape{}, fmt.Errorf("overlay: %w", err)
	}
	var fault, part *string
	var lon, lat *float64
	var merged []byte
	s := Shape{Geometry: g}
	err = db.QueryRow(ctx, shapeSQL, pgx.StrictNamedArgs{"shape": encoded}).Scan(&fault, &part, &lon, &lat, &s.Merged, &merged, &s.Geodesic)
	if err != nil {
		return Shape{}, fmt.Errorf("overlay: checking a shape: %w", err)
	}
	if fault != nil {
		return Shape{}, invalid(*fault, *part, lon, lat)
	}
	parts := area.Of(g)
	if s.Merged {
		united, err := wkb.Unmarshal(merged)
		if err != nil {
			return Shape{}, fmt.Errorf("overlay: %w", err)
		}
		s.Geometry = Polygons(united)
		if encoded, err = wkb.Marshal(s.Geometry); err != nil {
			return Shape{}, fmt.Errorf("overlay: %w", err)
		}
	}
	s.encoded, s.AreaM2 = encoded, area.Of(s.Geometry)
	if s.Merged {
		s.OverlapM2 = max(parts-s.AreaM2, 0)
	}
	if s.AreaM2 > MaxAreaM2 {
		return Shape{}, wrong(nil, "图形面积 %.0f 公顷，超过上限 %.0f 公顷；请缩小范围或分块提交",
			"the shape has %.0f hectares, more than %.0f; make it smaller, or ask in parts", s.AreaM2/1e4, MaxAreaM2/1e4)
	}
	return s, nil
}

// across is the larger side of a shape's box, in degrees.
func across(g orb.MultiPolygon) float64 {
	box := g.Bound()
	return math.Max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1])
}

func checkSize(g orb.MultiPolygon) error {
	switch n := vertices(g); {
	case n == 0:
		return wrong(nil, "图形为空；请给出至少一个面", "the shape is empty; give at least one polygon")
	case n > MaxVertices:
		return wrong(nil, "图形有 %d 个顶点，超过上限 %d；请抽稀或分块提交", "the shape has %d vertices, more than %d; simplify it, or ask in parts", n, MaxVertices)
	case len(g) > MaxParts:
		return wrong(nil, "图形有 %d 个部分，超过上限 %d；请分块提交", "the shape has %d parts, more than %d; ask in parts", len(g), MaxParts)
	}
	return nil
}

// closed closes rings that are open, and refuses those that are none, and
// positions outside the world.
func closed(g orb.MultiPolygon) (orb.MultiPolygon, error) {
	for i, polygon := range g {
		if len(polygon) == 0 {
			return nil, wrong(nil, "第 %d 个面没有外环", "polygon %d has no outline", i+1)
		}
		for j, ring := range polygon {
			for _, p := range ring {
				if !(p[0] >= -180 && p[0] <= 180 && p[1] >= -90 && p[1] <= 90) {
					return nil, wrong(nil, "第 %d 个面有坐标（%v, %v）不是经纬度：经度 -180 至 180，纬度 -90 至 90", "polygon %d has the position (%v, %v), which is no longitude and latitude: -180 to 180 and -90 to 90", i+1, p[0], p[1])
				}
			}
			if len(ring) > 0 && ring[0] != ring[len(ring)-1] {
				ring = append(ring[:len(ring):len(ring)], ring[0])
			}
			if len(ring) < 4 {
				var at *orb.Point
				if len(ring) > 0 {
					at = &ring[0]
				}
				return nil, wrong(at, "第 %d 个面的第 %d 个环不足 3 个点；请补全界址点", "ring %[2]d of polygon %[1]d has fewer than 3 points; complete its corners", i+1, j+1)
			}
			polygon[j] = ring
		}
	}
	return g, nil
}

// faults are PostGIS's reasons in Chinese.
var faults = map[string]string{
	"Self-intersection":                    "图形自相交",
	"Ring Self-intersection":               "环自相交",
	"Hole lies outside shell":              "洞在外环之外",
	"Holes are nested":                     "洞互相嵌套",
	"Interior is disconnected":             "内部不连通",
	"Duplicate Rings":                      "环重复",
	"Too few points in geometry component": "点数不足",
	"No area":                              "没有面积",
}

func invalid(fault, part string, lon, lat *float64) error {
	zh := faults[fault]
	if zh == "" {
		zh = "图形无效"
	}
	if lon == nil || lat == nil {
		return wrong(nil, "第 %[1]s 个面%[2]s；请在原图中改正后重新提交", "polygon %[1]s: %[3]s; correct it in its source and send it again", part, zh, fault)
	}
	return wrong(&orb.Point{*lon, *lat},
		"第 %[1]s 个面%[2]s，位置：经度 %.8[3]f、纬度 %.8[4]f；不作自动修复，请在原图中改正该处后重新提交",
		"polygon %[1]s: %[5]s at longitude %.8[3]f, latitude %.8[4]f; nothing is mended silently: correct that place in its source and send it again", part, zh, *lon, *lat, fault)
}

// Polygons returns the polygons of a geometry, whatever else is in it.
func Polygons(g orb.Geometry) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}
	case orb.MultiPolygon:
		return g
	case orb.Collection:
		var all orb.MultiPolygon
		for _, part := range g {
			all = append(all, Polygons(part)...)
		}
		return all
	default:
		return nil
	}
}

// Round rounds a measure to a millionth, which is far below what it is good for,
// so that the same measure is always written alike.
func Round(measure float64) float64 { return math.Round(measure*1e6) / 1e6 }
