package importers_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"

	"onemap/data"
	"onemap/importers"
	"onemap/layers"
)

// fakeStore collects what an import loads. copyErr and finishErr fail it.
type fakeStore struct {
	definitions map[string]layers.Definition
	rows        [][]any
	held        [][]any // rows in quarantine
	yardstick   layers.Yardstick
	summary     layers.DraftSummary
	layer       string // of the draft
	begun       int
	finished    int
	abandoned   int
	extra       bool  // a column for further fields was asked for
	copyErr     error // after half of the rows
	finishErr   error
}

func (s *fakeStore) Definition(_ context.Context, layer string) (layers.Definition, error) {
	d, ok := s.definitions[layer]
	if !ok {
		return d, fmt.Errorf("%w: %s", layers.ErrUnknownLayer, layer)
	}
	return d, nil
}

func (s *fakeStore) BeginDraft(_ context.Context, layer string) (importers.Draft, error) {
	s.begun++
	s.layer = layer
	return s, nil
}

func (s *fakeStore) Yardstick(context.Context, layers.Definition) (layers.Yardstick, error) {
	return s.yardstick, nil
}

func (s *fakeStore) Inspect(context.Context, func(context.Context, pgx.Tx, pgx.Identifier) error) error {
	return nil
}

func (s *fakeStore) Quarantine(_ context.Context, _ layers.Delivery, rows pgx.CopyFromSource) error {
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		s.held = append(s.held, values)
	}
	return rows.Err()
}

func (s *fakeStore) KeepExtra(context.Context) error {
	s.extra = true
	return nil
}

// CopyTuples reads a binary COPY back into values, as pgx reads them.
func (s *fakeStore) CopyTuples(_ context.Context, tuples io.Reader) (int64, error) {
	in := bufio.NewReader(tuples)
	header := make([]byte, 19)
	if _, err := io.ReadFull(in, header); err != nil || string(header[:7]) != "PGCOPY\n" {
		return 0, fmt.Errorf("header %q: %w", header, err)
	}
	var count int16
	for {
		if err := binary.Read(in, binary.BigEndian, &count); err != nil {
			return int64(len(s.rows)), err
		}
		if count == -1 {
			break
		}
		row := make([]any, count)
		for i := range row {
			var length int32
			if err := binary.Read(in, binary.BigEndian, &length); err != nil {
				return 0, err
			}
			if length < 0 {
				continue
			}
			value := make([]byte, length)
			if _, err := io.ReadFull(in, value); err != nil {
				return 0, err
			}
			var err error
			if row[i], err = s.decode(i, len(row), value); err != nil {
				return 0, err
			}
		}
		s.rows = append(s.rows, row)
		if s.copyErr != nil {
			return int64(len(s.rows)), s.copyErr
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return 0, fmt.Errorf("after the trailer: %w", err)
	}
	return int64(len(s.rows)), nil
}

func (s *fakeStore) decode(i, width int, value []byte) (any, error) {
	types := pgtype.NewMap()
	oid := uint32(pgtype.TextOID)
	switch fields := s.definitions[s.layer].Fields; {
	case i == 0:
		oid = pgtype.Int8OID
	case i > len(fields) && i < width-2:
		oid = pgtype.JSONBOID
		var text json.RawMessage
		err := types.Scan(oid, pgtype.BinaryFormatCode, value, &text)
		return text, err
	case i > len(fields):
		return value, nil
	default:
		oid = map[layers.FieldType]uint32{
			layers.Integer: pgtype.Int8OID, layers.Real: pgtype.Float8OID, layers.Decimal: pgtype.NumericOID, layers.Date: pgtype.DateOID,
			layers.Time: pgtype.TimestamptzOID, layers.Boolean: pgtype.BoolOID, layers.Text: pgtype.TextOID,
		}[fields[i-1].Type]
	}
	kind, _ := types.TypeForOID(oid)
	return kind.Codec.DecodeValue(types, oid, pgtype.BinaryFormatCode, value)
}

func (s *fakeStore) Finish(_ context.Context, summary layers.DraftSummary) (layers.Version, error) {
	s.summary = summary
	if s.finishErr != nil {
		return layers.Version{}, s.finishErr
	}
	s.finished++
	return layers.Version{Layer: "fake", Number: 1, FeatureCount: int64(len(s.rows))}, nil
}

func (s *fakeStore) Abandon(context.Context) {
	if s.finished == 0 {
		s.abandoned++
	}
}

// newFake has the layers that the repository defines, and those given.
func newFake(t testing.TB, more ...layers.Definition) *fakeStore {
	t.Helper()
	all, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeStore{definitions: map[string]layers.Definition{}}
	for _, d := range append(all.Layers, more...) {
		s.definitions[d.ID] = d
	}
	return s
}

// column returns a field's values, in the rows' order.
func (s *fakeStore) column(t testing.TB, layer, field string) []any {
	t.Helper()
	for i, f := range s.definitions[layer].Fields {
		if f.Name == field {
			var values []any
			for _, row := range s.rows {
				values = append(values, row[i+1])
			}
			return values
		}
	}
	t.Fatalf("layer %s has no field %s", layer, field)
	return nil
}

// geometry decodes a row's geom, or with fromEnd 1 its geom_3857.
func geometry(t testing.TB, row []any, fromEnd int) (orb.Geometry, int) {
	t.Helper()
	g, srid, err := ewkb.Unmarshal(row[len(row)-fromEnd].([]byte))
	if err != nil {
		t.Fatal(err)
	}
	return g, srid
}

// mustRun imports and fails the test on an error.
func mustRun(t testing.TB, s importers.Store, o importers.Options) importers.Report {
	t.Helper()
	report, err := importers.Run(t.Context(), s, o)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(o.File), err)
	}
	return report
}

// wantProblem imports and wants that fault, worded in both languages.
func wantProblem(t testing.TB, s *fakeStore, o importers.Options, want error) *importers.Problem {
	t.Helper()
	report, err := importers.Run(t.Context(), s, o)
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v (report %+v)", err, want, report)
	}
	var p *importers.Problem
	if !errors.As(err, &p) || p.ZH == "" || p.EN == "" || p.Code == "import-failed" {
		t.Fatalf("not worded: %#v", err)
	}
	if s.finished > 0 {
		t.Fatal("a version was made all the same")
	}
	if s.begun > 0 && s.abandoned == 0 {
		t.Fatal("the draft was left open")
	}
	return p
}

// sharedData returns the path of a real file outside the repository, or skips.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real data %s is not here", name)
	}
	return path
}
