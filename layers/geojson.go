package layers

import "encoding/json"

// GeoFeature is a feature as GeoJSON (RFC 7946), EPSG:4490, longitude first.
type GeoFeature struct {
	Type       string          `json:"type"`
	ID         int64           `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties any             `json:"properties"`
	Measure    *Size           `json:"measure,omitempty"` // a foreign member
}

// Size is a feature's size on the ellipsoid.
type Size struct {
	AreaM2       *float64 `json:"area_m2,omitempty"`
	LengthMetres *float64 `json:"length_m,omitempty"`
}

// GeoJSON is the feature as GeoJSON.
func (f Feature) GeoJSON() GeoFeature {
	return GeoFeature{Type: "Feature", ID: f.FID, Geometry: f.Geometry, Properties: f.Properties}
}

// differenceProperties are the properties of a feature of a difference.
type differenceProperties struct {
	Kind            string          `json:"kind"`
	Key             string          `json:"key"`
	FID             *int64          `json:"fid"`
	BaseFID         *int64          `json:"base_fid"`
	GeometryChanged bool            `json:"geometry_changed"`
	Fields          []string        `json:"fields"` // that changed
	Now             json.RawMessage `json:"now,omitempty"`
	Before          json.RawMessage `json:"before,omitempty"`
}

// GeoJSON is the feature as GeoJSON, with what it is now and was before.
func (r DifferenceRow) GeoJSON() GeoFeature {
	return GeoFeature{
		Type: "Feature", ID: r.N, Geometry: r.Geometry,
		Properties: differenceProperties{r.Kind, r.Key, r.FID, r.BaseFID, r.GeometryChanged, r.Fields, r.Properties, r.BaseProperties},
	}
}
