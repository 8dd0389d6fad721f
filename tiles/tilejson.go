package tiles

import (
	"fmt"
	"math"
	"strings"

	"onemap/layers"
)

// TileJSON describes a tile set; https://github.com/mapbox/tilejson-spec, 3.0.0.
type TileJSON struct {
	TileJSON     string        `json:"tilejson"`
	Name         string        `json:"name"`
	Description  string        `json:"description"`
	Attribution  string        `json:"attribution"`
	Version      string        `json:"version"`
	Scheme       string        `json:"scheme"`
	Tiles        []string      `json:"tiles"`
	MinZoom      int           `json:"minzoom"`
	MaxZoom      int           `json:"maxzoom"`
	Bounds       [4]float64    `json:"bounds"` // west, south, east, north in degrees
	VectorLayers []VectorLayer `json:"vector_layers"`
}

// VectorLayer describes one layer of a tile set.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"` // name to label and unit
}

// Describe returns the TileJSON of a set. base is put before the path of the
// tiles: the service's public address, or "" for addresses from the root. The
// tiles' addresses carry the set's tag, so each answer may be kept for ever.
func Describe(s Set, base string) TileJSON {
	d := TileJSON{
		TileJSON: "3.0.0", Version: "1.0.0", Scheme: "xyz",
		MinZoom: MaxZoom, Bounds: [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)},
	}
	var ids, names, sources []string
	for _, l := range s.Layers {
		def := l.Definition
		ids, names = append(ids, def.ID), append(names, def.Name)
		source := def.Department
		if l.Published.Synthetic {
			source += "（演示数据）"
		}
		sources = append(sources, source)
		d.MinZoom, d.MaxZoom = min(d.MinZoom, def.MinZoom), max(d.MaxZoom, def.MaxZoom)
		d.widen(l.Published.Bounds)
		d.VectorLayers = append(d.VectorLayers, describeLayers(l)...)
	}
	if math.IsInf(d.Bounds[0], 0) {
		d.Bounds = [4]float64{-180, -85.051129, 180, 85.051129} // nothing in it, so anywhere
	}
	d.Name, d.Description = strings.Join(names, "、"), strings.Join(names, "、")
	d.Attribution = strings.Join(sources, "、")
	d.Tiles = []string{fmt.Sprintf("%s/tiles/%s/{z}/{x}/{y}.mvt?v=%s", base, strings.Join(ids, ","), s.Tag())}
	return d
}

func (d *TileJSON) widen(b []float64) {
	if len(b) != 4 {
		return
	}
	d.Bounds = [4]float64{
		min(d.Bounds[0], b[0]), min(d.Bounds[1], b[1]),
		max(d.Bounds[2], b[2]), max(d.Bounds[3], b[3]),
	}
}

// describeLayers describes the layer's tile layers: the features and, where it
// has them, their label points with the same fields.
func describeLayers(l layers.Layer) []VectorLayer {
	described := []VectorLayer{describeLayer(l)}
	if labels := l.Definition.LabelLayer(); labels != "" {
		points := describeLayer(l)
		points.ID, points.Description = labels, points.Description+"（注记）"
		described = append(described, points)
	}
	return described
}

func describeLayer(l layers.Layer) VectorLayer {
	v := VectorLayer{
		ID: l.Definition.ID, Description: l.Definition.Name,
		MinZoom: l.Definition.MinZoom, MaxZoom: l.Definition.MaxZoom, Fields: map[string]string{},
	}
	for _, f := range l.TileFields() {
		label := f.Label
		if f.Unit != "" {
			label += " (" + f.Unit + ")"
		}
		v.Fields[f.Name] = label
	}
	return v
}
