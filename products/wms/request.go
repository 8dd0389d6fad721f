package wms

import (
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/products/kvp"
)

// Version is a version of the standard.
type Version string

// The versions.
const (
	V111 Version = "1.1.1"
	V130 Version = "1.3.0"
)

// The limits of a picture. They are told in the capabilities of 1.3.0.
const (
	MaxSide   = 4096 // pixels
	MaxLayers = 64
)

// Format is a media type of maps.
type Format string

// The formats.
const (
	PNG  Format = "image/png"
	JPEG Format = "image/jpeg"
	SVG  Format = "image/svg+xml"
	PDF  Format = "application/pdf"
)

// Formats lists them, the usual one first.
func Formats() []Format { return []Format{PNG, JPEG, SVG, PDF} }

// InfoFormat is a media type of answers about a place.
type InfoFormat string

// The formats of answers.
const (
	GeoJSON InfoFormat = "application/geo+json"
	JSON    InfoFormat = "application/json" // the same under the name that more clients know
	Text    InfoFormat = "text/plain"
	HTML    InfoFormat = "text/html"
)

// InfoFormats lists them, the usual one first.
func InfoFormats() []InfoFormat { return []InfoFormat{JSON, GeoJSON, Text, HTML} }

// Map is a map that is asked for.
type Map struct {
	Layers      []string // in drawing order, the lowest first
	System      System
	Box         orb.Bound // in units of the system's plane, x east and y north
	Width       int       // pixels
	Height      int
	DPI         float64 // 96 unless the client says else
	Format      Format
	Transparent bool
	Background  *[3]uint8 // red, green, blue; nil where the client has named none
	Time        string    // "" is now
}

// Point is the middle of a pixel in units of the system's plane, x east and y north.
func (m Map) Point(column, row int) orb.Point {
	size := [2]float64{m.Box.Max[0] - m.Box.Min[0], m.Box.Max[1] - m.Box.Min[1]}
	return orb.Point{
		m.Box.Min[0] + (float64(column)+0.5)/float64(m.Width)*size[0],
		m.Box.Max[1] - (float64(row)+0.5)/float64(m.Height)*size[1],
	}
}

// Info is a question what is at a pixel of a map.
type Info struct {
	Map      Map
	Layers   []string
	Column   int // from the left, from 0
	Row      int // from the top, from 0
	Format   InfoFormat
	MostEach int // features of a layer
}

// LegendRequest asks for a legend.
type LegendRequest struct {
	Layer  string
	Format Format  // PNG, JPEG or SVG
	Scale  float64 // denominator; 0 where it is all the same
}

// CapabilitiesRequest asks for the capabilities.
type CapabilitiesRequest struct{}

// Request is what is asked of the service: one of the four.
type Request struct {
	Version Version
	// Manner says how to tell of an exception, whether or not it comes of reading the
	// request; where it isn't XML, Width, Height, Format and Transparent of Picture
	// say of which picture.
	Manner  Manner
	Picture Map

	Map          *Map
	Info         *Info
	Legend       *LegendRequest
	Capabilities *CapabilitiesRequest
}

func missing(name string) error {
	return &Exception{MissingParameterValue, name, "缺少参数 " + name, "the parameter " + name + " is missing"}
}

func wrong(code Code, locator, value, zh, en string) error {
	if len(value) > 80 {
		value = strings.ToValidUTF8(value[:80], "") + "…"
	}
	return &Exception{code, locator, strconv.Quote(value) + "：" + zh, strconv.Quote(value) + ": " + en}
}

func invalid(locator, value, zh, en string) error {
	return wrong(InvalidParameterValue, locator, value, zh, en)
}

