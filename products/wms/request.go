package wms

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/products/info"
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

// Info is a question what is at a pixel of a map.
type Info struct {
	Map      Map
	Layers   []string
	Column   int // from the left, from 0
	Row      int // from the top, from 0
	Format   info.Format
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
	r, err := s.parse(query)
	if r.Picture.Width == 0 || r.Picture.Height == 0 {
		r.Manner = AsXML // it is not known of which picture
	}
	return r, err
}

func (s Service) parse(query string) (Request, error) {
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
