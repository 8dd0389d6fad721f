package importers

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/layers"
)

// heldRow is a refused row, as the file has it.
type heldRow struct {
	Row                            int64
	Rule, Field, Value, Reason, EN string
	Attributes                     []byte // JSON, by the file's names
	Geometry                       []byte // WKB in the file's system, as it was; nil is none
}

// hold keeps a refused row as it was delivered, as far as the import read it; a
// [completion] adds the rest.
func (w *worker) hold(encoded []byte, values []gdal.Value) *heldRow {
	s := w.source
	attributes := make(map[string]any, len(w.columns))
	for i, column := range w.columns {
		if i < len(values) && column < len(s.names) {
			attributes[w.names[column]] = plainValue(values[i], s.charset)
		}
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		text = []byte("{}") // can't be: the values are plain
	}
	h := &heldRow{Attributes: text, Geometry: append([]byte(nil), encoded...)}
	if g, why := s.position(encoded, values); why == nil && g != nil {
		h.Geometry, _ = wkb.Marshal(g) // also a table's point, and axes that were swapped
	}
	return h
}

// plainValue is a value as JSON shows it.
func plainValue(v gdal.Value, charset Charset) any {
	switch {
	case v.Kind == gdal.Null:
		return nil
	case v.Kind == gdal.Int:
		return v.Int
	case v.Kind == gdal.Float && !math.IsNaN(v.Float) && !math.IsInf(v.Float, 0):
		return v.Float
	}
	text, _, ok := textOf(v, charset)
	if !ok {
		return fmt.Sprintf("% x", v.Text)
	}
	return text
}

// quarantine keeps refused rows on disk until the rest is loaded: in memory
// there is never more than one of them.
type quarantine struct {
	dir     string
	file    *os.File
	buffer  *bufio.Writer
	encoder *gob.Encoder
	rows    int64

	decoder  *gob.Decoder
	complete func(*heldRow) error // adds what the import did not read of a row
	current  heldRow
	err      error
}

// add keeps a refused row, and takes it off the error.
func (q *quarantine) add(e *RowError) error {
	h := e.held
	if e.held = nil; h == nil {
		return nil
	}
	h.Row, h.Rule, h.Field, h.Value, h.Reason, h.EN = e.Row, e.Rule, e.Field, e.Value, e.Reason, e.EN
	if q.file == nil {
		file, err := os.CreateTemp(q.dir, "onemap-quarantine-")
		if err != nil {
			return fmt.Errorf("importers: keeping refused rows: %w", err)
		}
		_ = os.Remove(file.Name()) // the open file stays usable, and nothing is left whatever happens
		q.file, q.buffer = file, bufio.NewWriterSize(file, 1<<16)
		q.encoder = gob.NewEncoder(q.buffer)
	}
	q.rows++
	if err := q.encoder.Encode(h); err != nil {
		return fmt.Errorf("importers: keeping refused rows: %w", err)
	}
	return nil
}

// into hands the rows to the draft, with all that the source has of them. The
// stream that they were refused in has ended.
func (q *quarantine) into(ctx context.Context, s *source, draft Draft, report *Report) error {
	if q.rows == 0 {
		return nil
	}
	rest, err := complete(s)
	if err != nil {
		return err
	}
	defer rest.close()
	q.complete = func(h *heldRow) error { return rest.add(ctx, h) }
	err = q.buffer.Flush()
	if err == nil {
		_, err = q.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("importers: keeping refused rows: %w", err)
	}
	q.decoder = gob.NewDecoder(bufio.NewReaderSize(q.file, 1<<16))
	fields, err := json.Marshal(append(slices.Clone(report.Fields), s.keptBeside()...))
	if err != nil {
		return fmt.Errorf("importers: keeping refused rows: %w", err)
	}
	err = draft.Quarantine(ctx, layers.Delivery{SourceCRS: report.CRS, Fields: fields}, q)
	if q.err != nil {
		return q.err // the database only heard of it
	}
	return err
}

// Next reads the next row; with Values and Err it is a pgx.CopyFromSource.
func (q *quarantine) Next() bool {
	q.current = heldRow{}
	err := q.decoder.Decode(&q.current)
	switch {
	case errors.Is(err, io.EOF):
		return false
	case err != nil:
		q.err = fmt.Errorf("importers: keeping refused rows: %w", err)
	default:
		q.err = q.complete(&q.current)
	}
	return q.err == nil
}

// Values is the row that Next read.
func (q *quarantine) Values() ([]any, error) {
	h := &q.current
	return []any{h.Row, h.Rule, h.Field, h.Value, h.Reason, h.EN, json.RawMessage(h.Attributes), h.Geometry}, nil
}

// Err is what ended the rows early.
func (q *quarantine) Err() error { return q.err }

func (q *quarantine) close() {
	if q.file != nil {
		_ = q.file.Close()
	}
}
