package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/products"
	"onemap/products/info"
	"onemap/products/legend"
	"onemap/products/pictures"
	"onemap/products/wms"
	"onemap/spatial"
	"onemap/spatial/crs"
	"onemap/styles/render"
)

// getProductWMS answers GET /services/{product}/wms: WMS 1.1.1 and 1.3.0.
func (s *server) getProductWMS(w http.ResponseWriter, r *http.Request) error {
	asked := wms.Request{Version: wms.V130, Manner: wms.AsXML}
	o, err := s.openProduct(r, "wms")
	if err == nil {
		service := s.wmsService(r, o)
		if asked, err = service.Parse(r.URL.RawQuery); err == nil {
			err = s.answerWMS(w, r, o, service, asked)
		}
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var e *wms.Exception
	status := 0
	if errors.As(err, &e) {
		status = e.Status()
		w.Header().Set("Cache-Control", "no-store")
	} else {
		p := statusOf(w, r, err)
		e, status = &wms.Exception{ZH: p.Detail, EN: p.DetailEN}, p.Status
	}
	if asked.Manner != wms.AsXML && status < 500 {
		body, contentType, err := s.exceptionPicture(r.Context(), asked, e)
		if err == nil {
			return s.writeBytes(w, r, contentType, body)
		}
	}
	report, contentType, err := e.Report(asked.Version)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(report)))
	w.WriteHeader(status)
	_, err = w.Write(report)
	return ignoreGone(r, err)
}

func (s *server) answerWMS(w http.ResponseWriter, r *http.Request, o products.Opened, service wms.Service, asked wms.Request) error {
	switch {
	case asked.Capabilities != nil:
		service.Times = s.productTimes(r.Context(), o)
		text, contentType, err := service.Capabilities(asked.Version)
		if err != nil {
			return err
		}
		return s.writeOf(w, r, o, contentType, text)
	case asked.Map != nil:
		return s.writeMap(w, r, o, *asked.Map)
	case asked.Info != nil:
		return s.writeInfo(w, r, o, *asked.Info)
	}
	return s.writeLegend(w, r, o, *asked.Legend)
}

// wmsService is what the WMS of a product says of itself: a group named by the
// product, and its layers by themselves.
func (s *server) wmsService(r *http.Request, o products.Opened) wms.Service {
	c := o.Product.Content
	base := s.serviceBase(r)
	service := wms.Service{
		ID: o.Product.ID, Title: c.Title, Abstract: c.Text, Keywords: c.Tags, Provider: c.Department, ProviderURL: base + "/", Constraints: constraintsOf(c),
		Attribution: attributionOf(o), Address: base + servicePrefix + o.Product.ID + "/wms", Key: joinQueries(versionQuery(r), keyQuery(r)),
		Sequence: sequenceOf(o), Bounds: extentOf(o), MinScale: c.Scales.Finest, MaxScale: c.Scales.Coarsest,
	}
	for i, l := range o.Layers {
		one := wms.Layer{ID: l.Definition.ID, Title: titleOf(o, i), Abstract: l.Definition.Source, Bounds: service.Bounds, Queryable: true}
		if b := l.Published.Bounds; len(b) == 4 {
			one.Bounds = [4]float64(b)
		}
		width, height := s.legendSize(o, l.Definition.ID)
		one.Legend = &wms.Legend{Width: width, Height: height}
		service.Layers = append(service.Layers, one)
	}
	return service
}

// titleOf is what the product calls a layer.
func titleOf(o products.Opened, i int) string {
	if title := o.Product.Content.Layers[i].Title; title != "" {
		return title
	}
	return o.Layers[i].Definition.Name
}

// mostTimes is how many times capabilities name.
const mostTimes = 100

