package spatial

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/spatial/area"
	"onemap/spatial/overlay"
)

// Group is what a shape has of the features with one value of a field; of two
// layers, with one pair of values.
type Group struct {
	Value        *string  `json:"value"`           // nil is no value, or no field was asked for
	Other        *string  `json:"other,omitempty"` // of the second layer's field
	Count        int      `json:"count"`           // pieces
	AreaM2       float64  `json:"area_m2"`         // of polygons; see spatial/area
	LengthMetres float64  `json:"length_m"`        // of lines
	Share        *float64 `json:"share,omitempty"` // of the shape's area
}

// Overlaid is a layer cut with a shape, or two layers with one another within one.
type Overlaid struct {
	Layer         string               `json:"layer"`
	Version       int                  `json:"version"`
	Other         string               `json:"with,omitempty"`
	OtherVersion  int                  `json:"with_version,omitempty"`
	ShapeM2       float64              `json:"shape_m2"` // of the shape that it was cut with
	Count         int                  `json:"count"`
	AreaM2        float64              `json:"area_m2"` // of all pieces
	LengthMetres  float64              `json:"length_m"`
	UncoveredM2   *float64             `json:"uncovered_m2,omitempty"` // of the shape, that no feature covers; of one layer of polygons
	OverlappingM2 float64              `json:"overlapping_m2,omitempty"`
	Groups        []Group              `json:"groups"`           // largest first
	Pieces        []layers.GeoFeature  `json:"pieces,omitempty"` // where they were asked for
	values        map[[2]string]*Group // by what groups are told apart
}

// add counts a piece.
func (o *Overlaid) add(value, other *string, areaM2, lengthM float64) {
	key := [2]string{"\x00", "\x00"} // what no text is: PostgreSQL has no such byte
	if value != nil {
		key[0] = *value
	}
	if other != nil {
		key[1] = *other
	}
	if o.values == nil {
		o.values = map[[2]string]*Group{}
	}
	g := o.values[key]
	if g == nil {
		g = &Group{Value: value, Other: other}
		o.values[key] = g
	}
	g.Count++
	g.AreaM2 += areaM2
	g.LengthMetres += lengthM
	o.Count++
	o.AreaM2 += areaM2
	o.LengthMetres += lengthM
}

func (o *Overlaid) finish() {
	o.Groups = []Group{}
	for _, g := range o.values {
		if g.AreaM2 > 0 && o.ShapeM2 > 0 {
			share := math.Round(g.AreaM2/o.ShapeM2*1e9) / 1e9
			g.Share = &share
		}
		g.AreaM2, g.LengthMetres = overlay.Round(g.AreaM2), overlay.Round(g.LengthMetres)
		o.Groups = append(o.Groups, *g)
	}
	plain := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	slices.SortFunc(o.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.AreaM2, a.AreaM2), cmp.Compare(b.LengthMetres, a.LengthMetres), cmp.Compare(b.Count, a.Count),
			cmp.Compare(plain(a.Value), plain(b.Value)), cmp.Compare(plain(a.Other), plain(b.Other)))
	})
	o.ShapeM2, o.AreaM2, o.LengthMetres = overlay.Round(o.ShapeM2), overlay.Round(o.AreaM2), overlay.Round(o.LengthMetres)
}

