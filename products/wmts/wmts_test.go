package wmts

import (
	"encoding/xml"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb/maptile"

	"onemap/products/info"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func service() Service {
	return Service{
		Title: "云浮地类 <图>", Abstract: "Land & \"water\"", Keywords: []string{"自然资源", "地类"}, Provider: "云浮市自然资源局", ProviderURL: "https://map.example.gov.cn",
		KVP: "https://map.example.gov.cn/services/land/wmts", REST: "https://map.example.gov.cn/services/land/wmts", Sequence: 7,
		Layers: []Layer{{
			ID: "land", Title: "云浮地类 <图>", Bounds: [4]float64{111.05, 22.37, 112.52, 23.33}, MinZoom: 7, MaxZoom: 16,
			Legend: &Legend{"https://map.example.gov.cn/services/land/wms?REQUEST=GetLegendGraphic", "image/png", 120, 80},
		}},
	}
}

const tileRequest = "SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=land&STYLE=default&FORMAT=image/png&TILEMATRIXSET=c&TILEMATRIX=10&TILEROW=190&TILECOL=830"

var infoRequest = strings.Replace(tileRequest, "GetTile", "GetFeatureInfo", 1) + "&J=20&I=10&INFOFORMAT=text/plain"

func TestQuestionsByKeyAndValueAndByPath(t *testing.T) {
	r, err := service().Parse(infoRequest)
	if err != nil || r.Info == nil || r.Tile != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if q := r.Info; q.Column != 10 || q.Row != 20 || q.Answer != info.Text || q.Tile.Tile != maptile.New(830, 190, 10) || q.Set.ID != "c" {
		t.Errorf("%+v", q)
	}
	q, err := service().ParseInfoPath("land", "default", "c", "10", "190", "830", "20", "10", "txt")
	if err != nil || q != *r.Info {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := service().ParseInfoPath("land", "default", "c", "10", "190", "830", "20", "10", "xml"); err == nil {
		t.Error("an answer in XML")
	}
}

func with(name, value string) string {
	parts := strings.Split(tileRequest, "&")
	for i, part := range parts {
		if n, _, _ := strings.Cut(part, "="); n == name {
			parts[i] = name + "=" + value
		}
	}
	return strings.Join(parts, "&")
}

func without(name string) string {
	return strings.ReplaceAll(with(name, "\x01"), name+"=\x01", "left=out")
}

func TestTilesByKeyAndValue(t *testing.T) {
	for sentence, c := range map[string]struct {
		query  string
		set    string
		tile   maptile.Tile
		format Format
	}{
		"as the standard writes it": {tileRequest, "c", maptile.New(830, 190, 10), PNG},
		"in any case and order":     {"tilecol=830&TileRow=190&tilematrix=10&tileMatrixSet=c&Format=image%2Fjpeg&style=default&layer=land&version=1.0.0&request=gettile&service=wmts", "c", maptile.New(830, 190, 10), JPEG},
		"as Tianditu's clients do":  {"SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=land&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX=10&TILEROW=444&TILECOL=830&tk=abc", "w", maptile.New(830, 444, 10), PNG},
		"with a key and no format":  {"SERVICE=WMTS&REQUEST=GetTile&LAYER=land&TILEMATRIXSET=c&TILEMATRIX=10&TILEROW=190&TILECOL=830&tk=abc", "c", maptile.New(830, 190, 10), PNG},
		"a matrix with its set":     {with("TILEMATRIX", "c:10"), "c", maptile.New(830, 190, 10), PNG},
		"GeoServer's 4490":          {strings.ReplaceAll(with("TILEMATRIXSET", "EPSG:4490"), "TILEMATRIX=10", "TILEMATRIX=EPSG:4490:9"), "EPSG:4490", maptile.New(830, 190, 9), PNG},
		"GeoServer's 900913":        {strings.ReplaceAll(with("TILEMATRIXSET", "EPSG:900913"), "TILEROW=190", "TILEROW=444"), "WebMercatorQuad", maptile.New(830, 444, 10), PNG},
		"vector tiles":              {with("FORMAT", "application/vnd.mapbox-vector-tile"), "c", maptile.New(830, 190, 10), MVT},
	} {
		r, err := service().Parse(c.query)
		if err != nil || r.Tile == nil {
			t.Errorf("%s: %v", sentence, err)
			continue
		}
		if r.Tile.Set.ID != c.set || r.Tile.Tile != c.tile || r.Tile.Format != c.format || r.Tile.Layer != "land" {
			t.Errorf("%s: %+v", sentence, r.Tile)
		}
	}
}

// TestExceptions is the table of the standard's test suite.
func TestExceptions(t *testing.T) {
	for sentence, c := range map[string]struct {
		query   string
		code    Code
		locator string
	}{
		"a broken query":             {"request~GetCapabilities!version~1.0.0", MissingParameterValue, "request"},
		"no service":                 {"request=GetCapabilities", MissingParameterValue, "service"},
		"no such service":            {"service=BOGUS&request=GetCapabilities", InvalidParameterValue, "service"},
		"no such request":            {"service=WMTS&request=GetBOGUS", InvalidParameterValue, "request"},
		"no such version":            {"service=WMTS&request=GetCapabilities&AcceptVersions=2.0.0", VersionNegotiationFailed, ""},
		"no such section":            {"service=WMTS&request=GetCapabilities&Sections=Bogus", InvalidParameterValue, "sections"},
		"an empty section":           {"service=WMTS&request=GetCapabilities&Sections=", MissingParameterValue, "sections"},
		"a sequence of the future":   {"service=WMTS&request=GetCapabilities&updateSequence=8", InvalidUpdateSequence, ""},
		"a sequence that is none":    {"service=WMTS&request=GetCapabilities&updateSequence=now", InvalidUpdateSequence, ""},
		"no version":                 {without("VERSION"), MissingParameterValue, "version"},
		"no layer":                   {without("LAYER"), MissingParameterValue, "layer"},
		"no style":                   {without("STYLE"), MissingParameterValue, "Style"},
		"no format":                  {without("FORMAT"), MissingParameterValue, "format"},
		"no set":                     {without("TILEMATRIXSET"), MissingParameterValue, "TileMatrixSet"},
		"no matrix":                  {without("TILEMATRIX"), MissingParameterValue, "TileMatrix"},
		"no row":                     {without("TILEROW"), MissingParameterValue, "TileRow"},
		"no column":                  {without("TILECOL"), MissingParameterValue, "TileCol"},
		"no such layer":              {with("LAYER", "x'--"), InvalidParameterValue, "layer"},
		"no such style":              {with("STYLE", "x"), InvalidParameterValue, "Style"},
		"no such format":             {with("FORMAT", "image/gif"), InvalidParameterValue, "format"},
		"no such set":                {with("TILEMATRIXSET", "C"), InvalidParameterValue, "TileMatrixSet"},
		"no such matrix":             {with("TILEMATRIX", "x"), InvalidParameterValue, "TileMatrix"},
		"a level above the layer's":  {with("TILEMATRIX", "6"), InvalidParameterValue, "TileMatrix"},
		"a level below the layer's":  {with("TILEMATRIX", "17"), InvalidParameterValue, "TileMatrix"},
		"a row beyond the limits":    {with("TILEROW", "193"), TileOutOfRange, "TileRow"},
		"a row before the limits":    {with("TILEROW", "188"), TileOutOfRange, "TileRow"},
		"a column beyond the limits": {with("TILECOL", "833"), TileOutOfRange, "TileCol"},
		"a huge column":              {with("TILECOL", "2147483647"), TileOutOfRange, "TileCol"},
		"a column that overflows":    {with("TILECOL", "99999999999999999999"), TileOutOfRange, "TileCol"},
		"a negative row":             {with("TILEROW", "-1"), TileOutOfRange, "TileRow"},
		"a row that is no number":    {with("TILEROW", "1e3"), InvalidParameterValue, "TileRow"},
		"a zero byte":                {with("LAYER", "land%00"), InvalidParameterValue, "LAYER"},
		"no row of a pixel":          {strings.Replace(infoRequest, "&J=20", "", 1), MissingParameterValue, "J"},
		"no column of a pixel":       {strings.Replace(infoRequest, "&I=10", "", 1), MissingParameterValue, "I"},
		"no format of the answer":    {strings.Replace(infoRequest, "&INFOFORMAT=text/plain", "", 1), MissingParameterValue, "InfoFormat"},
		"no such answer":             {strings.Replace(infoRequest, "text/plain", "text/xml", 1), InvalidParameterValue, "InfoFormat"},
		"a pixel beyond the tile":    {strings.Replace(infoRequest, "I=10", "I=256", 1), PointIJOutOfRange, "I"},
		"a pixel before the tile":    {strings.Replace(infoRequest, "J=20", "J=-1", 1), PointIJOutOfRange, "J"},
		"a pixel that overflows":     {strings.Replace(infoRequest, "J=20", "J=99999999999999999999", 1), PointIJOutOfRange, "J"},
		"a pixel that is no number":  {strings.Replace(infoRequest, "J=20", "J=1.5", 1), InvalidParameterValue, "J"},
		"a question of no tile":      {strings.Replace(infoRequest, "TILEROW=190", "TILEROW=193", 1), TileOutOfRange, "TileRow"},
	} {
		_, err := service().Parse(c.query)
		var e *Exception
		if !errors.As(err, &e) || e.Code != c.code || e.Locator != c.locator || e.ZH == "" || e.EN == "" {
			t.Errorf("%s: %v, want %s %s", sentence, err, c.code, c.locator)
			continue
		}
		report, err := e.Report()
		if err != nil {
			t.Fatal(err)
		}
		var read struct {
			Exception struct {
				Code    string `xml:"exceptionCode,attr"`
				Locator string `xml:"locator,attr"`
				Text    string `xml:"ExceptionText"`
			} `xml:"Exception"`
		}
		if err := xml.Unmarshal(report, &read); err != nil || read.Exception.Code != string(c.code) || read.Exception.Locator != c.locator {
			t.Errorf("%s: %v: %s", sentence, err, report)
		}
	}
}

func TestTilesByPath(t *testing.T) {
	s := service()
	got, err := s.ParsePath("land", "default", "w", "10", "444", "830", "mvt")
	if err != nil || got.Tile != maptile.New(830, 444, 10) || got.Format != MVT || got.Set.ID != "w" {
		t.Errorf("%+v, %v", got, err)
	}
	for sentence, path := range map[string][7]string{
		"another ending":   {"land", "default", "w", "10", "444", "830", "gif"},
		"another style":    {"land", "x", "w", "10", "444", "830", "png"},
		"a path as a name": {"../land", "default", "w", "10", "444", "830", "png"},
		"out of range":     {"land", "default", "w", "10", "0", "0", "png"},
	} {
		var e *Exception
		if _, err := s.ParsePath(path[0], path[1], path[2], path[3], path[4], path[5], path[6]); !errors.As(err, &e) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

type readCapabilities struct {
	Sequence       string `xml:"updateSequence,attr"`
	Identification *struct {
		Title string `xml:"Title"`
	} `xml:"ServiceIdentification"`
	Provider   *struct{} `xml:"ServiceProvider"`
	Operations *struct{} `xml:"OperationsMetadata"`
	Contents   *struct {
		Layers []struct {
			ID    string `xml:"Identifier"`
			Links []struct {
				Set    string `xml:"TileMatrixSet"`
				Limits []struct {
					Matrix string `xml:"TileMatrix"`
				} `xml:"TileMatrixSetLimits>TileMatrixLimits"`
			} `xml:"TileMatrixSetLink"`
		} `xml:"Layer"`
		Sets []struct {
			ID       string `xml:"Identifier"`
			CRS      string `xml:"SupportedCRS"`
			ScaleSet string `xml:"WellKnownScaleSet"`
			Matrices []struct {
				ID     string  `xml:"Identifier"`
				Scale  float64 `xml:"ScaleDenominator"`
				Corner string  `xml:"TopLeftCorner"`
				Width  int     `xml:"MatrixWidth"`
				Height int     `xml:"MatrixHeight"`
			} `xml:"TileMatrix"`
		} `xml:"TileMatrixSet"`
	} `xml:"Contents"`
}

func read(t *testing.T, s Service, asked CapabilitiesRequest) ([]byte, readCapabilities) {
	t.Helper()
	text, err := s.Capabilities(asked)
	if err != nil {
		t.Fatal(err)
	}
	var c readCapabilities
	if err := xml.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return text, c
}

func TestCapabilitiesAreThoseThatWereReviewed(t *testing.T) {
	text, c := read(t, service(), CapabilitiesRequest{})
	if again, _ := read(t, service(), CapabilitiesRequest{}); string(again) != string(text) {
		t.Error("the same service gave other bytes")
	}
	file := filepath.Join("testdata", "capabilities.xml")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != string(text) {
		t.Errorf("the capabilities differ from %s (%v); look at the difference after go test -update", file, err)
	}
	var ids []string
	for _, set := range c.Contents.Sets {
		ids = append(ids, set.ID)
		known := map[string]bool{}
		for i, m := range set.Matrices {
			if known[m.ID] || i > 0 && m.Scale >= set.Matrices[i-1].Scale {
				t.Errorf("%s: matrix %s is there twice or out of order", set.ID, m.ID)
			}
			known[m.ID] = true
			level, err := strconv.Atoi(m.ID)
			if err != nil {
				t.Fatal(err)
			}
			zoom := level
			if set.ID == "EPSG:4490" || set.ID == "WorldCRS84Quad" {
				zoom++
			}
			if want := 559082264.0287178 / math.Exp2(float64(zoom)); math.Abs(m.Scale-want) > 1e-9*want {
				t.Errorf("%s level %s: 1:%v, want %v", set.ID, m.ID, m.Scale, want)
			}
			if set.CRS == "urn:ogc:def:crs:EPSG::4490" && m.Corner != "90 -180" || set.ID == "WorldCRS84Quad" && m.Corner != "-180 90" {
				t.Errorf("%s: the corner is %q", set.ID, m.Corner)
			}
		}
		if set.ScaleSet != "" && (set.CRS != "urn:ogc:def:crs:EPSG:6.18:3:3857" || set.Matrices[0].ID != "0") {
			t.Errorf("%s may not name the scale set", set.ID)
		}
	}
	for _, l := range c.Contents.Layers[0].Links {
		if !slices.Contains(ids, l.Set) || len(l.Limits) != 10 {
			t.Errorf("the link to %s has %d levels", l.Set, len(l.Limits))
		}
	}
	if len(c.Contents.Layers[0].Links) != len(ids) || c.Identification.Title != service().Title {
		t.Errorf("%v, %+v", ids, c.Identification)
	}
}

func TestSectionsAreThoseThatAreAskedFor(t *testing.T) {
	r, err := service().Parse("service=WMTS&request=GetCapabilities&Sections=ServiceProvider,Contents&AcceptFormats=x/y&AcceptVersions=2.0.0,1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, c := read(t, service(), *r.Capabilities); c.Identification != nil || c.Provider == nil || c.Operations != nil || c.Contents == nil {
		t.Errorf("%+v", c)
	}
	r, err = service().Parse("service=WMTS&request=GetCapabilities&updateSequence=7&Sections=All")
	if err != nil {
		t.Fatal(err)
	}
	if _, c := read(t, service(), *r.Capabilities); c.Identification != nil || c.Contents != nil || c.Sequence != "7" {
		t.Errorf("%+v", c)
	}
}

func TestAKeyIsInEveryAddress(t *testing.T) {
	s := service()
	s.Key = "tk=abc"
	text, _ := read(t, s, CapabilitiesRequest{})
	if strings.Count(string(text), "tk=abc") != 3+1+len(Formats())+len(infoExtensions()) {
		t.Errorf("%s", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(tileRequest)
	f.Add(with("FORMAT", "tiles"))
	f.Add("service=WMTS&request=GetCapabilities&Sections=All&updateSequence=7")
	f.Add(infoRequest)
	s := service()
	f.Fuzz(func(t *testing.T, query string) {
		r, err := s.Parse(query)
		var e *Exception
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%v", err)
		case err != nil:
			if report, err := e.Report(); err != nil || xml.Unmarshal(report, &struct{}{}) != nil {
				t.Errorf("%v: %s", err, report)
			}
		case r.Tile != nil && !r.Tile.Set.Grid.Has(r.Tile.Tile):
			t.Errorf("%+v is not in the grid", r.Tile)
		case r.Tile == nil && r.Info == nil && r.Capabilities == nil:
			t.Error("nothing was asked")
		}
	})
}

func FuzzParsePath(f *testing.F) {
	f.Add("land", "default", "c", "10", "190", "830", "png")
	s := service()
	f.Fuzz(func(t *testing.T, layer, style, set, matrix, row, col, extension string) {
		got, err := s.ParsePath(layer, style, set, matrix, row, col, extension)
		var e *Exception
		if err != nil && !errors.As(err, &e) || err == nil && !got.Set.Grid.Has(got.Tile) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
