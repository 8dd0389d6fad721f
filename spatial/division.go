package spatial

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
	"onemap/spatial/overlay"
)

// ErrUnknownDivision reports a code that no division has.
var ErrUnknownDivision = errors.New("spatial: unknown division")

// ErrLevel reports a level of divisions that there isn't.
var ErrLevel = errors.New("spatial: unknown level of divisions")

// levels of divisions, from the whole city down; their layers are called after them.
var levels = []string{"city", "county", "town", "village"}

// Level is the level of a division's code: 445300 is the city, 445302 a county,
// 445302001 a town, 445302001001 a village. Another form is an [ErrUnknownDivision].
func Level(code string) (string, error) {
	if strings.Trim(code, "0123456789") == "" {
		switch {
		case len(code) == 6 && strings.HasSuffix(code, "00"):
			return "city", nil
		case len(code) == 6:
			return "county", nil
		case len(code) == 9:
			return "town", nil
		case len(code) == 12:
			return "village", nil
		}
	}
	return "", fmt.Errorf("%w: %.20q; a code has 6 digits (city, county), 9 (town) or 12 (village)", ErrUnknownDivision, code)
}

// below is what the codes of a division, and of all below it, begin with.
func below(code string) string {
	if len(code) == 6 {
		return strings.TrimSuffix(code, "00")
	}
	return code
}

// DivisionLayer is the id of the layer of a level's divisions; another level is an [ErrLevel].
func DivisionLayer(level string) (string, error) {
	if !slices.Contains(levels, level) {
		return "", fmt.Errorf("%w: %.20q is none of %s", ErrLevel, level, strings.Join(levels, ", "))
	}
	return "division_" + level, nil
}

// NextLevel is the level whose divisions make up one of this level.
func NextLevel(level string) string {
	return levels[min(slices.Index(levels, level)+1, len(levels)-1)]
}

//go:embed sql/division.sql
var divisionSQL string

// Division returns the shape of a division of a layer of them; a code that none
// has is an [ErrUnknownDivision].
func Division(ctx context.Context, db *pgxpool.Pool, l layers.Layer, code string) (overlay.Shape, error) {
	var encoded []byte
	err := db.QueryRow(ctx, fill(divisionSQL, l), pgx.StrictNamedArgs{"code": code}).Scan(&encoded)
	if errors.Is(err, pgx.ErrNoRows) {
		return overlay.Shape{}, fmt.Errorf("%w: %s", ErrUnknownDivision, code)
	}
	if err != nil {
		return overlay.Shape{}, fmt.Errorf("spatial: division %s: %w", code, err)
	}
	g, err := wkb.Unmarshal(encoded)
	if err != nil {
		return overlay.Shape{}, fmt.Errorf("spatial: division %s: %w", code, err)
	}
	return overlay.NewShape(ctx, db, overlay.Polygons(g))
}
