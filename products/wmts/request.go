package wmts

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb/maptile"

	"onemap/products/info"
	"onemap/products/kvp"
)

// Format is a media type of tiles.
type Format string

// The formats.
const (
	PNG  Format = "image/png"
	JPEG Format = "image/jpeg"
	MVT  Format = "application/vnd.mapbox-vector-tile"
)

// Formats lists them, the usual one first.
func Formats() []Format { return []Format{PNG, JPEG, MVT} }

// Extension is how addresses of tiles of the format end.
func (f Format) Extension() string { return map[Format]string{PNG: "png", JPEG: "jpg", MVT: "mvt"}[f] }

// formatNamed reads a format. "tiles" is what Tianditu's clients write for the usual one.
func formatNamed(text string) (Format, bool) {
	switch f := strings.ToLower(text); f {
	case "tiles", "png":
		return PNG, true
	case "image/jpg", "jpg", "jpeg":
		return JPEG, true
	case "application/x-protobuf", "mvt", "pbf":
		return MVT, true
	default:
		return Format(f), slices.Contains(Formats(), Format(f))
	}
}

// Tile is one tile that is asked for.
type Tile struct {
	Layer  string
	Set    Set
	Tile   maptile.Tile // as the set's grid numbers it
	Format Format
}

// Side is how many pixels a picture of a tile has to a side.
const Side = 256

// Info is a question what is at a pixel of a tile.
type Info struct {
	Tile
	Column int // I, from the left, from 0
	Row    int // J, from the top, from 0
	Answer info.Format
}

// Request is what is asked of the service: a tile, what is at a pixel of one, or
// the capabilities.
type Request struct {
	Tile         *Tile
	Info         *Info
	Capabilities *CapabilitiesRequest
}

// CapabilitiesRequest says which part of the capabilities is asked for.
type CapabilitiesRequest struct {
	Sections []string // empty is all
	Current  bool     // the client has what is current: only version and sequence are written
}

// defaultStyle is the name of the only style of a layer: the product's own.
const defaultStyle = "default"

func missing(name, locator string) error {
	return &Exception{MissingParameterValue, locator, "缺少参数 " + name, "the parameter " + name + " is missing"}
}

func invalid(locator, value, zh, en string) error {
	if len(value) > 80 {
		value = strings.ToValidUTF8(value[:80], "") + "…"
	}
	return &Exception{InvalidParameterValue, locator, strconv.Quote(value) + "：" + zh, strconv.Quote(value) + ": " + en}
}

// Parse reads a request by key and value. Whatever is wrong is an [*Exception].
//
// A request with FORMAT=tiles or a key tk= is one of Tianditu's clients: those
// leave STYLE and VERSION out, which is an exception for others.
func (s Service) Parse(query string) (Request, error) {
	p, err := kvp.Parse(query)
	var wrong *kvp.Error
	if errors.As(err, &wrong) {
		return Request{}, &Exception{InvalidParameterValue, wrong.Name, "请求参数无法解析", wrong.Reason}
	}
	if err != nil {
		return Request{}, err
	}
	operation := p.Get("request")
	switch service := p.Get("service"); {
	case operation == "":
		return Request{}, missing("REQUEST", "request")
	case service == "":
		return Request{}, missing("SERVICE", "service")
	case !strings.EqualFold(service, "WMTS"):
		return Request{}, invalid("service", service, "应为 WMTS", "must be WMTS")
	}
	switch strings.ToLower(operation) {
	case "getcapabilities":
		c, err := s.parseCapabilities(p)
		return Request{Capabilities: &c}, err
	case "gettile":
		t, err := s.parseTile(p)
		return Request{Tile: &t}, err
	case "getfeatureinfo":
		q, err := s.parseInfo(p)
		return Request{Info: &q}, err
	}
	return Request{}, invalid("request", operation, "应为 GetCapabilities、GetTile 或 GetFeatureInfo", "must be GetCapabilities, GetTile or GetFeatureInfo")
}

