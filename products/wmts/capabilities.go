package wmts

import (
	"encoding/xml"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onemap/products/info"
	"onemap/tiles/grid"
)

type limit = grid.Limits

// Service is what a WMTS says of itself and offers.
type Service struct {
	Title, Abstract string
	Keywords        []string
	Provider        string // who answers for it
	ProviderURL     string
	Fees            string // "" is none
	Constraints     string // on access; "" is none
	KVP             string // address of requests by key and value, that "?" can follow
	REST            string // address that paths of tiles follow, without a slash at the end
	Key             string // query of a key that every address carries, as "tk=…"; "" for none
	Sequence        int64  // grows with every change of what is offered
	Layers          []Layer
}

// Layer is a layer of tiles.
type Layer struct {
	ID, Title, Abstract string
	Keywords            []string
	Bounds              [4]float64 // west, south, east, north in EPSG:4490 degrees
	MinZoom, MaxZoom    int        // of the square's zooms: level n of "c" and of "w" is zoom n
	Legend              *Legend
}

// Legend is a picture of a layer's legend.
type Legend struct {
	URL           string
	Format        string
	Width, Height int // pixels
}

type link struct {
	Href string `xml:"xlink:href,attr"`
}

type capabilities struct {
	XMLName        xml.Name        `xml:"Capabilities"`
	NS             string          `xml:"xmlns,attr"`
	OWS            string          `xml:"xmlns:ows,attr"`
	XLink          string          `xml:"xmlns:xlink,attr"`
	XSI            string          `xml:"xmlns:xsi,attr"`
	Schema         string          `xml:"xsi:schemaLocation,attr"`
	Version        string          `xml:"version,attr"`
	Sequence       string          `xml:"updateSequence,attr"`
	Identification *identification `xml:"ows:ServiceIdentification"`
	Provider       *provider       `xml:"ows:ServiceProvider"`
	Operations     *operations     `xml:"ows:OperationsMetadata"`
	Contents       *contents       `xml:"Contents"`
	Metadata       *link           `xml:"ServiceMetadataURL"`
}

type identification struct {
	Title       string    `xml:"ows:Title"`
	Abstract    string    `xml:"ows:Abstract,omitempty"`
	Keywords    *keywords `xml:"ows:Keywords"`
	Type        string    `xml:"ows:ServiceType"`
	Version     string    `xml:"ows:ServiceTypeVersion"`
	Fees        string    `xml:"ows:Fees"`
	Constraints string    `xml:"ows:AccessConstraints"`
}

type keywords struct {
	Words []string `xml:"ows:Keyword"`
}

type provider struct {
	Name    string   `xml:"ows:ProviderName"`
	Site    *link    `xml:"ows:ProviderSite"`
	Contact struct{} `xml:"ows:ServiceContact"`
}

type operations struct {
	Operations []operation `xml:"ows:Operation"`
}

type operation struct {
	Name string `xml:"name,attr"`
	Get  get    `xml:"ows:DCP>ows:HTTP>ows:Get"`
}

type get struct {
	Href       string     `xml:"xlink:href,attr"`
	Constraint constraint `xml:"ows:Constraint"`
}

