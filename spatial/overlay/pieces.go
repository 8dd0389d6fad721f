package overlay

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/spatial/area"
)

// ErrTooMany reports a question that more features answer than one answer holds.
var ErrTooMany = errors.New("overlay: too many features")

// ErrUnknownField reports a field that the layer's version does not have.
var ErrUnknownField = errors.New("overlay: unknown field")

// MaxPieces is how many features of one layer an answer may consist of.
const MaxPieces = 50_000

// Piece is the part of a feature that lies in a shape.
type Piece struct {
	FID      int64
	Values   json.RawMessage // an object of the fields asked for
	Geometry orb.Geometry    // polygons, lines or points in EPSG:4490
	Whole    bool            // all of the feature lies in the shape
	AreaM2   float64         // of polygons; see spatial/area
	LengthM  float64         // of lines, metres on the ellipsoid
}

// Pieces is a layer cut with a shape.
type Pieces struct {
	Pieces      []Piece          // by FID
	Uncovered   orb.MultiPolygon // what of the shape no feature covers; of polygon layers, where it was asked for
	UncoveredM2 float64
}

// SumM2 is the area of all pieces; what lies under two features counts twice.
func (p Pieces) SumM2() float64 {
	sum := 0.0
	for _, one := range p.Pieces {
		sum += one.AreaM2
	}
	return sum
}

// Question says which features of a layer count and what of them is wanted.
type Question struct {
	Fields    []string // that pieces carry; each must be one of the layer's
	Field     string   // counts only features that have one of Values here; "" is all
	Values    []string
	Uncovered bool // what no feature covers is wanted too, with its shape
	Union     bool // how much no feature covers is wanted too, where features overlap
}

//go:embed sql/pieces.sql
var piecesSQL string

// Cut returns the parts of a layer's features that lie in a shape. Features that
// only touch it have none. It costs one question by the layer's index; features
// that lie wholly inside are not cut. More than [MaxPieces] are an [ErrTooMany], a
// field that isn't there is an [ErrUnknownField].
func Cut(ctx context.Context, db *pgxpool.Pool, l layers.Layer, s Shape, q Question) (Pieces, error) {
	sql, err := fill(piecesSQL, l, q)
	if err != nil {
		return Pieces{}, err
	}
	kind := l.Definition.Geometry
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{
		"shape": s.encoded, "values": nonNil(q.Values), "limit": MaxPieces + 1, "dimension": dimension(kind) + 1,
	})
	if err != nil {
		return Pieces{}, fmt.Errorf("overlay: cutting %s: %w", l.Definition.ID, err)
	}
	defer rows.Close()
	var cut Pieces
	var encoded [][]byte
	for rows.Next() {
		var p Piece
		var geometry []byte
		if err := rows.Scan(&p.FID, &p.Values, &p.Whole, &p.LengthM, &geometry); err != nil {
			return Pieces{}, fmt.Errorf("overlay: cutting %s: %w", l.Definition.ID, err)
		}
		if p.Geometry, err = wkb.Unmarshal(geometry); err != nil {
			return Pieces{}, fmt.Errorf("overlay: cutting %s: %w", l.Definition.ID, err)
		}
		p.AreaM2 = area.Of(p.Geometry)
		cut.Pieces, encoded = append(cut.Pieces, p), append(encoded, geometry)
	}
	if err := rows.Err(); err != nil {
		return Pieces{}, fmt.Errorf("overlay: cutting %s: %w", l.Definition.ID, err)
	}
	if len(cut.Pieces) > MaxPieces {
		return Pieces{}, fmt.Errorf("%w: more than %d of %s lie in the shape", ErrTooMany, MaxPieces, l.Definition.ID)
	}
	if kind == layers.Polygon && (q.Uncovered || q.Union) {
		if err := cut.uncover(ctx, db, s, q, encoded); err != nil {
			return Pieces{}, fmt.Errorf("overlay: cutting %s: %w", l.Definition.ID, err)
		}
	}
	slices.SortFunc(cut.Pieces, func(a, b Piece) int { return cmp.Compare(a.FID, b.FID) })
	return cut, nil
}

//go:embed sql/uncovered.sql
var uncoveredSQL string

