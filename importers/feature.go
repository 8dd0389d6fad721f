package importers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

const (
	// MostFeatureBytes is the longest feature that is read, in bytes.
	MostFeatureBytes = 16 << 20
	// MostVertices is the most positions of a feature that is read.
	MostVertices = 100_000
)

var (
	// ErrFeature reports a body that is no GeoJSON feature.
	ErrFeature = errors.New("importers: not a GeoJSON feature")
	// ErrTooLarge reports a feature that is too long or has too many vertices.
	ErrTooLarge = errors.New("importers: feature too large")
)

// givenFeature is a GeoJSON feature as it is handed in.
type givenFeature struct {
	Type       string
	ID         json.RawMessage
	Geometry   json.RawMessage
	Properties map[string]json.RawMessage
}

// members are those that a feature may have; the last are read and left alone.
var members = []string{"type", "geometry", "properties", "id", "bbox", "measure", "repairs"}

// readFeature reads a feature that has the number, or none where that is 0.
func readFeature(from io.Reader, fid int64) (f givenFeature, err error) {
	text, err := io.ReadAll(io.LimitReader(from, MostFeatureBytes+1))
	if err != nil {
		return f, fmt.Errorf("%w: %w", ErrFeature, err)
	}
	if len(text) > MostFeatureBytes {
		return f, tooLarge()
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil || all == nil {
		return f, problem(because(ErrFeature, err), "请求体不是 JSON 对象：应为 GeoJSON 要素，不能有 NaN、Infinity（%[1]v）",
			"the body is no JSON object: it must be a GeoJSON feature, without NaN or Infinity (%[1]v)", err)
	}
	if !utf8.Valid(text) {
		return f, problem(ErrFeature, "请求体不是 UTF-8；请转换编码", "the body is not UTF-8; convert it")
	}
	if bytes.Contains(bytes.ToLower(text), []byte(`\u0000`)) || bytes.IndexByte(text, 0) >= 0 {
		return f, problem(ErrFeature, "请求体含空字符（\\u0000），数据库不能保存；请去掉", "the body has NUL (\\u0000), which can't be stored; take it out")
	}
	for name := range all {
		if !slices.Contains(members, name) {
			return f, refuseMember(name, "", newReason("要素没有这个成员；可用：%[1]s。字段写在 properties 中", "a feature has no such member; it has: %[1]s. Fields belong in properties", strings.Join(members, ", ")))
		}
	}
	if string(all["type"]) != `"Feature"` {
		return f, refuseMember("type", clipText(string(all["type"])), newReason("应为 \"Feature\"", "must be \"Feature\""))
	}
	if id := strings.Trim(string(all["id"]), `"`); present(all["id"]) && id != fmt.Sprint(fid) {
		why := newReason("与地址中的要素号 %[1]d 不同；请去掉 id 或改正", "is not the feature number in the address, %[1]d; leave it out, or put it right", fid)
		if fid == 0 {
			why = newReason("新要素的编号由服务给出；请去掉 id", "the service numbers new features; leave it out")
		}
		return f, refuseMember("id", clipText(id), why)
	}
	f.Geometry = all["geometry"]
	if present(all["properties"]) {
		if err := json.Unmarshal(all["properties"], &f.Properties); err != nil {
			return f, refuseMember("properties", clipText(string(all["properties"])), newReason("应为对象", "must be an object"))
		}
	}
	return f, nil
}

// present tells whether a member of JSON is there and not null.
func present(member json.RawMessage) bool { return len(member) > 0 && string(member) != "null" }

func tooLarge() error {
	return problem(ErrTooLarge, "要素过大：最多 %[1]d 个顶点、%[2]d MiB；请拆分，或以文件导入新版本", "the feature is too large: at most %[1]d vertices and %[2]d MiB; split it, or import a file as a new version", MostVertices, MostFeatureBytes>>20)
}

// readShape reads a GeoJSON geometry. Heights are left out. What is wrong with
// its form is a [RowError] of the member geometry.
func readShape(text json.RawMessage) (orb.Geometry, error) {
	var g struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(text, &g); err != nil {
		return nil, wrongShape(clipText(string(text)), "应为 GeoJSON 图形", "must be a GeoJSON geometry")
	}
	r := shapeReader{}
	var shape orb.Geometry
	switch g.Type {
	case "Point":
		shape = r.point(g.Coordinates)
	case "MultiPoint":
		shape = orb.MultiPoint(parts(&r, g.Coordinates, r.point))
	case "LineString":
		shape = r.line(g.Coordinates)
	case "MultiLineString":
		shape = orb.MultiLineString(parts(&r, g.Coordinates, r.line))
	case "Polygon":
		shape = r.polygon(g.Coordinates)
	case "MultiPolygon":
		shape = orb.MultiPolygon(parts(&r, g.Coordinates, r.polygon))
	default:
		return nil, wrongShape(clipText(g.Type), "类型应为 Point、LineString、Polygon 或其 Multi 形式", "its type must be Point, LineString, Polygon or a Multi of one")
	}
	return shape, r.err
}

func wrongShape(value, zh, en string) *RowError {
	return refuseMember("geometry", value, &reason{zh, en})
}

// shapeReader reads coordinates until the first thing that is wrong.
type shapeReader struct {
	vertices int
	err      error
}

func (r *shapeReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// parts reads an array, of which each element is read alike.
func parts[T any](r *shapeReader, text json.RawMessage, read func(json.RawMessage) T) []T {
	var all []json.RawMessage
	if r.err != nil {
		return nil
	}
	if err := json.Unmarshal(text, &all); err != nil || all == nil {
		r.fail(wrongShape(clipText(string(text)), "coordinates 的层次与类型不符", "its coordinates are not nested as its type asks"))
		return nil
	}
	done := make([]T, 0, len(all))
	for _, one := range all {
		if r.err != nil {
			return nil
		}
		done = append(done, read(one))
	}
	return done
}

func (r *shapeReader) point(text json.RawMessage) orb.Point {
	var n []*float64
	if r.err != nil {
		return orb.Point{}
	}
	if r.vertices++; r.vertices > MostVertices {
		r.fail(tooLarge())
		return orb.Point{}
	}
	if err := json.Unmarshal(text, &n); err != nil || len(n) < 2 || len(n) > 3 || n[0] == nil || n[1] == nil {
		r.fail(wrongShape(clipText(string(text)), "坐标应为两个数：先经度（东）后纬度（北）", "a position must be two numbers: longitude (east) first, then latitude (north)"))
		return orb.Point{}
	}
	return orb.Point{*n[0], *n[1]}
}

func (r *shapeReader) line(text json.RawMessage) orb.LineString {
	line := orb.LineString(parts(r, text, r.point))
	if r.err == nil && len(line) < 2 {
		r.fail(wrongShape(clipText(string(text)), "线至少有两个点", "a line has at least two positions"))
	}
	return line
}

func (r *shapeReader) polygon(text json.RawMessage) orb.Polygon {
	rings := parts(r, text, func(ring json.RawMessage) orb.Ring {
		points := orb.Ring(parts(r, ring, r.point))
		if r.err == nil && (len(points) < 4 || points[0] != points[len(points)-1]) {
			r.fail(wrongShape(clipText(string(ring)), "环至少有四个点，且首尾相同", "a ring has at least four positions, of which the last is the first again"))
		}
		return points
	})
	if r.err == nil && len(rings) == 0 {
		r.fail(wrongShape("", "多边形没有环", "the polygon has no ring"))
	}
	return rings
}
