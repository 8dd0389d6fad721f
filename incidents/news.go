package incidents

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"onemap/access"
)

//go:embed sql/since.sql
var sinceSQL string

// News is a step, and what incident it is of.
type News struct {
	Step
	Kind     string    `json:"kind"`
	Cell     string    `json:"cell"`
	Position orb.Point `json:"position"` // EPSG:4490 degrees, longitude first
}

// Since returns steps of incidents that the context's principal may see after one,
// in their order. Nothing becomes visible later whose seq is lower than one returned.
func (s *Store) Since(ctx context.Context, seq int64, limit int) ([]News, error) {
	if err := access.Require(ctx, access.Report); err != nil {
		return nil, err
	}
	args := seen(ctx)
	args["after"], args["limit"] = seq, limit
	news, err := collect(ctx, s.db, sinceSQL, args, func(row pgx.CollectableRow) (n News, err error) {
		return n, row.Scan(&n.Seq, &n.Incident, &n.Version, &n.From, &n.To, &n.At, &n.By, &n.Why, &n.Department, &n.Role, &n.Kind, &n.Cell, &n.Position[0], &n.Position[1])
	})
	if err != nil {
		return nil, fmt.Errorf("incidents: reading news: %w", err)
	}
	return news, nil
}

// Head is the seq of the newest step; 0 where there is none.
func (s *Store) Head(ctx context.Context) (seq int64, err error) {
	err = s.db.QueryRow(ctx, "SELECT coalesce(max(seq), 0) FROM incidents.transitions").Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("incidents: %w", err)
	}
	return seq, nil
}
