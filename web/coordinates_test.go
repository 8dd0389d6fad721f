package web

import (
	"math"
	"net/http"
	"strings"
	"testing"
)

func TestCoordinatesOverHTTP(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct {
		query string
		x, y  float64
		text  string
	}{
		"to metres, as surveyors write them":    {"points=112.04,22.92&to=4546&form=survey", 606690.2781, 2536055.2270, "X=2536055.2270 Y=606690.2781"},
		"with the zone's number":                {"points=112.04,22.92&to=4525", 37606690.2781, 2536055.2270, "37606690.2781, 2536055.2270"},
		"from a surveyor's metres":              {"points=X%3D2536055.2270%20Y%3D606690.2781&from=4546&form=dms", 112.04, 22.92, "22°55′12.00000″N 112°02′24.00000″E"},
		"from degrees, minutes and seconds":     {"points=22%C2%B055%E2%80%B212%E2%80%B3N,112%C2%B002%E2%80%B224%E2%80%B3E&to=4490", 112.04, 22.92, "112.040000000, 22.920000000"},
		"from one zone to the next":             {"points=37606690.2781,2536055.2270&from=4525&to=4526", 38298910.0935, 2537017.9521, ""},
		"CRS84 is what nothing says, both ways": {"points=112.04,22.92", 112.04, 22.92, "112.040000000, 22.920000000"},
	} {
		got := s.json(s.get("/api/v1/coordinates/convert?"+c.query), http.StatusOK)
		p := got["points"].([]any)[0].(map[string]any)
		off := 0.001
		if c.x < 180 {
			off = 1e-8
		}
		if math.Abs(p["x"].(float64)-c.x) > off || math.Abs(p["y"].(float64)-c.y) > off || c.text != "" && p["text"] != c.text {
			t.Errorf("%s: %v", sentence, p)
		}
	}
	many := s.json(s.do("POST", "/api/v1/coordinates/convert", `{"from": "4546", "to": "gcj02", "points": [[606690.2781, 2536055.2270], "X=2536055.2270 Y=606690.2781"]}`), http.StatusOK)["points"].([]any)
	if len(many) != 2 || many[0].(map[string]any)["text"] != many[1].(map[string]any)["text"] || many[0].(map[string]any)["text"] != "112.045310399, 22.917333909" {
		t.Errorf("%v", many)
	}
	for sentence, c := range map[string]struct {
		body, field string
		status      int
	}{
		"no positions":            {`{"to": "4546", "points": []}`, "points", 400},
		"too many positions":      {`{"points": [` + strings.Repeat("[1,2],", maxPoints) + `[1,2]]}`, "points", 400},
		"an unknown member":       {`{"too": "4546", "points": [[1,2]]}`, "too", 400},
		"a number for a system":   {`{"to": 4546, "points": [[1,2]]}`, "to", 400},
		"an unknown system":       {`{"to": "9999", "points": [[1,2]]}`, "to", 400},
		"an unknown form":         {`{"form": "utm", "points": [[1,2]]}`, "form", 400},
		"a survey of degrees":     {`{"form": "survey", "points": [[112,22]]}`, "form", 400},
		"91°":                     {`{"points": [[112,22], [112, 91]]}`, "points[1]", 400},
		"axes turned round":       {`{"points": ["22.9, 112"]}`, "points[0]", 400},
		"no position":             {`{"points": [null]}`, "points[0]", 400},
		"a text that is none":     {`{"points": ["here"]}`, "points[0]", 400},
		"NUL bytes":               {`{"points": ["112,22\u0000"]}`, "points[0]", 400},
		"far from the meridian":   {`{"to": "4546", "points": [[-68, 22]]}`, "points[0]", 400},
		"no JSON":                 {`points=1`, "(body)", 400},
		"two values":              {`{"points": [[1,2]]} {}`, "(body)", 400},
		"20 MB":                   {`{"points": [` + strings.Repeat(" ", 20<<20) + `]}`, "(body)", 413},
		"deeper than JSON may be": {`{"points": ` + strings.Repeat("[", 20_000) + `}`, "(body)", 400},
	} {
		p := s.json(s.do("POST", "/api/v1/coordinates/convert", c.body), c.status)
		if field, _ := p["field"].(string); field != c.field {
			t.Errorf("%s: %v", sentence, p)
		}
	}
	s.wantProblem(s.get("/api/v1/coordinates/convert"), http.StatusBadRequest, "bad-request")
}

