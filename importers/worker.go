package importers

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/importers/repair"
	"onemap/layers"
	"onemap/spatial/crs"
)

// worker turns features into rows. It is for one goroutine.
type worker struct {
	source  *source
	to4490  *crs.Transformer
	mender  *repair.Mender
	scratch []byte
}

func newWorker(s *source) (*worker, error) {
	t, err := crs.NewTransformer(s.system)
	if err != nil {
		return nil, err
	}
	return &worker{source: s, to4490: t, mender: repair.NewMender()}, nil
}

// work turns a batch into rows for the store.
func (w *worker) work(j job) result {
	r := result{bytes: int64(j.batch.Size()), read: int64(j.batch.Rows), outcome: outcome{warning: j.batch.Warning}}
	number := j.first
	r.err = j.batch.Each(func(encoded []byte, values []gdal.Value) error {
		row, repairs, refused := w.row(number, encoded, values)
		number++
		if refused != nil {
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
	row = make([]any, len(s.def.Fields)+3)
	row[0] = number
	for i, m := range s.mapping.matches {
		field := s.def.Fields[m.target]
		value, done, why := convert(field, values[i], s.charset)
		if why == nil && value == nil && field.Required {
			why = newReason("必填字段为空", "a required field is empty")
		}
		if why != nil {
			return nil, nil, &RowError{Row: number, Field: field.Name, Value: show(values[i], s.charset), Reason: why.zh, EN: why.en, Place: at}
		}
		if done != nil {
			repairs = append(repairs, RowRepair{Row: number, Field: field.Name, Reason: done.zh, EN: done.en, Place: at})
		}
		row[m.target+1] = value
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
		return nil, repair.Repair{}, &RowError{Row: number, Reason: why.zh, EN: why.en}
	}
	if g == nil {
		return nil, repair.Repair{}, &RowError{Row: number, Reason: "没有图形", EN: "there is no geometry", Err: repair.ErrEmpty}
	}
	if err := s.system.Check(firstPoint(g)); err != nil {
		return nil, repair.Repair{}, refuse(number, nil, err)
	}
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
	e := &RowError{Row: number, Place: at, Err: err, Reason: err.Error(), EN: err.Error()}
	var system *crs.Problem
	switch {
	case errors.As(err, &system):
		e.Reason, e.EN = system.ZH, system.EN
	case errors.Is(err, crs.ErrOutOfReach):
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

// position returns a feature's geometry in the file's system: its own, or for a
// table the point that two of its columns name. nil is none.
func (s *source) position(encoded []byte, values []gdal.Value) (orb.Geometry, *reason) {
	if s.x >= 0 {
		n := len(s.mapping.matches) // the position's columns come after the fields'
		x, okX, whyX := number(values[n], s.charset)
		y, okY, whyY := number(values[n+1], s.charset)
		switch {
		case whyX != nil:
			return nil, newReason("坐标列 %s = %q 不是数", "coordinate column %s = %q is not a number", s.names[s.x], show(values[n], s.charset))
		case whyY != nil:
			return nil, newReason("坐标列 %s = %q 不是数", "coordinate column %s = %q is not a number", s.names[s.y], show(values[n+1], s.charset))
		case !okX || !okY:
			return nil, nil
		}
		return orb.Point{x, y}, nil
	}
	if encoded == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(encoded)
	if err != nil {
		return nil, newReason("图形无法识读", "the geometry can't be read")
	}
	return g, nil
}

func number(v gdal.Value, charset Charset) (float64, bool, *reason) {
	value, _, why := convert(layers.Field{Type: layers.Real}, v, charset)
	f, ok := value.(float64)
	return f, ok, why
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
