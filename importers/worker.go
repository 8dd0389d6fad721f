package importers

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"onemap/importers/gdal"
	"onemap/importers/quality"
	"onemap/importers/repair"
	"onemap/spatial/crs"
)

// worker turns features into rows. It is for one goroutine.
type worker struct {
	source   *source
	to4490   *crs.Transformer
	mercator func(orb.Point) orb.Point
	mender   *repair.Mender
	plan     *quality.Plan
	checker  *quality.Checker
	coarse   bool     // the row's positions have few decimals
	columns  []int    // of the source, that values are of
	names    []string // of its fields, as the quarantine calls them
	shapes   shapes
	known    []remembered // by the mapping's matches
	values   []any        // of the row's fields, in the definition's order
	made     int          // the field that marks demonstration data; -1 is none
}

func newWorker(s *source, plan *quality.Plan) (*worker, error) {
	t, err := s.transformer()
	if err != nil {
		return nil, err
	}
	return &worker{
		source: s, to4490: t, mercator: new(crs.Mercator).Point, mender: repair.NewMender(), plan: plan, checker: plan.NewChecker(), columns: s.columns(), names: s.attributeNames(),
		known: make([]remembered, len(s.mapping.matches)), values: make([]any, len(s.def.Fields)), made: syntheticIndex(s.def),
	}, nil
}

// work turns a batch into tuples for the store, appended to a buffer that may be
// nil.
func (w *worker) work(j job, tuples []byte) result {
	r := result{tuples: tuples, bytes: int64(j.batch.Size()), read: int64(j.batch.Rows), outcome: outcome{warning: j.batch.Warning}}
	number := j.first
	r.hashes = make([]rowHash, 0, j.batch.Rows)
	r.err = j.batch.Each(func(encoded []byte, values []gdal.Value) error {
		t, repairs, refused, err := w.row(r.tuples, number, encoded, values, &r.seen)
		number++
		w.tell(refused, repairs)
		if err != nil || refused != nil {
			if refused != nil {
				refused.held = w.hold(encoded, values)
				r.outcome.rejected = append(r.outcome.rejected, refused)
			}
			return err
		}
		if len(repairs) > 0 {
			r.outcome.repaired = append(r.outcome.repaired, repairs)
		}
		r.tuples = t.bytes
		r.hashes = append(r.hashes, t.hash)
		return nil
	})
	r.outcome.findings = w.checker.Take()
	return r
}

// rowHash identifies a row by its values and geom; geom_3857 follows from them.
type rowHash = [sha256.Size]byte

// tuple is a row as the store takes it, at the end of the bytes of those before.
type tuple struct {
	bytes []byte
	hash  rowHash
}

// row appends a feature's row as a tuple: fid, the layer's fields, what is kept
// beside them, geom, geom_3857. What had to be done for it is in repairs; a
// feature that can't be taken is refused; one that is taken is seen by all.
func (w *worker) row(to []byte, number int64, encoded []byte, values []gdal.Value, all *seen) (t tuple, repairs []RowRepair, refused *RowError, err error) {
	g, repairs, refused := w.shaped(number, encoded, values)
	if refused != nil {
		return t, nil, refused, nil
	}
	var extra json.RawMessage
	if w.source.keepExtra {
		var dropped []lost
		extra, dropped = w.source.extra(values)
		for _, why := range dropped {
			repairs = append(repairs, RowRepair{Row: number, Field: why.field, Reason: why.zh, EN: why.en, Place: placeOf(firstPoint(g))})
		}
	}
	if refused = w.check(number, w.values, g); refused != nil {
		return t, nil, refused, nil
	}
	synthetic := false
	if w.made >= 0 {
		synthetic, _ = w.values[w.made].(bool)
	}
	all.row(g, synthetic)
	t, err = w.encode(to, number, extra, g)
	return t, repairs, nil, err
}

// shaped is the row's geometry as it is stored; its values are in w.values then.
func (w *worker) shaped(number int64, encoded []byte, values []gdal.Value) (orb.Geometry, []RowRepair, *RowError) {
	g, mend, refused := w.geometry(number, encoded, values)
	if refused != nil {
		return nil, nil, refused
	}
	var repairs []RowRepair
	if mend.Changed {
		repairs = append(repairs, RowRepair{
			Row: number, Reason: mend.ReasonZH, EN: mend.Reason, Place: placeOf(mend.Where), AreaChange: mend.AreaChange,
		})
	}
	repairs, refused = w.convert(number, values, g, repairs)
	return g, repairs, refused
}

// prepare is a row that is not loaded: its geometry, and in w.values its values,
// held to the rules.
func (w *worker) prepare(number int64, encoded []byte, values []gdal.Value) (orb.Geometry, []RowRepair, *RowError) {
	g, repairs, refused := w.shaped(number, encoded, values)
	if refused == nil {
		refused = w.check(number, w.values, g)
	}
	return g, repairs, refused
}

// convert fills w.values with the row's.
func (w *worker) convert(number int64, values []gdal.Value, g orb.Geometry, repairs []RowRepair) ([]RowRepair, *RowError) {
	s := w.source
	for i, m := range s.mapping.matches {
		field := &s.def.Fields[m.target]
		value, done, why := w.known[i].convert(field, values[i], s.charset)
		rule := "value"
		if why == nil && value == nil && field.Required {
			rule = "required"
			why = newReason("必填字段为空", "a required field is empty")
		}
		if why != nil {
			return nil, &RowError{
				Row: number, Rule: rule, Field: field.Name, Value: show(values[i], s.charset), Reason: why.zh, EN: why.en, Place: placeOf(firstPoint(g)),
			}
		}
		if done != nil {
			repairs = append(repairs, RowRepair{Row: number, Field: field.Name, Reason: done.zh, EN: done.en, Place: placeOf(firstPoint(g))})
		}
		w.values[m.target] = value
	}
	return repairs, nil
}

