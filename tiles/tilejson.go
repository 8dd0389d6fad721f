package tiles

import (
	"fmt"
	"math"
	"strings"

	"onemap/layers"
	"onemap/tiles/grid"
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
	// TileMatrixSet and CRS are given where they are not WebMercatorQuad, the only
	// grid that TileJSON itself knows: the grid's name, and the URI of its system.
	// Levels are the grid's; {x} is the column and {y} the row.
	TileMatrixSet string `json:"tile_matrix_set,omitempty"`
	CRS           string `json:"crs,omitempty"`
}

// VectorLayer describes one layer of a tile set.
type VectorLayer struct {
	ID          string            `json:"id"`
	Description string            `json:"description"`
	MinZoom     int               `json:"minzoom"`
	MaxZoom     int               `json:"maxzoom"`
	Fields      map[string]string `json:"fields"` // name to label and unit
}

// Describe returns the TileJSON of a set in WebMercatorQuad; see [DescribeIn].
func Describe(s Set, base string) TileJSON { return DescribeIn(grid.WebMercatorQuad(), s, base) }

// DescribeIn returns the TileJSON of a set in a grid of its square. base is put before the path of the
// tiles: the service's public address, or "" for addresses from the root. The
// tiles' addresses carry the set's tag, so each answer may be kept for ever.
func DescribeIn(g grid.Grid, s Set, base string) TileJSON {
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
		d.MinZoom, d.MaxZoom = min(d.MinZoom, level(g, def.MinZoom)), max(d.MaxZoom, level(g, def.MaxZoom))
		d.widen(l.Published.Bounds)
		for _, one := range describeLayers(l) {
			one.MinZoom, one.MaxZoom = level(g, one.MinZoom), level(g, one.MaxZoom)
			d.VectorLayers = append(d.VectorLayers, one)
		}
	}
	if math.IsInf(d.Bounds[0], 0) {
		d.Bounds = anywhere(g) // nothing in it
	}
	d.Name, d.Description = strings.Join(names, "、"), strings.Join(names, "、")
	d.Attribution = strings.Join(sources, "、")
	d.Tiles = []string{TileAddress(g, base, ids, s.Tag())}
	if g.ID != grid.WebMercatorQuad().ID {
		d.TileMatrixSet, d.CRS = g.ID, g.CRS
	}
	return d
}

// TileAddress is the template of the addresses of a set's tiles in a grid.
func TileAddress(g grid.Grid, base string, layers []string, tag string) string {
	inGrid := ""
	if g.ID != grid.WebMercatorQuad().ID {
		inGrid = g.ID + "/"
	}
	return fmt.Sprintf("%s/tiles/%s%s/{z}/{x}/{y}.mvt?v=%s", base, inGrid, strings.Join(layers, ","), tag)
}

// level is a layer's zoom as a grid counts, as far as it is drawn there.
func level(g grid.Grid, zoom int) int { return min(max(zoom-g.Above, g.First), g.Top()) }

func anywhere(g grid.Grid) [4]float64 {
	if g.Square == grid.Geographic {
		return [4]float64{-180, -90, 180, 90}
	}
	return [4]float64{-180, -85.051129, 180, 85.051129}
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