func (s Service) parseCapabilities(p kvp.Params) (CapabilitiesRequest, error) {
	var c CapabilitiesRequest
	if p.Has("acceptversions") {
		versions, err := p.List("acceptversions", 20)
		if err != nil || !slices.Contains(versions, "1.0.0") {
			return c, &Exception{VersionNegotiationFailed, "", "只提供 1.0.0 版", "the only version is 1.0.0"}
		}
	}
	if p.Has("sections") {
		if p.Get("sections") == "" {
			return c, missing("SECTIONS", "sections")
		}
		sections, err := p.List("sections", 20)
		if err != nil {
			return c, invalid("sections", p.Get("sections"), "节过多", "too many sections")
		}
		for _, name := range sections {
			if !slices.Contains([]string{"All", "ServiceIdentification", "ServiceProvider", "OperationsMetadata", "Contents", "Themes"}, name) {
				return c, invalid("sections", name, "没有这一节", "there is no such section")
			}
		}
		if !slices.Contains(sections, "All") {
			c.Sections = sections
		}
	}
	if sequence := p.Get("updatesequence"); sequence != "" {
		n, err := strconv.ParseInt(sequence, 10, 64)
		if err != nil || n > s.Sequence {
			return c, &Exception{InvalidUpdateSequence, "", "updateSequence 晚于当前值", "the updateSequence is later than ours"}
		}
		c.Current = n == s.Sequence
	}
	return c, nil
}

func (s Service) parseTile(p kvp.Params) (Tile, error) {
	tianditu := strings.EqualFold(p.Get("format"), "tiles") || p.Has("tk")
	required := []struct{ name, locator string }{
		{"VERSION", "version"},
		{"LAYER", "layer"},
		{"STYLE", "Style"},
		{"FORMAT", "format"},
		{"TILEMATRIXSET", "TileMatrixSet"},
		{"TILEMATRIX", "TileMatrix"},
		{"TILEROW", "TileRow"},
		{"TILECOL", "TileCol"},
	}
	for _, one := range required {
		if p.Get(one.name) == "" && !(tianditu && (one.name == "STYLE" || one.name == "VERSION" || one.name == "FORMAT")) {
			return Tile{}, missing(one.name, one.locator)
		}
	}
	if version := p.Get("version"); version != "" && version != "1.0.0" {
		return Tile{}, invalid("version", version, "应为 1.0.0", "must be 1.0.0")
	}
	format := p.Get("format")
	if format == "" {
		format = "tiles"
	}
	style := p.Get("style")
	if style == "" {
		style = defaultStyle
	}
	return s.tile(p.Get("layer"), style, p.Get("tilematrixset"), p.Get("tilematrix"), p.Get("tilerow"), p.Get("tilecol"), format)
}

func (s Service) parseInfo(p kvp.Params) (Info, error) {
	tile, err := s.parseTile(p)
	if err != nil {
		return Info{}, err
	}
	for _, one := range []struct{ name, locator string }{{"J", "J"}, {"I", "I"}, {"INFOFORMAT", "InfoFormat"}} {
		if p.Get(one.name) == "" {
			return Info{}, missing(one.name, one.locator)
		}
	}
	return at(tile, p.Get("j"), p.Get("i"), p.Get("infoformat"))
}

// ParseInfoPath reads the path of a question, as [Service.ParsePath] reads that of a tile:
// j and i are the pixel's row and column, and the extension says how to answer.
func (s Service) ParseInfoPath(layer, style, set, matrix, row, col, j, i, extension string) (Info, error) {
	format, ok := infoExtensions()[extension]
	if !ok {
		return Info{}, invalid("InfoFormat", extension, "应为 json、txt 或 html", "must be json, txt or html")
	}
	tile, err := s.tile(layer, style, set, matrix, row, col, string(PNG))
	if err != nil {
		return Info{}, err
	}
	return at(tile, j, i, string(format))
}

// infoExtensions are how addresses of answers end.
func infoExtensions() map[string]info.Format {
	return map[string]info.Format{"json": info.JSON, "txt": info.Text, "html": info.HTML}
}

