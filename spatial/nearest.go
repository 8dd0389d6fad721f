package spatial

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
)

// ErrCount reports that too many or too few features were asked for.
var ErrCount = fmt.Errorf("%w: number of features", errBounds)

const (
	// MaxNearest is how many neighbours one question can ask for.
	MaxNearest = 100
	// MaxReachMetres is the farthest that a neighbour may be sought: more than the city's width.
	MaxReachMetres = 500_000
)

//go:embed sql/nearest.sql
var nearestSQL string

// Neighbour is a feature with the way to it.
type Neighbour struct {
	FID            int64           `db:"fid" json:"fid"`
	Geometry       json.RawMessage `db:"geometry" json:"geometry"`     // GeoJSON, EPSG:4490, longitude first
	Properties     json.RawMessage `db:"properties" json:"properties"` // an object of the layer's fields
	DistanceMetres float64         `db:"distance_m" json:"distance_m"` // on the ellipsoid, to the nearest point of the feature; 0 within a polygon
	Bearing        *float64        `db:"bearing" json:"bearing_deg"`   // to that point, degrees clockwise from true north; nil at distance 0
	Longitude      float64         `db:"lon" json:"lon"`               // of that point
	Latitude       float64         `db:"lat" json:"lat"`
}

// Nearest returns the features of a layer that are nearest to a position in
// EPSG:4490 degrees, nearest first: at most count, none farther than a distance in
// metres. It is exact: the layer's index gives count candidates by degrees, then
// all that may be as near as the farthest of those are measured on the ellipsoid.
// The errors are [ErrOutsideWorld], [ErrCount] and [ErrTolerance].
func Nearest(ctx context.Context, db *pgxpool.Pool, l layers.Layer, lon, lat float64, count int, withinMetres float64) ([]Neighbour, error) {
	switch {
	case !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90):
		return nil, fmt.Errorf("%w: longitude %g, latitude %g", ErrOutsideWorld, lon, lat)
	case count < 1 || count > MaxNearest:
		return nil, fmt.Errorf("%w: %d is not within 1 to %d", ErrCount, count, MaxNearest)
	case !(withinMetres >= 0 && withinMetres <= MaxReachMetres):
		return nil, fmt.Errorf("%w: %g m is not within 0 to %d m", ErrTolerance, withinMetres, MaxReachMetres)
	}
	rows, err := db.Query(ctx, fill(nearestSQL, l), pgx.StrictNamedArgs{"lon": lon, "lat": lat, "count": count, "most": withinMetres})
	if err != nil {
		return nil, fmt.Errorf("spatial: nearest of %s: %w", l.Definition.ID, err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Neighbour])
	if err != nil {
		return nil, fmt.Errorf("spatial: nearest of %s: %w", l.Definition.ID, err)
	}
	for i := range found {
		found[i].DistanceMetres = math.Round(found[i].DistanceMetres*1000) / 1000
	}
	return found, nil
}

// fill puts a layer's table and its columns into a question's text.
func fill(sql string, l layers.Layer) string {
	columns := make([]string, 0, len(l.Fields()))
	for _, f := range l.Fields() {
		columns = append(columns, "f."+pgx.Identifier{f.Name}.Sanitize())
	}
	return strings.NewReplacer("{table}", l.Table().Sanitize(), "{columns}", strings.Join(columns, ", ")).Replace(sql)
}
