package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/spatial/crs"
	"onemap/styles/render"
)

// View is how a layer of a request is shown where that isn't its own look alone.
type View struct {
	Layer   string   `json:"layer"`             // id, without a version
	Opacity *float64 `json:"opacity,omitempty"` // 0 to 1, of that of its look; nil is 1
	Filter  []any    `json:"filter,omitempty"`  // a filter expression of the style specification; nil shows all
}

// Drawing is something that whoever asks has drawn, above the layers.
type Drawing struct {
	Name     string            `json:"name,omitempty"`
	Geometry *geojson.Geometry `json:"geometry"` // longitude, latitude in EPSG:4490 degrees
}

// The limits of what is drawn.
const (
	mostDrawings  = 200
	mostPositions = 20_000
	mostName      = 100 // characters
)

// checkViews refuses views and drawings that say nothing that can be drawn,
// without looking a layer up.
func (r *Request) checkViews() error {
	if r.Product != "" && (len(r.Views) > 0 || r.OwnOrder) {
		return wrong("views", "图产品自有其表达，不能另给 views 或 own_order", "a product has its own way of showing layers: neither views nor own_order can be given")
	}
	seen := map[string]bool{}
	for i, v := range r.Views {
		member := fmt.Sprintf("views[%d]", i)
		switch {
		case !slices.ContainsFunc(r.Layers, func(l string) bool { return layerID(l) == v.Layer }):
			return wrong(member+".layer", "%.60q 不在 layers 中", "%.60q is none of layers", v.Layer)
		case seen[v.Layer]:
			return wrong(member+".layer", "%.60q 给出了两次", "%.60q is given twice", v.Layer)
		case v.Opacity != nil && !(*v.Opacity >= 0 && *v.Opacity <= 1):
			return wrong(member+".opacity", "为 %g，应为 0 至 1", "is %g, must be 0 to 1", *v.Opacity)
		}
		seen[v.Layer] = true
	}
	return r.checkDrawings()
}

func (r *Request) checkDrawings() error {
	if len(r.Drawings) > mostDrawings {
		return wrong("drawings", "有 %d 个，最多 %d 个", "has %d, at most %d", len(r.Drawings), mostDrawings)
	}
	positions := 0
	for i, d := range r.Drawings {
		member := fmt.Sprintf("drawings[%d]", i)
		if utf8.RuneCountInString(d.Name) > mostName {
			return wrong(member+".name", "过长，最多 %d 字", "is too long, at most %d characters", mostName)
		}
		if d.Geometry == nil || d.Geometry.Geometry() == nil {
			return wrong(member+".geometry", "应为 GeoJSON 图形", "must be a GeoJSON geometry")
		}
		shape := d.Geometry.Geometry()
		if _, ok := shape.(orb.Collection); ok {
			return wrong(member+".geometry", "不支持 GeometryCollection，请逐个给出", "a GeometryCollection can't be drawn; give its parts")
		}
		if b := shape.Bound(); !(b.Min[0] >= -180 && b.Max[0] <= 180 && b.Min[1] >= -90 && b.Max[1] <= 90) {
			return wrong(member+".geometry", "坐标超出范围，单位应为度", "is out of reach; its unit must be the degree")
		}
		if positions += countPositions(shape); positions > mostPositions {
			return wrong("drawings", "共有超过 %d 个坐标，请抽稀", "have more than %d positions; simplify them", mostPositions)
		}
	}
	return nil
}

func countPositions(g orb.Geometry) (n int) {
	switch g := g.(type) {
	case orb.Point:
		return 1
	case orb.MultiPoint:
		return len(g)
	case orb.LineString:
		return len(g)
	case orb.MultiLineString:
		for _, l := range g {
			n += len(l)
		}
	case orb.Polygon:
		for _, l := range g {
			n += len(l)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += countPositions(p)
		}
	}
	return n
}

// layerID is the id in the name of a layer, which may have its version.
func layerID(name string) string {
	id, _, _ := strings.Cut(strings.TrimSpace(name), "@")
	return id
}

// asViewed puts views, the order and drawings of a request into a document.
func (r *Request) asViewed(document []byte, shown []layers.Layer) ([]byte, error) {
	if len(r.Views) == 0 && len(r.Drawings) == 0 && !r.OwnOrder {
		return document, nil
	}
	var d map[string]any
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	listed, _ := d["layers"].([]any)
	all := make([]map[string]any, 0, len(listed))
	for _, one := range listed {
		members, _ := one.(map[string]any)
		all = append(all, members)
	}
	for i, v := range r.Views {
		if err := v.apply(fmt.Sprintf("views[%d]", i), shown, all); err != nil {
			return nil, err
		}
	}
	if r.OwnOrder {
		r.putInOrder(all)
	}
	if len(r.Drawings) > 0 {
		sources, _ := d["sources"].(map[string]any)
		sources[drawn] = map[string]any{"type": "geojson", "data": map[string]any{"type": "FeatureCollection", "features": []any{}}}
		all = append(all, drawingLayers()...)
	}
	d["layers"] = all
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("orders: writing the style: %w", err)
	}
	_, err = render.ParseStyle(text)
	return text, err
}

