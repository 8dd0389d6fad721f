package compliance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/spatial/overlay"
)

// LandClass is what a red line has of one class of land.
type LandClass struct {
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	Group    string  `json:"group"` // 农用地, 建设用地, 未利用地; "" is a code in no group
	Features int     `json:"features"`
	Size     Size    `json:"area"`
	Share    float64 `json:"share"` // of the red line
}

// LandTotal is what a red line has of one group of classes.
type LandTotal struct {
	Name   string  `json:"name"`
	NameEN string  `json:"name_en"`
	Size   Size    `json:"area"`
	Share  float64 `json:"share"`
}

// Land is the land classes of a red line. The classes and what no feature covers
// sum to the whole, less what features cover twice.
type Land struct {
	Layer         string            `json:"layer"`
	Version       int               `json:"version"`
	Classes       []LandClass       `json:"classes"` // by code
	Groups        []LandTotal       `json:"groups"`
	Uncovered     Size              `json:"uncovered"`                // that no feature covers
	UncoveredAt   *geojson.Geometry `json:"uncovered_at,omitempty"`   // where, if it is more than rounding
	OverlappingM2 float64           `json:"overlapping_m2,omitempty"` // m² that features cover twice, counted twice above
	SumM2         float64           `json:"sum_m2"`                   // of classes and uncovered, m²
}

// landOf reads the land classes under a shape.
func landOf(ctx context.Context, db *pgxpool.Pool, l layers.Layer, use LandUse, shape overlay.Shape) (*Land, error) {
	cut, err := overlay.Cut(ctx, db, l, shape, overlay.Question{Fields: []string{use.Code, use.Name}, Uncovered: true})
	if err != nil {
		return nil, err
	}
	land := &Land{Layer: l.Definition.ID, Version: l.Published.Number, Classes: []LandClass{}, Groups: []LandTotal{}, Uncovered: sizeOf(cut.UncoveredM2)}
	if cut.UncoveredM2 > seam {
		land.UncoveredAt = geojson.NewGeometry(cut.Uncovered)
	}
	classes, areas, groups := map[string]*LandClass{}, map[string]float64{}, map[string]float64{}
	for _, p := range cut.Pieces {
		values := map[string]*string{}
		if err := json.Unmarshal(p.Values, &values); err != nil {
			return nil, fmt.Errorf("compliance: land classes: %w", err)
		}
		code := text(values[use.Code])
		c := classes[code]
		if c == nil {
			c = &LandClass{Code: code, Name: text(values[use.Name]), Group: use.Group(code)}
			classes[code] = c
		}
		c.Features++
		areas[code] += p.AreaM2
		groups[c.Group] += p.AreaM2
	}
	for code, c := range classes {
		c.Size, c.Share = sizeOf(areas[code]), share(areas[code], shape.AreaM2)
		land.Classes = append(land.Classes, *c)
	}
	slices.SortFunc(land.Classes, func(a, b LandClass) int { return cmp.Compare(a.Code, b.Code) })
	for _, g := range append(slices.Clone(use.Groups), LandGroup{NameEN: "In no group"}) {
		if m2, ok := groups[g.Name]; ok || g.Name != "" {
			land.Groups = append(land.Groups, LandTotal{g.Name, g.NameEN, sizeOf(m2), share(m2, shape.AreaM2)})
		}
	}
	sum := cut.SumM2() + cut.UncoveredM2
	land.SumM2 = overlay.Round(sum)
	if twice := sum - shape.AreaM2; twice > seam {
		land.OverlappingM2 = overlay.Round(twice)
	}
	return land, nil
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
