package spatial

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
)

// ErrOutsideWorld reports a position that is none: longitude is -180 to 180, latitude -90 to 90.
var ErrOutsideWorld = errors.New("spatial: position outside the world")

// ErrTolerance reports a search distance out of range.
var ErrTolerance = errors.New("spatial: tolerance out of range")

const (
	// MaxToleranceMetres is the farthest from a click that something may still be meant by it.
	MaxToleranceMetres = 5000
	// MaxFound is the most features of one layer that one click can find.
	MaxFound = 50
)

//go:embed sql/identify.sql
var identifySQL string

// Found is a feature at a place, with its size on the CGCS2000 ellipsoid.
type Found struct {
	FID            int64           `db:"fid"`
	Geometry       json.RawMessage `db:"geometry"`   // GeoJSON, longitude first
	Properties     json.RawMessage `db:"properties"` // an object of the layer's fields
	DistanceMetres float64         `db:"distance_metres"`
	AreaM2         *float64        `db:"area_m2"`       // of polygons, m²
	LengthMetres   *float64        `db:"length_metres"` // of lines, m
}

// FoundInLayer is what was found in one layer, nearest first.
type FoundInLayer struct {
	Layer    layers.Layer
	Features []Found
	More     bool // there were more than MaxFound
}

// Answer is what was found in one layer, as an answer shows it.
type Answer struct {
	Layer    string              `json:"layer"`
	Name     string              `json:"name"`
	NameEN   string              `json:"name_en"`
	Version  int                 `json:"version"`
	Features []layers.GeoFeature `json:"features"`
	More     bool                `json:"more"`
}

// Answer shows what was found.
func (f FoundInLayer) Answer() Answer {
	d := f.Layer.Definition
	a := Answer{d.ID, d.Name, d.NameEN, f.Layer.Published.Number, make([]layers.GeoFeature, len(f.Features)), f.More}
	for i, one := range f.Features {
		a.Features[i] = layers.GeoFeature{Type: "Feature", ID: one.FID, Geometry: one.Geometry, Properties: one.Properties}
		if one.AreaM2 != nil || one.LengthMetres != nil {
			a.Features[i].Measure = &layers.Size{AreaM2: one.AreaM2, LengthMetres: one.LengthMetres}
		}
	}
	return a
}

// Identify tells what is at a place, for each layer in the order given: the
// polygons that the place lies in, and the points and lines not farther from it
// than the tolerance. The position is in EPSG:4490 degrees. Layers without
// anything there are left out. It costs one indexed query a layer.
func Identify(ctx context.Context, db *pgxpool.Pool, in []layers.Layer, lon, lat, toleranceMetres float64) ([]FoundInLayer, error) {
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return nil, fmt.Errorf("%w: longitude %g, latitude %g", ErrOutsideWorld, lon, lat)
	}
	if !(toleranceMetres >= 0 && toleranceMetres <= MaxToleranceMetres) {
		return nil, fmt.Errorf("%w: %g m is not within 0 to %d m", ErrTolerance, toleranceMetres, MaxToleranceMetres)
	}
	all := make([]FoundInLayer, len(in))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, l := range in {
		group.Go(func() (err error) {
			all[i], err = identify(ctx, db, l, lon, lat, toleranceMetres)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var found []FoundInLayer
	for _, one := range all {
		if len(one.Features) > 0 {
			found = append(found, one)
		}
	}
	return found, nil
}

func identify(ctx context.Context, db *pgxpool.Pool, l layers.Layer, lon, lat, tolerance float64) (FoundInLayer, error) {
	if l.Definition.Geometry == layers.Polygon {
		tolerance = 0 // a click in a parcel means that parcel, not its neighbours
	}
	columns := make([]string, 0, len(l.Fields()))
	for _, f := range l.Fields() {
		columns = append(columns, pgx.Identifier{f.Name}.Sanitize())
	}
	sql := strings.NewReplacer("{table}", l.From(), "{columns}", strings.Join(columns, ", ")).Replace(identifySQL)
	rows, err := db.Query(ctx, sql, pgx.StrictNamedArgs{
		"lon": lon, "lat": lat, "tolerance": tolerance, "kind": string(l.Definition.Geometry), "limit": MaxFound + 1,
	})
	if err != nil {
		return FoundInLayer{}, fmt.Errorf("spatial: identifying in %s: %w", l.Definition.ID, err)
	}
	features, err := pgx.CollectRows(rows, pgx.RowToStructByName[Found])
	if err != nil {
		return FoundInLayer{}, fmt.Errorf("spatial: identifying in %s: %w", l.Definition.ID, err)
	}
	more := len(features) > MaxFound
	return FoundInLayer{l, features[:min(len(features), MaxFound)], more}, nil
}
