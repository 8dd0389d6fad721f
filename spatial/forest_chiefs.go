package spatial

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
)

// ErrNoForestArea reports that no forest chief's area has a position.
var ErrNoForestArea = errors.New("spatial: no forest chief's area is there")

// ForestChiefLayer is the layer of the areas that forest chiefs answer for.
const ForestChiefLayer = "forest_chief_area"

//go:embed sql/forest_chiefs.sql
var forestChiefsSQL string

// ForestChief is who answers for the forest of an area. In a village these are
// a chief, a supervisor and a ranger (一长两员); above it the last two are "".
type ForestChief struct {
	FID             int64  `db:"fid" json:"id"`
	Code            string `db:"code" json:"code"` // of the area
	Name            string `db:"name" json:"name"`
	Tier            string `db:"tier" json:"tier"` // of the dictionary forest_chief_tier, 1 the province
	Chief           string `db:"chief_name" json:"chief"`
	Phone           string `db:"chief_phone" json:"phone"`
	Supervisor      string `db:"supervisor_name" json:"supervisor,omitempty"`
	SupervisorPhone string `db:"supervisor_phone" json:"supervisor_phone,omitempty"`
	Ranger          string `db:"ranger_name" json:"ranger,omitempty"`
	RangerPhone     string `db:"ranger_phone" json:"ranger_phone,omitempty"`
	Masked          bool   `db:"-" json:"masked"`
}

// ForestRoute finds the areas that a position, in EPSG:4490 degrees, lies in, and
// the chiefs who answer for their forest, one a tier, the highest tier first; the
// last is the area nearest to the people. Names and phones are masked without the
// right [access.ReadDuty]. Where no area has the position it is an
// [ErrNoForestArea], and outside the world an [ErrOutsideWorld].
func ForestRoute(ctx context.Context, db *pgxpool.Pool, l layers.Layer, lon, lat float64) ([]ForestChief, error) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return nil, fmt.Errorf("%w: longitude %g, latitude %g", ErrOutsideWorld, lon, lat)
	}
	sql := strings.ReplaceAll(forestChiefsSQL, "{table}", l.From())
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{"lon": lon, "lat": lat})
	var chiefs []ForestChief
	if err == nil {
		chiefs, err = pgx.CollectRows(rows, pgx.RowToStructByName[ForestChief])
	}
	if err != nil {
		return nil, fmt.Errorf("spatial: forest chiefs: %w", err)
	}
	if len(chiefs) == 0 {
		return nil, fmt.Errorf("%w: longitude %g, latitude %g", ErrNoForestArea, lon, lat)
	}
	for i := range chiefs {
		c := &chiefs[i]
		c.Chief, c.Phone, c.Masked = access.ShowPerson(ctx, c.Chief, c.Phone)
		c.Supervisor, c.SupervisorPhone, _ = access.ShowPerson(ctx, c.Supervisor, c.SupervisorPhone)
		c.Ranger, c.RangerPhone, _ = access.ShowPerson(ctx, c.Ranger, c.RangerPhone)
	}
	return chiefs, nil
}
