package crs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

const (
	chinaGeogcs = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	wgsGeogcs   = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	xianGeogcs  = `GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
)

// esri is a .prj as ArcGIS writes it.
func esri(name, geogcs string, falseEasting, meridian, scale float64) string {
	return fmt.Sprintf(`PROJCS[%q,%s,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",%.1f],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",%.1f],PARAMETER["Scale_Factor",%g],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`,
		name, geogcs, falseEasting, meridian, scale)
}

func TestIdentify(t *testing.T) {
	cases := map[string]struct {
		wkt  string
		want string
		err  error
	}{
		"3-degree zone 37":                    {wkt: esri("CGCS2000_3_Degree_GK_Zone_37", chinaGeogcs, 37500000, 111, 1), want: "EPSG:4525"},
		"3-degree meridian 111":               {wkt: esri("CGCS2000_3_Degree_GK_CM_111E", chinaGeogcs, 500000, 111, 1), want: "EPSG:4546"},
		"3-degree meridian 114":               {wkt: esri("CGCS2000_3_Degree_GK_CM_114E", chinaGeogcs, 500000, 114, 1), want: "EPSG:4547"},
		"6-degree zone 19":                    {wkt: esri("CGCS2000_GK_Zone_19", chinaGeogcs, 19500000, 111, 1), want: "EPSG:4497"},
		"6-degree meridian 111":               {wkt: esri("CGCS2000_GK_CM_111E", chinaGeogcs, 500000, 111, 1), want: "EPSG:4508"},
		"a name nobody knows":                 {wkt: esri("yunfu_2000", chinaGeogcs, 37500000, 111, 1), want: "EPSG:4525"},
		"a spelling with underscores":         {wkt: esri("CGCS_2000_3_Degree_GK_Zone_35", strings.ReplaceAll(chinaGeogcs, "D_China_2000", "D_CGCS_2000"), 35500000, 105, 1), want: "EPSG:4523"},
		"a byte order mark before":            {wkt: "\ufeff" + chinaGeogcs, want: "EPSG:4490"},
		"CGCS2000 degrees":                    {wkt: chinaGeogcs, want: "EPSG:4490"},
		"WGS 84 degrees":                      {wkt: wgsGeogcs, want: "EPSG:4326"},
		"UTM 49":                              {wkt: esri("WGS_1984_UTM_Zone_49N", wgsGeogcs, 500000, 111, 0.9996), want: "EPSG:32649"},
		"Web Mercator of ESRI":                {wkt: `PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",` + wgsGeogcs + `,PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],UNIT["Meter",1.0]]`, want: "EPSG:3857"},
		"Xi'an 1980 zone 37":                  {wkt: esri("Xian_1980_3_Degree_GK_Zone_37", xianGeogcs, 37500000, 111, 1), err: crs.ErrNeedsParameters},
		"Xi'an 1980 degrees":                  {wkt: xianGeogcs, err: crs.ErrNeedsParameters},
		"Beijing 1954":                        {wkt: strings.ReplaceAll(xianGeogcs, "Xian_1980", "Beijing_1954"), err: crs.ErrNeedsParameters},
		"a meridian between zones":            {wkt: esri("local", chinaGeogcs, 500000, 112.25, 1), err: crs.ErrUnsupported},
		"a false easting of its own":          {wkt: esri("local", chinaGeogcs, 40000, 111, 1), err: crs.ErrUnsupported},
		"zone number and meridian that fight": {wkt: esri("CGCS2000_3_Degree_GK_Zone_37", chinaGeogcs, 37500000, 114, 1), err: crs.ErrUnsupported},
		"GRS 80 ellipsoid on another datum":   {wkt: `GEOGCS["NAD83",DATUM["North_American_Datum_1983",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]`, err: crs.ErrUnsupported},
		"gons":                                {wkt: strings.ReplaceAll(chinaGeogcs, "0.0174532925199433", "0.015707963267949"), err: crs.ErrUnsupported},
		"empty":                               {wkt: " \x00", err: crs.ErrUnknown},
		"not a WKT":                           {wkt: "EPSG 4525", err: crs.ErrUnknown},
		"cut off":                             {wkt: chinaGeogcs[:60], err: crs.ErrUnknown},
		"code and parameters that fight":      {wkt: strings.TrimSuffix(esri("x", chinaGeogcs, 37500000, 111, 1), "]") + `,AUTHORITY["EPSG","4547"]]`, err: crs.ErrUnsupported},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := crs.Identify(c.wkt)
			if !errors.Is(err, c.err) || got.String() != c.want {
				t.Fatalf("got %q, %v; want %q, %v", got, err, c.want, c.err)
			}
			if err != nil && !strings.Contains(err.Error(), "--crs") && !strings.Contains(err.Error(), "CGCS2000") {
				t.Errorf("no fix is named: %v", err)
			}
		})
	}
}

