package tiles

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
	"onemap/tiles/grid"
	"onemap/tiles/mvt"
	"onemap/tiles/pyramid"
)

//go:embed sql/pyramid.sql
var pyramidSQL string

// versionSource reads the features of a layer's published version for a pyramid.
type versionSource struct {
	db      *pgxpool.Pool
	layer   layers.Layer
	square  grid.Square
	workers int
}

// row is a feature as PostgreSQL sends it, in binary.
type row struct {
	fields [][]byte // nil is NULL
}

// batch is rows that one worker takes at once.
type batch struct {
	rows  []row
	bytes []byte
}

const batchRows = 512

// Read implements [pyramid.Source]. One connection reads, the workers decode.
func (s versionSource) Read(ctx context.Context, take func(pyramid.Feature) error) error {
	sql := fillPyramid(s.layer, s.square, s.layer.From())
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan *batch, 2*s.workers)
	group.Go(func() error {
		defer close(batches)
		return s.scan(ctx, sql, batches)
	})
	for range s.workers {
		group.Go(func() error {
			d := decoder{fields: s.layer.TileFields(), shape: finest{square: s.square}}
			for b := range batches {
				for _, r := range b.rows {
					f, err := d.feature(r)
					if err == nil {
						err = take(f)
					}
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("tiles: reading %s: %w", s.layer.Definition.ID, err)
	}
	return nil
}

// fillPyramid is the statement that reads all features from a table or a subquery.
func fillPyramid(l layers.Layer, in grid.Square, from string) string {
	rank := "0::float8"
	name, less := strings.CutPrefix(l.Definition.Rank, "-")
	if f, ok := l.Columns.Field(name); ok {
		rank = fmt.Sprintf("coalesce(f.%s, 0)::float8", pgx.Identifier{f.Name}.Sanitize())
		if less {
			rank = "-" + rank
		}
	}
	return strings.NewReplacer("{table}", from, "{columns}", tileColumns(l), "{rank}", rank, "{geom}", geometryColumn(in)).Replace(pyramidSQL)
}

func (s versionSource) scan(ctx context.Context, sql string, out chan<- *batch) error {
	rows, err := s.db.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	send := func(b *batch) error {
		select {
		case out <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b := &batch{}
	for rows.Next() {
		b.add(rows.RawValues())
		if len(b.rows) == batchRows {
			if err := send(b); err != nil {
				return err
			}
			b = &batch{bytes: make([]byte, 0, cap(b.bytes))}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return send(b)
}

// add copies a row, whose bytes are the connection's.
func (b *batch) add(values [][]byte) {
	fields := make([][]byte, len(values))
	for i, v := range values {
		if v == nil {
			continue
		}
		at := len(b.bytes)
		b.bytes = append(b.bytes, v...)
		fields[i] = b.bytes[at:len(b.bytes):len(b.bytes)]
	}
	b.rows = append(b.rows, row{fields})
}

// decoder turns rows into features.
type decoder struct {
	fields []layers.Field
	shape  finest
	values []mvt.Value
}

func (d *decoder) feature(r row) (pyramid.Feature, error) {
	f := pyramid.Feature{ID: binary.BigEndian.Uint64(r.fields[0]), Rank: math.Float64frombits(binary.BigEndian.Uint64(r.fields[2]))}
	if r.fields[1] != nil {
		var err error
		if f.Parts, err = d.shape.read(r.fields[1]); err != nil {
			return f, fmt.Errorf("feature %d: %w", f.ID, err)
		}
	}
	d.values = d.values[:0]
	for i, field := range d.fields {
		d.values = append(d.values, tileValue(field, r.fields[3+i]))
	}
	f.Values = d.values
	return f, nil
}

// tileValue is a column's value, in PostgreSQL's binary format, as a tile
// carries it: the same that ST_AsMVT would write.
func tileValue(f layers.Field, b []byte) mvt.Value {
	if b == nil {
		return ""
	}
	switch f.Type {
	case layers.Integer:
		return mvt.Integer(int64(binary.BigEndian.Uint64(b)))
	case layers.Real, layers.Decimal:
		return mvt.Real(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case layers.Boolean:
		return mvt.Boolean(b[0] == 1)
	}
	return mvt.Text(string(b)) // text, and dates written as text
}
