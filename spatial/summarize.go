package spatial

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/spatial/overlay"
)

//go:embed sql/summarize.sql
var summarizeSQL string

// Tally is what one division has of the features with one value of a field.
type Tally struct {
	Division     string   `db:"division" json:"division"` // code
	Name         string   `db:"name" json:"name"`
	Value        *string  `db:"value" json:"value"`                 // of the field; nil is no value, or no field was asked for
	Count        int64    `db:"count" json:"count"`                 // features whose middle lies in the division: each counts in one
	AreaM2       *float64 `db:"area_m2" json:"area_m2,omitempty"`   // of what lies in the division, m² on the ellipsoid; of polygons
	LengthMetres *float64 `db:"length_m" json:"length_m,omitempty"` // likewise of lines, metres
}

// Summarize counts a layer's features, and measures what of them lies in each
// division, by divisions and by the values of a field ("" is none), in the order
// of codes and values. divisions is a layer of them; within is the code of the
// division above them that counts, "" is all. Areas are those of
// ST_Area(geography). Features that cross a border are measured on either side
// and counted where their middle, a point on them, lies. The first question about
// a state of the layer at a level measures every feature, as [Measure] does, unless
// that was done ahead; later ones add up, 60,000 features in about 0.1 s. A field
// that isn't there is an [overlay.ErrUnknownField], a code of no known form an
// [ErrUnknownDivision].
func Summarize(ctx context.Context, db *pgxpool.Pool, l, divisions layers.Layer, within, by string) ([]Tally, error) {
	if within != "" {
		if _, err := Level(within); err != nil {
			return nil, err
		}
	}
	value, err := overlay.Value(l, "f", by)
	if err != nil {
		return nil, err
	}
	set, err := Measure(ctx, db, l, divisions)
	if err != nil {
		return nil, err
	}
	sql := overlay.Replace(summarizeSQL, "{table}", l.From(), "{divisions}", divisions.From(), "{value}", value)
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{"set": set, "within": below(within), "kind": string(l.Definition.Geometry)})
	if err != nil {
		return nil, fmt.Errorf("spatial: summarising %s: %w", l.Definition.ID, err)
	}
	tallies, err := pgx.CollectRows(rows, pgx.RowToStructByName[Tally])
	if err != nil {
		return nil, fmt.Errorf("spatial: summarising %s: %w", l.Definition.ID, err)
	}
	return tallies, nil
}
