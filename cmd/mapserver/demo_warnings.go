package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/data"
	"onemap/data/demo"
	"onemap/layers"
	"onemap/spatial/warnings"
)

// fewTowns is how many towns a city has at most whose warnings are for villages,
// so that they don't cover all of it.
const fewTowns = 3

// loadWarnings publishes the demonstration's warnings where none of them holds
// or is to come: those of an earlier start have ended by themselves.
func loadWarnings(ctx context.Context, c *console, d *database) error {
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		return err
	}
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	store := warnings.NewStore(d.pool, register, catalogue.Open)
	known, err := store.List(ctx, warnings.Query{State: warnings.Active, Limit: 1000})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(known, func(w warnings.Warning) bool { return w.Issuer == demo.WarningIssuer }) {
		return nil
	}
	places, err := demoPlaces(ctx, d, catalogue, "division_town")
	if err == nil && len(places) <= fewTowns {
		places, err = demoPlaces(ctx, d, catalogue, "division_village")
	}
	if err != nil {
		return err
	}
	issued := demo.Warnings(places, time.Now())
	for _, one := range issued {
		w, _, err := store.Publish(ctx, one.Content, nil)
		if err == nil && one.Withdrawn != "" {
			_, err = store.Cancel(ctx, w.ID, one.Withdrawn, nil)
		}
		if err != nil {
			return fmt.Errorf("demonstration warning %s: %w", one.Content.Headline, err)
		}
	}
	fmt.Fprintf(c.err, "已发布 %d 条演示预警 / published %d demonstration warnings\n", len(issued), len(issued))
	return nil
}

// demoPlaces lists the codes and names of a layer of divisions, by code; none
// where it is not published.
func demoPlaces(ctx context.Context, d *database, catalogue *layers.Catalogue, layer string) ([]demo.Place, error) {
	l, err := catalogue.Open(ctx, layer)
	if errors.Is(err, layers.ErrNotPublished) || errors.Is(err, layers.ErrUnknownLayer) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := d.pool.Query(ctx, strings.ReplaceAll("SELECT code, name FROM {table} WHERE code IS NOT NULL ORDER BY code", "{table}", l.Table().Sanitize()))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[demo.Place])
}
