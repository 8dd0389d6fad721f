package importers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/quality"
	"onemap/importers/repair"
	"onemap/layers"
	"onemap/spatial/crs"
)

// EditRequest asks for a change of one feature of a layer's published version.
type EditRequest struct {
	Layer     string
	FID       int64 // 0 where the feature is to be created
	Operation layers.Operation
	Body      io.Reader // a GeoJSON feature; what is not given of it stays in an update. nil for a deletion
	CRS       string    // of its coordinates, as "EPSG:4526"; "" is EPSG:4490
	Reason    string    // up to [MostReason] characters
	Match     func(etag string) bool
}

// Edited is a feature after an edit.
type Edited struct {
	Layer   layers.Layer
	Feature layers.Feature // only the number, where it was deleted
	Repairs []RowRepair    // what had to be done to what was given
}

// MostReason is the most characters of an edit's reason.
const MostReason = 500

// Edit changes a feature. What is given passes the gates that rows of deliveries
// pass: values by the layer's fields, coordinates by their system, shapes mended
// or refused. It is stricter in that codes must be in their dictionaries and
// shapes within the city. A refusal is a [RowError]; a body that cannot be read
// is a [Problem] or a RowError of the member.
func Edit(ctx context.Context, store *layers.Store, r EditRequest) (Edited, error) {
	e := edit{request: r}
	if err := e.read(); err != nil {
		return Edited{}, err
	}
	def, err := store.Definition(ctx, r.Layer)
	if err != nil {
		return Edited{}, err
	}
	if r.Operation != layers.Delete { // before the layer is locked
		if e.yardstick, err = store.Yardstick(ctx, def); err != nil {
			return Edited{}, err
		}
	}
	var done Edited
	done.Layer, done.Feature, err = store.Edit(ctx, layers.FeatureEdit{
		Layer: r.Layer, FID: r.FID, Operation: r.Operation, Reason: r.Reason, Match: r.Match, Make: e.make,
	})
	done.Repairs = e.repairs
	return done, err
}

// edit is one on its way.
type edit struct {
	request   EditRequest
	given     givenFeature
	shape     orb.Geometry // in the system of the request; nil where none is given
	system    crs.System
	yardstick layers.Yardstick
	repairs   []RowRepair
}

// read reads the request as far as that needs no layer.
func (e *edit) read() (err error) {
	if n := len([]rune(e.request.Reason)); n > MostReason || strings.ContainsRune(e.request.Reason, 0) {
		return refuseMember("reason", clipText(e.request.Reason),
			newReason("说明不能超过 %d 个字符，也不能含空字符", "must be at most %d characters, without NUL", MostReason))
	}
	e.system = crs.CGCS2000
	if e.request.CRS != "" {
		if e.system, err = crs.Parse(e.request.CRS); err != nil {
			return explain(err)
		}
	}
	if e.request.Operation == layers.Delete {
		return nil
	}
	if e.given, err = readFeature(e.request.Body, e.request.FID); err != nil {
		return err
	}
	if present(e.given.Geometry) {
		e.shape, err = readShape(e.given.Geometry)
	} else if e.request.Operation != layers.Update || e.given.Geometry != nil { // null takes the shape away
		err = refuseMember("geometry", "", newReason("必须给出图形", "must be given"))
	}
	return err
}

// make is layers.FeatureEdit.Make: the feature held to the layer as it is now.
func (e *edit) make(_ context.Context, l layers.Layer, now *layers.StoredFeature) (layers.NewFeature, error) {
	fields := l.Fields()
	if err := e.checkNames(l, fields); err != nil {
		return layers.NewFeature{}, err
	}
	properties, err := e.properties(now)
	if err != nil {
		return layers.NewFeature{}, err
	}
	s := &source{def: e.strict(l.Definition), charset: charsetUTF8, system: e.system}
	shape := e.shape
	if shape == nil {
		s.system = crs.CGCS2000 // that of the store
	}
	for i, field := range fields {
		target := slices.IndexFunc(s.def.Fields, func(f layers.Field) bool { return f.Name == field.Name })
		s.mapping.matches = append(s.mapping.matches, FieldMatch{Field: field.Name, Label: field.Label, Source: field.Name, By: "name", source: i, target: target})
		s.names = append(s.names, field.Name)
	}
	if shape == nil {
		return e.convert(s, now.Shape, properties)
	}
	encoded, err := wkb.Marshal(shape)
	if err != nil {
		return layers.NewFeature{}, refuseMember("geometry", "", newReason("图形无法识读", "the geometry can't be read"))
	}
	return e.convert(s, encoded, properties)
}

