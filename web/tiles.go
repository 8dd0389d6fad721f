package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// tileGrid is the grid of a name, or WebMercatorQuad without one.
func tileGrid(id string) (grid.Grid, error) {
	if id != "" {
		return grid.Named(id)
	}
	return grid.WebMercatorQuad(), nil
}

// tileSet opens the layers of a list, as of the request's datetime=.
func (s *server) tileSet(r *http.Request, in grid.Square, list string) (tiles.Set, error) {
	var asOf time.Time
	if r.URL.RawQuery != "" {
		var err error
		if asOf, err = readMoment(r.URL.Query()); err != nil {
			return tiles.Set{}, err
		}
	}
	return s.openSet(r.Context(), in, list, asOf)
}

// openSet opens the layers of a list, as of a time; the zero time is now.
func (s *server) openSet(ctx context.Context, in grid.Square, list string, asOf time.Time) (tiles.Set, error) {
	catalogue := s.Catalogue.Catalogue() // once: all layers of one tile are of one moment
	if asOf.IsZero() {
		if chosen := s.opened.of(catalogue, list); chosen != nil && readable(ctx, chosen) {
			return s.Tiles.SetIn(in, chosen), nil
		}
	}
	ids, err := tiles.ParseLayers(list)
	if err != nil {
		return tiles.Set{}, err
	}
	chosen := make([]layers.Layer, len(ids))
	for i, id := range ids {
		if chosen[i], err = s.open(ctx, catalogue, id, asOf); err != nil {
			return tiles.Set{}, err
		}
	}
	if asOf.IsZero() && !strings.Contains(list, "@") {
		s.opened.keep(catalogue, list, chosen)
	}
	return s.Tiles.SetIn(in, chosen), nil
}

// readable tells whether the context's principal may read all of some layers.
func readable(ctx context.Context, chosen []layers.Layer) bool {
	for i := range chosen {
		if access.Require(ctx, chosen[i].Definition.ReadRight()) != nil {
			return false
		}
	}
	return true
}

// openLists keeps the layers of lists that were asked for, of one catalogue: a layer is
// a value of some hundred bytes, so to find one takes longer than to know it. Who may read
// them is asked each time.
type openLists struct {
	mu        sync.RWMutex
	catalogue *layers.Catalogue
	lists     map[string][]layers.Layer
}

// mostLists is how many lists are kept; anybody may ask for any.
const mostLists = 1024

// of returns the layers of a list, which are not to be changed, or nil.
func (o *openLists) of(catalogue *layers.Catalogue, list string) []layers.Layer {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if o.catalogue != catalogue {
		return nil
	}
	return o.lists[list]
}

func (o *openLists) keep(catalogue *layers.Catalogue, list string, chosen []layers.Layer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.catalogue != catalogue || len(o.lists) >= mostLists {
		o.catalogue, o.lists = catalogue, map[string][]layers.Layer{}
	}
	o.lists[strings.Clone(list)] = chosen
}

// getTileJSON answers GET /tiles/{layers}.json and GET /tiles/{grid}/{layers}.json.
func (s *server) getTileJSON(w http.ResponseWriter, r *http.Request) error {
	path := mux.Vars(r)
	in, err := tileGrid(path["grid"])
	if err != nil {
		return err
	}
	set, err := s.tileSet(r, in.Square, path["layers"])
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
	if strings.Contains(path["layers"], "@") {
		// The address names the versions, so it means the same for ever.
		pinned := make([]string, len(set.Layers))
		for i, l := range set.Layers {
			pinned[i] = l.Definition.ID + "@" + strconv.Itoa(l.Published.Number)
		}
		described.Tiles = []string{tiles.TileAddress(in, s.config.PublicURL, pinned, set.Tag())}
	}
	return writeJSON(w, r, http.StatusOK, "application/json", described)
}

