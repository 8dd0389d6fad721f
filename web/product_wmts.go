package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

	"onemap/products"
	"onemap/products/pictures"
	"onemap/products/wmts"
	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/tiles/grid"
)

// getProductWMTS answers GET /services/{product}/wmts: WMTS 1.0.0 by key and value.
func (s *server) getProductWMTS(w http.ResponseWriter, r *http.Request) error {
	return s.inWMTS(w, r, func(o products.Opened, service wmts.Service) error {
		asked, err := service.Parse(r.URL.RawQuery)
		switch {
		case err != nil:
			return err
		case asked.Tile != nil:
			return s.writeWMTSTile(w, r, o, *asked.Tile)
		case asked.Info != nil:
			return s.writeWMTSInfo(w, r, o, *asked.Info)
		}
		return s.writeWMTSCapabilities(w, r, o, service, *asked.Capabilities)
	})
}

// getProductWMTSCapabilities answers GET /services/{product}/wmts/1.0.0/WMTSCapabilities.xml.
func (s *server) getProductWMTSCapabilities(w http.ResponseWriter, r *http.Request) error {
	return s.inWMTS(w, r, func(o products.Opened, service wmts.Service) error {
		return s.writeWMTSCapabilities(w, r, o, service, wmts.CapabilitiesRequest{})
	})
}

// getProductWMTSTile answers GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}
// with an extension.
func (s *server) getProductWMTSTile(extension string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.inWMTS(w, r, func(o products.Opened, service wmts.Service) error {
			asked, err := service.ParsePath(mux.Vars(r)["layer"], mux.Vars(r)["style"], mux.Vars(r)["set"], mux.Vars(r)["z"], mux.Vars(r)["row"], mux.Vars(r)["col"], extension)
			if err != nil {
				return err
			}
			return s.writeWMTSTile(w, r, o, asked)
		})
	}
}

// getProductWMTSInfo answers GET /services/{product}/wmts/{layer}/{style}/{set}/{z}/{row}/{col}/{j}/{i}
// with an extension: what is at a pixel of a tile.
func (s *server) getProductWMTSInfo(extension string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.inWMTS(w, r, func(o products.Opened, service wmts.Service) error {
			in := mux.Vars(r)
			asked, err := service.ParseInfoPath(in["layer"], in["style"], in["set"], in["z"], in["row"], in["col"], in["j"], in["i"], extension)
			if err != nil {
				return err
			}
			return s.writeWMTSInfo(w, r, o, asked)
		})
	}
}

// mostInTile is how many features of a layer are told of a pixel of a tile: the
// protocol has no word for it.
const mostInTile = 10

func (s *server) writeWMTSInfo(w http.ResponseWriter, r *http.Request, o products.Opened, asked wmts.Info) error {
	return s.writeWhatIs(w, r, o, chosen(o, []string{o.Product.ID}), pixel{tileFrame(asked.Tile), asked.Column, asked.Row}, asked.Answer, mostInTile)
}

// tileFrame is the picture of a tile.
func tileFrame(asked wmts.Tile) render.Frame {
	in := asked.Set.Grid
	frame := render.Frame{System: crs.WebMercator, Extent: in.Extent(asked.Tile), Width: wmts.Side, Height: wmts.Side, DPI: 96, Tile: true}
	if in.Square == grid.Geographic {
		frame.System = crs.CGCS2000
	}
	return frame
}

// inWMTS opens the product, answers, and tells what goes wrong as an exception report.
func (s *server) inWMTS(w http.ResponseWriter, r *http.Request, answer func(products.Opened, wmts.Service) error) error {
	o, err := s.openProduct(r, "wmts")
	if err == nil {
		err = answer(o, s.wmtsService(r, o))
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var e *wmts.Exception
	status := 0
	if errors.As(err, &e) {
		status = e.Status()
		w.Header().Set("Cache-Control", "no-store")
	} else {
		p := statusOf(w, r, err)
		e, status = &wmts.Exception{Code: wmts.NoApplicableCode, ZH: p.Detail, EN: p.DetailEN}, p.Status
	}
	report, err := e.Report()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(report)))
	w.WriteHeader(status)
	_, err = w.Write(report)
	return ignoreGone(r, err)
}

