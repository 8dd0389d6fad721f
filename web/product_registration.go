package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"onemap/layers"
	"onemap/products"
	"onemap/products/pictures"
	"onemap/products/registration"
	"onemap/products/wms"
	"onemap/products/wmts"
	"onemap/styles/render"
)

// getProductRegistration answers GET /api/v1/products/{product}/registration.json, .xlsx
// and .zip: what a provincial platform is given to register the product.
func (s *server) getProductRegistration(extension string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		o, err := s.openProduct(r, "registration")
		if err != nil {
			return err
		}
		record := s.registrationOf(r, o)
		var body []byte
		contentType := map[string]string{"json": "application/json", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "zip": "application/zip"}[extension]
		switch extension {
		case "json":
			body, err = record.JSON()
		case "xlsx":
			var b bytes.Buffer
			err = record.Workbook(&b)
			body = b.Bytes()
		default:
			body, err = s.registrationPackage(r, o, record)
		}
		if err != nil {
			return err
		}
		if extension != "json" {
			w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", o.Product.ID+"-registration."+extension))
		}
		return s.writeOf(w, r, o, contentType, body)
	}
}

// sensitivityNames are the Chinese names of levels of sensitivity.
var sensitivityNames = map[layers.Sensitivity]string{layers.Public: "公开", layers.Internal: "内部", layers.Sensitive: "敏感"}

// updateNames say how products keep up with their data.
var updateNames = map[products.Rule]string{products.Follow: "随图层发布更新", products.Fixed: "固定版本", products.OnDate: "固定日期"}

func (s *server) registrationOf(r *http.Request, o products.Opened) registration.Record {
	c := o.Product.Content
	at := s.serviceBase(r) + servicePrefix + o.Product.ID
	low, high := productZooms(c.Scales)
	record := registration.Record{
		ID: o.Product.ID, Name: c.Title, NameEN: c.TitleEN, Abstract: c.Text, Theme: c.Theme, ThemeName: c.Theme, Department: c.Department, Level: "市",
		Kinds: []string{"WMTS", "WMS", "MVT"}, CRS: "EPSG:4490", Extent: extentOf(o), MinZoom: low, MaxZoom: high, DataDate: c.DataDate, Source: c.Source,
		Sensitivity: sensitivityNames[c.Secrecy], Share: shareNames[c.Share], Conditions: c.Conditions, Approval: c.Approval, Tags: append([]string{}, c.Tags...),
		Metadata: at + "/", Thumbnail: at + "/thumbnail.png", State: string(o.Product.State), StateName: o.Product.StateName, Version: o.Product.Number,
		Published: o.Product.From, Synthetic: o.Product.Synthetic, Calls: s.callsOf(r.Context(), o),
		Services: []registration.Service{
			{Kind: "WMTS", Standard: "OGC WMTS 1.0.0", Endpoint: at + "/wmts", CRS: "EPSG:4490 (c, EPSG:4490), EPSG:3857 (w, WebMercatorQuad)"},
			{Kind: "WMS", Standard: "OGC WMS 1.1.1, 1.3.0", Endpoint: at + "/wms", CRS: "EPSG:4490, EPSG:4326, EPSG:3857, EPSG:4546, EPSG:4547"},
			{Kind: "MVT", Standard: "Mapbox Vector Tile 2, TileJSON 3.0.0", Endpoint: at + "/tiles.json", CRS: "EPSG:3857"},
		},
	}
	for _, t := range s.Catalogue.Catalogue().Themes {
		if t.ID == c.Theme {
			record.ThemeName = t.Name
		}
	}
	var cycles []string
	for i, l := range o.Layers {
		d := l.Definition
		record.Layers = append(record.Layers, registration.Layer{ID: d.ID, Name: titleOf(o, i), Version: l.Published.Number, Source: d.Source})
		if d.Cycle != "" && !strings.Contains(strings.Join(cycles, "、"), d.Cycle) {
			cycles = append(cycles, d.Cycle)
		}
	}
	record.Update = updateNames[c.Update.Rule]
	if len(cycles) > 0 {
		record.Update += "（" + strings.Join(cycles, "、") + "）"
	}
	return record
}

// callsOf are the statistics of the last thirty days; nil where they can't be had.
func (s *server) callsOf(ctx context.Context, o products.Opened) *registration.Calls {
	today := time.Now().In(time.FixedZone("UTC+8", 8*60*60))
	from, to := today.AddDate(0, 0, -29).Format(time.DateOnly), today.Format(time.DateOnly)
	found, err := s.Products.Statistics(ctx, o.Product.ID, from, to)
	if err != nil {
		return nil
	}
	return &registration.Calls{From: from, To: to, Calls: found.Calls, Users: found.Users, Systems: found.Systems}
}

// registrationPackage adds the capabilities, the style and a picture to the record.
func (s *server) registrationPackage(r *http.Request, o products.Opened, record registration.Record) ([]byte, error) {
	var others []registration.File
	text, err := s.wmtsService(r, o).Capabilities(wmts.CapabilitiesRequest{})
	if err != nil {
		return nil, err
	}
	others = append(others, registration.File{Name: "wmts-1.0.0.xml", Body: text})
	service := s.wmsService(r, o)
	service.Times = s.productTimes(r.Context(), o)
	for _, v := range []wms.Version{wms.V111, wms.V130} {
		if text, _, err = service.Capabilities(v); err != nil {
			return nil, err
		}
		others = append(others, registration.File{Name: "wms-" + string(v) + ".xml", Body: text})
	}
	base := s.serviceBase(r)
	if text, err = withBase(o.Style, base); err != nil {
		return nil, err
	}
	others = append(others, registration.File{Name: "style.json", Body: text})
	described, err := s.productTileJSON(r, o, base)
	if err != nil {
		return nil, err
	}
	if text, err = json.Marshal(described); err != nil {
		return nil, fmt.Errorf("web: writing TileJSON: %w", err)
	}
	others = append(others, registration.File{Name: "tiles.json", Body: text})
	frame := thumbnailFrame(extentOf(o), o.Product.Content.Scales.Coarsest)
	thumbnail, err := s.onGround(r, o, pictures.Picture{Style: o.Style, Frame: frame, Format: render.PNG}, true)
	if err != nil {
		return nil, err
	}
	picture, err := s.Services.Studio.Draw(r.Context(), thumbnail)
	if err != nil {
		return nil, err
	}
	others = append(others, registration.File{Name: "thumbnail.png", Body: picture})
	var b bytes.Buffer
	if err := record.Package(&b, others); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
