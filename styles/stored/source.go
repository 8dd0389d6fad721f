package stored

import (
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/tiles"
)

// ErrUnknownSource reports a source-layer that no given layer has.
var ErrUnknownSource = errors.New("stored: no such source-layer")

//go:embed sql/features.sql
var featuresSQL string

// Source hands out features of layers. Many goroutines may use it at once.
type Source struct {
	db       *pgxpool.Pool
	archives *tiles.Archives
	layers   map[string]layers.Layer
}

// New makes a source of published layers that were opened for whoever asks.
// A style names each by its id. archives may be nil.
func New(db *pgxpool.Pool, archives *tiles.Archives, shown []layers.Layer) *Source {
	s := &Source{db, archives, map[string]layers.Layer{}}
	for _, l := range shown {
		s.layers[l.Definition.ID] = l
	}
	return s
}

// labelArea is, in square CSS pixels, the least area of a polygon that is given a
// label point: as in tiles, a smaller one has no room for a name.
const labelArea = 64

// plane is where a statement's shapes lie: how to get from them to a system.
type plane struct {
	system     crs.System
	table      pgx.Identifier
	column     string
	srid       int
	unit       float64 // of the system, to one of the shapes
	left, top  float64 // of the system
	down       bool    // y grows southward
	metresUnit float64 // metres of Web Mercator to one of the shapes, about
}

// planeOf chooses the shapes that cost least and are fine enough.
func (s *Source) planeOf(l layers.Layer, q render.Query) plane {
	const half = math.Pi * 6378137
	if s.archives != nil {
		if table, zoom, ok := s.archives.Level(l, int(math.Floor(q.Zoom+1e-3))); ok {
			unit := 2 * half / (4096 * float64(uint64(1)<<zoom))
			return plane{system: crs.WebMercator, table: table, column: "geom", unit: unit, left: -half, top: half, down: true, metresUnit: unit}
		}
	}
	if q.System == crs.WebMercator {
		return plane{system: crs.WebMercator, table: l.Table(), column: layers.MercatorColumn, srid: 3857, unit: 1, metresUnit: 1}
	}
	return plane{system: crs.CGCS2000, table: l.Table(), column: layers.GeomColumn, srid: 4490, unit: 1, metresUnit: half / 180}
}

// box is a box of degrees in the units of the shapes.
func (p plane) box(b orb.Bound) orb.Bound {
	if p.system != crs.WebMercator {
		return b
	}
	limit := func(c orb.Point) orb.Point {
		c = crs.PointToWebMercator(orb.Point{c[0], max(-crs.MercatorLimit, min(crs.MercatorLimit, c[1]))})
		x, y := (c[0]-p.left)/p.unit, c[1]/p.unit
		if p.down {
			y = (p.top - c[1]) / p.unit
		}
		return orb.Point{x, y}
	}
	return orb.MultiPoint{limit(b.Min), limit(b.Max)}.Bound()
}

// Features implements [render.Source].
func (s *Source) Features(ctx context.Context, q render.Query, take func(*render.Feature) error) error {
	l, ok := s.layers[q.Source]
	labels := ok && q.SourceLayer == l.Definition.LabelLayer()
	if !ok || (q.SourceLayer != l.Definition.ID && !labels) || l.Published == nil {
		return fmt.Errorf("%w: %.60q of source %.60q", ErrUnknownSource, q.SourceLayer, q.Source)
	}
	p := s.planeOf(l, q)
	box := p.box(q.Box)
	args := pgx.StrictNamedArgs{"west": box.Min[0], "south": box.Min[1], "east": box.Max[0], "north": box.Max[1]}
	if labels {
		pixel := 2 * math.Pi * 6378137 / 512 / math.Pow(2, q.Zoom) / p.metresUnit
		args["area"] = labelArea * pixel * pixel
	}
	rows, err := s.db.Query(ctx, s.statement(l, p, q, labels), args)
	if err != nil {
		return fmt.Errorf("stored: reading %s: %w", l.Definition.ID, err)
	}
	defer rows.Close()
	d := decoder{plane: p, kinds: kindsOf(l, q.Fields), known: map[string]any{}}
	f := render.Feature{System: p.system, Values: make([]any, len(q.Fields))}
	for rows.Next() {
		some, err := d.feature(rows.RawValues(), &f)
		if err != nil {
			return fmt.Errorf("stored: reading %s: %w", l.Definition.ID, err)
		}
		if !some {
			continue
		}
		if err := take(&f); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("stored: reading %s: %w", l.Definition.ID, err)
	}
	return nil
}

