package spatial

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/spatial/overlay"
)

// errBounds is the error of a figure that is out of its bounds.
var errBounds = errors.New("spatial: out of bounds")

// MaxWithin is how many features of one layer one answer lists; it counts all.
const MaxWithin = 1000

var (
	//go:embed sql/within.sql
	withinSQL string
	//go:embed sql/around.sql
	aroundSQL string
)

// Member is a feature within an area or a radius.
type Member struct {
	FID            int64           `db:"fid" json:"fid"`
	Geometry       json.RawMessage `db:"geometry" json:"geometry"`     // whole; GeoJSON, EPSG:4490, longitude first
	Properties     json.RawMessage `db:"properties" json:"properties"` // an object of the layer's fields
	AreaM2         *float64        `db:"area_m2" json:"area_m2,omitempty"`
	LengthMetres   *float64        `db:"length_m" json:"length_m,omitempty"`
	Wholly         bool            `db:"wholly" json:"wholly"`                   // it lies in the area with all its parts
	DistanceMetres *float64        `db:"distance_m" json:"distance_m,omitempty"` // from the centre of a radius, metres
	Total          int64           `db:"total" json:"-"`
}

// Members are what one layer has within an area or a radius.
type Members struct {
	Layer    string   `json:"layer"`
	Name     string   `json:"name"`
	NameEN   string   `json:"name_en"`
	Version  int      `json:"version"`
	Total    int64    `json:"total"` // of all, also those that are not listed
	Features []Member `json:"features"`
}

func members(ctx context.Context, db *pgxpool.Pool, l layers.Layer, sql string, limit int, args pgx.StrictNamedArgs) (Members, error) {
	d := l.Definition
	m := Members{d.ID, d.Name, d.NameEN, l.Published.Number, 0, []Member{}}
	if limit < 0 || limit > MaxWithin {
		return m, fmt.Errorf("%w: %d is not within 0 to %d", ErrCount, limit, MaxWithin)
	}
	args["limit"], args["kind"] = max(limit, 1), string(d.Geometry) // one row tells the total
	rows, err := db.Query(ctx, fill(sql, l), args)
	if err != nil {
		return m, fmt.Errorf("spatial: within %s: %w", d.ID, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Member])
	if err != nil {
		return m, fmt.Errorf("spatial: within %s: %w", d.ID, err)
	}
	if len(found) > 0 {
		m.Total, m.Features = found[0].Total, found[:min(limit, len(found))]
	}
	return m, nil
}

// Within returns the features of a layer that meet a shape or, wholly, that lie in
// it with all their parts, by their numbers: at most limit, and how many there are.
func Within(ctx context.Context, db *pgxpool.Pool, l layers.Layer, s overlay.Shape, wholly bool, limit int) (Members, error) {
	return members(ctx, db, l, withinSQL, limit, pgx.StrictNamedArgs{"shape": s.WKB(), "wholly": wholly})
}

// WithinRadius returns the features of a layer not farther from a position, in
// EPSG:4490 degrees, than a radius in metres, nearest first: at most limit, and
// how many there are. The errors are [ErrOutsideWorld], [ErrTolerance] and [ErrCount].
func WithinRadius(ctx context.Context, db *pgxpool.Pool, l layers.Layer, lon, lat, metres float64, limit int) (Members, error) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return Members{}, fmt.Errorf("%w: longitude %g, latitude %g", ErrOutsideWorld, lon, lat)
	}
	if !(metres > 0 && metres <= MaxRadiusMetres) {
		return Members{}, fmt.Errorf("%w: %g m is not above 0 and at most %d m", ErrTolerance, metres, MaxRadiusMetres)
	}
	return members(ctx, db, l, aroundSQL, limit, pgx.StrictNamedArgs{"lon": lon, "lat": lat, "metres": metres})
}

// MaxRadiusMetres is the largest radius of [WithinRadius].
const MaxRadiusMetres = 50_000
