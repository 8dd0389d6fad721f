package importers

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"

	"onemap/importers/gdal"
	"onemap/importers/quality"
	"onemap/importers/repair"
	"onemap/spatial/crs"
)

// worker turns features into rows. It is for one goroutine.
type worker struct {
	source  *source
	to4490  *crs.Transformer
	mender  *repair.Mender
	plan    *quality.Plan
	checker *quality.Checker
	coarse  bool  // the row's positions have few decimals
	columns []int // of the source, that values are of
	scratch []byte
}

func newWorker(s *source, plan *quality.Plan) (*worker, error) {
	t, err := s.transformer()
	if err != nil {
		return nil, err
	}
	return &worker{source: s, to4490: t, mender: repair.NewMender(), plan: plan, checker: plan.NewChecker(), columns: s.columns()}, nil
}

// work turns a batch into rows for the store.
func (w *worker) work(j job) result {
	r := result{bytes: int64(j.batch.Size()), read: int64(j.batch.Rows), outcome: outcome{warning: j.batch.Warning}}
	number := j.first
	r.err = j.batch.Each(func(encoded []byte, values []gdal.Value) error {
		row, repairs, refused := w.row(number, encoded, values)
		number++
		w.tell(refused, repairs)
		if refused != nil {
			refused.held = w.hold(encoded, values)
			r.outcome.rejected = append(r.outcome.rejected, refused)
			return nil
		}
		if len(repairs) > 0 {
			r.outcome.repaired = append(r.outcome.repaired, repairs)
		}
		r.rows = append(r.rows, row)
		r.hashes = append(r.hashes, w.hash(row))
		return nil
	})
	r.outcome.findings = w.checker.Take()
	return r
}

// row makes a row of a feature: fid, the layer's fields, geom, geom_3857. What
// had to be done for it is in repairs; a feature that can't be taken is refused.
func (w *worker) row(number int64, encoded []byte, values []gdal.Value) (row []any, repairs []RowRepair, refused *RowError) {
	s := w.source
	g, mend, refused := w.geometry(number, encoded, values)
	if refused != nil {
		return nil, nil, refused
	}
	at := placeOf(firstPoint(g))
	if mend.Changed {
		repairs = append(repairs, RowRepair{
			Row: number, Reason: mend.ReasonZH, EN: mend.Reason, Place: placeOf(mend.Where), AreaChange: mend.AreaChange,
		})
	}
	row = make([]any, s.width())
	row[0] = number
	for i, m := range s.mapping.matches {
		field := s.def.Fields[m.target]
		value, done, why := convert(field, values[i], s.charset)
		rule := "value"
		if why == nil && value == nil && field.Required {
			rule = "required"
			why = newReason("必填字段为空", "a required field is empty")
		}
		if why != nil {
			return nil, nil, &RowError{Row: number, Rule: rule, Field: field.Name, Value: show(values[i], s.charset), Reason: why.zh, EN: why.en, Place: at}
		}
		if done != nil {
			repairs = append(repairs, RowRepair{Row: number, Field: field.Name, Reason: done.zh, EN: done.en, Place: at})
		}
		row[m.target+1] = value
	}
	if s.keepExtra {
		extra, dropped := s.extra(values)
		for _, why := range dropped {
			repairs = append(repairs, RowRepair{Row: number, Field: why.field, Reason: why.zh, EN: why.en, Place: at})
		}
		if extra != nil {
			row[len(s.def.Fields)+1] = extra
		}
	}
	if refused = w.check(number, row[1:len(s.def.Fields)+1], g); refused != nil {
		return nil, nil, refused
	}
	n := len(w.scratch)
	geom := appendEWKB(make([]byte, 0, max(n, 128)), g, 4490, nil)
	w.scratch = geom // only its length serves: the next one is about as long
	row[len(row)-2] = geom
	row[len(row)-1] = appendEWKB(make([]byte, 0, len(geom)), g, 3857, crs.PointToWebMercator)
	return row, repairs, nil
}

// geometry reads, checks, transforms and mends a feature's geometry.
func (w *worker) geometry(number int64, encoded []byte, values []gdal.Value) (orb.Geometry, repair.Repair, *RowError) {
	s := w.source
	g, why := s.position(encoded, values)
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
	g, err := w.to4490.Transform(g)
	if err != nil {
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

// hash identifies a row by its values and geom; geom_3857 follows from them.
func (w *worker) hash(row []any) [sha256.Size]byte {
	h := sha256.New()
	var b []byte
	for _, value := range row[:len(row)-2] {
		b = append(b, 0x1f) // separates values
		switch v := value.(type) {
		case nil:
			b = append(b, 0)
		case string:
			b = append(strconv.AppendInt(append(b, 's'), int64(len(v)), 10), ':')
			b = append(b, v...)
		case int64:
			b = strconv.AppendInt(append(b, 'i'), v, 10)
		case float64:
			b = strconv.AppendFloat(append(b, 'f'), v, 'g', -1, 64)
		case bool:
			b = strconv.AppendBool(append(b, 'b'), v)
		case time.Time:
			b = v.UTC().AppendFormat(append(b, 't'), time.RFC3339Nano)
		case json.RawMessage:
			b = append(append(b, 'j'), v...)
		case pgtype.Numeric:
			b = strconv.AppendInt(append(v.Int.Append(append(b, 'n'), 10), 'e'), int64(v.Exp), 10)
		}
	}
	h.Write(b)
	h.Write(row[len(row)-2].([]byte))
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	return sum
}