// Overlay cuts a layer with a shape and sums the pieces by a field's values, or
// all together where by is "". Pieces are listed where they are wanted. The errors
// are those of [overlay.Cut].
func Overlay(ctx context.Context, db *pgxpool.Pool, l layers.Layer, s overlay.Shape, by string, pieces bool) (Overlaid, error) {
	q := overlay.Question{Uncovered: true}
	if by != "" {
		q.Fields = []string{by}
	}
	cut, err := overlay.Cut(ctx, db, l, s, q)
	if err != nil {
		return Overlaid{}, err
	}
	o := Overlaid{Layer: l.Definition.ID, Version: l.Published.Number, ShapeM2: s.AreaM2}
	for _, p := range cut.Pieces {
		value, err := valueOf(p.Values, by)
		if err != nil {
			return Overlaid{}, err
		}
		o.add(value, nil, p.AreaM2, p.LengthM)
		if !pieces {
			continue
		}
		geometry, err := json.Marshal(geojson.NewGeometry(p.Geometry))
		if err != nil {
			return Overlaid{}, fmt.Errorf("spatial: %w", err)
		}
		size := &layers.Size{}
		switch l.Definition.Geometry {
		case layers.Polygon:
			m2 := overlay.Round(p.AreaM2)
			size.AreaM2 = &m2
		case layers.LineString:
			metres := overlay.Round(p.LengthM)
			size.LengthMetres = &metres
		}
		o.Pieces = append(o.Pieces, layers.GeoFeature{Type: "Feature", ID: p.FID, Geometry: geometry, Properties: p.Values, Measure: size})
	}
	if l.Definition.Geometry == layers.Polygon {
		uncovered := overlay.Round(cut.UncoveredM2)
		o.UncoveredM2 = &uncovered
		if twice := o.AreaM2 + cut.UncoveredM2 - s.AreaM2; twice > 1e-3 {
			o.OverlappingM2 = overlay.Round(twice)
		}
	}
	o.finish()
	return o, nil
}

// valueOf is a field's value in an object, as text; nil is none.
func valueOf(object json.RawMessage, field string) (*string, error) {
	if field == "" {
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(object, &values); err != nil {
		return nil, fmt.Errorf("spatial: %w", err)
	}
	raw := values[field]
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, fmt.Errorf("spatial: %w", err)
		}
	}
	return &text, nil
}

// ErrNotPolygons reports a layer that has no areas to be overlaid.
var ErrNotPolygons = errors.New("spatial: a layer of polygons is needed")

//go:embed sql/pairs.sql
var pairsSQL string

// OverlayLayers cuts two layers of polygons with one another within a shape, and
// sums what they share by the values of a field of each, "" being none. More than
// [overlay.MaxPieces] pieces are an [overlay.ErrTooMany].
func OverlayLayers(ctx context.Context, db *pgxpool.Pool, a, b layers.Layer, s overlay.Shape, byA, byB string) (Overlaid, error) {
	o := Overlaid{Layer: a.Definition.ID, Version: a.Published.Number, Other: b.Definition.ID, OtherVersion: b.Published.Number, ShapeM2: s.AreaM2}
	for _, l := range []layers.Layer{a, b} {
		if l.Definition.Geometry != layers.Polygon {
			return o, fmt.Errorf("%w: %s", ErrNotPolygons, l.Definition.ID)
		}
	}
	valueA, err := overlay.Value(a, "a", byA)
	if err != nil {
		return o, err
	}
	valueB, err := overlay.Value(b, "b", byB)
	if err != nil {
		return o, err
	}
	rows, err := db.Query(ctx, overlay.Replace(pairsSQL, "{a}", a.Table().Sanitize(), "{b}", b.Table().Sanitize(), "{value_a}", valueA, "{value_b}", valueB),
		pgx.StrictNamedArgs{"shape": s.WKB(), "limit": overlay.MaxPieces + 1})
	if err != nil {
		return o, fmt.Errorf("spatial: overlaying %s and %s: %w", o.Layer, o.Other, err)
	}
	defer rows.Close()
	for rows.Next() {
		var one, other *string
		var encoded []byte
		if err := rows.Scan(&one, &other, &encoded); err != nil {
			return o, fmt.Errorf("spatial: overlaying %s and %s: %w", o.Layer, o.Other, err)
		}
		g, err := wkb.Unmarshal(encoded)
		if err != nil {
			return o, fmt.Errorf("spatial: overlaying %s and %s: %w", o.Layer, o.Other, err)
		}
		o.add(one, other, area.Of(g), 0)
	}
	if err := rows.Err(); err != nil {
		return o, fmt.Errorf("spatial: overlaying %s and %s: %w", o.Layer, o.Other, err)
	}
	if o.Count > overlay.MaxPieces {
		return o, fmt.Errorf("%w: %s and %s share more than %d pieces there", overlay.ErrTooMany, o.Layer, o.Other, overlay.MaxPieces)
	}
	o.finish()
	return o, nil
}
