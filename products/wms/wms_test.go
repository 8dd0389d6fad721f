package wms

import (
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/products/info"
	"onemap/spatial/crs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func land() Service {
	return Service{
		ID: "land", Title: "云浮地类 <图>", Abstract: "Land & \"water\"", Keywords: []string{"自然资源"}, Provider: "云浮市自然资源局",
		Attribution: "云浮市自然资源局 粤S(2026)001号", Address: "https://map.example.gov.cn/services/land/wms", Sequence: 7,
		Bounds: [4]float64{111.05, 22.37, 112.52, 23.33}, MaxScale: 2_000_000, Times: []string{"2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z"},
		Layers: []Layer{
			{ID: "dltb", Title: "地类图斑", Bounds: [4]float64{111.05, 22.37, 112.52, 23.33}, Queryable: true, Legend: &Legend{100, 200}},
			{ID: "road", Title: "道路", Bounds: [4]float64{111.05, 22.37, 112.52, 23.33}, Queryable: true, MaxScale: 500_000},
		},
	}
}

const (
	map13 = "SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=dltb,road&STYLES=,&CRS=EPSG:4490&BBOX=22.9,112,23,112.2&WIDTH=400&HEIGHT=200&FORMAT=image/png"
	map11 = "SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=land&STYLES=&SRS=EPSG:4490&BBOX=112,22.9,112.2,23&WIDTH=400&HEIGHT=200&FORMAT=image/jpeg"
)

func with(query string, pairs ...string) string {
	parts := strings.Split(query, "&")
	for i := 0; i < len(pairs); i += 2 {
		found := false
		for k, part := range parts {
			if n, _, _ := strings.Cut(part, "="); n == pairs[i] {
				parts[k], found = pairs[i]+"="+pairs[i+1], true
			}
		}
		if !found {
			parts = append(parts, pairs[i]+"="+pairs[i+1])
		}
	}
	return strings.Join(parts, "&")
}

func without(query, name string) string {
	return strings.ReplaceAll(with(query, name, "\x01"), name+"=\x01", "left=out")
}

func TestTheOrderOfAxes(t *testing.T) {
	degrees := orb.Bound{Min: orb.Point{112, 22.9}, Max: orb.Point{112.2, 23}}
	metres := orb.Bound{Min: orb.Point{600000, 2530000}, Max: orb.Point{601000, 2530500}}
	for sentence, c := range map[string]struct {
		query string
		want  orb.Bound
		plane crs.System
	}{
		"1.3.0 and 4490: latitude first":   {map13, degrees, crs.CGCS2000},
		"1.3.0 and 4326: latitude first":   {with(map13, "CRS", "EPSG:4326"), degrees, crs.CGCS2000},
		"1.3.0 and CRS:84":                 {with(map13, "CRS", "CRS:84", "BBOX", "112,22.9,112.2,23"), degrees, crs.CGCS2000},
		"1.3.0 and a grid: northing first": {with(map13, "CRS", "EPSG:4546", "BBOX", "2530000,600000,2530500,601000"), metres, grid(t, 4546)},
		"1.3.0 and 3857: easting first":    {with(map13, "CRS", "EPSG:3857", "BBOX", "600000,2530000,601000,2530500"), metres, crs.WebMercator},
		"1.1.1 and 4490: longitude first":  {map11, degrees, crs.CGCS2000},
		"1.1.1 and a grid: easting first":  {with(map11, "SRS", "EPSG:4547", "BBOX", "600000,2530000,601000,2530500"), metres, grid(t, 4547)},
		"1.1.1 and an old number of 3857":  {with(map11, "SRS", "EPSG:900913", "BBOX", "600000,2530000,601000,2530500"), metres, crs.WebMercator},
	} {
		r, err := land().Parse(c.query)
		if err != nil || r.Map.Box != c.want || r.Map.System.Plane != c.plane {
			t.Errorf("%s: %+v, %v", sentence, r.Map, err)
		}
	}
}

