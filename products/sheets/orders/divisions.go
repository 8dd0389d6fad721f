package orders

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/products/sheets"
)

var (
	//go:embed sql/divisions.sql
	divisionsSQL string
	//go:embed sql/neighbours.sql
	neighboursSQL string
)

// division is one of the administrative divisions.
type division struct {
	code, name string
	shape      orb.Geometry // EPSG:4490
}

// level is the layer of a code's divisions, and what the codes below it begin with.
func level(code string) (layer, below string, ok bool) {
	if strings.Trim(code, "0123456789") != "" {
		return "", "", false
	}
	switch {
	case len(code) == 6 && strings.HasSuffix(code, "00"):
		return "division_city", code[:4], true
	case len(code) == 6:
		return "division_county", code, true
	case len(code) == 9:
		return "division_town", code, true
	case len(code) == 12:
		return "division_village", code, true
	}
	return "", "", false
}

// divisions reads those of a layer whose codes begin so, simplified by a tolerance
// in degrees.
func (d *Desk) divisions(ctx context.Context, l layers.Layer, below string, tolerance float64, limit int) ([]division, error) {
	rows, err := d.DB.Query(ctx, strings.ReplaceAll(divisionsSQL, "{table}", l.From()), pgx.StrictNamedArgs{
		"below": below + "%", "tolerance": tolerance, "limit": limit,
	})
	if err != nil {
		return nil, fmt.Errorf("orders: reading %s: %w", l.Definition.ID, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one division, err error) {
		var shape []byte
		if err := row.Scan(&one.code, &one.name, &shape); err != nil {
			return one, err
		}
		one.shape, err = wkb.Unmarshal(shape)
		return one, err
	})
	if err != nil {
		return nil, fmt.Errorf("orders: reading %s: %w", l.Definition.ID, err)
	}
	return all, nil
}

// division finds one by its code.
func (d *Desk) division(ctx context.Context, catalogue *layers.Catalogue, code string) (division, error) {
	unknown := wrong("division", "没有行政区 %.20q；代码为 6 位（市、县）、9 位（镇）或 12 位（村）", "there is no division %.20q; a code has 6 digits (city, county), 9 (town) or 12 (village)", code)
	id, _, ok := level(code)
	if !ok {
		return division{}, unknown
	}
	l, err := catalogue.Open(ctx, id)
	if err != nil {
		return division{}, err
	}
	found, err := d.divisions(ctx, l, code, 0, 1)
	if err != nil {
		return division{}, err
	}
	if len(found) == 0 || found[0].code != code {
		return division{}, unknown
	}
	return found[0], nil
}

// neighbours are, for each code, the others that touch it.
func (d *Desk) neighbours(ctx context.Context, l layers.Layer, all []division) (map[string][]sheets.Neighbour, error) {
	numbers, names, codes := map[string]int{}, map[string]string{}, make([]string, len(all))
	for i, one := range all {
		numbers[one.code], names[one.code], codes[i] = i+1, one.name, one.code
	}
	rows, err := d.DB.Query(ctx, strings.ReplaceAll(neighboursSQL, "{table}", l.From()), pgx.StrictNamedArgs{"codes": codes})
	if err != nil {
		return nil, fmt.Errorf("orders: neighbours in %s: %w", l.Definition.ID, err)
	}
	out := map[string][]sheets.Neighbour{}
	var a, b string
	var azimuth *float64
	_, err = pgx.ForEachRow(rows, []any{&a, &b, &azimuth}, func() error {
		if azimuth != nil {
			out[a] = append(out[a], sheets.Neighbour{Name: names[b], Number: fmt.Sprint(numbers[b]), Direction: eighth(*azimuth)})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("orders: neighbours in %s: %w", l.Definition.ID, err)
	}
	return out, nil
}

// eighth is the direction of an azimuth in degrees.
func eighth(azimuth float64) int { return int(math.Round(azimuth/45)) % 8 }

// locator is the city and its counties, where they are published and may be read.
func (d *Desk) locator(ctx context.Context, catalogue *layers.Catalogue) (*sheets.Locator, string, error) {
	const coarse = 0.001
	city, err := catalogue.Open(ctx, "division_city")
	if errors.Is(err, layers.ErrNotPublished) || errors.Is(err, layers.ErrUnknownLayer) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	whole, err := d.divisions(ctx, city, "", coarse, 1)
	if err != nil || len(whole) == 0 {
		return nil, "", err
	}
	found := &sheets.Locator{Outline: whole[0].shape}
	counties, err := catalogue.Open(ctx, "division_county")
	if err == nil {
		parts, err := d.divisions(ctx, counties, "", coarse, 100)
		if err != nil {
			return nil, "", err
		}
		for _, one := range parts {
			found.Parts = append(found.Parts, one.shape)
		}
	}
	return found, whole[0].name, nil
}
