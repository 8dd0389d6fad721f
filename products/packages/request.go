package packages

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"onemap/spatial/crs"
	"onemap/spatial/files"
)

// The mistakes in asking for a package.
var (
	ErrRequest = errors.New("packages: unusable request")
	ErrArea    = errors.New("packages: no division or cell has this code")
	ErrTooMany = errors.New("packages: too many features")
	ErrTooBig  = errors.New("packages: the package is too large")
	ErrEmpty   = errors.New("packages: there is nothing to export")
)

// RequestError says which member of a request is wrong, and what it should be.
type RequestError struct {
	Member, Value string
	ZH, EN        string
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("member %s is %.100q: %s", e.Member, e.Value, e.EN)
}

// Unwrap returns [ErrRequest].
func (e *RequestError) Unwrap() error { return ErrRequest }

// Tiles is the format of an offline map: PMTiles and a MapLibre style.
const Tiles files.Format = "pmtiles"

// Formats lists the formats of packages.
func Formats() []files.Format { return append([]files.Format{Tiles}, files.Formats()...) }

// The limits of a request.
const (
	mostLayers = 16
	mostWhy    = 500
)

// Request says what is to be in a package.
type Request struct {
	Product  string       `json:"product,omitempty"` // its layers, filters and style; "" is layers by themselves
	Version  int          `json:"version,omitempty"` // of the product; 0 is the newest
	Layers   []string     `json:"layers,omitempty"`  // some of the product's; without a product those, as "dltb" or "dltb@3"
	Area     string       `json:"area,omitempty"`    // code of a division or grid cell; "" is the product's extent
	Clip     bool         `json:"clip,omitempty"`    // cut shapes at the area's border; else features that are partly inside come whole
	Format   files.Format `json:"format"`
	CRS      string       `json:"crs,omitempty"`      // "" is EPSG:4490; for tiles EPSG:3857
	Encoding string       `json:"encoding,omitempty"` // of a Shapefile: UTF-8 or GBK
	MinZoom  *int         `json:"min_zoom,omitempty"` // of tiles; nil is all there are
	MaxZoom  *int         `json:"max_zoom,omitempty"`
	Purpose  string       `json:"purpose,omitempty"` // what the data is for; needed where somebody must approve
}

// Check brings a request into its usual form and tells the first thing that is
// wrong with it by itself.
func (r *Request) Check() error {
	wrong := func(member, value, zh, en string) error { return &RequestError{member, value, zh, en} }
	r.Purpose = strings.TrimSpace(r.Purpose)
	if r.Format == "" || !slices.Contains(Formats(), r.Format) {
		return wrong("format", string(r.Format), "应为 "+list(Formats(), "、"), "must be one of "+list(Formats(), ", "))
	}
	if r.Product == "" && len(r.Layers) == 0 {
		return wrong("product", "", "应给出 product 或 layers", "a product or layers must be given")
	}
	if r.Product == "" && r.Version != 0 || r.Version < 0 {
		return wrong("version", fmt.Sprint(r.Version), "产品版本须为正整数并与 product 同用；图层版本写作 图层@版本号", "must be a version of the product; that of a layer is written layer@number")
	}
	if len(r.Layers) > mostLayers {
		return wrong("layers", fmt.Sprint(len(r.Layers)), fmt.Sprintf("至多 %d 个图层", mostLayers), fmt.Sprintf("at most %d layers", mostLayers))
	}
	for i, id := range r.Layers {
		name, _, _ := strings.Cut(id, "@")
		if slices.ContainsFunc(r.Layers[:i], func(other string) bool { before, _, _ := strings.Cut(other, "@"); return before == name }) {
			return wrong("layers", id, "图层重复", "is given twice")
		}
	}
	if len(r.Area) > 24 || strings.Trim(r.Area, "0123456789") != "" {
		return wrong("area", r.Area, "应为行政区或网格的数字代码，如 445302", "must be the code of a division or a grid cell, as 445302")
	}
	if r.Clip && (r.Area == "" || r.Format == Tiles) {
		return wrong("clip", "true", "按边界裁切须给出 area，且不用于 pmtiles", "needs an area, and isn't for pmtiles")
	}
	if len([]rune(r.Purpose)) > mostWhy {
		return wrong("purpose", r.Purpose, fmt.Sprintf("至多 %d 个字", mostWhy), fmt.Sprintf("at most %d characters", mostWhy))
	}
	return errors.Join(r.checkZooms(), r.checkForm())
}

func (r *Request) checkZooms() error {
	if r.Format != Tiles && (r.MinZoom != nil || r.MaxZoom != nil) {
		return &RequestError{"min_zoom", "", "级别只用于 pmtiles", "zooms are for pmtiles"}
	}
	if low, high := r.zooms(); low < 0 || high > highestZoom || low > high {
		return &RequestError{"min_zoom", fmt.Sprintf("%d, %d", low, high), fmt.Sprintf("应有 0 ≤ min_zoom ≤ max_zoom ≤ %d", highestZoom), fmt.Sprintf("0 ≤ min_zoom ≤ max_zoom ≤ %d must hold", highestZoom)}
	}
	return nil
}

func (r *Request) zooms() (low, high int) {
	low, high = 0, highestZoom
	if r.MinZoom != nil {
		low = *r.MinZoom
	}
	if r.MaxZoom != nil {
		high = *r.MaxZoom
	}
	return low, high
}

// checkForm checks the coordinate system and the encoding.
func (r *Request) checkForm() error {
	if _, err := files.ParseEncoding(r.Encoding); err != nil || r.Encoding != "" && r.Format != files.Shapefile {
		return &RequestError{"encoding", r.Encoding, "只用于 shp，为 UTF-8 或 GBK", "is for shp, and is UTF-8 or GBK"}
	}
	_, err := r.system()
	return err
}

// system is the coordinate system of the package.
func (r *Request) system() (crs.System, error) {
	if r.Format == Tiles {
		if r.CRS != "" && r.CRS != crs.WebMercator.String() {
			return crs.System{}, &RequestError{"crs", r.CRS, "pmtiles 只有 EPSG:3857", "pmtiles are in EPSG:3857"}
		}
		return crs.WebMercator, nil
	}
	if r.CRS == "" {
		return crs.CGCS2000, nil
	}
	s, err := crs.Parse(r.CRS)
	if err != nil || s.Code() == 0 {
		return s, &RequestError{
			"crs", r.CRS, "不能导出为此坐标系；可用 EPSG:4490、EPSG:4326、EPSG:3857、CGCS2000 高斯-克吕格 EPSG:4491–4554（如 4546、4525）、EPSG:32649、EPSG:32650；西安 80、北京 54 须七参数，GCJ-02 与 BD-09 不得用于导出",
			"can't be exported to; there are EPSG:4490, 4326, 3857, CGCS2000 Gauss-Krüger 4491 to 4554 (as 4546, 4525), 32649 and 32650; Xi'an 1980 and Beijing 1954 need parameters, GCJ-02 and BD-09 are not for exports",
		}
	}
	return s, nil
}

func list(formats []files.Format, separator string) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, separator)
}
