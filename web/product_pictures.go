package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/paulmach/orb"

	"onemap/products"
	"onemap/products/pictures"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// thumbnail is the size of a product's thumbnail, pixels.
var thumbnail = [2]int{480, 360}

// getProductThumbnail answers GET /services/{product}/thumbnail.png: the product's extent.
func (s *server) getProductThumbnail(w http.ResponseWriter, r *http.Request) error {
	o, err := s.openProduct(r, "thumbnail")
	if err != nil {
		return err
	}
	frame := thumbnailFrame(extentOf(o), o.Product.Content.Scales.Coarsest)
	return s.writePicture(w, r, o, pictures.Picture{Style: o.Style, Frame: frame, Format: render.PNG}, true)
}

// postProductPreview answers POST /api/v1/products/preview: the thumbnail of a
// product that is being worked on, which is checked and not kept.
func (s *server) postProductPreview(w http.ResponseWriter, r *http.Request) error {
	in, err := s.readProduct(w, r)
	if err != nil {
		return err
	}
	o, err := s.Products.Try(r.Context(), s.Catalogue.Catalogue(), in)
	if err != nil {
		return err
	}
	body, err := s.Services.Studio.Draw(r.Context(), pictures.Picture{
		Style: o.Style, Source: s.Services.Features(o.Layers), Frame: thumbnailFrame(extentOf(o), o.Product.Content.Scales.Coarsest), Format: render.PNG,
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.writeBytes(w, r, mediaTypes[render.PNG], body)
}

// thumbnailFrame fits an extent, degrees, into the size of a thumbnail. A product that
// is not shown at so small a scale, coarsest being the denominator of its smallest and 0
// any, is drawn as a larger map that is looked at from afar and, where that is not enough,
// only its middle.
func thumbnailFrame(extent [4]float64, coarsest float64) render.Frame {
	low, high := orb.Point{extent[0], max(extent[1], -85)}, orb.Point{extent[2], min(extent[3], 85)}
	box := orb.Bound{Min: crs.PointToWebMercator(low), Max: crs.PointToWebMercator(high)}
	w, h := float64(thumbnail[0]), float64(thumbnail[1])
	unit := max((box.Max[0]-box.Min[0])/w, (box.Max[1]-box.Min[1])/h, 0.5) * 1.06 // metres a pixel, with a margin
	dpi := 96.0
	if coarsest > 0 {
		const least = 24. // dpi that the renderer draws
		allowed := coarsest * 0.00028 * 0.97
		dpi = max(least, min(dpi, dpi*allowed/unit))
		unit = min(unit, allowed*96/dpi)
	}
	middle := box.Center()
	return render.Frame{
		System: crs.WebMercator, Width: thumbnail[0], Height: thumbnail[1], DPI: dpi,
		Extent: orb.Bound{Min: orb.Point{middle[0] - unit*w/2, middle[1] - unit*h/2}, Max: orb.Point{middle[0] + unit*w/2, middle[1] + unit*h/2}},
	}
}

// city is where maps are of products without an extent or features, degrees.
var city = [4]float64{111.05, 22.37, 112.52, 23.33}

// extentOf is where a product's maps are, degrees: what the product says or, with
// room for symbols at its edges, where its features are.
func extentOf(o products.Opened) [4]float64 {
	extent, ok := o.Extent()
	switch {
	case !ok:
		return city
	case o.Product.Content.Extent == nil:
		const room = 0.002
		return [4]float64{max(extent[0]-room, -180), max(extent[1]-room, -90), min(extent[2]+room, 180), min(extent[3]+room, 90)}
	}
	return extent
}

// mediaTypes are those of pictures.
var mediaTypes = map[render.Format]string{
	render.PNG: "image/png", render.JPEG: "image/jpeg", render.SVG: "image/svg+xml", render.PDF: "application/pdf",
}

// onGround gives a picture of a whole product its features and, where the product is
// shaded, the ground as far as whoever asks may see it.
func (s *server) onGround(r *http.Request, o products.Opened, p pictures.Picture, whole bool) (pictures.Picture, error) {
	p.Data, p.Source = s.dataTag(o), s.Services.Features(o.Layers)
	if !whole || !o.Product.Content.Relief || s.Services.OnGround == nil {
		return p, nil
	}
	v, ok := s.ground().Widest(r.Context())
	if !ok {
		return p, nil
	}
	var err error
	p.Data += " " + v.Tag() + " " + strconv.Itoa(v.Top())
	p.Source = s.Services.OnGround(o.Layers, v)
	p.Style, err = s.shaded(r, p.Style, o.Product.Content.Palette, "")
	return p, err
}

// writePicture draws a picture of a product and answers with it. The validator is known
// before: a client that has the picture waits for nothing. whole says that all of the
// product is shown.
func (s *server) writePicture(w http.ResponseWriter, r *http.Request, o products.Opened, p pictures.Picture, whole bool) error {
	p, err := s.onGround(r, o, p, whole)
	if err != nil {
		return err
	}
	etag := `"` + p.Key() + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Vary", "Authorization")
	h.Set("Cache-Control", productScope(r, o, s.Tiles.SetIn(grid.Mercator, o.Layers), ""))
	if noneMatch(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := s.Services.Studio.Draw(r.Context(), p)
	if err != nil {
		return err
	}
	return s.writeBytes(w, r, mediaTypes[p.Format], body)
}

// writeBytes answers with bytes whose other headers are set already.
func (s *server) writeBytes(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return ignoreGone(r, err)
}

// statusOf is the HTTP status of an error that is told in a protocol's own words, with
// the headers that belong to it.
func statusOf(w http.ResponseWriter, r *http.Request, err error) problem {
	p := problemOf(err)
	for _, name := range []string{"ETag", "Content-Encoding", "Vary"} {
		w.Header().Del(name)
	}
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case p.Status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="onemap"`)
	case p.Status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	if p.Status >= 500 && !errors.Is(err, pictures.ErrBusy) && !errors.Is(err, tiles.ErrBusy) && r.Context().Err() == nil {
		logFailure(w, r, err)
	}
	return p
}
