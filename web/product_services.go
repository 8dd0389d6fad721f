package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/layers"
	"onemap/products"
	"onemap/products/gateway"
	"onemap/products/pictures"
	"onemap/styles/render"
	"onemap/tiles"
	"onemap/tiles/grid"
	"onemap/tiles/terrain"
)

// studio is what services need of [pictures.Studio].
type studio interface {
	Draw(ctx context.Context, p pictures.Picture) ([]byte, error)
}

// signedCalls is what this package needs of [gateway.Systems].
type signedCalls interface {
	Principal(ctx context.Context, call gateway.Signed) (access.Principal, error)
}

// ProductServices are the parts of the services of products.
type ProductServices struct {
	Studio   studio                                   //
	Features func(shown []layers.Layer) render.Source // of opened layers, for the studio
	// OnGround are the features with the heights of the ground; nil where there are none.
	OnGround func(shown []layers.Layer, v terrain.View) render.Source
	Gateway  signedCalls // nil takes no signed call
}

// servicePrefix begins the addresses of services of products.
const servicePrefix = "/services/"

// serviceRoutes are the addresses of services of products.
func (s *server) serviceRoutes() []route {
	const product = servicePrefix + "{product}"
	const tile = product + "/wmts/{layer}/{style}/{set}/{z}/{row}/{col}"
	routes := []route{
		{"GET", servicePrefix + "page.js", access.ReadStatus, false, s.getProductPageScript},
		{"GET", product + "/", access.ReadPublic, false, s.getProductPage},
		{"GET", product + "/style.json", access.ReadPublic, false, s.getProductStyle},
		{"GET", product + "/tiles.json", access.ReadPublic, false, s.getProductTileJSON},
		{"GET", product + "/tiles/{z}/{x}/{y}.mvt", access.ReadPublic, false, s.getProductTile},
		{"GET", product + "/thumbnail.png", access.ReadPublic, false, s.getProductThumbnail},
		{"GET", product + "/wmts", access.ReadPublic, false, s.getProductWMTS},
		{"GET", product + "/wmts/1.0.0/WMTSCapabilities.xml", access.ReadPublic, false, s.getProductWMTSCapabilities},
		{"GET", product + "/wms", access.ReadPublic, false, s.getProductWMS},
	}
	for _, extension := range []string{"png", "jpg", "mvt"} {
		routes = append(routes, route{"GET", tile + "." + extension, access.ReadPublic, false, s.getProductWMTSTile(extension)})
	}
	for _, extension := range []string{"json", "txt", "html"} {
		routes = append(routes, route{"GET", tile + "/{j}/{i}." + extension, access.ReadPublic, false, s.getProductWMTSInfo(extension)})
	}
	for _, extension := range []string{"json", "xlsx", "zip"} {
		routes = append(routes, route{"GET", "/api/v1/products/{product}/registration." + extension, access.ReadPublic, false, s.getProductRegistration(extension)})
	}
	return routes
}

// openProduct opens the product that an address names, in the version that is asked
// for, and counts the call. The zero version is the newest.
func (s *server) openProduct(r *http.Request, service string) (products.Opened, error) {
	id := mux.Vars(r)["product"]
	version, err := askedVersion(r.URL.Query())
	if err != nil {
		return products.Opened{}, err
	}
	o, err := s.Products.Open(r.Context(), s.Catalogue.Catalogue(), id, version)
	if err != nil {
		return o, err
	}
	if s.ProductCalls != nil {
		s.ProductCalls.Record(o.Product.ID, service, access.From(r.Context()))
	}
	return o, nil
}

// askedVersion reads version=, or product_version= where version= is that of the
// protocol; 0 is the newest.
func askedVersion(values url.Values) (int, error) {
	for name, all := range values {
		if !strings.EqualFold(name, "product_version") && (name != "version" || isProtocol(values)) {
			continue
		}
		n, err := strconv.ParseInt(all[0], 10, 31)
		if err != nil || n < 1 {
			return 0, &paramError{name, all[0], "应为产品的版本号，自 1 起", "must be the number of a version of the product, from 1"}
		}
		return int(n), nil
	}
	return 0, nil
}