// TestIdentifyWhatGDALWrites goes through every code that is accepted or refused,
// with and without the authority's code in the text.
func TestIdentifyWhatGDALWrites(t *testing.T) {
	codes := []int{4490, 4326, 3857, 32649, 32650}
	for code := 4491; code <= 4554; code++ {
		codes = append(codes, code)
	}
	for _, code := range codes {
		sr, err := godal.NewSpatialRefFromEPSG(code)
		if err != nil {
			t.Fatal(err)
		}
		wkt, err := sr.WKT()
		sr.Close()
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("EPSG:%d", code)
		if got, err := crs.Identify(wkt); err != nil || got.String() != want {
			t.Errorf("%s: got %s, %v", want, got, err)
		}
		nameless := strings.ReplaceAll(wkt, `"EPSG"`, `"NONE"`)
		if got, err := crs.Identify(nameless); err != nil || got.String() != want {
			t.Errorf("%s without its code: got %s, %v", want, got, err)
		}
	}
	for _, code := range []int{4610, 2327, 2361, 2382, 2390, 4214, 4555, 2401, 2413, 2442, 21413, 21483} {
		sr, err := godal.NewSpatialRefFromEPSG(code)
		if err != nil {
			t.Fatal(err)
		}
		wkt, err := sr.WKT()
		sr.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{wkt, strings.ReplaceAll(wkt, `"EPSG"`, `"NONE"`)} {
			if got, err := crs.Identify(text); !errors.Is(err, crs.ErrNeedsParameters) {
				t.Errorf("EPSG:%d: got %s, %v", code, got, err)
			}
		}
		if got, err := crs.FromEPSG(code); !errors.Is(err, crs.ErrNeedsParameters) {
			t.Errorf("FromEPSG(%d): got %s, %v", code, got, err)
		}
	}
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		text, want string
		err        error
	}{
		"with authority":    {text: "EPSG:4525", want: "EPSG:4525"},
		"bare number":       {text: " 4490 ", want: "EPSG:4490"},
		"lower case":        {text: "epsg:4546", want: "EPSG:4546"},
		"URN":               {text: "urn:ogc:def:crs:EPSG::4490", want: "EPSG:4490"},
		"URI":               {text: "http://www.opengis.net/def/crs/EPSG/0/3857", want: "EPSG:3857"},
		"CRS84":             {text: "urn:ogc:def:crs:OGC:1.3:CRS84", want: "EPSG:4326"},
		"GCJ-02":            {text: "gcj02", want: "GCJ-02"},
		"BD-09":             {text: "BD-09", want: "BD-09"},
		"by name":           {text: "CGCS2000", want: "EPSG:4490"},
		"Xi'an 1980":        {text: "EPSG:2361", err: crs.ErrNeedsParameters},
		"empty":             {text: "", err: crs.ErrUnknown},
		"another authority": {text: "ESRI:102100", err: crs.ErrUnsupported},
		"another country":   {text: "EPSG:27700", err: crs.ErrUnsupported},
		"nonsense":          {text: "zone 37", err: crs.ErrUnsupported},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := crs.Parse(c.text)
			if !errors.Is(err, c.err) || got.String() != c.want {
				t.Errorf("got %q, %v; want %q, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		system string
		point  orb.Point
		says   string // part of the error; "" is no error
	}{
		"degrees in 4490":                   {system: "4490", point: orb.Point{112.04, 22.93}},
		"swapped degrees":                   {system: "4490", point: orb.Point{22.93, 112.04}, says: "颠倒"},
		"zoned metres said to be degrees":   {system: "4490", point: orb.Point{37558513, 2518171}, says: "--crs EPSG:4525"},
		"6-degree zone said to be degrees":  {system: "4490", point: orb.Point{19558513, 2518171}, says: "--crs EPSG:4497"},
		"Web Mercator said to be degrees":   {system: "4490", point: orb.Point{12416063, 2660414}, says: "--crs EPSG:3857"},
		"unzoned metres said to be degrees": {system: "4490", point: orb.Point{558513, 2518171}, says: "EPSG:4546"},
		"unzoned in 4546":                   {system: "4546", point: orb.Point{558513, 2518171}},
		"of the next zone in 4547":          {system: "4547", point: orb.Point{196077, 2518171}},
		"zone number where none belongs":    {system: "4546", point: orb.Point{37558513, 2518171}, says: "--crs EPSG:4525"},
		"no zone number where one belongs":  {system: "4525", point: orb.Point{558513, 2518171}, says: "--crs EPSG:4546"},
		"another zone's number":             {system: "4525", point: orb.Point{38247707, 2572660}, says: "--crs EPSG:4526"},
		"degrees said to be metres":         {system: "4525", point: orb.Point{112.04, 22.93}, says: "--crs EPSG:4490"},
		"survey X first":                    {system: "4546", point: orb.Point{2518171, 558513}, says: "颠倒"},
		"survey X first with zone":          {system: "4525", point: orb.Point{2518171, 37558513}, says: "颠倒"},
		"north of China":                    {system: "4546", point: orb.Point{558513, 9518171}, says: "不在中国"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := mustParse(t, c.system).Check(c.point)
			switch {
			case c.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.says != "" && (!errors.Is(err, crs.ErrImplausible) || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v, want it to say %q", err, c.says)
			case err != nil && strings.Contains(err.Error(), "%!"):
				t.Errorf("badly written message: %v", err)
			}
		})
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add(esri("CGCS2000_3_Degree_GK_Zone_37", chinaGeogcs, 37500000, 111, 1))
	f.Add(wgsGeogcs)
	f.Add(`PROJCRS["x",BASEGEOGCRS["y"],CONVERSION["z",METHOD["w"]],ID["EPSG",4525]]`)
	f.Add(`A[B[C[`)
	f.Fuzz(func(t *testing.T, wkt string) {
		system, err := crs.Identify(wkt)
		if (err == nil) == system.IsZero() {
			t.Errorf("got %q and %v", system, err)
		}
	})
}
