package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// tileGrid is the grid that an address names, or WebMercatorQuad.
func tileGrid(r *http.Request) (grid.Grid, error) {
	if id := pathValue(r, "grid"); id != "" {
		return grid.Named(id)
	}
	return grid.WebMercatorQuad(), nil
}

// tileSet opens the layers that a tile address names, as of its datetime=.
func (s *server) tileSet(r *http.Request, in grid.Square) (tiles.Set, error) {
	ids, err := tiles.ParseLayers(pathValue(r, "layers"))
	if err != nil {
		return tiles.Set{}, err
	}
	asOf, err := readMoment(r.URL.Query())
	if err != nil {
		return tiles.Set{}, err
	}
	catalogue := s.Catalogue.Catalogue() // once: all layers of one tile are of one moment
	chosen := make([]layers.Layer, len(ids))
	for i, id := range ids {
		if chosen[i], err = s.open(r.Context(), catalogue, id, asOf); err != nil {
			return tiles.Set{}, err
		}
	}
	return s.Tiles.SetIn(in, chosen), nil
}

// getTileJSON answers GET /tiles/{layers}.json and GET /tiles/{grid}/{layers}.json.
func (s *server) getTileJSON(w http.ResponseWriter, r *http.Request) error {
	in, err := tileGrid(r)
	if err != nil {
		return err
	}
	set, err := s.tileSet(r, in.Square)
	if err != nil {
		return err
	}
	described := tiles.DescribeIn(in, set, s.config.PublicURL)
	if at := r.URL.Query().Get("datetime"); at != "" {
		// Of the time, and not of the version that was published then: that may have been edited since.
		ids := make([]string, len(set.Layers))
		for i, l := range set.Layers {
			ids[i] = l.Definition.ID
		}
		described.Tiles = []string{tiles.TileAddress(in, s.config.PublicURL, ids, set.Tag()) + "&datetime=" + url.QueryEscape(at)}
	}
	if strings.Contains(pathValue(r, "layers"), "@") {
		// The address names the versions, so it means the same for ever.
		pinned := make([]string, len(set.Layers))
		for i, l := range set.Layers {
			pinned[i] = l.Definition.ID + "@" + strconv.Itoa(l.Published.Number)
		}
		described.Tiles = []string{tiles.TileAddress(in, s.config.PublicURL, pinned, set.Tag())}
	}
	return writeJSON(w, r, http.StatusOK, "application/json", described)
}

// getTile answers GET /tiles/{layers}/{z}/{x}/{y}.mvt, and the same with a grid in
// front of the layers: one layer or several
// separated by commas; z is the level, x the column, y the row. A tile without features is 204 No Content, which
// MapLibre draws as nothing. With the set's tag as v= the answer never changes.
func (s *server) getTile(w http.ResponseWriter, r *http.Request) error {
	in, err := tileGrid(r)
	if err != nil {
		return err
	}
	tile, err := in.Parse(pathValue(r, "z"), pathValue(r, "x"), pathValue(r, "y"))
	if err != nil {
		return err
	}
	set, err := s.tileSet(r, in.Square)
	if err != nil {
		return err
	}
	found, err := s.Tiles.Find(set, in.InSquare(tile))
	if err != nil {
		return err
	}
	etag := `"` + found.ETag() + `"`
	if acceptsGzip(r) {
		etag = `"` + found.ETag() + `-gzip"`
	}
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding, Authorization")
	h.Set("Cache-Control", cacheControl(set, r.URL.Query().Get("v")))
	if noneMatch(r, etag) { // known without asking PostGIS
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	for _, said := range found.LeftOut() {
		h.Add("X-Zoom-Left-Out", said)
	}
	ctx := r.Context()
	if found.Live() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.config.QueryTimeout)
		defer cancel()
	}
	built, err := found.Tile(ctx)
	if err != nil {
		return err
	}
	return s.writeTile(w, r, built)
}

// writeTile answers with a tile whose validators are set already.
func (s *server) writeTile(w http.ResponseWriter, r *http.Request, built tiles.Tile) error {
	if built.Empty() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	h, body := w.Header(), built.Packed
	if built.Limit > 0 {
		h.Set("X-Tile-Truncated", strconv.Itoa(built.Limit))
	}
	if built.LeftOut > 0 {
		h.Set("X-Tile-Left-Out", strconv.Itoa(built.LeftOut))
	}
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
	} else {
		var err error
		if body, err = built.MVT(); err != nil {
			return err
		}
	}
	h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return ignoreGone(r, s.parcels.write(w, r, body))
}

// cacheControl lets an answer be kept for ever where its address names its
// content, and asks for revalidation elsewhere. Shared caches keep only what
// everybody may see.
func cacheControl(set tiles.Set, v string) string {
	scope := "public"
	for _, l := range set.Layers {
		isPublic := l.Definition.Sensitivity == layers.Public && (l.Published.State == layers.Published || l.Published.State == layers.Retired)
		if !isPublic {
			scope = "private"
		}
	}
	if v == set.Tag() {
		return scope + ", max-age=31536000, immutable"
	}
	return scope + ", no-cache"
}
