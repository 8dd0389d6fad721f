package wms

import (
	"encoding/xml"
	"math"
	"strconv"

	"onemap/products/info"
)

// Service is what a WMS says of itself and offers.
type Service struct {
	ID              string // of the group of all layers
	Title, Abstract string
	Keywords        []string
	Provider        string // who answers for it
	ProviderURL     string // "" is the service's own address
	Fees            string // "" is none
	Constraints     string // on access; "" is none
	Attribution     string // shown on maps: sources, 审图号
	Address         string // that "?" can follow
	Key             string // query of a key that every address carries, as "tk=…"; "" for none
	Sequence        int64  // grows with every change of what is offered
	Bounds          [4]float64
	MinScale        float64  // denominator of the largest scale; 0 is any
	MaxScale        float64  // of the smallest
	Times           []string // RFC 3339, ascending: when what is shown changed; empty for no dimension
	Layers          []Layer  // the lowest first
}

// Layer is a layer of maps.
type Layer struct {
	ID, Title, Abstract string
	Keywords            []string
	Bounds              [4]float64 // west, south, east, north in EPSG:4490 degrees
	MaxScale            float64    // denominator of the smallest scale that it is drawn at; 0 is any
	Queryable           bool
	Legend              *Legend
}

// Legend is a picture of a layer's legend.
type Legend struct{ Width, Height int } // pixels

type capabilities struct {
	XMLName    xml.Name
	Version    Version `xml:"version,attr"`
	Sequence   string  `xml:"updateSequence,attr"`
	NS         string  `xml:"xmlns,attr,omitempty"`
	XLink      string  `xml:"xmlns:xlink,attr,omitempty"`
	SLD        string  `xml:"xmlns:sld,attr,omitempty"`
	XSI        string  `xml:"xmlns:xsi,attr,omitempty"`
	Schema     string  `xml:"xsi:schemaLocation,attr,omitempty"`
	Service    service `xml:"Service"`
	Capability struct {
		Request    requests `xml:"Request"`
		Exceptions []string `xml:"Exception>Format"`
		SLD        *sld     `xml:"UserDefinedSymbolization"`
		Layer      layer    `xml:"Layer"`
	} `xml:"Capability"`
}

type sld struct {
	Support bool `xml:"SupportSLD,attr"`
	Layers  bool `xml:"UserLayer,attr"`
	Styles  bool `xml:"UserStyle,attr"`
	Remote  bool `xml:"RemoteWFS,attr"`
}

type resource struct {
	XLink string `xml:"xmlns:xlink,attr,omitempty"`
	Type  string `xml:"xlink:type,attr"`
	Href  string `xml:"xlink:href,attr"`
}

type service struct {
	Name        string    `xml:"Name"`
	Title       string    `xml:"Title"`
	Abstract    string    `xml:"Abstract,omitempty"`
	Keywords    *keywords `xml:"KeywordList"`
	Resource    resource  `xml:"OnlineResource"`
	Contact     *contact  `xml:"ContactInformation"`
	Fees        string    `xml:"Fees"`
	Constraints string    `xml:"AccessConstraints"`
	LayerLimit  int       `xml:"LayerLimit,omitempty"`
	MaxWidth    int       `xml:"MaxWidth,omitempty"`
	MaxHeight   int       `xml:"MaxHeight,omitempty"`
}

type keywords struct {
	Words []string `xml:"Keyword"`
}

type contact struct {
	Person       string `xml:"ContactPersonPrimary>ContactPerson"`
	Organization string `xml:"ContactPersonPrimary>ContactOrganization"`
}

type requests struct {
	Capabilities operation `xml:"GetCapabilities"`
	Map          operation `xml:"GetMap"`
	Info         operation `xml:"GetFeatureInfo"`
	Legend       operation `xml:"GetLegendGraphic"`
}

// operation has a name of its own: 1.3.0 knows GetLegendGraphic as an extension only, sld:GetLegendGraphic.
type operation struct {
	XMLName  xml.Name
	Formats  []string `xml:"Format"`
	Resource resource `xml:"DCPType>HTTP>Get>OnlineResource"`
}

type layer struct {
	Queryable   string       `xml:"queryable,attr"`
	Opaque      string       `xml:"opaque,attr,omitempty"`
	Name        string       `xml:"Name"`
	Title       string       `xml:"Title"`
	Abstract    string       `xml:"Abstract,omitempty"`
	Keywords    *keywords    `xml:"KeywordList"`
	CRS         []string     `xml:"CRS"`
	SRS         []string     `xml:"SRS"`
	Geographic  *geographic  `xml:"EX_GeographicBoundingBox"`
	LatLon      *latLon      `xml:"LatLonBoundingBox"`
	Boxes       []boxOf      `xml:"BoundingBox"`
	Dimension   *dimension   `xml:"Dimension"`
	Extent      *extent      `xml:"Extent"`
	Attribution *attribution `xml:"Attribution"`
	Style       *style       `xml:"Style"`
	MinScale    string       `xml:"MinScaleDenominator,omitempty"`
	MaxScale    string       `xml:"MaxScaleDenominator,omitempty"`
	Hint        *scaleHint   `xml:"ScaleHint"`
	Layers      []layer      `xml:"Layer"`
}

