package layers

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ErrUnknownFeature reports a feature number that the published version does not have.
var ErrUnknownFeature = errors.New("layers: unknown feature")

var (
	//go:embed sql/features.sql
	featuresSQL string
	//go:embed sql/feature.sql
	featureSQL string
)

// Bounds is a rectangle in EPSG:4490 degrees: west, south, east, north.
type Bounds [4]float64

// Feature is one feature of a layer, ready to be written as GeoJSON.
type Feature struct {
	FID        int64           `db:"fid"`
	Geometry   json.RawMessage `db:"geometry"`   // GeoJSON, longitude first, 7 decimals (about 1 cm)
	Properties json.RawMessage `db:"properties"` // an object of the layer's fields in their order
}

// FeatureQuery asks for a page of features.
type FeatureQuery struct {
	Bounds *Bounds // only features whose envelope meets it
	After  int64   // only features with a higher number; 0 begins
	Limit  int     // most features of the page, 1 or more
}

// Features returns a page of the published version in order of number, and the
// number to continue after, or 0 when this was the last page.
func (s *Store) Features(ctx context.Context, l Layer, q FeatureQuery) ([]Feature, int64, error) {
	var bounds []float64
	if q.Bounds != nil {
		bounds = q.Bounds[:]
	}
	sql := fill(featuresSQL, "{table}", l.From(), "{columns}", propertyList(l))
	rows, err := s.db.Query(ctx, sql, pgx.StrictNamedArgs{"bounds": bounds, "after": q.After, "limit": q.Limit + 1})
	if err != nil {
		return nil, 0, fmt.Errorf("layers: features of %s: %w", l.Definition.ID, err)
	}
	features, err := pgx.CollectRows(rows, pgx.RowToStructByName[Feature])
	if err != nil {
		return nil, 0, fmt.Errorf("layers: features of %s: %w", l.Definition.ID, err)
	}
	features, next := cutPage(features, q.Limit, func(f Feature) int64 { return f.FID })
	return features, next, nil
}

// Feature returns one feature of the published version.
func (s *Store) Feature(ctx context.Context, l Layer, fid int64) (Feature, error) {
	f, err := readFeature(ctx, s.db, l, fid)
	if err != nil {
		return Feature{}, fmt.Errorf("layers: feature %d of %s: %w", fid, l.Definition.ID, err)
	}
	return f, nil
}

func readFeature(ctx context.Context, db querier, l Layer, fid int64) (Feature, error) {
	sql := fill(featureSQL, "{table}", l.From(), "{columns}", propertyList(l))
	missing := fmt.Errorf("%w: %s %d", ErrUnknownFeature, l.Definition.ID, fid)
	return oneRow(ctx, db, missing, pgx.RowToStructByName[Feature], sql, pgx.StrictNamedArgs{"fid": fid})
}

// propertyList is the select list that becomes a feature's properties.
func propertyList(l Layer) string {
	list := columnList(l.Fields())
	if l.Columns.KeepExtra {
		list += ", " + ExtraColumn
	}
	return strings.TrimPrefix(list, ", ")
}