// Parse reads a request. Whatever is wrong is an [*Exception]; the request then
// has the version and the manner in which to tell it.
func (s Service) Parse(query string) (Request, error) {
	r := Request{Version: V130, Manner: AsXML}
	p, err := kvp.Parse(query)
	var unread *kvp.Error
	if errors.As(err, &unread) {
		return r, &Exception{InvalidParameterValue, strings.ToUpper(unread.Name), "请求参数无法解析", unread.Reason}
	}
	if err != nil {
		return r, err
	}
	operation := strings.ToLower(p.Get("request"))
	r.Version = negotiated(p)
	if manner, ok := mannerOf(p.Get("exceptions")); ok {
		r.Manner = manner
	}
	for _, name := range []string{"sld", "sld_body", "remote_ows_url", "remote_ows_type", "wfs"} {
		if p.Has(name) {
			return r, &Exception{OperationNotSupported, strings.ToUpper(name), "不接受自带样式（SLD）与外部地址", "styles (SLD) and addresses can't be brought along"}
		}
	}
	switch service := p.Get("service"); {
	case operation == "":
		return r, missing("REQUEST")
	case service != "" && !strings.EqualFold(service, "WMS"):
		return r, invalid("SERVICE", service, "应为 WMS", "must be WMS")
	case service == "" && (operation == "getcapabilities" || operation == "capabilities"):
		return r, missing("SERVICE")
	}
	switch operation {
	case "getcapabilities", "capabilities":
		r.Manner = AsXML
		r.Capabilities = &CapabilitiesRequest{}
		return r, s.sequence(p)
	case "getmap", "map":
		r.Map, err = s.parseMap(p, &r, false)
	case "getfeatureinfo", "feature_info":
		r.Info, err = s.parseInfo(p, &r)
	case "getlegendgraphic":
		r.Legend, err = s.parseLegend(p)
		r.Manner = AsXML
	default:
		r.Manner = AsXML
		return r, &Exception{OperationNotSupported, "REQUEST", "没有操作 " + p.Get("request") + "；有 GetCapabilities、GetMap、GetFeatureInfo、GetLegendGraphic", "there is no such operation; there are GetCapabilities, GetMap, GetFeatureInfo, GetLegendGraphic"}
	}
	return r, err
}

// negotiated is the version to answer in: the highest that is not above the one that
// is asked for, and the lowest where that is lower still.
func negotiated(p kvp.Params) Version {
	v := p.Get("version")
	if v == "" {
		v = p.Get("wmtver")
	}
	if v == "" || versionNumber(v) >= versionNumber(string(V130)) {
		return V130
	}
	return V111
}

// versionNumber makes versions comparable; what is none is the highest.
func versionNumber(v string) int {
	parts := strings.Split(v, ".")
	n := 0
	for i := range 3 {
		digit := 0
		if i < len(parts) {
			d, err := strconv.Atoi(parts[i])
			if err != nil || d < 0 || d > 99 {
				return math.MaxInt32
			}
			digit = d
		}
		n = n*100 + digit
	}
	return n
}

func (s Service) sequence(p kvp.Params) error {
	text := p.Get("updatesequence")
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n > s.Sequence:
		return wrong(InvalidUpdateSequence, "UPDATESEQUENCE", text, "晚于当前值", "later than ours")
	case n == s.Sequence:
		return wrong(CurrentUpdateSequence, "UPDATESEQUENCE", text, "能力文档没有变化", "the capabilities have not changed")
	}
	return nil
}

// parseMap reads the parameters of a map. Those of a question about one need
// neither layers nor a format that is drawn.
func (s Service) parseMap(p kvp.Params, r *Request, asked bool) (*Map, error) {
	m := Map{DPI: 96, Format: PNG}
	if v := p.Get("version"); v == "" && !p.Has("wmtver") {
		return nil, missing("VERSION")
	}
	if text := p.Get("exceptions"); text != "" {
		if _, ok := mannerOf(text); !ok {
			return nil, invalid("EXCEPTIONS", text, "应为 XML、INIMAGE 或 BLANK", "must be XML, INIMAGE or BLANK")
		}
	}
	format := p.Get("format")
	if !asked || format != "" {
		var err error
		if m.Format, err = formatOf(format, Formats(), asked); err != nil {
			r.Manner = AsXML // no picture can be made to tell it in
			return nil, err
		}
	}
	var err error
	if m.Width, err = side(p, "WIDTH"); err == nil {
		m.Height, err = side(p, "HEIGHT")
	}
	if err != nil {
		r.Manner = AsXML
		return nil, err
	}
	switch text := strings.ToLower(p.Get("transparent")); text {
	case "", "false", "0":
	case "true", "1":
		m.Transparent = true
	default:
		return nil, invalid("TRANSPARENT", text, "应为 TRUE 或 FALSE", "must be TRUE or FALSE")
	}
	r.Picture = m
	if m.Background, err = colour(p); err != nil {
		return nil, err
	}
	if m.DPI, err = dpi(p); err != nil {
		return nil, err
	}
	if m.Layers, err = s.layers(p, "LAYERS", asked); err != nil {
		return nil, err
	}
	if err := styles(p, len(m.Layers)); err != nil {
		return nil, err
	}
	if err := m.place(p, r.Version); err != nil {
		return nil, err
	}
	if text := p.Get("time"); text != "" && !strings.EqualFold(text, "current") {
		m.Time = text
	}
	return &m, nil
}