// encode appends the tuple of w.values.
func (w *worker) encode(to []byte, number int64, extra json.RawMessage, g orb.Geometry) (t tuple, err error) {
	s := w.source
	from := len(to)
	to = binary.BigEndian.AppendUint16(to, uint16(s.width()))
	to = appendInt64(to, number)
	for i, value := range w.values {
		if to, err = appendValue(to, &s.def.Fields[i], value); err != nil {
			return t, err
		}
	}
	if s.keepExtra {
		to = appendJSON(to, extra)
	}
	to, at := appendLength(to)
	to = appendEWKB(to, g, 4490, nil)
	closeLength(to, at)
	t.hash = sha256.Sum256(to[from:])
	to, at = appendLength(to)
	to = appendEWKB(to, g, 3857, w.mercator)
	closeLength(to, at)
	t.bytes = to
	return t, nil
}

// geometry reads, checks, transforms and mends a feature's geometry.
func (w *worker) geometry(number int64, encoded []byte, values []gdal.Value) (orb.Geometry, repair.Repair, *RowError) {
	s := w.source
	g, why := w.position(encoded, values)
	if why != nil {
		return nil, repair.Repair{}, &RowError{Row: number, Rule: "position", Reason: why.zh, EN: why.en}
	}
	if g == nil {
		return nil, repair.Repair{}, &RowError{Row: number, Rule: "geometry", Reason: "没有图形", EN: "there is no geometry", Err: repair.ErrEmpty}
	}
	if err := s.system.Check(firstPoint(g)); err != nil {
		return nil, repair.Repair{}, refuse(number, nil, err)
	}
	w.coarse = w.plan.Coarse(g)
	finite := isFinite(g)
	g, err := w.to4490.Transform(g)
	if err != nil {
		if !finite {
			err = repair.ErrCoordinates
		}
		return nil, repair.Repair{}, refuse(number, nil, err)
	}
	var at *Place
	if p := firstPoint(g); !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1]) {
		at = placeOf(p)
	}
	g, mend, err := w.mender.Mend(g, s.def.Geometry)
	if err != nil {
		return nil, mend, refuse(number, at, err)
	}
	return g, mend, nil
}

// position is the source's, without taking memory for what is plain.
func (w *worker) position(encoded []byte, values []gdal.Value) (orb.Geometry, *reason) {
	s := w.source
	if s.layout == nil && encoded != nil {
		if g, ok := w.shapes.read(encoded); ok {
			return s.arranged(g), nil
		}
	}
	return s.position(encoded, values)
}

// refuse words what packages crs and repair find wrong with one geometry.
func refuse(number int64, at *Place, err error) *RowError {
	e := &RowError{Row: number, Rule: "geometry", Place: at, Err: err, Reason: err.Error(), EN: err.Error()}
	var system *crs.Problem
	switch {
	case errors.As(err, &system):
		e.Rule, e.Reason, e.EN = "position", system.ZH, system.EN
	case errors.Is(err, crs.ErrOutOfReach):
		e.Rule = "position"
		e.Reason, e.EN = "坐标超出投影范围", "the position is outside the projection"
	case errors.Is(err, repair.ErrEmpty):
		e.Reason, e.EN = "图形为空或没有面积（长度）", "the geometry is empty, or has no area or length"
	case errors.Is(err, repair.ErrKind):
		e.Reason, e.EN = "图形类型与图层不符", "the geometry is of another kind than the layer's"
	case errors.Is(err, repair.ErrCoordinates):
		e.Rule = "position"
		e.Reason, e.EN = "坐标不是数或超出范围", "a coordinate is not a number or out of range"
	case errors.Is(err, repair.ErrHopeless):
		e.Reason, e.EN = "图形无法修复", "the geometry can't be mended"
	}
	return e
}

// firstPoint returns the first point of a geometry, or the origin.
func firstPoint(g orb.Geometry) orb.Point {
	switch g := g.(type) {
	case orb.Point:
		return g
	case orb.MultiPoint:
		if len(g) > 0 {
			return g[0]
		}
	case orb.LineString:
		if len(g) > 0 {
			return g[0]
		}
	case orb.MultiLineString:
		if len(g) > 0 {
			return firstPoint(g[0])
		}
	case orb.Polygon:
		if len(g) > 0 && len(g[0]) > 0 {
			return g[0][0]
		}
	case orb.MultiPolygon:
		if len(g) > 0 {
			return firstPoint(g[0])
		}
	case orb.Collection:
		if len(g) > 0 {
			return firstPoint(g[0])
		}
	}
	return orb.Point{}
}

// mostShown is how many characters of a value a report shows.
const mostShown = 60

// show is a value as a report shows it; bytes that aren't text are in hexadecimal.
func show(v gdal.Value, charset Charset) string {
	text, _, ok := textOf(v, charset)
	if !ok {
		return fmt.Sprintf("% x", clipBytes(v.Text))
	}
	if r := []rune(text); len(r) > mostShown {
		return string(r[:mostShown]) + "…"
	}
	return text
}