// uncover finds what of a shape no piece covers. Uniting thousands of pieces takes
// longer than all else, so it is done only where their borders don't tell.
func (p *Pieces) uncover(ctx context.Context, db *pgxpool.Pool, s Shape, q Question, encoded [][]byte) error {
	switch {
	case len(p.Pieces) == 0:
		p.Uncovered, p.UncoveredM2 = s.Geometry, s.AreaM2
		return nil
	case len(p.Pieces) == 1 && !q.Uncovered:
		p.UncoveredM2 = max(s.AreaM2-p.Pieces[0].AreaM2, 0)
		return nil
	case tiles(s.Geometry, p.Pieces):
		return nil
	}
	var rest []byte
	if err := db.QueryRow(ctx, uncoveredSQL, pgx.StrictNamedArgs{"shape": s.encoded, "pieces": encoded}).Scan(&rest); err != nil {
		return err
	}
	g, err := wkb.Unmarshal(rest)
	if err != nil {
		return err
	}
	// A union may close gaps as thin as rounding. At least what the pieces lack for
	// the whole is uncovered, so that both always sum to it or, by overlaps, to more.
	p.Uncovered, p.UncoveredM2 = Polygons(g), max(area.Of(g), s.AreaM2-p.SumM2())
	return nil
}

// Near is a feature within a distance of a shape.
type Near struct {
	FID       int64
	Values    json.RawMessage
	Geometry  orb.Geometry // the feature's own
	DistanceM float64      // from the shape, metres on the ellipsoid; 0 within it
}

//go:embed sql/near.sql
var nearSQL string

// Around returns the features of a layer not farther from a shape than a distance
// in metres, nearest first. The errors are those of [Cut].
func Around(ctx context.Context, db *pgxpool.Pool, l layers.Layer, s Shape, metres float64, q Question) ([]Near, error) {
	sql, err := fill(nearSQL, l, q)
	if err != nil {
		return nil, err
	}
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{"shape": s.encoded, "values": nonNil(q.Values), "limit": MaxPieces + 1, "distance": metres})
	if err != nil {
		return nil, fmt.Errorf("overlay: near %s: %w", l.Definition.ID, err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n Near, err error) {
		var encoded []byte
		if err = row.Scan(&n.FID, &n.Values, &n.DistanceM, &encoded); err == nil {
			n.Geometry, err = wkb.Unmarshal(encoded)
		}
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("overlay: near %s: %w", l.Definition.ID, err)
	}
	if len(found) > MaxPieces {
		return nil, fmt.Errorf("%w: more than %d of %s lie within %g m of the shape", ErrTooMany, MaxPieces, l.Definition.ID, metres)
	}
	return found, nil
}

// Value is the text of a field of a layer's table, under an alias, for a
// question's text; "" is no field, and NULL. A field that isn't there is an
// [ErrUnknownField]: names come from the catalogue alone.
func Value(l layers.Layer, alias, field string) (string, error) {
	if field == "" {
		return "NULL::text", nil
	}
	for _, f := range l.Fields() {
		if f.Name == field {
			return pgx.Identifier{alias, field}.Sanitize() + "::text", nil
		}
	}
	return "", fmt.Errorf("%w: %s has no field %.60q", ErrUnknownField, l.Definition.ID, field)
}

// fill puts table and columns into a question's text.
func fill(sql string, l layers.Layer, q Question) (string, error) {
	columns := make([]string, len(q.Fields))
	for i, name := range q.Fields {
		if _, err := Value(l, "f", name); err != nil {
			return "", err
		}
		columns[i] = pgx.Identifier{"f", name}.Sanitize()
	}
	value, err := Value(l, "f", q.Field)
	return Replace(sql, "{table}", l.Table().Sanitize(), "{columns}", strings.Join(columns, ", "), "{value}", value), err
}

// Replace puts identifiers into a question's text, {name} by {name}.
func Replace(sql string, identifiers ...string) string {
	return strings.NewReplacer(identifiers...).Replace(sql)
}

func nonNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

func dimension(kind layers.GeometryKind) int {
	switch kind {
	case layers.Point:
		return 0
	case layers.LineString:
		return 1
	default:
		return 2
	}
}