// isProtocol tells whether a query is one by key and value of an OGC service.
func isProtocol(values url.Values) bool {
	for name := range values {
		if strings.EqualFold(name, "service") || strings.EqualFold(name, "request") {
			return true
		}
	}
	return false
}

// serviceBase is what stands in front of the addresses of services in documents that
// clients keep: the public address or, where none is configured, the address at
// which this connection has arrived. The Host header is never asked: whoever sends a request
// could make a document name another server.
func (s *server) serviceBase(r *http.Request) string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return "http://" + at.String()
	}
	return ""
}

// serviceKey is the key that a request carries as tk=, with its name, or "".
func serviceKey(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, servicePrefix) || !strings.Contains(strings.ToLower(r.URL.RawQuery), "tk=") {
		return ""
	}
	for name, all := range r.URL.Query() {
		if strings.EqualFold(name, "tk") && access.IsToken(all[0]) {
			return all[0]
		}
	}
	return ""
}

// keyQuery is the key as it stands in the addresses of the answer, or "".
func keyQuery(r *http.Request) string {
	if key := serviceKey(r); key != "" {
		return "tk=" + url.QueryEscape(key)
	}
	return ""
}

// versionQuery is the version that is asked for, as it stands in addresses, or "".
func versionQuery(r *http.Request) string {
	if n, err := askedVersion(r.URL.Query()); err == nil && n > 0 {
		return "product_version=" + strconv.Itoa(n)
	}
	return ""
}

// joinQueries joins parts of a query that are there.
func joinQueries(parts ...string) string {
	var given []string
	for _, part := range parts {
		if part != "" {
			given = append(given, part)
		}
	}
	return strings.Join(given, "&")
}

// productScope lets an answer be kept by shared caches where everybody may see it, and
// asks for revalidation.
func productScope(r *http.Request, o products.Opened, set tiles.Set, tag string) string {
	kept := cacheControl(set, tag)
	if o.Product.Content.Secrecy != layers.Public || serviceKey(r) != "" {
		kept = strings.Replace(kept, "public", "private", 1)
	}
	return kept
}

