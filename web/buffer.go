package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/paulmach/orb/geojson"

	"onemap/spatial"
)

// longestBuffer is how long a buffer may take: lines may cross themselves so often
// that theirs would never end.
const longestBuffer = 5 * time.Second

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
	wrong := func(zh, en string) error { return &paramError{"geometry", "", zh, en} }
	if nested(asked.Geometry) > deepestGeometry {
		return wrong("嵌套过深；请以 MultiPolygon 等代替层层嵌套的 GeometryCollection", "is nested too deep; send a MultiPolygon or the like instead of collections in collections")
	}
	shape, err := geojson.UnmarshalGeometry(asked.Geometry)
	if err != nil || shape.Geometry() == nil {
		return wrong("应为 GeoJSON 图形，EPSG:4490 经纬度，经度在前", "must be a GeoJSON geometry in EPSG:4490 degrees, longitude first")
	}
	ctx, cancel := context.WithTimeout(r.Context(), longestBuffer)
	defer cancel()
	found, err := spatial.Buffer(ctx, s.DB, shape.Geometry(), asked.Metres)
	switch {
	case errors.Is(err, spatial.ErrBuffer):
		return &paramError{
			"metres", strconv.FormatFloat(asked.Metres, 'g', -1, 64), fmt.Sprintf("距离应大于 0 且不超过 %d 米", spatial.MaxBufferMetres),
			fmt.Sprintf("the distance must be above 0 and at most %d m", spatial.MaxBufferMetres),
		}
	case errors.Is(err, spatial.ErrBufferShape):
		return wrong(fmt.Sprintf("图形应有 1 至 %d 个经纬度坐标，经度在前，跨度不超过 %d°，面须闭合、不自相交", spatial.MaxBufferPositions, spatial.MaxBufferDegrees),
			fmt.Sprintf("the shape must have 1 to %d positions in degrees, longitude first, be at most %d degrees across, and its rings must close and not cross: %v", spatial.MaxBufferPositions, spatial.MaxBufferDegrees, err))
	case err != nil && ctx.Err() != nil && r.Context().Err() == nil:
		return wrong(fmt.Sprintf("图形过于复杂，%v 内未能算完；请化简", longestBuffer), fmt.Sprintf("the shape is too intricate to be done within %v; simplify it", longestBuffer))
	case err != nil:
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", found)
}