func formatOf(text string, offered []Format, lenient bool) (Format, error) {
	kind, _, _ := strings.Cut(strings.ToLower(text), ";")
	kind = strings.TrimSpace(kind)
	switch kind {
	case "image/jpg":
		kind = string(JPEG)
	case "image/png8":
		kind = string(PNG)
	}
	if slices.Contains(offered, Format(kind)) {
		return Format(kind), nil
	}
	if lenient {
		return PNG, nil
	}
	if text == "" {
		return "", missing("FORMAT")
	}
	var names []string
	for _, f := range offered {
		names = append(names, string(f))
	}
	list := strings.Join(names, ", ")
	return "", wrong(InvalidFormat, "FORMAT", text, "应为 "+list, "must be one of "+list)
}

func side(p kvp.Params, name string) (int, error) {
	text := p.Get(name)
	if text == "" {
		return 0, missing(name)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxSide {
		return 0, invalid(name, text, "应为 1 至 "+strconv.Itoa(MaxSide)+" 像素的整数；更大的图请分块请求或制作图幅", "must be a whole number of pixels from 1 to "+strconv.Itoa(MaxSide)+"; ask for a larger map in parts, or as a sheet")
	}
	return n, nil
}

func colour(p kvp.Params) (*[3]uint8, error) {
	text := p.Get("bgcolor")
	if text == "" {
		return nil, nil
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(text), "0x"), "#")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 3 {
		return nil, invalid("BGCOLOR", text, "应为 0xRRGGBB", "must be 0xRRGGBB")
	}
	return &[3]uint8{b[0], b[1], b[2]}, nil
}

// dpi reads what QGIS, MapServer and GeoServer call the resolution.
func dpi(p kvp.Params) (float64, error) {
	text := p.Get("dpi")
	if text == "" {
		text = p.Get("map_resolution")
	}
	if text == "" {
		if option, ok := strings.CutPrefix(strings.ToLower(p.Get("format_options")), "dpi:"); ok {
			text = option
		}
	}
	if text == "" {
		return 96, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 24 && v <= 1200) {
		return 0, invalid("DPI", text, "应为 24 至 1200", "must be from 24 to 1200")
	}
	return v, nil
}

// layers reads a list of layers. A group stands for its members.
func (s Service) layers(p kvp.Params, name string, optional bool) ([]string, error) {
	list, err := p.List(name, MaxLayers)
	if err != nil {
		return nil, invalid(name, p.Get(name), "最多 "+strconv.Itoa(MaxLayers)+" 个图层", "at most "+strconv.Itoa(MaxLayers)+" layers")
	}
	if len(list) == 0 {
		if optional {
			return nil, nil
		}
		return nil, missing(name)
	}
	for _, id := range list {
		known := id == s.ID || slices.ContainsFunc(s.Layers, func(l Layer) bool { return l.ID == id })
		if !known {
			return nil, wrong(LayerNotDefined, name, id, "没有这个图层", "there is no such layer")
		}
	}
	return list, nil
}

// styles checks the list of styles: each layer has only its default.
func styles(p kvp.Params, layers int) error {
	list, err := p.List("styles", MaxLayers)
	if err != nil || len(list) > layers {
		return wrong(StyleNotDefined, "STYLES", p.Get("styles"), "样式多于图层", "there are more styles than layers")
	}
	for _, name := range list {
		if name != "" && !strings.EqualFold(name, defaultStyle) {
			return wrong(StyleNotDefined, "STYLES", name, "应为空或 default", "must be empty or default")
		}
	}
	return nil
}

const defaultStyle = "default"