func (v View) apply(member string, shown []layers.Layer, all []map[string]any) error {
	i := slices.IndexFunc(shown, func(l layers.Layer) bool { return l.Definition.ID == v.Layer })
	if i < 0 {
		return wrong(member+".layer", "%.60q 不在 layers 中", "%.60q is none of layers", v.Layer)
	}
	if v.Filter != nil {
		if err := v.checkFilter(member+".filter", shown[i].Definition); err != nil {
			return err
		}
	}
	for _, l := range all {
		if layerOf(l) != v.Layer {
			continue
		}
		if own, has := l["filter"]; v.Filter != nil && has {
			l["filter"] = []any{"all", own, v.Filter}
		} else if v.Filter != nil {
			l["filter"] = v.Filter
		}
		if v.Opacity != nil && *v.Opacity != 1 {
			fade(l, *v.Opacity)
		}
	}
	return nil
}

// checkFilter holds a filter to the fields that tiles carry: those that the map on
// the screen could be filtered by.
func (v View) checkFilter(member string, definition layers.Definition) error {
	filter, err := render.ParseFilter(v.Filter)
	var unsupported *render.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return wrong(member, "不支持 %s", "%s is not supported", unsupported.What)
	case err != nil:
		return wrong(member, "不是可用的过滤表达式：%v", "is no filter expression: %v", err)
	}
	carried := definition.TileFields()
	for _, name := range filter.Fields() {
		if !slices.ContainsFunc(carried, func(f layers.Field) bool { return f.Name == name }) {
			return wrong(member, "图层 %[2]s 不能按字段 %.60[1]s 过滤", "field %.60s of %s can't be filtered by", name, definition.ID)
		}
	}
	return nil
}

func layerOf(styleLayer map[string]any) string {
	metadata, _ := styleLayer["metadata"].(map[string]any)
	id, _ := metadata["onemap:layer"].(string)
	return id
}

// fade multiplies the opacity of a style layer.
func fade(l map[string]any, opacity float64) {
	names := map[string][]string{
		"fill": {"fill-opacity"}, "line": {"line-opacity"}, "circle": {"circle-opacity", "circle-stroke-opacity"},
		"symbol": {"icon-opacity", "text-opacity"}, "fill-extrusion": {"fill-extrusion-opacity"},
	}
	kind, _ := l["type"].(string)
	paint, _ := l["paint"].(map[string]any)
	if paint == nil {
		paint = map[string]any{}
	}
	for _, name := range names[kind] {
		switch own := paint[name].(type) {
		case nil:
			paint[name] = opacity
		case float64:
			paint[name] = own * opacity
		default:
			paint[name] = []any{"*", own, opacity}
		}
	}
	l["paint"] = paint
}

// putInOrder draws layers in the order of the request, the base beneath them and
// names above all.
func (r *Request) putInOrder(all []map[string]any) {
	place := func(l map[string]any) int {
		id := layerOf(l)
		switch {
		case id == "":
			return -2
		case l["type"] == "symbol":
			return len(r.Layers)
		}
		return slices.IndexFunc(r.Layers, func(name string) bool { return layerID(name) == id }) // -1 is the base
	}
	slices.SortStableFunc(all, func(a, b map[string]any) int { return cmp.Compare(place(a), place(b)) })
}

// drawn is the source of what is drawn; no layer has a colon in its id.
const drawn = "sheet:drawings"

// drawingLayers are the style layers of what is drawn, as the viewer shows it.
func drawingLayers() []map[string]any {
	const colour = "#c2410c"
	layer := func(name, kind string, filter []any, layout, paint map[string]any) map[string]any {
		l := map[string]any{"id": drawn + ":" + name, "type": kind, "source": drawn, "paint": paint}
		if filter != nil {
			l["filter"] = filter
		}
		if layout != nil {
			l["layout"] = layout
		}
		return l
	}
	geometry := []any{"geometry-type"}
	return []map[string]any{
		layer("fill", "fill", []any{"==", geometry, "Polygon"}, nil, map[string]any{"fill-color": colour, "fill-opacity": 0.15}),
		layer("line", "line", []any{"!=", geometry, "Point"}, nil, map[string]any{"line-color": colour, "line-width": 2.5}),
		layer("point", "circle", []any{"==", geometry, "Point"}, nil, map[string]any{"circle-radius": 6, "circle-color": colour, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2}),
		layer("name", "symbol", nil,
			map[string]any{"text-field": []any{"get", "name"}, "text-font": []any{"Yunfu Sans"}, "text-size": 13, "text-anchor": "top", "text-offset": []any{0, 0.6}},
			map[string]any{"text-color": "#7c2d12", "text-halo-color": "#ffffff", "text-halo-width": 1.5}),
	}
}

// drawings are a source that also has what is drawn.
type drawings struct {
	render.Source
	all []Drawing
}

// Features implements [render.Source].
func (s drawings) Features(ctx context.Context, q render.Query, take func(*render.Feature) error) error {
	if q.Source != drawn {
		return s.Source.Features(ctx, q, take)
	}
	for i, d := range s.all {
		f := &render.Feature{ID: uint64(i + 1), Geometry: orb.Clone(d.Geometry.Geometry()), System: crs.CGCS2000, Values: make([]any, len(q.Fields))}
		if !f.Geometry.Bound().Intersects(q.Box) {
			continue
		}
		for k, name := range q.Fields {
			if name == "name" {
				f.Values[k] = d.Name
			}
		}
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}
