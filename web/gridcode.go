package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/spatial/gridcode"
)

const (
	// maxCover is the most cells that a shape is covered with.
	maxCover = 10_000
	// maxCoverVertices is the most vertices of a shape that is covered.
	maxCoverVertices = 10_000
)

// codeCell is a cell of a scheme of codes, as answers show it.
type codeCell struct {
	Scheme   string            `json:"scheme"`
	Code     string            `json:"code"`
	Level    int               `json:"level"`
	Centre   orb.Point         `json:"centre"`
	Geometry *geojson.Geometry `json:"geometry"`
}

// schemeOf finds the scheme that an address names.
func schemeOf(r *http.Request) (gridcode.Scheme, error) {
	id := mux.Vars(r)["scheme"]
	s, err := gridcode.Named(id)
	if err != nil {
		var known []string
		for _, one := range gridcode.Schemes() {
			known = append(known, one.ID)
		}
		return s, &paramError{"scheme", id, "应为 " + strings.Join(known, "、"), "must be one of " + strings.Join(known, ", ")}
	}
	return s, nil
}

// readLevel reads level=; it must be one of the scheme.
func readLevel(s gridcode.Scheme, values url.Values) (int, error) {
	if values.Get("level") == "" {
		return 0, &paramError{"level", "", fmt.Sprintf("必须给出，应为 %d 至 %d 的整数", s.First, s.Last), fmt.Sprintf("must be given, a whole number from %d to %d", s.First, s.Last)}
	}
	level, err := whole(values, "level", int64(s.First), int64(s.Last), 0)
	return int(level), err
}

// describe shows a cell in the request's system.
func (p placing) describe(s gridcode.Scheme, c gridcode.Cell) (codeCell, error) {
	shape, err := p.shape(orb.Polygon{c.Corners})
	if err != nil {
		return codeCell{}, &paramError{"crs", p.system.String(), "该格不在此坐标系的适用范围内", "the cell is out of the reach of this system"}
	}
	centre, err := p.from.Point(c.Centre)
	return codeCell{s.ID, c.Code, c.Level, centre, shape}, err
}

// decodeCode finds the cell of a code that a request gives.
func decodeCode(s gridcode.Scheme, code string) (gridcode.Cell, error) {
	c, err := s.Decode(code)
	if errors.Is(err, gridcode.ErrCode) {
		return c, &paramError{"code", code, "不是" + s.Name, "is no " + s.NameEN}
	}
	return c, err
}

// getEncode answers GET /api/v1/grid/codes/{scheme}/encode?lon=&lat=&level=&crs=.
func (s *server) getEncode(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "level", "crs")
	if err != nil {
		return err
	}
	scheme, err := schemeOf(r)
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	level, err := readLevel(scheme, values)
	if err != nil {
		return err
	}
	given, err := in.readPosition(values)
	if err != nil {
		return err
	}
	place, err := in.place(given)
	if err != nil {
		return err
	}
	code, err := scheme.Encode(place, level)
	if errors.Is(err, gridcode.ErrPosition) {
		return &paramError{"lat", values.Get("lat"), "该处没有" + scheme.Name + "（离极点太近）", "there is no " + scheme.NameEN + " so near a pole"}
	}
	if err != nil {
		return err
	}
	return s.writeCode(w, r, in, scheme, code)
}

// getDecode answers GET /api/v1/grid/codes/{scheme}/decode?code=&crs=.
func (s *server) getDecode(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "code", "crs")
	if err != nil {
		return err
	}
	scheme, err := schemeOf(r)
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	return s.writeCode(w, r, in, scheme, values.Get("code"))
}

func (s *server) writeCode(w http.ResponseWriter, r *http.Request, in placing, scheme gridcode.Scheme, code string) error {
	c, err := decodeCode(scheme, code)
	if err != nil {
		return err
	}
	shown, err := in.describe(scheme, c)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", shown)
}

// getCodeNeighbours answers GET /api/v1/grid/codes/{scheme}/neighbours?code=.
func (s *server) getCodeNeighbours(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "code")
	if err != nil {
		return err
	}
	scheme, err := schemeOf(r)
	if err != nil {
		return err
	}
	c, err := decodeCode(scheme, values.Get("code"))
	if err != nil {
		return err
	}
	around, err := scheme.Neighbours(c.Code)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"scheme": scheme.ID, "code": c.Code, "level": c.Level, "neighbours": around})
}

// postCover answers POST /api/v1/grid/codes/{scheme}/cover?level=&crs=, whose
// body is a GeoJSON polygon in that system: the cells with something of it.
func (s *server) postCover(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "level", "crs")
	if err != nil {
		return err
	}
	scheme, err := schemeOf(r)
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	level, err := readLevel(scheme, values)
	if err != nil {
		return err
	}
	shape, err := in.readShape(w, r)
	if err != nil {
		return err
	}
	codes, err := scheme.Cover(shape, level, maxCover)
	switch {
	case errors.Is(err, gridcode.ErrTooMany):
		return &paramError{"level", values.Get("level"), fmt.Sprintf("需要的格超过 %d 个；请用更粗的级别或更小的图形", maxCover), fmt.Sprintf("more than %d cells would be needed; take a coarser level or a smaller shape", maxCover)}
	case errors.Is(err, gridcode.ErrPosition):
		return &paramError{"(body)", "", "图形离极点太近，没有" + scheme.Name, "the shape is too near a pole to have a " + scheme.NameEN}
	case err != nil:
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"scheme": scheme.ID, "level": level, "codes": codes})
}

// readShape reads a body that is a GeoJSON polygon or multi-polygon, or a
// feature of one, into EPSG:4490.
func (p placing) readShape(w http.ResponseWriter, r *http.Request) (orb.MultiPolygon, error) {
	wrong := func(zh, en string) error { return &paramError{"(body)", "", zh, en} }
	text, err := readBody(http.MaxBytesReader(w, r.Body, maxPointsBody))
	if err != nil {
		return nil, err
	}
	if nested(text) > deepestGeometry {
		return nil, wrong("嵌套过深；应为 GeoJSON 多边形", "nested too deep; it must be a GeoJSON polygon")
	}
	var feature struct {
		Type     string
		Geometry json.RawMessage
	}
	if json.Unmarshal(text, &feature) == nil && feature.Type == "Feature" {
		text = feature.Geometry
	}
	g, err := geojson.UnmarshalGeometry(text)
	if err != nil {
		return nil, wrong("应为 GeoJSON 多边形（Polygon、MultiPolygon 或其 Feature）", "must be a GeoJSON polygon: Polygon, MultiPolygon, or a Feature of one")
	}
	var shape orb.MultiPolygon
	switch g := g.Geometry().(type) {
	case orb.Polygon:
		shape = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		shape = g
	default:
		return nil, wrong("应为多边形，而不是 "+g.GeoJSONType(), "must be a polygon, not a "+g.GeoJSONType())
	}
	vertices := 0
	for _, part := range shape {
		for _, ring := range part {
			if vertices += len(ring); len(ring) < 4 || ring[0] != ring[len(ring)-1] {
				return nil, wrong("每个环应闭合，至少四个点", "each ring must be closed and have at least four points")
			}
			if vertices > maxCoverVertices {
				return nil, wrong(fmt.Sprintf("顶点超过 %d 个；请先简化", maxCoverVertices), fmt.Sprintf("more than %d vertices; simplify the shape first", maxCoverVertices))
			}
			for i, at := range ring {
				if ring[i], err = p.place(at); err != nil {
					return nil, err
				}
			}
		}
	}
	if vertices == 0 {
		return nil, wrong("图形为空", "the shape is empty")
	}
	return shape, nil
}