// statement is one SQL text for a version, its plane and the fields: a connection
// prepares it once.
func (s *Source) statement(l layers.Layer, p plane, q render.Query, labels bool) string {
	geom := "f." + pgx.Identifier{p.column}.Sanitize()
	shape := geom
	switch {
	case labels:
		shape = "CASE WHEN ST_Area(" + geom + ") >= @area THEN ST_PointOnSurface(" + geom + ") END"
	case !q.Whole && l.Definition.Geometry == layers.Polygon:
		envelope := fmt.Sprintf("ST_MakeEnvelope(@west, @south, @east, @north, %d)", p.srid)
		shape = "CASE WHEN " + geom + " @ " + envelope + " THEN " + geom + " ELSE ST_ClipByBox2D(" + geom + ", " + envelope + ") END"
	}
	return strings.NewReplacer(
		"{shape}", "ST_AsBinary("+shape+")", "{columns}", columns(l, q.Fields), "{table}", p.table.Sanitize(),
		"{geom}", pgx.Identifier{p.column}.Sanitize(), "{srid}", fmt.Sprint(p.srid),
	).Replace(featuresSQL)
}

// columns lists the fields that the layer has and tiles may carry; of the others
// nothing is known.
func columns(l layers.Layer, fields []string) string {
	kinds := kindsOf(l, fields)
	var b strings.Builder
	for i, name := range fields {
		column := "f." + pgx.Identifier{name}.Sanitize()
		switch kinds[i] {
		case "":
			column = "NULL::text"
		case layers.Decimal:
			column += "::float8"
		case layers.Date, layers.Time:
			column += "::text"
		}
		b.WriteString(", " + column)
	}
	return b.String()
}

func kindsOf(l layers.Layer, fields []string) []layers.FieldType {
	kinds := make([]layers.FieldType, len(fields))
	for _, f := range l.TileFields() {
		for i, name := range fields {
			if f.Name == name {
				kinds[i] = f.Type
			}
		}
	}
	return kinds
}

// decoder turns rows into features.
type decoder struct {
	plane
	kinds []layers.FieldType
	known map[string]any // texts that were seen, to make each once
}

// feature reads a row; false for one without a shape.
func (d *decoder) feature(row [][]byte, f *render.Feature) (bool, error) {
	if row[1] == nil {
		return false, nil
	}
	f.ID = binary.BigEndian.Uint64(row[0])
	r := wkb{plane: d.plane, b: row[1]}
	var err error
	if f.Geometry, err = r.geometry(0); err != nil || f.Geometry == nil {
		return false, err
	}
	for i, b := range row[2:] {
		f.Values[i] = d.value(d.kinds[i], b)
	}
	return true, nil
}

func (d *decoder) value(kind layers.FieldType, b []byte) any {
	if b == nil {
		return nil
	}
	switch kind {
	case layers.Integer:
		return float64(int64(binary.BigEndian.Uint64(b)))
	case layers.Real, layers.Decimal:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	case layers.Boolean:
		return b[0] == 1
	}
	if v, ok := d.known[string(b)]; ok {
		return v
	}
	v := any(string(b))
	if len(d.known) < 4096 {
		d.known[string(b)] = v
	}
	return v
}