// convert has a worker of an import look at the row.
func (e *edit) convert(s *source, encoded []byte, properties json.RawMessage) (layers.NewFeature, error) {
	plan, err := quality.Compile(s.def, e.yardstick, "", time.Now())
	if err != nil {
		return layers.NewFeature{}, err
	}
	defer plan.Close()
	w, err := newWorker(s, plan)
	if err != nil {
		return layers.NewFeature{}, explain(err)
	}
	values, err := valuesOf(properties, s.mapping.matches, nil)
	if err != nil {
		return layers.NewFeature{}, err
	}
	g, repairs, refused := w.prepare(1, encoded, values)
	if refused != nil {
		return layers.NewFeature{}, e.advise(refused, s.def)
	}
	e.repairs = repairs
	made := layers.NewFeature{Values: map[string]any{}}
	for _, m := range s.mapping.matches {
		if _, isGiven := e.given.Properties[m.Field]; e.request.Operation == layers.Update && !isGiven {
			continue
		}
		value := w.values[m.target]
		if a, ok := value.(amount); ok {
			value = a.String()
		}
		made.Values[m.Field] = value
	}
	if e.shape != nil {
		made.Geom, made.Mercator = appendEWKB(nil, g, 4490, nil), appendEWKB(nil, g, 3857, crs.PointToWebMercator)
	}
	return made, nil
}

// strict is a definition by which what single rows of a delivery are only warned
// of is refused, as far as it is given: what stays as it was may go on.
func (e *edit) strict(d layers.Definition) layers.Definition {
	d.Rules = slices.Clone(d.Rules)
	for _, r := range quality.Rules(d) {
		_, isGiven := e.given.Properties[r.Field]
		if r.Check == "codes" && (isGiven || e.request.Operation != layers.Update) || r.Check == "outside" && e.shape != nil {
			r.Level = layers.Error
			d.Rules = append(d.Rules, r)
		}
	}
	return d
}

// checkNames refuses properties that the layer hasn't, or its version hasn't yet.
func (e *edit) checkNames(l layers.Layer, fields []layers.Field) error {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	for name, value := range e.given.Properties {
		switch {
		case name == layers.ExtraColumn && l.Columns.KeepExtra: // as it was read; it is not written
		case slices.Contains(names, name):
			if text := strings.TrimSpace(string(value)); strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
				return refuseMember(name, clipText(text), newReason("应为文字、数、true、false 或 null", "must be a text, a number, true, false or null"))
			}
		case slices.ContainsFunc(l.Definition.Fields, func(f layers.Field) bool { return f.Name == name }):
			return refuseMember(name, "", newReason("已发布的版本还没有这个字段；请去掉它，或导入新版本", "the published version doesn't have this field yet; leave it out, or import a new version"))
		default:
			return refuseMember(name, "", newReason("图层没有这个字段；可用字段：%[1]s", "the layer has no such field; it has: %[1]s", strings.Join(names, ", ")))
		}
	}
	return nil
}

// properties are all that the feature is to have.
func (e *edit) properties(now *layers.StoredFeature) (json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	if e.request.Operation == layers.Update {
		if err := json.Unmarshal(now.Properties, &all); err != nil {
			return nil, fmt.Errorf("importers: properties of feature %d: %w", now.FID, err)
		}
	}
	for name, value := range e.given.Properties {
		all[name] = value
	}
	return json.Marshal(all)
}

// advise says what to do about a refusal.
func (e *edit) advise(refused *RowError, d layers.Definition) *RowError {
	refused.Row = 0
	field, _ := d.Field(refused.Field)
	switch {
	case errors.Is(refused.Err, crs.ErrSwapped): // whose own words are for files
		refused.Reason = "经纬度（东、北坐标）颠倒；请把每个坐标的两个数对调，经度（东）在前"
		refused.EN = "the axes are swapped: put longitude (east) first in every position"
	case errors.Is(refused.Err, crs.ErrImplausible):
		refused.Reason = fmt.Sprintf("坐标不像 %s 的；请核对坐标，或用 crs 指定其坐标系", e.system)
		refused.EN = fmt.Sprintf("the position is not one of %s: check it, or name its system with crs", e.system)
	case strings.HasPrefix(refused.Rule, "codes"):
		refused.Reason += "；可用代码见 /api/v1/dictionaries/" + field.Dictionary
		refused.EN += "; its codes are at /api/v1/dictionaries/" + field.Dictionary
	case errors.Is(refused.Err, repair.ErrKind):
		refused.Reason += fmt.Sprintf("（应为 %s）", kindNames[d.Geometry])
		refused.EN += fmt.Sprintf(" (must be %s)", kindNames[d.Geometry])
	}
	return refused
}

// clipText is a text, shortened.
func clipText(text string) string {
	if r := []rune(text); len(r) > mostShown {
		return string(r[:mostShown]) + "…"
	}
	return text
}

// kindNames are the GeoJSON types of a layer's kind.
var kindNames = map[layers.GeometryKind]string{
	layers.Point: "Point, MultiPoint", layers.LineString: "LineString, MultiLineString", layers.Polygon: "Polygon, MultiPolygon",
}

// refuseMember refuses a member of the request.
func refuseMember(name, value string, why *reason) *RowError {
	return &RowError{Rule: "request", Field: name, Value: value, Reason: why.zh, EN: why.en}
}