type geographic struct {
	West  string `xml:"westBoundLongitude"`
	East  string `xml:"eastBoundLongitude"`
	South string `xml:"southBoundLatitude"`
	North string `xml:"northBoundLatitude"`
}

type latLon struct {
	MinX string `xml:"minx,attr"`
	MinY string `xml:"miny,attr"`
	MaxX string `xml:"maxx,attr"`
	MaxY string `xml:"maxy,attr"`
}

type boxOf struct {
	CRS string `xml:"CRS,attr,omitempty"`
	SRS string `xml:"SRS,attr,omitempty"`
	latLon
}

type dimension struct {
	Name    string `xml:"name,attr"`
	Units   string `xml:"units,attr"`
	Default string `xml:"default,attr,omitempty"`
	Nearest string `xml:"nearestValue,attr,omitempty"`
	Current string `xml:"current,attr,omitempty"`
	Values  string `xml:",chardata"`
}

type extent struct {
	Name    string `xml:"name,attr"`
	Default string `xml:"default,attr"`
	Nearest string `xml:"nearestValue,attr"`
	Values  string `xml:",chardata"`
}

type attribution struct {
	Title string `xml:"Title"`
}

type style struct {
	Name   string     `xml:"Name"`
	Title  string     `xml:"Title"`
	Legend *legendURL `xml:"LegendURL"`
}

type legendURL struct {
	Width    int      `xml:"width,attr"`
	Height   int      `xml:"height,attr"`
	Format   string   `xml:"Format"`
	Resource resource `xml:"OnlineResource"`
}

type scaleHint struct {
	Min string `xml:"min,attr"`
	Max string `xml:"max,attr"`
}

// Capabilities writes the capabilities in a version, and their media type. The same
// service gives the same bytes.
func (s Service) Capabilities(v Version) (body []byte, mediaType string, err error) {
	c := capabilities{Version: v, Sequence: strconv.FormatInt(s.Sequence, 10)}
	c.Service = service{
		Name: "WMS", Title: s.Title, Abstract: s.Abstract, Keywords: wordsOf(s.Keywords), Resource: s.resource(v, s.ProviderURL),
		Contact: &contact{s.Provider, s.Provider}, Fees: none(s.Fees), Constraints: none(s.Constraints),
	}
	if s.ProviderURL == "" {
		c.Service.Resource = s.resource(v, s.Address)
	}
	at := s.resource(v, s.Address+"?"+s.keyBefore())
	maps, infos := make([]string, 0, 4), make([]string, 0, 4)
	for _, f := range Formats() {
		maps = append(maps, string(f))
	}
	for _, f := range info.Formats() {
		infos = append(infos, string(f))
	}
	named := func(name string) xml.Name { return xml.Name{Local: name} }
	c.Capability.Request = requests{
		operation{named("GetCapabilities"), []string{"text/xml"}, at},
		operation{named("GetMap"), maps, at},
		operation{named("GetFeatureInfo"), infos, at},
		operation{named("GetLegendGraphic"), []string{string(PNG), string(JPEG), string(SVG)}, at},
	}
	c.Capability.Layer = s.group(v)
	if v == V111 {
		c.XMLName = named("WMT_MS_Capabilities")
		c.Capability.Request.Capabilities.Formats = []string{"application/vnd.ogc.wms_xml"}
		c.Capability.Exceptions = []string{"application/vnd.ogc.se_xml", "application/vnd.ogc.se_inimage", "application/vnd.ogc.se_blank"}
		c.Capability.SLD = &sld{}
		body, err = document(`<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://schemas.opengis.net/wms/1.1.1/WMS_MS_Capabilities.dtd">`+"\n", c)
		return body, "application/vnd.ogc.wms_xml; charset=utf-8", err
	}
	c.XMLName = named("WMS_Capabilities")
	c.NS, c.XLink, c.SLD, c.XSI = "http://www.opengis.net/wms", xlink, "http://www.opengis.net/sld", xsi
	c.Schema = "http://www.opengis.net/wms http://schemas.opengis.net/wms/1.3.0/capabilities_1_3_0.xsd http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/sld_capabilities.xsd"
	c.Capability.Request.Legend.XMLName.Local = "sld:GetLegendGraphic"
	c.Service.LayerLimit, c.Service.MaxWidth, c.Service.MaxHeight = MaxLayers, MaxSide, MaxSide
	c.Capability.Exceptions = []string{string(AsXML), string(InImage), string(Blank)}
	body, err = document("", c)
	return body, "text/xml; charset=utf-8", err
}

