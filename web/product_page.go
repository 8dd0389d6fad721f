package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed product_page.html
var productPageText string

//go:embed product_page.js
var productPageScript []byte

// serviceLine is an address on a product's page.
type serviceLine struct{ ZH, EN, Address, Hint string }

// getProductPage answers GET /services/{product}/: the addresses of its services, to copy.
func (s *server) getProductPage(w http.ResponseWriter, r *http.Request) error {
	o, err := s.openProduct(r, "page")
	if err != nil {
		return err
	}
	page, err := template.New("page").Parse(productPageText)
	if err != nil {
		return fmt.Errorf("web: a page: %w", err)
	}
	c := o.Product.Content
	at, key, version := s.serviceBase(r)+servicePrefix+o.Product.ID, keyQuery(r), versionQuery(r)
	behind := func(path string, queries ...string) string {
		if q := joinQueries(append(queries, version, key)...); q != "" {
			return at + path + "?" + q
		}
		return at + path
	}
	extent := extentOf(o)
	low, _ := productZooms(c.Scales)
	level := max(low, 10)
	lines := []serviceLine{
		{"WMTS 能力文档", "WMTS capabilities", behind("/wmts", "SERVICE=WMTS&REQUEST=GetCapabilities"), "QGIS、ArcGIS、SuperMap：添加 WMTS 服务时粘贴"},
		{"WMTS 能力文档（REST）", "WMTS capabilities, by path", behind("/wmts/1.0.0/WMTSCapabilities.xml"), "ArcGIS Pro、GDAL、OpenLayers"},
		{"WMS（1.1.1 与 1.3.0）", "WMS 1.1.1 and 1.3.0", behind("/wms"), "QGIS、ArcGIS、SuperMap：添加 WMS 服务时粘贴"},
		{"天地图习惯的瓦片模板，经纬度 c", "Tiles as Tianditu has them, geographic", behind("/wmts", "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER="+o.Product.ID+"&STYLE=default&TILEMATRIXSET=c&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"), "一网统管、Cesium、Leaflet"},
		{"天地图习惯的瓦片模板，墨卡托 w", "Tiles as Tianditu has them, Mercator", behind("/wmts", "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER="+o.Product.ID+"&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"), ""},
		{"XYZ 图片瓦片", "XYZ picture tiles", behind("/wmts/" + o.Product.ID + "/default/WebMercatorQuad/{z}/{y}/{x}.png"), "QGIS：XYZ Tiles；OpenLayers：ol/source/XYZ"},
		{"MapLibre 样式", "MapLibre style", behind("/style.json"), "MapLibre、Mapbox GL、QGIS 矢量瓦片样式"},
		{"TileJSON", "TileJSON", behind("/tiles.json"), "矢量瓦片的说明"},
		{"矢量瓦片", "Vector tiles", behind("/tiles/{z}/{x}/{y}.mvt"), "QGIS：Vector Tiles；OpenLayers：ol/source/VectorTile"},
		{"矢量瓦片，经纬度 c", "Vector tiles, geographic", behind("/wmts/" + o.Product.ID + "/default/c/{z}/{y}/{x}.mvt"), "OpenLayers，EPSG:4490"},
		{"登记包", "Registration package", s.serviceBase(r) + "/api/v1/products/" + o.Product.ID + "/registration.zip", "省平台登记：registration.json、.xlsx、能力文档"},
	}
	var body bytes.Buffer
	err = page.Execute(&body, map[string]any{
		"Product": o.Product, "Content": c, "Attribution": attributionOf(o), "Share": constraintsOf(c), "Lines": lines, "Extent": extent, "Level": level,
		"Thumbnail": behind("/thumbnail.png"), "Legend": behind("/wms", "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&FORMAT=image/png&LAYER="+o.Product.ID),
		"GDAL": "gdalinfo \"WMTS:" + behind("/wmts/1.0.0/WMTSCapabilities.xml") + ",layer=" + o.Product.ID + ",tilematrixset=c\"",
	})
	if err != nil {
		return fmt.Errorf("web: a page: %w", err)
	}
	return s.writeOf(w, r, o, "text/html; charset=utf-8", body.Bytes())
}

// getProductPageScript answers GET /services/page.js: what the buttons of the page do.
func (s *server) getProductPageScript(w http.ResponseWriter, r *http.Request) error {
	return writeBody(w, r, http.StatusOK, "text/javascript; charset=utf-8", productPageScript)
}