// productTimes are the times at which what a product shows has changed: those of its
// layers' publications that are still known. Of a product that doesn't follow its layers
// there are none.
func (s *server) productTimes(ctx context.Context, o products.Opened) []string {
	if o.Product.Content.Update.Rule != products.Follow || !o.Current() {
		return nil
	}
	var all []string
	for _, l := range o.Layers {
		versions, err := s.Store.Versions(ctx, l.Definition.ID)
		if err != nil {
			return nil
		}
		for _, v := range versions {
			if v.PublishedAt != nil {
				all = append(all, v.PublishedAt.UTC().Truncate(time.Second).Add(time.Second).Format(time.RFC3339))
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[max(0, len(all)-mostTimes):]
}

// asOf is a product with its layers as they were at a time; layers that were not
// published then are left out.
func (s *server) asOf(ctx context.Context, o products.Opened, text string) (products.Opened, error) {
	if text == "" {
		return o, nil
	}
	at, err := layers.ParseMoment(text)
	if err != nil {
		return o, &wms.Exception{Code: wms.InvalidDimensionValue, Locator: "TIME", ZH: "应为 RFC 3339 时刻或日期", EN: "must be an RFC 3339 instant or a date"}
	}
	catalogue := s.Catalogue.Catalogue()
	then := o
	then.Layers, then.Filters = nil, nil
	then.Product.Content.Layers = nil
	for i, l := range o.Layers {
		opened, err := s.open(ctx, catalogue, l.Definition.ID, at)
		if errors.Is(err, layers.ErrNotPublished) {
			continue
		}
		if err != nil {
			return o, err
		}
		then.Layers, then.Filters = append(then.Layers, opened), append(then.Filters, o.Filters[i])
		then.Product.Content.Layers = append(then.Product.Content.Layers, o.Product.Content.Layers[i])
	}
	if len(then.Layers) == 0 {
		return o, &wms.Exception{Code: wms.InvalidDimensionValue, Locator: "TIME", ZH: "当时没有任何图层已发布", EN: "no layer was published then"}
	}
	return then, nil
}

// chosen are the places in the product of layers that a request names, in its order,
// each once; the group stands for all.
func chosen(o products.Opened, ids []string) []int {
	var found []int
	for _, id := range ids {
		for i, l := range o.Layers {
			if (l.Definition.ID == id || o.Product.ID == id) && !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
	}
	return found
}

func (s *server) writeMap(w http.ResponseWriter, r *http.Request, o products.Opened, m wms.Map) error {
	o, err := s.asOf(r.Context(), o, m.Time)
	if err != nil {
		return err
	}
	whole := slices.Equal(m.Layers, []string{o.Product.ID})
	shown := pictures.Shown{Sources: []string{}, Ordered: !whole} // the product in its own order, names over all
	for _, i := range chosen(o, m.Layers) {
		shown.Sources = append(shown.Sources, o.Layers[i].Definition.ID)
	}
	if whole && m.Time == "" {
		shown.Sources = nil
	}
	paper := pictures.Paper{None: m.Transparent}
	switch {
	case m.Transparent:
	case m.Background != nil:
		paper.Colour = fmt.Sprintf("#%02x%02x%02x", m.Background[0], m.Background[1], m.Background[2])
	case !whole:
		paper.Colour = "#ffffff"
	}
	style, err := pictures.Restyle(o.Style, shown, paper)
	if err != nil {
		return err
	}
	frame := render.Frame{System: m.System.Plane, Extent: m.Box, Width: m.Width, Height: m.Height, DPI: m.DPI}
	return s.writePicture(w, r, o, pictures.Picture{Style: style, Frame: frame, Format: pictureFormat(m.Format)}, whole)
}

func pictureFormat(f wms.Format) render.Format {
	switch f {
	case wms.JPEG:
		return render.JPEG
	case wms.SVG:
		return render.SVG
	case wms.PDF:
		return render.PDF
	}
	return render.PNG
}

// infoReach is how far from a pixel a point or a line may be and still be meant, pixels.
const infoReach = 6

func (s *server) writeInfo(w http.ResponseWriter, r *http.Request, o products.Opened, q wms.Info) error {
	o, err := s.asOf(r.Context(), o, q.Map.Time)
	if err != nil {
		return err
	}
	m := q.Map
	frame := render.Frame{System: m.System.Plane, Extent: m.Box, Width: m.Width, Height: m.Height, DPI: m.DPI}
	return s.writeWhatIs(w, r, o, chosen(o, q.Layers), pixel{frame, q.Column, q.Row}, q.Format, q.MostEach)
}

// writeWhatIs answers what of some layers of a product is at a pixel.
func (s *server) writeWhatIs(w http.ResponseWriter, r *http.Request, o products.Opened, which []int, p pixel, format info.Format, most int) error {
	found := []info.Layer{}
	at, reach, ok := p.place()
	if ok {
		var err error
		if found, err = s.foundAt(r.Context(), o, which, at, reach, most); err != nil {
			return err
		}
	}
	body, contentType, err := info.Write(format, found)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if format == info.HTML {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	}
	return s.writeBytes(w, r, contentType, body)
}

// pixel is one of a picture, from its left and its top, from 0.
type pixel struct {
	frame       render.Frame
	column, row int
}

// place is the pixel's middle in degrees, and how far around it is meant, in metres.
// False is a place outside the world.
func (p pixel) place() (at orb.Point, reach float64, ok bool) {
	f := p.frame
	back, err := crs.NewTransformer(f.System)
	if err != nil {
		return at, 0, false
	}
	size := (f.Extent.Max[1] - f.Extent.Min[1]) / float64(f.Height)
	g, err := back.Transform(orb.Point{
		f.Extent.Min[0] + (float64(p.column)+0.5)/float64(f.Width)*(f.Extent.Max[0]-f.Extent.Min[0]), f.Extent.Max[1] - (float64(p.row)+0.5)*size,
	})
	if err != nil {
		return at, 0, false
	}
	at, _ = g.(orb.Point)
	if math.Abs(at[0]) > 180 || math.Abs(at[1]) > 90 {
		return at, 0, false
	}
	switch {
	case f.System.Geographic():
		size *= math.Pi / 180 * 6378137
	case f.System == crs.WebMercator:
		size *= math.Cos(at[1] * math.Pi / 180)
	}
	return at, min(size*infoReach*f.DPI/96, spatial.MaxToleranceMetres), true
}

// foundAt asks what of some layers is at a place, as the product shows them.
func (s *server) foundAt(ctx context.Context, o products.Opened, which []int, at orb.Point, reach float64, most int) ([]info.Layer, error) {
	in := make([]layers.Layer, len(which))
	for k, i := range which {
		in[k] = o.Layers[i]
	}
	answers, err := spatial.Identify(ctx, s.DB, in, at[0], at[1], reach)
	if err != nil {
		return nil, err
	}
	found := []info.Layer{}
	for _, one := range answers {
		i := slices.IndexFunc(o.Layers, func(l layers.Layer) bool { return l.Definition.ID == one.Layer.Definition.ID })
		f := info.Layer{ID: one.Layer.Definition.ID, Title: titleOf(o, i)}
		for _, field := range one.Layer.Fields() {
			label := field.Label
			if field.Unit != "" {
				label += " (" + field.Unit + ")"
			}
			f.Labels = append(f.Labels, info.Label{Name: field.Name, Title: label})
		}
		for _, feature := range one.Features {
			var properties map[string]any
			if err := json.Unmarshal(feature.Properties, &properties); err != nil {
				return nil, fmt.Errorf("web: reading a feature: %w", err)
			}
			shown := o.Filters[i] == nil || o.Filters[i].Matches(uint64(feature.FID), geometryName(one.Layer.Definition.Geometry), func(name string) any { return properties[name] })
			if shown && len(f.Features) < most {
				f.Features = append(f.Features, info.Feature{ID: feature.FID, Geometry: feature.Geometry, Properties: properties})
			}
		}
		if len(f.Features) > 0 {
			found = append(found, f)
		}
	}
	return found, nil
}

// geometryName is a kind of geometry as the style specification names it.
func geometryName(kind layers.GeometryKind) string {
	switch kind {
	case layers.Point:
		return "Point"
	case layers.LineString:
		return "LineString"
	}
	return "Polygon"
}

// legendLines are those of a layer or of the whole product, under headings.
func (s *server) legendLines(o products.Opened, id string) []legend.Line {
	var lines []legend.Line
	if id == o.Product.ID {
		lines = append(lines, legend.Line{Label: o.Product.Content.Title, Heading: true})
	}
	for i := len(o.Layers) - 1; i >= 0; i-- { // the uppermost first
		d := o.Layers[i].Definition
		if id != o.Product.ID && id != d.ID {
			continue
		}
		var own []legend.Line
		for _, l := range o.Legend {
			if l.Layer == d.ID {
				own = append(own, legend.Line{Source: d.ID, Geometry: geometryName(d.Geometry), Label: l.Label, Properties: l.Properties})
			}
		}
		if len(own) > 1 {
			lines = append(lines, legend.Line{Label: titleOf(o, i), Heading: true})
		}
		lines = append(lines, own...)
	}
	return lines
}

func (s *server) legendSize(o products.Opened, id string) (width, height int) {
	return legend.Size(s.legendLines(o, id))
}

// legendZoom is the zoom that swatches are drawn at where no scale is asked for.
const legendZoom = 15

func (s *server) writeLegend(w http.ResponseWriter, r *http.Request, o products.Opened, q wms.LegendRequest) error {
	zoom := float64(legendZoom)
	if q.Scale > 0 {
		zoom = min(max(math.Round(math.Log2(559082264.0287178/2/q.Scale)), 0), 22)
	}
	d, err := legend.Draw(o.Style, s.legendLines(o, q.Layer), zoom)
	if err != nil {
		return err
	}
	body, err := s.Services.Studio.Draw(r.Context(), pictures.Picture{Style: d.Style, Source: d.Source, Frame: d.Frame, Format: pictureFormat(q.Format)})
	if err != nil {
		return err
	}
	return s.writeOf(w, r, o, mediaTypes[pictureFormat(q.Format)], body)
}

// exceptionPicture tells an exception in a picture of the size and format that was asked for.
func (s *server) exceptionPicture(ctx context.Context, asked wms.Request, e *wms.Exception) (body []byte, contentType string, err error) {
	text := ""
	if asked.Manner == wms.InImage {
		text = e.ZH + "\n" + e.EN
	}
	d, err := legend.Text(text, asked.Picture.Width, asked.Picture.Height)
	if err != nil {
		return nil, "", err
	}
	if asked.Picture.Transparent {
		if d.Style, err = pictures.Restyle(d.Style, pictures.Shown{}, pictures.Paper{None: true}); err != nil {
			return nil, "", err
		}
	}
	format := pictureFormat(asked.Picture.Format)
	body, err = s.Services.Studio.Draw(ctx, pictures.Picture{Style: d.Style, Source: d.Source, Frame: d.Frame, Format: format})
	return body, mediaTypes[format], err
}