type constraint struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"ows:AllowedValues>ows:Value"`
}

type contents struct {
	Layers []layer `xml:"Layer"`
	Sets   []set   `xml:"TileMatrixSet"`
}

type layer struct {
	Title     string        `xml:"ows:Title"`
	Abstract  string        `xml:"ows:Abstract,omitempty"`
	Keywords  *keywords     `xml:"ows:Keywords"`
	Box       box           `xml:"ows:WGS84BoundingBox"`
	ID        string        `xml:"ows:Identifier"`
	Style     style         `xml:"Style"`
	Formats   []Format      `xml:"Format"`
	Infos     []info.Format `xml:"InfoFormat"`
	Links     []setLink     `xml:"TileMatrixSetLink"`
	Resources []resource    `xml:"ResourceURL"`
}

type box struct {
	Lower string `xml:"ows:LowerCorner"`
	Upper string `xml:"ows:UpperCorner"`
}

type style struct {
	Default bool       `xml:"isDefault,attr"`
	Title   string     `xml:"ows:Title"`
	ID      string     `xml:"ows:Identifier"`
	Legend  *legendURL `xml:"LegendURL"`
}

type legendURL struct {
	Format string `xml:"format,attr"`
	Width  int    `xml:"width,attr"`
	Height int    `xml:"height,attr"`
	Href   string `xml:"xlink:href,attr"`
}

type setLink struct {
	Set    string    `xml:"TileMatrixSet"`
	Limits limitList `xml:"TileMatrixSetLimits"`
}

type limitList struct {
	Limits []matrixLimits `xml:"TileMatrixLimits"`
}

type matrixLimits struct {
	Matrix string `xml:"TileMatrix"`
	MinRow int    `xml:"MinTileRow"`
	MaxRow int    `xml:"MaxTileRow"`
	MinCol int    `xml:"MinTileCol"`
	MaxCol int    `xml:"MaxTileCol"`
}

type resource struct {
	Format   string `xml:"format,attr"`
	Type     string `xml:"resourceType,attr"`
	Template string `xml:"template,attr"`
}

type set struct {
	Title    string   `xml:"ows:Title"`
	ID       string   `xml:"ows:Identifier"`
	CRS      string   `xml:"ows:SupportedCRS"`
	ScaleSet string   `xml:"WellKnownScaleSet,omitempty"`
	Matrices []matrix `xml:"TileMatrix"`
}

type matrix struct {
	ID     string `xml:"ows:Identifier"`
	Scale  string `xml:"ScaleDenominator"`
	Corner string `xml:"TopLeftCorner"`
	Width  int    `xml:"TileWidth"`
	Height int    `xml:"TileHeight"`
	Cols   int    `xml:"MatrixWidth"`
	Rows   int    `xml:"MatrixHeight"`
}

// Capabilities writes the capabilities, or the part of them that is asked for. The
// same service gives the same bytes.
func (s Service) Capabilities(asked CapabilitiesRequest) ([]byte, error) {
	c := capabilities{
		NS: "http://www.opengis.net/wmts/1.0", OWS: "http://www.opengis.net/ows/1.1", XLink: "http://www.w3.org/1999/xlink", XSI: xsi,
		Schema:  "http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd",
		Version: "1.0.0", Sequence: strconv.FormatInt(s.Sequence, 10),
	}
	if asked.Current {
		return document(c)
	}
	wanted := func(section string) bool {
		return len(asked.Sections) == 0 || slices.Contains(asked.Sections, section)
	}
	if wanted("ServiceIdentification") {
		c.Identification = &identification{s.Title, s.Abstract, wordsOf(s.Keywords), "OGC WMTS", "1.0.0", none(s.Fees), none(s.Constraints)}
	}
	if wanted("ServiceProvider") {
		c.Provider = &provider{Name: s.Provider}
		if s.ProviderURL != "" {
			c.Provider.Site = &link{s.ProviderURL}
		}
	}
	if wanted("OperationsMetadata") {
		at := get{s.KVP + "?" + s.keyBefore(), constraint{"GetEncoding", "KVP"}}
		c.Operations = &operations{[]operation{{"GetCapabilities", at}, {"GetTile", at}, {"GetFeatureInfo", at}}}
	}
	if wanted("Contents") {
		c.Contents = &contents{}
		for _, l := range s.Layers {
			c.Contents.Layers = append(c.Contents.Layers, s.describe(l))
		}
		for _, one := range Sets() {
			c.Contents.Sets = append(c.Contents.Sets, one.describe())
		}
	}
	if len(asked.Sections) == 0 {
		c.Metadata = &link{s.REST + "/1.0.0/WMTSCapabilities.xml" + s.keyBehind()}
	}
	return document(c)
}

// keyBefore is the key in front of other parameters.
func (s Service) keyBefore() string {
	if s.Key == "" {
		return ""
	}
	return s.Key + "&"
}

// keyBehind is the key behind a path.
func (s Service) keyBehind() string {
	if s.Key == "" {
		return ""
	}
	return "?" + s.Key
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

func (s Service) describe(l Layer) layer {
	d := layer{
		Title: l.Title, Abstract: l.Abstract, Keywords: wordsOf(l.Keywords), ID: l.ID, Formats: Formats(), Infos: info.Formats(),
		Box:   box{number(l.Bounds[0]) + " " + number(l.Bounds[1]), number(l.Bounds[2]) + " " + number(l.Bounds[3])},
		Style: style{Default: true, Title: "默认 / default", ID: defaultStyle},
	}
	if l.Legend != nil {
		d.Style.Legend = &legendURL{l.Legend.Format, l.Legend.Width, l.Legend.Height, l.Legend.URL}
	}
	for _, one := range Sets() {
		in := setLink{Set: one.ID}
		for _, m := range one.Grid.Limits(l.Bounds, l.MinZoom-one.Grid.Above, l.MaxZoom-one.Grid.Above) {
			in.Limits.Limits = append(in.Limits.Limits, matrixLimits(m))
		}
		if len(in.Limits.Limits) > 0 {
			d.Links = append(d.Links, in)
		}
	}
	tile := s.REST + "/" + l.ID + "/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}"
	for _, f := range Formats() {
		d.Resources = append(d.Resources, resource{string(f), "tile", tile + "." + f.Extension() + s.keyBehind()})
	}
	for _, extension := range slices.Sorted(maps.Keys(infoExtensions())) {
		d.Resources = append(d.Resources, resource{string(infoExtensions()[extension]), "FeatureInfo", tile + "/{J}/{I}." + extension + s.keyBehind()})
	}
	return d
}

func (s Set) describe() set {
	d := s.Grid.Definition("")
	described := set{Title: d.Title, ID: s.ID, CRS: s.CRS, ScaleSet: s.ScaleSet}
	for _, m := range d.Matrices {
		if level, err := strconv.Atoi(m.ID); err != nil || level > s.Grid.Top() {
			break
		}
		described.Matrices = append(described.Matrices, matrix{
			m.ID, number(m.ScaleDenominator), number(m.Origin[0]) + " " + number(m.Origin[1]), m.TileWidth, m.TileHeight, m.Width, m.Height,
		})
	}
	return described
}

// number writes a number as XML Schema's double, to the digits that it has.
func number(v float64) string {
	return strings.ReplaceAll(strconv.FormatFloat(v, 'f', -1, 64), "+", "")
}