// wmtsService is what the WMTS of a product says of itself: one layer, the map as the
// product means it.
func (s *server) wmtsService(r *http.Request, o products.Opened) wmts.Service {
	c := o.Product.Content
	base := s.serviceBase(r)
	address := base + servicePrefix + o.Product.ID
	low, high := productZooms(c.Scales)
	width, height := s.legendSize(o, o.Product.ID)
	return wmts.Service{
		Title: c.Title, Abstract: c.Text, Keywords: c.Tags, Provider: c.Department, ProviderURL: base + "/", Constraints: constraintsOf(c),
		KVP: address + "/wmts", REST: address + "/wmts", Key: joinQueries(versionQuery(r), keyQuery(r)), Sequence: sequenceOf(o),
		Layers: []wmts.Layer{{
			ID: o.Product.ID, Title: c.Title, Abstract: attributionOf(o), Keywords: c.Tags, Bounds: extentOf(o), MinZoom: low, MaxZoom: high,
			Legend: &wmts.Legend{URL: address + "/wms?" + joinQueries(versionQuery(r), keyQuery(r), "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&FORMAT=image/png&LAYER="+o.Product.ID), Format: "image/png", Width: width, Height: height},
		}},
	}
}

// sequenceOf grows with every change of what a product is.
func sequenceOf(o products.Opened) int64 {
	return int64(o.Product.Number)*1_000_000 + int64(o.Product.Revision%1_000_000)
}

// shareNames are the Chinese names of types of sharing.
var shareNames = map[products.Share]string{products.Unconditional: "无条件共享", products.Conditional: "有条件共享", products.NotShared: "不予共享"}

func constraintsOf(c products.Content) string {
	text := shareNames[c.Share]
	if c.Conditions != "" {
		text += "：" + c.Conditions
	}
	return text
}

// highestZoom is the last level of tiles that are drawn as pictures.
const highestZoom = 18

// productZooms are the levels of 256-pixel tiles whose scales lie within those of a
// product, those next to the limits included.
func productZooms(s products.Scales) (low, high int) {
	low, high = 0, highestZoom
	denominator := 559082264.0287178
	for zoom := 0; zoom <= highestZoom; zoom++ {
		if s.Coarsest > 0 && denominator > s.Coarsest*1.01 {
			low = min(zoom+1, highestZoom)
		}
		if s.Finest > 0 && denominator >= s.Finest*0.99 {
			high = zoom
		}
		denominator /= 2
	}
	return low, max(low, high)
}

func (s *server) writeWMTSCapabilities(w http.ResponseWriter, r *http.Request, o products.Opened, service wmts.Service, asked wmts.CapabilitiesRequest) error {
	text, err := service.Capabilities(asked)
	if err != nil {
		return err
	}
	return s.writeOf(w, r, o, "application/xml", text)
}

func (s *server) writeWMTSTile(w http.ResponseWriter, r *http.Request, o products.Opened, asked wmts.Tile) error {
	in := asked.Set.Grid
	if asked.Format == wmts.MVT {
		set := s.Tiles.SetIn(in.Square, o.Layers)
		found, err := s.Tiles.Find(set, in.InSquare(asked.Tile))
		if err != nil {
			return err
		}
		return s.writeFound(w, r, found, productScope(r, o, set, ""), true)
	}
	format := render.PNG
	if asked.Format == wmts.JPEG {
		format = render.JPEG
	}
	return s.writePicture(w, r, o, pictures.Picture{Style: o.Style, Frame: tileFrame(asked), Format: format}, true)
}