func TestGridCodesOverHTTP(t *testing.T) {
	s := newService(t)
	for address, want := range map[string]string{
		"beidou/encode?lon=112.043945&lat=22.92815&level=5":                   `"code":"N49F854259A"`,
		"beidou/encode?lon=607086.9&lat=2536957.6&level=4&crs=4546":           `"code":"N49F85425"`,
		"geohash/encode?lon=112.043945&lat=22.92815&level=7":                  `"code":"wkpdmtg"`,
		"s2/encode?lon=112.043945&lat=22.92815&level=16":                      `"code":"36a9a2ab9"`,
		"beidou/decode?code=n49f":                                             `"coordinates":[[[108,20],[114,20],[114,24],[108,24],[108,20]]]`,
		"geohash/neighbours?code=wkpdm":                                       `["wkpdh","wkpdj","wkpdk","wkpdn","wkpdq","wkpds","wkpdt","wkpdw"]`,
		"beidou/decode?code=N49F854259A&crs=4546":                             `"centre":[60`,
		"beidou/encode?lon=112.04&lat=89&level=5":                             `"field":"lat"`,
		"beidou/encode?lon=112.04&lat=22&level=11":                            `"field":"level"`,
		"beidou/encode?lon=112.04&lat=22":                                     `"field":"level"`,
		"beidou/encode?lon=22&lat=112&level=5":                                `"field":"lon"`,
		"beidou/decode?code=":                                                 `"field":"code"`,
		"s2/decode?code=zz":                                                   `"field":"code"`,
		"geohash/neighbours?code=a":                                           `"field":"code"`,
		"what3words/decode?code=a":                                            `"field":"scheme"`,
		"beidou/encode?lon=112.04&lat=22&level=5&depth=1":                     `"field":"depth"`,
		"s2/decode?code=1&crs=4546":                                           `"field":"crs"`,
		"geohash/decode?code=wkpdm%00":                                        `"field":"code"`,
		"geohash/neighbours?code=" + strings.Repeat("w", 5000):                `"field":"code"`,
		"beidou/encode?lon=112.04&lat=22&level=99999999999999999999999999999": `"field":"level"`,
	} {
		a := s.get("/api/v1/grid/codes/" + address)
		if !strings.Contains(string(a.body), want) || (a.status == http.StatusOK) == strings.HasPrefix(want, `"field"`) {
			t.Errorf("%s: %d %s, want %s", address, a.status, a.body, want)
		}
	}
	square := `{"type":"Polygon","coordinates":[[[112.03,22.9],[112.06,22.9],[112.06,22.93],[112.03,22.93],[112.03,22.9]]]}`
	for _, body := range []string{square, `{"type":"Feature","properties":{},"geometry":` + square + `}`} {
		got := s.json(s.do("POST", "/api/v1/grid/codes/beidou/cover?level=4", body), http.StatusOK)
		if codes := got["codes"].([]any); len(codes) != 6 || codes[0] != "N49F85414" {
			t.Errorf("%v", got)
		}
	}
	for sentence, c := range map[string]struct {
		body, query, field string
		status             int
	}{
		"too many cells":    {square, "level=9", "level", 400},
		"no level":          {square, "", "level", 400},
		"a point":           {`{"type":"Point","coordinates":[112,22]}`, "level=4", "(body)", 400},
		"no JSON":           {`x`, "level=4", "(body)", 400},
		"nothing":           {``, "level=4", "(body)", 400},
		"null":              {`null`, "level=4", "(body)", 400},
		"an empty polygon":  {`{"type":"Polygon","coordinates":[]}`, "level=4", "(body)", 400},
		"an open ring":      {`{"type":"Polygon","coordinates":[[[112,22],[113,22],[113,23],[112,23]]]}`, "level=4", "(body)", 400},
		"axes turned round": {`{"type":"Polygon","coordinates":[[[22,112],[22,113],[23,113],[22,112]]]}`, "level=4", "lon", 400},
		"91°":               {`{"type":"Polygon","coordinates":[[[112,22],[113,91],[113,23],[112,22]]]}`, "level=4", "lat", 400},
		"a million vertices": {
			`{"type":"Polygon","coordinates":[[` + strings.Repeat("[112,22],", 300_000) + `[112,22]]]}`, "level=4", "(body)", 400,
		},
		"20 MB": {strings.Repeat(" ", 20<<20), "level=4", "(body)", 413},
	} {
		p := s.json(s.do("POST", "/api/v1/grid/codes/beidou/cover?"+c.query, c.body), c.status)
		if field, _ := p["field"].(string); field != c.field {
			t.Errorf("%s: %v", sentence, p)
		}
	}
}