// place reads the system and the box.
func (m *Map) place(p kvp.Params, v Version) error {
	name := "CRS"
	if v == V111 {
		name = "SRS"
	}
	text := p.Get(name)
	if text == "" {
		return missing(name)
	}
	var ok bool
	if m.System, ok = systemNamed(text, v); !ok {
		var names []string
		for _, s := range Systems() {
			names = append(names, s.Name)
		}
		list := strings.Join(names, ", ")
		return wrong(InvalidCRS, name, text, "应为 "+list, "must be one of "+list)
	}
	boxText := p.Get("bbox")
	if boxText == "" {
		return missing("BBOX")
	}
	const zh, en = "应为四个数 minx,miny,maxx,maxy，且前两个小于后两个；WMS 1.3.0 按坐标系自身的轴序", "must be four numbers minx,miny,maxx,maxy, the first two below the others; in WMS 1.3.0 in the system's own order of axes"
	parts := strings.Split(boxText, ",")
	if len(parts) != 4 {
		return invalid("BBOX", boxText, zh, en)
	}
	var n [4]float64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil || !(math.Abs(n[i]) <= 1e9) {
			return invalid("BBOX", boxText, zh, en)
		}
	}
	n = m.System.order(v, n)
	if !(n[0] < n[2] && n[1] < n[3]) {
		return invalid("BBOX", boxText, zh, en)
	}
	m.Box = orb.Bound{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
	return nil
}

func (s Service) parseInfo(p kvp.Params, r *Request) (*Info, error) {
	m, err := s.parseMap(p, r, true)
	r.Manner = AsXML // the answer is no picture
	if err != nil {
		return nil, err
	}
	q := Info{Map: *m, Format: JSON, MostEach: 1}
	if q.Layers, err = s.layers(p, "QUERY_LAYERS", false); err != nil {
		return nil, err
	}
	if text := p.Get("info_format"); text != "" {
		kind, _, _ := strings.Cut(strings.ToLower(text), ";")
		if q.Format = InfoFormat(strings.TrimSpace(kind)); !slices.Contains(InfoFormats(), q.Format) {
			return nil, wrong(InvalidFormat, "INFO_FORMAT", text, "应为 application/json、application/geo+json、text/plain 或 text/html", "must be application/json, application/geo+json, text/plain or text/html")
		}
	}
	if text := p.Get("feature_count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, invalid("FEATURE_COUNT", text, "应为正整数", "must be a positive whole number")
		}
		q.MostEach = min(n, 50)
	}
	names := [2]string{"I", "J"}
	if r.Version == V111 {
		names = [2]string{"X", "Y"}
	}
	for i, to := range []*int{&q.Column, &q.Row} {
		text := p.Get(names[i])
		if text == "" {
			text = p.Get([2][2]string{{"X", "Y"}, {"I", "J"}}[versionIndex(r.Version)][i]) // the other version's name
		}
		if text == "" {
			return nil, missing(names[i])
		}
		n, err := strconv.Atoi(text)
		if most := []int{m.Width, m.Height}[i]; err != nil || n < 0 || n >= most {
			return nil, wrong(InvalidPoint, names[i], text, "应为图内像素 0 至 "+strconv.Itoa(most-1), "must be a pixel of the map, 0 to "+strconv.Itoa(most-1))
		}
		*to = n
	}
	return &q, nil
}

// versionIndex is 0 for 1.3.0 and 1 for 1.1.1.
func versionIndex(v Version) int {
	if v == V111 {
		return 1
	}
	return 0
}

func (s Service) parseLegend(p kvp.Params) (*LegendRequest, error) {
	l := LegendRequest{}
	name := "LAYER"
	if !p.Has(name) && p.Has("layers") {
		name = "LAYERS"
	}
	list, err := s.layers(p, name, false)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, invalid(name, p.Get(name), "应为一个图层", "must be one layer")
	}
	l.Layer = list[0]
	if err := styles(p, 1); err != nil {
		return nil, err
	}
	if style := p.Get("style"); style != "" && !strings.EqualFold(style, defaultStyle) {
		return nil, wrong(StyleNotDefined, "STYLE", style, "应为空或 default", "must be empty or default")
	}
	format := p.Get("format")
	if format == "" {
		format = string(PNG)
	}
	if l.Format, err = formatOf(format, []Format{PNG, JPEG, SVG}, false); err != nil {
		return nil, err
	}
	if text := p.Get("scale"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0 && v < 1e10) {
			return nil, invalid("SCALE", text, "应为比例尺分母", "must be a scale's denominator")
		}
		l.Scale = v
	}
	return &l, nil
}