// dataTag names what a product's layers hold, in all grids.
func (s *server) dataTag(o products.Opened) string {
	sum := sha256.New()
	for _, in := range grid.Squares() {
		fmt.Fprintln(sum, s.Tiles.SetIn(in, o.Layers).Tag())
	}
	for _, l := range o.Layers {
		until := int64(-1)
		if l.Until != nil {
			until = *l.Until
		}
		fmt.Fprintln(sum, l.Definition.ID, l.Published.Number, until)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// getProductStyle answers GET /services/{product}/style.json.
func (s *server) getProductStyle(w http.ResponseWriter, r *http.Request) error {
	o, err := s.openProduct(r, "style")
	if err != nil {
		return err
	}
	document := o.Style
	if o.Product.Content.Relief {
		if document, err = s.shaded(r, document, o.Product.Content.Palette, ""); err != nil {
			return err
		}
	}
	if document, err = withBase(document, strings.TrimSuffix(s.config.PublicURL, "/")); err != nil {
		return err
	}
	return s.writeOf(w, r, o, "application/json", document)
}

// withBase puts an address before the paths of a style's sources.
func withBase(style []byte, base string) ([]byte, error) {
	if base == "" {
		return style, nil
	}
	var document map[string]any
	if err := json.Unmarshal(style, &document); err != nil {
		return nil, fmt.Errorf("web: reading a style: %w", err)
	}
	sources, _ := document["sources"].(map[string]any)
	for _, one := range sources {
		members, _ := one.(map[string]any)
		if path, ok := members["url"].(string); ok && strings.HasPrefix(path, "/") {
			members["url"] = base + path
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("web: writing a style: %w", err)
	}
	return text, nil
}

// writeOf answers with a document about a product, which is kept by nobody else where
// not everybody may see it.
func (s *server) writeOf(w http.ResponseWriter, r *http.Request, o products.Opened, contentType string, body []byte) error {
	set := s.Tiles.SetIn(grid.Mercator, o.Layers)
	err := writeBody(&scoped{w, productScope(r, o, set, "")}, r, http.StatusOK, contentType, body)
	return err
}

// scoped sets Cache-Control when the header is written, whatever was set before.
type scoped struct {
	http.ResponseWriter
	cache string
}

func (w *scoped) WriteHeader(status int) {
	w.Header().Set("Cache-Control", w.cache)
	w.Header().Add("Vary", "Authorization")
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *scoped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// getProductTileJSON answers GET /services/{product}/tiles.json.
func (s *server) getProductTileJSON(w http.ResponseWriter, r *http.Request) error {
	o, err := s.openProduct(r, "tiles")
	if err != nil {
		return err
	}
	described, err := s.productTileJSON(r, o, strings.TrimSuffix(s.config.PublicURL, "/"))
	if err != nil {
		return err
	}
	text, err := json.Marshal(described)
	if err != nil {
		return fmt.Errorf("web: writing TileJSON: %w", err)
	}
	return s.writeOf(w, r, o, "application/json", text)
}

func (s *server) productTileJSON(r *http.Request, o products.Opened, base string) (tiles.TileJSON, error) {
	set := s.Tiles.SetIn(grid.Mercator, o.Layers)
	d := tiles.DescribeIn(grid.WebMercatorQuad(), set, base)
	c := o.Product.Content
	d.Name, d.Description, d.Attribution = c.Title, c.Text, attributionOf(o)
	if extent, ok := o.Extent(); ok {
		d.Bounds = extent
	}
	d.Tiles = []string{base + servicePrefix + o.Product.ID + "/tiles/{z}/{x}/{y}.mvt?" + joinQueries("v="+set.Tag(), versionQuery(r), keyQuery(r))}
	return d, nil
}

// attributionOf is what a map of the product must say of its origin.
func attributionOf(o products.Opened) string {
	c := o.Product.Content
	parts := []string{c.Department}
	if c.Source != "" {
		parts = append(parts, c.Source)
	}
	if c.Approval != "" {
		parts = append(parts, "审图号："+c.Approval)
	}
	if o.Product.Synthetic {
		parts = append(parts, "演示数据")
	}
	return strings.Join(parts, "；")
}

// getProductTile answers GET /services/{product}/tiles/{z}/{x}/{y}.mvt: all layers of the
// product in one tile, features that its filters leave out included: those are the style's.
func (s *server) getProductTile(w http.ResponseWriter, r *http.Request) error {
	in := grid.WebMercatorQuad()
	tile, err := in.Parse(mux.Vars(r)["z"], mux.Vars(r)["x"], mux.Vars(r)["y"])
	if err != nil {
		return err
	}
	o, err := s.openProduct(r, "tiles")
	if err != nil {
		return err
	}
	set := s.Tiles.SetIn(in.Square, o.Layers)
	found, err := s.Tiles.Find(set, in.InSquare(tile))
	if err != nil {
		return err
	}
	return s.writeFound(w, r, found, productScope(r, o, set, r.URL.Query().Get("v")), false)
}

// writeFound answers with a tile. One without features is 204 No Content or, for
// protocols that know no such answer, a tile without a layer, which has no bytes.
func (s *server) writeFound(w http.ResponseWriter, r *http.Request, found tiles.Found, cache string, always bool) error {
	etag := `"` + found.ETag() + `"`
	if acceptsGzip(r) {
		etag = `"` + found.ETag() + `-gzip"`
	}
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Vary", "Accept-Encoding, Authorization")
	h.Set("Cache-Control", cache)
	if noneMatch(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	built, err := found.Tile(r.Context())
	if err != nil {
		return err
	}
	if built.Empty() && always {
		h.Set("Content-Type", "application/vnd.mapbox-vector-tile")
		h.Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return s.writeTile(w, r, built)
}
