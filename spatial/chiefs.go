package spatial

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
)

// ErrNoRiver reports that no segment with a river chief is near a position.
var ErrNoRiver = errors.New("spatial: no river with a chief is near")

// RiverChiefLayer is the layer of river segments with their chiefs.
const RiverChiefLayer = "river_chief_segment"

// MaxToRiverMetres is how far from a river a position may be meant for it.
const MaxToRiverMetres = 5000

var (
	//go:embed sql/river_segment.sql
	riverSegmentSQL string
	//go:embed sql/river_chiefs.sql
	riverChiefsSQL string
)

// RiverSegment is the segment of a river nearest to a position.
type RiverSegment struct {
	FID            int64   `db:"fid" json:"id"`
	Code           string  `db:"code" json:"code"`
	Name           string  `db:"name" json:"name"`
	River          string  `db:"river" json:"river"`
	Tier           string  `db:"tier" json:"tier"` // of the dictionary river_chief_tier, 1 the province
	Town           string  `db:"town" json:"town"` // code
	DistanceMetres float64 `db:"distance_metres" json:"distance_m"`
	FootLon        float64 `db:"foot_lon" json:"-"` // the nearest place on the segment, EPSG:4490 degrees
	FootLat        float64 `db:"foot_lat" json:"-"`
}

// RiverChief is who answers for a river in a tier.
type RiverChief struct {
	FID    int64  `db:"fid" json:"id"`
	Code   string `db:"code" json:"code"` // of the chief's segment
	Name   string `db:"name" json:"name"`
	Tier   string `db:"tier" json:"tier"`
	Chief  string `db:"chief_name" json:"chief"`
	Phone  string `db:"chief_phone" json:"phone"`
	Covers bool   `db:"covers" json:"covers"` // the segment passes the place; else it is of the same river in the same division
	Masked bool   `db:"-" json:"masked"`
}

// RiverRoute finds the segment of a river nearest to a position, in EPSG:4490
// degrees, and the chiefs who answer for it, the highest tier first. Names and
// phones are masked without the right [access.ReadDuty]. Where no segment is
// within [MaxToRiverMetres] it is an [ErrNoRiver]. Rivers are told apart by
// name; a tier that nobody has in the layer is left out.
func RiverRoute(ctx context.Context, db *pgxpool.Pool, l layers.Layer, lon, lat float64) (segment RiverSegment, chiefs []RiverChief, err error) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return segment, nil, fmt.Errorf("%w: longitude %g, latitude %g", ErrOutsideWorld, lon, lat)
	}
	table := strings.NewReplacer("{table}", l.Table().Sanitize())
	rows, err := db.Query(ctx, table.Replace(riverSegmentSQL), pgx.StrictNamedArgs{"lon": lon, "lat": lat})
	if err == nil {
		segment, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[RiverSegment])
	}
	if errors.Is(err, pgx.ErrNoRows) || err == nil && segment.DistanceMetres > MaxToRiverMetres {
		return segment, nil, fmt.Errorf("%w: within %d m", ErrNoRiver, MaxToRiverMetres)
	}
	if err != nil {
		return segment, nil, fmt.Errorf("spatial: the nearest river segment: %w", err)
	}
	segment.DistanceMetres = math.Round(segment.DistanceMetres*1000) / 1000
	rows, err = db.Query(ctx, table.Replace(riverChiefsSQL), pgx.StrictNamedArgs{
		"lon": segment.FootLon, "lat": segment.FootLat, "river": segment.River, "fid": segment.FID, "tier": segment.Tier, "town": segment.Town,
	})
	if err == nil {
		chiefs, err = pgx.CollectRows(rows, pgx.RowToStructByName[RiverChief])
	}
	if err != nil {
		return segment, nil, fmt.Errorf("spatial: river chiefs: %w", err)
	}
	for i := range chiefs {
		c := &chiefs[i]
		c.Chief, c.Phone, c.Masked = access.ShowPerson(ctx, c.Chief, c.Phone)
	}
	return segment, chiefs, nil
}
