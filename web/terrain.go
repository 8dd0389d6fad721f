package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/spatial/elevation"
	"onemap/styles"
	"onemap/tiles/terrain"
)

// groundSource is what this package needs of [terrain.Watcher].
type groundSource interface {
	Ground() *terrain.Ground
}

// ground is all elevation models; none where the service has none.
func (s *server) ground() *terrain.Ground {
	if s.Ground == nil {
		return &terrain.Ground{}
	}
	return s.Ground.Ground()
}

func (s *server) terrainRoutes() []route {
	return []route{
		{"GET", "/api/v1/terrain", access.ReadPublic, false, s.getTerrains},
		{"GET", "/api/v1/elevation", access.ReadPublic, false, s.getElevation},
		{"POST", "/api/v1/elevation/profile", access.ReadPublic, false, s.postProfile},
		{"GET", "/terrain/{model}.json", access.ReadPublic, false, s.getTerrainTileJSON},
		{"GET", "/terrain/{model}/{z}/{x}/{y}.png", access.ReadPublic, false, s.getTerrainTile},
	}
}

// terrainEntry is an elevation model as whoever asks may see it.
type terrainEntry struct {
	terrain.Record
	TileJSON  string  `json:"tilejson"`
	SeenZoom  int     `json:"seen_zoom"`         // the finest that may be seen
	SeenM     float64 `json:"seen_resolution_m"` // what that comes to on the ground
	IsPublic  bool    `json:"public"`            // everybody sees it so
	LoadedBy  string  `json:"loaded_by,omitempty"`
	Shadowing bool    `json:"shades_maps"` // it is the one that maps are shaded with
}

// getTerrains answers GET /api/v1/terrain: the elevation models that whoever asks
// may see, the widest first.
func (s *server) getTerrains(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	all := []terrainEntry{}
	for i, v := range s.ground().Views(r.Context()) {
		e := terrainEntry{Record: v.Record, TileJSON: s.config.PublicURL + "/terrain/" + v.ID + ".json", SeenZoom: v.Top(), SeenM: v.Seen(), IsPublic: v.Public(), Shadowing: i == 0}
		if access.Require(r.Context(), access.Publish) == nil {
			e.LoadedBy = v.LoadedBy
		}
		all = append(all, e)
	}
	w.Header().Set("Vary", "Authorization")
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"models": all})
}

// getElevation answers GET /api/v1/elevation?lon=&lat=&crs=: the height of the
// ground at a place, of the finest model that has one there.
func (s *server) getElevation(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs")
	if err != nil {
		return err
	}
	at, err := readPlace(values)
	if err != nil {
		return err
	}
	answer, err := s.ground().Answer(r.Context(), at)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", answer)
}

