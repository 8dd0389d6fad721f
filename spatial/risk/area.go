package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
)

// ErrArea reports an area that can't be used; [AreaError] says which member and why.
var ErrArea = errors.New("risk: unusable area")

// AreaError is what is wrong with an area: where, and what it should be.
type AreaError struct {
	Member string
	ZH, EN string
}

func (e *AreaError) Error() string { return "area, " + e.Member + ": " + e.EN }

// Unwrap returns [ErrArea].
func (e *AreaError) Unwrap() error { return ErrArea }

// MaxAreaVertices is the most positions that an area may have.
const MaxAreaVertices = 100_000

// MaxAreaDegrees is how far an area may reach, from west to east and from south to north.
const MaxAreaDegrees = 10

// checkReach refuses areas that PostGIS can't measure on the ellipsoid.
func checkReach(area orb.MultiPolygon) error {
	box := area.Bound()
	if across := math.Max(box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]); !(across <= MaxAreaDegrees) {
		return &AreaError{
			"coordinates", fmt.Sprintf("东西或南北跨度 %.4g°，超过上限 %d°；请核实坐标，或缩小范围", across, MaxAreaDegrees),
			fmt.Sprintf("the area is %.4g degrees from side to side, more than %d; check its positions, or make it smaller", across, MaxAreaDegrees),
		}
	}
	return nil
}

// Zone names a feature of a polygon layer by the layer's key.
type Zone struct {
	Layer string `json:"layer"`
	Key   string `json:"key"`
}

// ReadArea reads what exposure is asked for: a GeoJSON Polygon, MultiPolygon or a
// Feature of one, whose positions are handed on as they are, or {"layer", "key"},
// a zone by its name. Positions are two numbers, or three, the third of which is
// left out; rings are closed and have four or more. Unknown members, more than
// [MaxAreaVertices] and everything else is an [AreaError].
func ReadArea(text []byte) (orb.MultiPolygon, *Zone, error) {
	var members map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&members); err != nil || members == nil {
		return nil, nil, &AreaError{"(body)", "应为 JSON 对象：GeoJSON 面，或 {\"layer\", \"key\"}", fmt.Sprintf("must be a JSON object, a GeoJSON polygon or {\"layer\", \"key\"}: %v", err)}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, &AreaError{"(body)", "JSON 对象之后还有内容", "there is something after the object"}
	}
	known := []string{"type", "coordinates", "bbox"}
	if given(members["layer"]) {
		known = []string{"layer", "key"}
	} else if given(members["geometry"]) {
		known = []string{"type", "geometry", "properties", "id", "bbox"}
	}
	for name := range members {
		if !slices.Contains(known, name) {
			return nil, nil, &AreaError{name, fmt.Sprintf("未知成员；可用：%v", known), fmt.Sprintf("unknown member; known are %v", known)}
		}
	}
	switch {
	case given(members["layer"]):
		var z Zone
		if json.Unmarshal(members["layer"], &z.Layer) != nil || json.Unmarshal(members["key"], &z.Key) != nil || z.Key == "" || strings.ContainsRune(z.Layer+z.Key, 0) {
			return nil, nil, &AreaError{"key", "layer 与 key 应为文本，key 为该图层的业务主键", "layer and key must be texts; key is the feature's key in the layer"}
		}
		return nil, &z, nil
	case given(members["geometry"]):
		var inner map[string]json.RawMessage
		if json.Unmarshal(members["geometry"], &inner) != nil {
			return nil, nil, &AreaError{"geometry", "应为 GeoJSON 面", "must be a GeoJSON polygon"}
		}
		members = inner
	}
	shape, err := readPolygons(members)
	return shape, nil, err
}

func given(member json.RawMessage) bool { return len(member) > 0 && string(member) != "null" }

func readPolygons(members map[string]json.RawMessage) (orb.MultiPolygon, error) {
	var kind string
	if json.Unmarshal(members["type"], &kind) != nil || kind != "Polygon" && kind != "MultiPolygon" {
		return nil, &AreaError{"type", fmt.Sprintf("应为 Polygon 或 MultiPolygon，不是 %.40q", kind), fmt.Sprintf("must be Polygon or MultiPolygon, not %.40q", kind)}
	}
	var parts [][][][]float64
	var err error
	if kind == "Polygon" {
		parts = make([][][][]float64, 1)
		err = json.Unmarshal(members["coordinates"], &parts[0])
	} else {
		err = json.Unmarshal(members["coordinates"], &parts)
	}
	if err != nil {
		return nil, &AreaError{"coordinates", "应为 " + kind + " 的坐标数组", "must be the coordinates of a " + kind}
	}
	shape := make(orb.MultiPolygon, 0, len(parts))
	vertices := 0
	for _, part := range parts {
		polygon := make(orb.Polygon, 0, len(part))
		for _, positions := range part {
			if vertices += len(positions); vertices > MaxAreaVertices {
				return nil, &AreaError{"coordinates", fmt.Sprintf("顶点超过 %d 个，请化简或分块", MaxAreaVertices), fmt.Sprintf("more than %d positions; simplify or divide the area", MaxAreaVertices)}
			}
			ring, err := readRing(positions)
			if err != nil {
				return nil, err
			}
			polygon = append(polygon, ring)
		}
		if len(polygon) == 0 {
			return nil, &AreaError{"coordinates", "面没有外环", "a polygon has no ring"}
		}
		shape = append(shape, polygon)
	}
	if len(shape) == 0 {
		return nil, &AreaError{"coordinates", "没有面", "there is no polygon"}
	}
	return shape, nil
}

func readRing(positions [][]float64) (orb.Ring, error) {
	ring := make(orb.Ring, len(positions))
	for i, p := range positions {
		if len(p) < 2 || len(p) > 3 || math.IsInf(p[0], 0) || math.IsInf(p[1], 0) {
			return nil, &AreaError{"coordinates", fmt.Sprintf("第 %d 个坐标应为两个数", i+1), fmt.Sprintf("position %d must be two numbers", i+1)}
		}
		ring[i] = orb.Point{p[0], p[1]}
	}
	if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
		return nil, &AreaError{"coordinates", "环应至少有四个坐标，且首尾相同", "a ring needs four positions or more, the last equal to the first"}
	}
	return ring, nil
}
