package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/paulmach/orb/geojson"

	"onemap/spatial"
)

// postBuffer answers POST /api/v1/buffer: what lies within metres of a shape.
func (s *server) postBuffer(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var asked struct {
		Geometry json.RawMessage `json:"geometry"`
		Metres   float64         `json:"metres"`
	}
	if err := readObject(w, r, maxPointsBody, &asked); err != nil {
		return err
	}
	shape, err := geojson.UnmarshalGeometry(asked.Geometry)
	if err != nil || shape.Geometry() == nil {
		return &paramError{"geometry", "", "应为 GeoJSON 图形，EPSG:4490 经纬度，经度在前", "must be a GeoJSON geometry in EPSG:4490 degrees, longitude first"}
	}
	found, err := spatial.Buffer(r.Context(), s.DB, shape.Geometry(), asked.Metres)
	if errors.Is(err, spatial.ErrBuffer) {
		return &paramError{
			"metres", strconv.FormatFloat(asked.Metres, 'g', -1, 64), "距离应大于 0 且不超过 50,000 米，图形应有 1 至 20,000 个经纬度坐标，面须闭合",
			"the distance must be above 0 and at most 50,000 m, the shape must have 1 to 20,000 positions in degrees, and rings must close",
		}
	}
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", found)
}
