package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/layers"
	"onemap/spatial/cells"
	"onemap/spatial/crs"
	"onemap/tiles"
)

// cellFeature is a cell as GeoJSON. CRS names the system where it isn't
// EPSG:4490; it is a foreign member.
type cellFeature struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	CRS        string            `json:"crs,omitempty"`
	Geometry   *geojson.Geometry `json:"geometry"`
	Properties any               `json:"properties"`
}

// shape writes a geometry of EPSG:4490 in the request's system: degrees to 9
// decimals, metres to 4, a tenth of a millimetre each. A shape that the system
// doesn't reach is a [paramError] of crs.
func (p placing) shape(g orb.Geometry) (*geojson.Geometry, error) {
	projected, err := p.from.Project(g)
	if errors.Is(err, crs.ErrOutOfReach) {
		return nil, &paramError{"crs", p.system.String(), "答复中的图形在此坐标系的投影范围之外；请改用 4490，或其分带覆盖该处的坐标系（云浮为 4546、4525 等）", "the answer has a shape out of this system's reach; use 4490, or a system whose zone has it, in Yunfu 4546 or 4525"}
	}
	if err != nil {
		return nil, err
	}
	factor := 1e4
	if p.system.Geographic() {
		factor = 1e9
	}
	return geojson.NewGeometry(orb.Round(projected, int(factor))), nil
}

// name is what answers say of the system; nothing of EPSG:4490.
func (p placing) name() string {
	if p.system.Code() == 4490 || p.system.Code() == 4326 {
		return ""
	}
	return p.system.String()
}

// getCell answers GET /api/v1/grid/cells/{code}?crs=: a cell as a GeoJSON
// feature, with its parent, children and neighbours.
func (s *server) getCell(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	x, err := s.openCells(r.Context())
	if err != nil {
		return err
	}
	at, err := x.Find(mux.Vars(r)["code"])
	if err != nil {
		return err
	}
	d, err := x.Describe(r.Context(), s.DB, at)
	if err != nil {
		return err
	}
	shape, err := in.shape(x.Shape(at))
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, cellFeature{"Feature", d.Code, in.name(), shape, d})
}

// getCellSummary answers GET /api/v1/grid/cells/{code}/summary?layers=: what
// every layer that who asks may read has in a cell.
func (s *server) getCellSummary(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "layers")
	if err != nil {
		return err
	}
	x, err := s.openCells(r.Context())
	if err != nil {
		return err
	}
	at, err := x.Find(mux.Vars(r)["code"])
	if err != nil {
		return err
	}
	catalogue, list := s.Catalogue.Catalogue(), values.Get("layers")
	var in []layers.Layer
	if list == "" {
		for _, l := range catalogue.Readable(r.Context()) {
			if l.Published != nil {
				in = append(in, l)
			}
		}
	} else {
		ids, err := tiles.ParseLayers(list)
		if err != nil {
			return err
		}
		for _, id := range ids {
			l, err := catalogue.Open(r.Context(), id)
			if err != nil {
				return err
			}
			in = append(in, l)
		}
	}
	summary, err := x.Summarise(r.Context(), s.DB, at, in, list != "")
	if err != nil {
		return err
	}
	shown, err := s.withIncidents(r.Context(), summary)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", shown)
}

// getCells answers GET /api/v1/grid/cells?bbox=&layer=&crs=&limit=&after=: a page
// of the cells of a tier whose bounds meet a rectangle, in order of code.
func (s *server) getCells(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "bbox", "layer", "crs", "limit", "after")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	box, err := in.bounds(values)
	if err != nil {
		return err
	}
	x, err := s.openCells(r.Context())
	if err != nil {
		return err
	}
	tier, err := tierOf(x, values.Get("layer"))
	if err != nil {
		return err
	}
	features, next := []cellFeature{}, ""
	for _, at := range x.In(tier, box) {
		c := x.Cell(at)
		if c.Code <= values.Get("after") {
			continue
		}
		if len(features) == int(limit) {
			next = features[limit-1].ID
			break
		}
		shape, err := in.shape(x.Shape(at))
		if err != nil {
			return err
		}
		features = append(features, cellFeature{"Feature", c.Code, in.name(), shape, struct {
			cells.Named
			Parent     string `json:"parent"`
			Population *int64 `json:"population"`
			Households *int64 `json:"households"`
		}{x.Named(at), c.Parent, c.Population, c.Households}})
	}
	links := []link{}
	if next != "" {
		values.Set("after", next)
		links = append(links, link{"next", geoJSON, s.config.PublicURL + "/api/v1/grid/cells?" + values.Encode()})
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, map[string]any{
		"type": "FeatureCollection", "features": features, "numberReturned": len(features), "links": links, "versions": x.Versions(),
	})
}

// tierOf finds the tier of a layer; "" is the finest.
func tierOf(x *cells.Index, layer string) (int, error) {
	var known []string
	for i, t := range x.Tiers() {
		if layer == "" || t.Definition.ID == layer {
			return i, nil
		}
		known = append(known, t.Definition.ID)
	}
	return 0, &paramError{"layer", layer, "应为网格或行政区图层：" + strings.Join(known, "、"), "must be a layer of cells: " + strings.Join(known, ", ")}
}

// bounds reads bbox= in the request's system and returns the rectangle round it
// in EPSG:4490.
func (p placing) bounds(values url.Values) (orb.Bound, error) {
	text := values.Get("bbox")
	wrong := &paramError{
		"bbox", text, "必须给出，为 西,南,东,北 四个数，以逗号分隔，西不大于东，南不大于北；" + p.unitZH(),
		"must be given as west,south,east,north, with west not east of east and south not above north; " + p.unitEN(),
	}
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return orb.Bound{}, wrong
	}
	var n [4]float64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil {
			return orb.Bound{}, wrong
		}
	}
	if !(n[0] <= n[2] && n[1] <= n[3]) {
		return orb.Bound{}, wrong
	}
	var box orb.Bound
	for i, corner := range []orb.Point{{n[0], n[1]}, {n[2], n[1]}, {n[2], n[3]}, {n[0], n[3]}} {
		at, err := p.place(corner)
		if err != nil {
			wrong.ZH += fmt.Sprintf("；第 %d 个角不可用", i+1)
			wrong.EN += fmt.Sprintf("; corner %d cannot be used", i+1)
			return orb.Bound{}, wrong
		}
		if i == 0 {
			box = at.Bound()
		}
		box = box.Extend(at)
	}
	return box, nil
}