// getTile answers GET /tiles/{layers}/{z}/{x}/{y}.mvt and, in another grid,
// GET /tiles/{grid}/{layers}/{z}/{x}/{y}.mvt: one layer or several separated by
// commas; z is the level, x the column, y the row. A tile without features is 204
// No Content, which MapLibre draws as nothing. With the set's tag as v= the answer never changes.
func (s *server) getTile(w http.ResponseWriter, r *http.Request) error {
	at, _ := parseTilePath(r.URL.Path) // it came here, so it is one
	in, err := tileGrid(at.grid)
	if err != nil {
		return err
	}
	tile, err := in.Parse(at.level, at.column, at.row)
	if err != nil {
		return err
	}
	set, err := s.tileSet(r, in.Square, at.layers)
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
	version := ""
	if r.URL.RawQuery != "" {
		version = r.URL.Query().Get("v")
	}
	h := w.Header()
	h.Set("ETag", etag)
	h["Vary"] = s.constant.vary
	h.Set("Cache-Control", cacheControl(set, version))
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

// readyTile is [server.getTile] for [express]: whole tiles from archives, for those
// who take them compressed.
func (s *server) readyTile(ctx context.Context, head plainHead, d *desk) (body []byte, ok bool) {
	version, named := strings.CutPrefix(head.query, "v=")
	if !head.gzip || named != (head.query != "") || strings.ContainsAny(version, "&=?") {
		return nil, false
	}
	at, _ := parseTilePath(head.path) // it came here, so it is one
	in, err := tileGrid(at.grid)
	if err != nil {
		return nil, false
	}
	tile, err := in.Parse(at.level, at.column, at.row)
	if err != nil {
		return nil, false
	}
	set, err := s.openSet(ctx, in.Square, at.layers, time.Time{})
	if err != nil || strings.Contains(at.layers, "@") {
		return nil, false
	}
	found, err := s.Tiles.Find(set, in.InSquare(tile))
	if err != nil || found.Live() {
		return nil, false
	}
	built, err := found.Tile(ctx)
	if err != nil || built.Empty() {
		return nil, false
	}
	b := append(append(append(d.lines, "Etag: \""...), found.ETag()...), "-gzip\"\r\n"...)
	b = appendLine(b, "Cache-Control", cacheControl(set, version))
	b = appendLine(b, "Vary", s.constant.vary[0])
	for _, said := range found.LeftOut() {
		b = appendLine(b, "X-Zoom-Left-Out", said)
	}
	b = appendLine(b, "Content-Encoding", s.constant.gzip[0])
	b = appendLine(b, "Content-Type", s.constant.mvt[0])
	b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(built.Packed)), 10)
	d.lines = append(b, "\r\n"...)
	return built.Packed, true
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
		h["Content-Encoding"] = s.constant.gzip
	} else {
		var err error
		if body, err = built.MVT(); err != nil {
			return err
		}
	}
	h["Content-Type"] = s.constant.mvt
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return ignoreGone(r, s.parcels.write(w, r, body))
}

// tileHeaders are values that all tiles have, made once; see [guards].
type tileHeaders struct{ vary, gzip, mvt []string }

func newTileHeaders() tileHeaders {
	return tileHeaders{[]string{"Accept-Encoding, Authorization"}, []string{"gzip"}, []string{"application/vnd.mapbox-vector-tile"}}
}

// cacheControl lets an answer be kept for ever where its address names its
// content, and asks for revalidation elsewhere. Shared caches keep only what
// everybody may see.
func cacheControl(set tiles.Set, v string) string {
	public := true
	for i := range set.Layers { // by place: a layer is a large value
		l := &set.Layers[i]
		isPublic := l.Definition.Sensitivity == layers.Public && (l.Published.State == layers.Published || l.Published.State == layers.Retired)
		public = public && isPublic
	}
	switch named := v == set.Tag(); { // whole texts: to join them would cost each tile an object
	case public && named:
		return "public, max-age=31536000, immutable"
	case named:
		return "private, max-age=31536000, immutable"
	case public:
		return "public, no-cache"
	}
	return "private, no-cache"
}