func grid(t *testing.T, code int) crs.System {
	t.Helper()
	s, err := crs.FromEPSG(code)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMaps(t *testing.T) {
	r, err := land().Parse(with(map13, "TRANSPARENT", "true", "BGCOLOR", "0xFF8000", "DPI", "192", "TIME", "2026-05-01"))
	if err != nil {
		t.Fatal(err)
	}
	m := r.Map
	if strings.Join(m.Layers, " ") != "dltb road" || m.Width != 400 || m.Height != 200 || m.DPI != 192 || m.Format != PNG || !m.Transparent || *m.Background != [3]uint8{255, 128, 0} || m.Time != "2026-05-01" {
		t.Errorf("%+v", m)
	}
	r, err = land().Parse(map11)
	if err != nil || r.Version != V111 || r.Map.Format != JPEG || r.Map.Background != nil || r.Map.Transparent || r.Map.DPI != 96 {
		t.Errorf("%+v, %v", r.Map, err)
	}
}

func TestExceptions(t *testing.T) {
	info := with(map13, "REQUEST", "GetFeatureInfo", "QUERY_LAYERS", "dltb", "I", "10", "J", "20")
	for sentence, c := range map[string]struct {
		query   string
		code    Code
		locator string
	}{
		"nothing at all":               {"", MissingParameterValue, "REQUEST"},
		"no service":                   {"request=GetCapabilities", MissingParameterValue, "SERVICE"},
		"another service":              {"service=WFS&request=GetCapabilities", InvalidParameterValue, "SERVICE"},
		"no such operation":            {"service=WMS&request=GetBogus", OperationNotSupported, "REQUEST"},
		"a sequence of the future":     {"service=WMS&request=GetCapabilities&updatesequence=8", InvalidUpdateSequence, "UPDATESEQUENCE"},
		"the current sequence":         {"service=WMS&request=GetCapabilities&updatesequence=7", CurrentUpdateSequence, "UPDATESEQUENCE"},
		"no version":                   {without(map13, "VERSION"), MissingParameterValue, "VERSION"},
		"no layers":                    {without(map13, "LAYERS"), MissingParameterValue, "LAYERS"},
		"no such layer":                {with(map13, "LAYERS", "dltb,nothing"), LayerNotDefined, "LAYERS"},
		"SQL for a layer":              {with(map13, "LAYERS", "dltb'%3bDROP TABLE x"), LayerNotDefined, "LAYERS"},
		"too many layers":              {with(map13, "LAYERS", strings.Repeat("dltb,", 100)), InvalidParameterValue, "LAYERS"},
		"no such style":                {with(map13, "STYLES", "bold"), StyleNotDefined, "STYLES"},
		"more styles than layers":      {with(map13, "STYLES", ",,"), StyleNotDefined, "STYLES"},
		"no such system":               {with(map13, "CRS", "EPSG:2154"), InvalidCRS, "CRS"},
		"a system of Xi'an 1980":       {with(map13, "CRS", "EPSG:4610"), InvalidCRS, "CRS"},
		"no system":                    {without(map13, "CRS"), MissingParameterValue, "CRS"},
		"SRS in 1.3.0":                 {strings.Replace(map13, "CRS=", "SRS=", 1), MissingParameterValue, "CRS"},
		"CRS:84 in 1.1.1":              {with(map11, "SRS", "CRS:84"), InvalidCRS, "SRS"},
		"no box":                       {without(map13, "BBOX"), MissingParameterValue, "BBOX"},
		"a box of three":               {with(map13, "BBOX", "1,2,3"), InvalidParameterValue, "BBOX"},
		"a box that is turned":         {with(map13, "BBOX", "23,112,22,113"), InvalidParameterValue, "BBOX"},
		"a box with NaN":               {with(map13, "BBOX", "NaN,112,22,113"), InvalidParameterValue, "BBOX"},
		"an infinite box":              {with(map13, "BBOX", "-Inf,112,22,113"), InvalidParameterValue, "BBOX"},
		"40,000 pixels":                {with(map13, "WIDTH", "40000"), InvalidParameterValue, "WIDTH"},
		"no pixels":                    {with(map13, "HEIGHT", "0"), InvalidParameterValue, "HEIGHT"},
		"a width that overflows":       {with(map13, "WIDTH", "99999999999999999999"), InvalidParameterValue, "WIDTH"},
		"no such format":               {with(map13, "FORMAT", "image/gif"), InvalidFormat, "FORMAT"},
		"no format":                    {without(map13, "FORMAT"), MissingParameterValue, "FORMAT"},
		"no such colour":               {with(map13, "BGCOLOR", "red"), InvalidParameterValue, "BGCOLOR"},
		"neither true nor false":       {with(map13, "TRANSPARENT", "maybe"), InvalidParameterValue, "TRANSPARENT"},
		"a dpi of a poster":            {with(map13, "DPI", "9999"), InvalidParameterValue, "DPI"},
		"no such manner of exceptions": {with(map13, "EXCEPTIONS", "SHOUT"), InvalidParameterValue, "EXCEPTIONS"},
		"a style of one's own":         {with(map13, "SLD_BODY", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>%26e;</x>"), OperationNotSupported, "SLD_BODY"},
		"the address of a style":       {with(map13, "SLD", "http://127.0.0.1:1/x"), OperationNotSupported, "SLD"},
		"no layers to query":           {without(info, "QUERY_LAYERS"), MissingParameterValue, "QUERY_LAYERS"},
		"no pixel":                     {without(info, "I"), MissingParameterValue, "I"},
		"a pixel outside":              {with(info, "J", "200"), InvalidPoint, "J"},
		"no such answer":               {with(info, "INFO_FORMAT", "application/gml"), InvalidFormat, "INFO_FORMAT"},
		"no features":                  {with(info, "FEATURE_COUNT", "0"), InvalidParameterValue, "FEATURE_COUNT"},
		"a legend of two layers":       {"SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=dltb,road", InvalidParameterValue, "LAYER"},
		"a legend of nothing":          {"SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=x", LayerNotDefined, "LAYER"},
		"a legend as a PDF":            {"SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=road&FORMAT=application/pdf", InvalidFormat, "FORMAT"},
	} {
		r, err := land().Parse(c.query)
		var e *Exception
		if !errors.As(err, &e) || e.Code != c.code || e.Locator != c.locator || e.ZH == "" || e.EN == "" {
			t.Errorf("%s: %v, want %s %s", sentence, err, c.code, c.locator)
			continue
		}
		report, kind, err := e.Report(r.Version)
		if err != nil || kind == "" || xml.Unmarshal(report, &struct{}{}) != nil {
			t.Errorf("%s: %v: %s", sentence, err, report)
		}
	}
}

func TestTheMannerOfExceptions(t *testing.T) {
	for sentence, c := range map[string]struct {
		query string
		want  Manner
	}{
		"XML without a word":          {with(map13, "LAYERS", "x"), AsXML},
		"in the picture":              {with(map13, "LAYERS", "x", "EXCEPTIONS", "INIMAGE"), InImage},
		"an empty picture":            {with(map13, "LAYERS", "x", "EXCEPTIONS", "BLANK"), Blank},
		"in the picture, 1.1.1":       {with(map11, "LAYERS", "x", "EXCEPTIONS", "application/vnd.ogc.se_inimage"), InImage},
		"no picture of that size":     {with(map13, "WIDTH", "40000", "EXCEPTIONS", "INIMAGE"), AsXML},
		"no picture of that format":   {with(map13, "FORMAT", "image/gif", "EXCEPTIONS", "BLANK"), AsXML},
		"a question is no picture":    {with(map13, "REQUEST", "GetFeatureInfo", "EXCEPTIONS", "BLANK"), AsXML},
		"capabilities are no picture": {"SERVICE=WMS&REQUEST=GetCapabilities&updatesequence=9&EXCEPTIONS=BLANK", AsXML},
	} {
		r, err := land().Parse(c.query)
		if err == nil || r.Manner != c.want || c.want != AsXML && (r.Picture.Width != 400 || r.Picture.Height != 200) {
			t.Errorf("%s: %v, %+v", sentence, err, r)
		}
	}
}

func TestVersionsAreNegotiated(t *testing.T) {
	for asked, want := range map[string]Version{"": V130, "1.3.0": V130, "1.4.0": V130, "2": V130, "1.1.1": V111, "1.1.0": V111, "1.0.0": V111, "1.2.9": V111, "bogus": V130} {
		r, err := land().Parse("service=WMS&request=GetCapabilities&version=" + asked)
		if err != nil || r.Version != want || r.Capabilities == nil {
			t.Errorf("%q: %s, %v", asked, r.Version, err)
		}
	}
}

func TestInfoAndLegend(t *testing.T) {
	r, err := land().Parse(with(map11, "REQUEST", "GetFeatureInfo", "QUERY_LAYERS", "land", "X", "399", "Y", "0", "INFO_FORMAT", "text/html; charset=utf-8", "FEATURE_COUNT", "1000"))
	if err != nil || r.Info.Column != 399 || r.Info.Row != 0 || r.Info.Format != info.HTML || r.Info.MostEach != 50 || r.Info.Layers[0] != "land" {
		t.Errorf("%+v, %v", r.Info, err)
	}
	r, err = land().Parse("SERVICE=WMS&VERSION=1.1.1&REQUEST=GetLegendGraphic&LAYER=road&STYLE=&SCALE=25000&WIDTH=20&HEIGHT=20")
	if err != nil || r.Legend.Layer != "road" || r.Legend.Format != PNG || r.Legend.Scale != 25000 {
		t.Errorf("%+v, %v", r.Legend, err)
	}
}

func TestCapabilitiesAreThoseThatWereReviewed(t *testing.T) {
	for _, v := range []Version{V111, V130} {
		text, kind, err := land().Capabilities(v)
		if err != nil || kind == "" {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", "capabilities-"+string(v)+".xml")
		if *update {
			if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(file, text, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(file); err != nil || string(want) != string(text) {
			t.Errorf("the capabilities differ from %s (%v); look at the difference after go test -update", file, err)
		}
		var read struct {
			Layer struct {
				Name  string `xml:"Name"`
				Boxes []struct {
					CRS  string  `xml:"CRS,attr"`
					SRS  string  `xml:"SRS,attr"`
					MinX float64 `xml:"minx,attr"`
					MinY float64 `xml:"miny,attr"`
				} `xml:"BoundingBox"`
			} `xml:"Capability>Layer"`
		}
		if err := xml.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		for _, b := range read.Layer.Boxes {
			northFirst := b.MinX < b.MinY
			switch b.CRS + b.SRS {
			case "EPSG:4490", "EPSG:4326":
				if northFirst != (v == V130) {
					t.Errorf("%s: the box of %s is %+v", v, b.CRS+b.SRS, b)
				}
			case "EPSG:4546":
				if (b.MinX > b.MinY) != (v == V130) || v == V111 && (b.MinX > 505114 || b.MinX < 505000) {
					t.Errorf("%s: the box of %s is %+v", v, b.CRS+b.SRS, b)
				}
			case "CRS:84":
				if v == V111 || northFirst {
					t.Errorf("%s: the box of CRS:84 is %+v", v, b)
				}
			}
		}
		if want := map[Version]int{V111: 5, V130: 6}[v]; len(read.Layer.Boxes) != want {
			t.Errorf("%s: %d boxes, want %d", v, len(read.Layer.Boxes), want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(map13)
	f.Add(map11)
	f.Add(with(map13, "REQUEST", "GetFeatureInfo", "QUERY_LAYERS", "dltb", "I", "10", "J", "20", "EXCEPTIONS", "BLANK"))
	f.Add("SERVICE=WMS&VERSION=1.1.1&REQUEST=GetLegendGraphic&LAYER=road&SCALE=25000")
	s := land()
	f.Fuzz(func(t *testing.T, query string) {
		r, err := s.Parse(query)
		var e *Exception
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%v", err)
		case err != nil:
			if report, _, err := e.Report(r.Version); err != nil || xml.Unmarshal(report, &struct{}{}) != nil {
				t.Errorf("%v: %s", err, report)
			}
			if r.Manner != AsXML && (r.Picture.Width < 1 || r.Picture.Width > MaxSide || r.Picture.Height < 1 || r.Picture.Height > MaxSide) {
				t.Errorf("a picture of %d × %d", r.Picture.Width, r.Picture.Height)
			}
		case r.Map != nil && !(r.Map.Box.Min[0] < r.Map.Box.Max[0] && r.Map.Box.Min[1] < r.Map.Box.Max[1]):
			t.Errorf("%+v", r.Map)
		}
	})
}