// postProfile answers POST /api/v1/elevation/profile: the heights along a line.
func (s *server) postProfile(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var asked struct {
		Geometry json.RawMessage `json:"geometry"`
		Samples  int             `json:"samples"`
		CRS      string          `json:"crs"`
	}
	if err := readObject(w, r, mostRequest, &asked); err != nil {
		return err
	}
	line, err := readLine(asked.Geometry, asked.CRS)
	if err != nil {
		return err
	}
	profile, err := elevation.Along(line, asked.Samples, s.ground().Along(r.Context()))
	switch {
	case errors.Is(err, elevation.ErrSamples):
		return &paramError{"samples", strconv.Itoa(asked.Samples), "应为 2 至 " + strconv.Itoa(elevation.MaxSamples) + " 的整数", "must be a whole number from 2 to " + strconv.Itoa(elevation.MaxSamples)}
	case errors.Is(err, elevation.ErrLine):
		return &paramError{
			"geometry", "", "应为 2 至 " + strconv.Itoa(elevation.MaxVertices) + " 个顶点、长度大于 0 且不超过 " + strconv.Itoa(elevation.MaxKilometres) + " 公里的线",
			"must be a line of 2 to " + strconv.Itoa(elevation.MaxVertices) + " vertices, longer than 0 and at most " + strconv.Itoa(elevation.MaxKilometres) + " km",
		}
	case err != nil:
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", profile)
}

// readLine reads a GeoJSON LineString and brings it to EPSG:4490.
func readLine(text json.RawMessage, system string) (orb.LineString, error) {
	wrong := &paramError{"geometry", clip(text), "应为 GeoJSON 线（LineString）", "must be a GeoJSON LineString"}
	if !given(text) {
		return nil, &paramError{"geometry", "", "必须给出：GeoJSON 线（LineString）", "must be given: a GeoJSON LineString"}
	}
	shape, err := geojson.UnmarshalGeometry(text)
	if err != nil {
		return nil, wrong
	}
	line, ok := shape.Geometry().(orb.LineString)
	if !ok {
		return nil, wrong
	}
	if len(line) > elevation.MaxVertices {
		return nil, &paramError{"geometry", "", "最多 " + strconv.Itoa(elevation.MaxVertices) + " 个顶点", "has at most " + strconv.Itoa(elevation.MaxVertices) + " vertices"}
	}
	in, err := readSystem(map[string][]string{"crs": {system}}, "crs")
	if err != nil {
		return nil, err
	}
	for i, p := range line {
		if line[i], err = in.place(p); err != nil {
			return nil, err
		}
	}
	return line, nil
}

// getTerrainTileJSON answers GET /terrain/{model}.json.
func (s *server) getTerrainTileJSON(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	v, err := s.ground().View(r.Context(), mux.Vars(r)["model"])
	if err != nil {
		return err
	}
	text, err := json.Marshal(terrain.Describe(v, s.config.PublicURL))
	if err != nil {
		return err
	}
	return writeBody(&scoped{w, groundScope(v, "")}, r, http.StatusOK, "application/json", text)
}

// getTerrainTile answers GET /terrain/{model}/{z}/{x}/{y}.png: heights in the
// terrarium encoding, 512 × 512 pixels. Where there are none, all pixels say so.
// With the model's tag as v= the answer never changes.
func (s *server) getTerrainTile(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "v")
	if err != nil {
		return err
	}
	v, err := s.ground().View(r.Context(), mux.Vars(r)["model"])
	if err != nil {
		return err
	}
	var at [3]uint32
	for i, name := range []string{"z", "x", "y"} {
		n, err := strconv.ParseUint(mux.Vars(r)[name], 10, 31)
		if err != nil || i == 0 && n > 30 {
			return terrain.ErrOutside
		}
		at[i] = uint32(n)
	}
	tile, err := v.Tile(maptile.New(at[1], at[2], maptile.Zoom(at[0])))
	if err != nil {
		return err
	}
	h := w.Header()
	etag := `"` + v.Tag() + "-" + strconv.Itoa(int(at[0])) + "-" + strconv.Itoa(int(at[1])) + "-" + strconv.Itoa(int(at[2])) + `"`
	h.Set("ETag", etag)
	h.Set("Vary", "Authorization")
	h.Set("Cache-Control", groundScope(v, values.Get("v")))
	if noneMatch(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(len(tile)))
	_, err = w.Write(tile)
	return ignoreGone(r, err)
}

// groundScope lets an answer be kept for ever where its address names its content,
// by shared caches where everybody sees the same.
func groundScope(v terrain.View, tag string) string {
	scope := "private"
	if v.Public() && v.Top() == v.MaxZoom {
		scope = "public"
	}
	if tag == v.Tag() {
		return scope + ", max-age=31536000, immutable"
	}
	return scope + ", no-cache"
}

// shaded puts the ground beneath a style, if there is any that whoever asks may see.
func (s *server) shaded(r *http.Request, document []byte, palette, base string) ([]byte, error) {
	v, ok := s.ground().Widest(r.Context())
	if !ok {
		return document, nil
	}
	return styles.OnGround(document, palette, styles.Ground{
		TileJSON: strings.TrimSuffix(base, "/") + "/terrain/" + v.ID + ".json", Bounds: v.Bounds, MinZoom: v.MinZoom, MaxZoom: v.Top(), TileSize: terrain.Side,
	})
}
