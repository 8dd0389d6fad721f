package tiles

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/draw"
	"onemap/tiles/grid"
	"onemap/tiles/mvt"
	"onemap/tiles/pyramid"
	"onemap/tiles/wkb"
)

// painting is one tile on its way from rows to bytes.
type painting struct {
	drawer *draw.Drawer
	layer  draw.Layer
	frame  draw.Frame
}

// drawer takes a drawer that is free; put it back when its tile is not needed any more.
func (b *Builder) drawer() *draw.Drawer {
	if d, ok := b.drawers.Get().(*draw.Drawer); ok {
		return d
	}
	return new(draw.Drawer)
}

// drawnLayer is the layer as it is drawn.
func drawnLayer(l layers.Layer) draw.Layer {
	drawn := draw.Layer{Name: l.Definition.ID, Label: l.Definition.LabelLayer(), LabelArea: pyramid.LabelArea}
	for _, f := range l.TileFields() {
		drawn.Fields = append(drawn.Fields, drawnField(f))
	}
	return drawn
}

func drawnField(f layers.Field) draw.Field {
	return draw.Field{Name: f.Name, Value: func(stored []byte) mvt.Value { return tileValue(f, stored) }}
}

// frameOf is the frame of a tile that is drawn from the version's own shapes.
// Borders move by two units, a quarter of a pixel on a tile of 512, where nobody
// can see it. The highest zoom, which viewers magnify, keeps every vertex.
func frameOf(l layers.Layer, in grid.Square, t maptile.Tile) draw.Frame {
	corner := in.Corner()
	f := draw.NewFrame(wkb.Point{X: corner[0], Y: corner[1]}, in.Side(), t, pyramid.World)
	if int(t.Z) < l.Definition.MaxZoom {
		f.Tolerance = 2
	}
	return f
}

// binaryRows asks for all columns in PostgreSQL's binary format.
var binaryRows = pgx.QueryResultFormats{pgx.BinaryFormatCode}

// draw asks for features, by a statement that gives number, shape and fields in
// this order, and draws the first of them, most at most. It returns how many features came, and
// what the statement gives behind the fields, if anything: how many there are.
func (p painting) draw(ctx context.Context, db *pgxpool.Pool, sql string, args pgx.StrictNamedArgs, most int) (features, all int, err error) {
	p.drawer.Begin(p.layer, p.frame)
	rows, err := db.Query(ctx, sql, binaryRows, args)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	fields := len(p.layer.Fields)
	for rows.Next() {
		if features++; features > most {
			continue
		}
		values := rows.RawValues()
		if values[1] == nil { // nothing to draw
			continue
		}
		if err := p.drawer.Add(binary.BigEndian.Uint64(values[0]), values[1], values[2:2+fields]); err != nil {
			return 0, 0, err
		}
		if len(values) > 2+fields {
			all = int(binary.BigEndian.Uint64(values[2+fields]))
		}
	}
	return features, all, rows.Err()
}