// at reads a pixel of a tile and the format of the answer.
func at(tile Tile, j, i, format string) (Info, error) {
	q := Info{Tile: tile}
	var ok bool
	if q.Answer, ok = info.Named(format); !ok {
		zh, en := info.Names()
		return Info{}, invalid("InfoFormat", format, zh, en)
	}
	for _, one := range []struct {
		text, locator string
		to            *int
	}{{j, "J", &q.Row}, {i, "I", &q.Column}} {
		n, err := strconv.ParseInt(one.text, 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return Info{}, invalid(one.locator, one.text, "应为整数", "must be a whole number")
		}
		if err != nil || n < 0 || n >= Side {
			return Info{}, &Exception{PointIJOutOfRange, one.locator, "应为瓦片内像素 0 至 255", "must be a pixel of the tile, 0 to 255"}
		}
		*one.to = int(n)
	}
	return q, nil
}

// ParsePath reads the path of a tile: layer, style, set, matrix, row and
// column as they stand between slashes, and the extension. Whatever is wrong is
// an [*Exception], as in [Service.Parse].
func (s Service) ParsePath(layer, style, set, matrix, row, col, extension string) (Tile, error) {
	for _, f := range Formats() {
		if f.Extension() == extension {
			return s.tile(layer, style, set, matrix, row, col, string(f))
		}
	}
	return Tile{}, invalid("format", extension, "应为 png、jpg 或 mvt", "must be png, jpg or mvt")
}

func (s Service) tile(layer, style, set, matrix, row, col, format string) (Tile, error) {
	i := slices.IndexFunc(s.Layers, func(l Layer) bool { return l.ID == layer })
	if i < 0 {
		return Tile{}, invalid("layer", layer, "没有这个图层", "there is no such layer")
	}
	if style != defaultStyle {
		return Tile{}, invalid("Style", style, "应为 default", "must be default")
	}
	f, ok := formatNamed(format)
	if !ok {
		return Tile{}, invalid("format", format, "应为 image/png、image/jpeg 或 application/vnd.mapbox-vector-tile", "must be image/png, image/jpeg or application/vnd.mapbox-vector-tile")
	}
	in, ok := setNamed(set)
	if !ok {
		return Tile{}, invalid("TileMatrixSet", set, "没有这个瓦片矩阵集；见能力文档", "there is no such tile matrix set; see the capabilities")
	}
	level := matrix
	for _, name := range []string{set, in.ID} {
		level = strings.TrimPrefix(level, name+":")
	}
	limits := in.Grid.Limits(s.Layers[i].Bounds, s.Layers[i].MinZoom-in.Grid.Above, s.Layers[i].MaxZoom-in.Grid.Above)
	at := slices.IndexFunc(limits, func(l limit) bool { return l.Matrix == level })
	if at < 0 {
		return Tile{}, invalid("TileMatrix", matrix, "该图层在此矩阵集没有这一级", "the layer has no such matrix in this set")
	}
	y, err := within(row, "TileRow", limits[at].MinRow, limits[at].MaxRow)
	if err != nil {
		return Tile{}, err
	}
	x, err := within(col, "TileCol", limits[at].MinCol, limits[at].MaxCol)
	if err != nil {
		return Tile{}, err
	}
	z, _ := strconv.Atoi(level) // it is one of the limits
	return Tile{Layer: layer, Set: in, Tile: maptile.New(x, y, maptile.Zoom(z)), Format: f}, nil
}

// within reads a row or a column.
func within(text, locator string, low, high int) (uint32, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, invalid(locator, text, "应为整数", "must be a whole number")
	}
	if err != nil || n < int64(low) || n > int64(high) {
		return 0, &Exception{
			TileOutOfRange, locator, "超出该图层的范围 " + strconv.Itoa(low) + " 至 " + strconv.Itoa(high),
			"outside the layer's limits " + strconv.Itoa(low) + " to " + strconv.Itoa(high),
		}
	}
	return uint32(n), nil
}