// keyBefore is the key in front of other parameters.
func (s Service) keyBefore() string {
	if s.Key == "" {
		return ""
	}
	return s.Key + "&"
}

func (s Service) resource(v Version, href string) resource {
	r := resource{Type: "simple", Href: href}
	if v == V111 { // its DTD has the namespace on each
		r.XLink = xlink
	}
	return r
}

func none(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func wordsOf(words []string) *keywords {
	if len(words) == 0 {
		return nil
	}
	return &keywords{words}
}

// group is the layer of all layers: the product as it is meant.
func (s Service) group(v Version) layer {
	g := layer{Queryable: "0", Name: s.ID, Title: s.Title, Abstract: s.Abstract, Keywords: wordsOf(s.Keywords)}
	for _, system := range Systems() {
		switch {
		case v == V130:
			g.CRS = append(g.CRS, system.Name)
		case !system.only13:
			g.SRS = append(g.SRS, system.Name)
		}
	}
	g.bound(v, s.Bounds)
	if len(s.Times) > 0 {
		last, all := s.Times[len(s.Times)-1], joined(s.Times)
		if v == V130 {
			g.Dimension = &dimension{Name: "time", Units: "ISO8601", Default: last, Nearest: "1", Current: "1", Values: all}
		} else {
			g.Dimension = &dimension{Name: "time", Units: "ISO8601"}
			g.Extent = &extent{"time", last, "1", all}
		}
	}
	if s.Attribution != "" {
		g.Attribution = &attribution{s.Attribution}
	}
	g.Style = s.style(v, s.ID, nil)
	g.scales(v, s.MinScale, s.MaxScale)
	for _, l := range s.Layers {
		d := layer{Queryable: "0", Name: l.ID, Title: l.Title, Abstract: l.Abstract, Keywords: wordsOf(l.Keywords)}
		if l.Queryable {
			d.Queryable, g.Queryable = "1", "1"
		}
		d.bound(v, l.Bounds)
		d.Style = s.style(v, l.ID, l.Legend)
		d.scales(v, 0, l.MaxScale)
		g.Layers = append(g.Layers, d)
	}
	return g
}

func joined(times []string) string {
	text := ""
	for i, t := range times {
		if i > 0 {
			text += ","
		}
		text += t
	}
	return text
}

func (s Service) style(v Version, id string, l *Legend) *style {
	d := &style{Name: defaultStyle, Title: "默认 / default"}
	if l != nil {
		href := s.Address + "?" + s.keyBefore() + "SERVICE=WMS&VERSION=" + string(v) + "&REQUEST=GetLegendGraphic&FORMAT=image/png&LAYER=" + id
		d.Legend = &legendURL{l.Width, l.Height, string(PNG), s.resource(v, href)}
	}
	return d
}

// bound tells where a layer is, in degrees and in every system that reaches there.
func (l *layer) bound(v Version, degrees [4]float64) {
	west, south, east, north := number(degrees[0]), number(degrees[1]), number(degrees[2]), number(degrees[3])
	if v == V130 {
		l.Geographic = &geographic{west, east, south, north}
	} else {
		l.LatLon = &latLon{west, south, east, north}
	}
	for _, system := range Systems() {
		if v == V111 && system.only13 {
			continue
		}
		e, ok := system.extent(degrees)
		if !ok {
			continue
		}
		box := [4]float64{e.Min[0], e.Min[1], e.Max[0], e.Max[1]}
		for i := range box { // outward, so that nothing of the layer is left out
			unit := 1e-7
			if !system.Plane.Geographic() {
				unit = 1e-3
			}
			if i < 2 {
				box[i] = math.Floor(box[i]/unit) * unit
			} else {
				box[i] = math.Ceil(box[i]/unit) * unit
			}
		}
		box = system.order(v, box)
		b := boxOf{latLon: latLon{number(box[0]), number(box[1]), number(box[2]), number(box[3])}}
		if v == V130 {
			b.CRS = system.Name
		} else {
			b.SRS = system.Name
		}
		l.Boxes = append(l.Boxes, b)
	}
}

// scales tells at which scales a layer is drawn; 1.1.1 tells it by the diagonal of a
// pixel in metres.
func (l *layer) scales(v Version, least, most float64) {
	if least == 0 && most == 0 {
		return
	}
	if v == V130 {
		if least > 0 {
			l.MinScale = number(least)
		}
		if most > 0 {
			l.MaxScale = number(most)
		}
		return
	}
	diagonal := func(denominator float64) string { return number(math.Round(denominator*0.00028*math.Sqrt2*1e6) / 1e6) }
	l.Hint = &scaleHint{diagonal(least), diagonal(most)}
	if most == 0 {
		l.Hint.Max = number(1e9)
	}
}

// number writes a number as XML Schema's double, to a ten-millionth.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e7)/1e7, 'f', -1, 64)
}
