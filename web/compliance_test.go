package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// site lies across both ponds and beside them; the same in every form.
const (
	siteRing    = `[[112.095, 22.905], [112.105, 22.905], [112.105, 22.925], [112.095, 22.925], [112.095, 22.905]]`
	siteGeoJSON = `{"type": "Polygon", "coordinates": [` + siteRing + `]}`
)

func (s *service) check(t *testing.T, path, body string, headers ...string) map[string]any {
	t.Helper()
	return s.json(s.do(http.MethodPost, path, body, headers...), http.StatusCreated)
}

// in leads to a member of a decoded answer, as "area", "m2".
func in(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := value.(map[string]any)
			if !ok {
				t.Fatalf("%v: %v is no object", path, value)
			}
			value = object[step]
		case int:
			list, ok := value.([]any)
			if !ok || len(list) <= step {
				t.Fatalf("%v: %v has no item %d", path, value, step)
			}
			value = list[step]
		}
	}
	return value
}

func TestARedLineIsCheckedInEveryFormItComesIn(t *testing.T) {
	s := newService(t)
	want := s.check(t, "/api/v1/compliance?rule_set=ponds", siteGeoJSON, s.bearer())
	m2 := in(t, want, "area", "m2").(float64)
	if in(t, want, "verdict") != "restricted" || in(t, want, "verdict_name") != "限制" || m2 < 2e6 || m2 > 2.5e6 {
		t.Fatalf("%v, %f m²", want["verdict"], m2)
	}
	if pieces := in(t, want, "findings", 0, "pieces").([]any); len(pieces) != 2 {
		t.Errorf("%d pieces, want 2", len(pieces))
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, _ := parts.CreateFormFile("file", `C:\红线\site.kml`)
	fmt.Fprint(file, kmlSite)
	_ = parts.WriteField("rule_set", "ponds")
	_ = parts.WriteField("name", "形式")
	_ = parts.Close()
	wrapped, _ := json.Marshal(map[string]any{"rule_set": "ponds", "redline": json.RawMessage(siteGeoJSON), "name": "包装"})
	points, _ := json.Marshal(map[string]any{"rule_set": "ponds", "crs": "4490", "points": "J1,112.095,22.905\nJ2,112.105,22.905\n\t112°06′18″ 22°55′30″\n112.095;22.925\n"})
	for sentence, c := range map[string]struct {
		path, body string
		headers    []string
		format     string
		tolerance  float64 // m²
	}{
		"a feature":                  {"/api/v1/compliance?rule_set=ponds", `{"type": "Feature", "properties": {}, "geometry": ` + siteGeoJSON + `}`, nil, "GeoJSON", 1e-6},
		"a collection":               {"/api/v1/compliance?rule_set=ponds", `{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": null, "geometry": ` + siteGeoJSON + `}]}`, nil, "GeoJSON", 1e-6},
		"an object round it":         {"/api/v1/compliance", string(wrapped), []string{"Content-Type: application/json"}, "GeoJSON", 1e-6},
		"corners in an object":       {"/api/v1/compliance", string(points), []string{"Content-Type: application/json"}, "坐标文本", 0.5},
		"corners as plain text":      {"/api/v1/compliance?rule_set=ponds&crs=CGCS2000", "112.095 22.905\n112.105 22.905\n112.105 22.925\n112.095 22.925\n", []string{"Content-Type: text/plain"}, "坐标文本", 1e-6},
		"KML in a form":              {"/api/v1/compliance", form.String(), []string{"Content-Type: " + parts.FormDataContentType()}, "KML", 1e-6},
		"KML alone":                  {"/api/v1/compliance?rule_set=ponds&filename=site.kml", kmlSite, nil, "KML", 1e-6},
		"KML without a name":         {"/api/v1/compliance?rule_set=ponds", kmlSite, nil, "KML", 1e-6},
		"a red-line text":            {"/api/v1/compliance?rule_set=ponds", redlineSite, []string{"Content-Type: text/plain"}, "", 200},
		"swapped, but told":          {"/api/v1/compliance?rule_set=ponds&swap_axes=true", `{"type": "Polygon", "coordinates": [[[22.905, 112.095], [22.905, 112.105], [22.925, 112.105], [22.925, 112.095], [22.905, 112.095]]]}`, nil, "GeoJSON", 1e-6},
		"a GeoJSON file by its name": {"/api/v1/compliance?rule_set=ponds&filename=site.geojson", siteGeoJSON, []string{"Content-Type: application/octet-stream"}, "GeoJSON", 1e-6},
	} {
		got := s.check(t, c.path, c.body, append(c.headers, s.bearer())...)
		if off := math.Abs(in(t, got, "area", "m2").(float64) - m2); off > c.tolerance {
			t.Errorf("%s: %f m² off", sentence, off)
		}
		if format := in(t, got, "input", "format"); c.format != "" && format != c.format {
			t.Errorf("%s: read as %v", sentence, format)
		}
		if c.tolerance < 1e-3 && got["question_hash"] != want["question_hash"] {
			t.Errorf("%s: is another question", sentence)
		}
	}
	stated := s.check(t, "/api/v1/compliance?rule_set=ponds", redlineSite, s.bearer())
	if plots := in(t, stated, "input", "plots").([]any); len(plots) != 1 || in(t, plots, 0, "stated_m2") != 2271700.0 || in(t, stated, "input", "stated", "difference_m2") == nil {
		t.Errorf("%v", stated["input"])
	}
}

const kmlSite = `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>s</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
112.095,22.905 112.105,22.905 112.105,22.925 112.095,22.925 112.095,22.905</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>`

// redlineSite is the site on the 37th zone, to a decimetre.
const redlineSite = "[属性描述]\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n投影类型=高斯克吕格\r\n计量单位=米\r\n带号=37\r\n精度=0.1\r\n转换参数=,,,,,,\r\n[地块坐标]\r\n" +
	"5,227.1700,DK1,一号,面,F49G050040,建设用地,0701,@\r\n" +
	"J1,1,2534678.4,37612343.7\r\nJ2,1,2534686.9,37613369.9\r\nJ3,1,2536901.8,37613351.5\r\nJ4,1,2536893.3,37612325.4\r\nJ1,1,2534678.4,37612343.7\r\n"

func TestACheckIsAnsweredAgainAndOnPaper(t *testing.T) {
	s := newService(t)
	made := s.do(http.MethodPost, "/api/v1/compliance?rule_set=ponds&name=%E5%9B%AD%E5%8C%BA&reason=%E9%A2%84%E5%AE%A1&stated_m2=2000000", siteGeoJSON, s.bearer())
	first := s.json(made, http.StatusCreated)
	path := made.header.Get("Location")
	if stored := s.get(path, s.bearer()); string(stored.body) != string(made.body) {
		t.Errorf("stored %d bytes, answered %d", len(stored.body), len(made.body))
	}
	again := s.json(s.get(path+"?again=true", s.bearer()), http.StatusOK)
	if in(t, again, "repeated", "same") != true || in(t, again, "repeated", "answer_hash") != first["answer_hash"] {
		t.Errorf("%v", again["repeated"])
	}
	if page := s.get(path+"/report.html", s.bearer()); page.status != 200 || !bytes.Contains(page.body, []byte("园区")) || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d: %.300s", page.status, page.body)
	}
	if book := s.get(path+"/report.xlsx", s.bearer()); book.status != 200 || !bytes.HasPrefix(book.body, []byte("PK")) || !strings.Contains(book.header.Get("Content-Disposition"), ".xlsx") {
		t.Errorf("%d: %.100q", book.status, book.body)
	}
	pieces := s.json(s.get(path+"/pieces.geojson", s.bearer()), http.StatusOK)
	if features := in(t, pieces, "features").([]any); len(features) != 3 {
		t.Errorf("%d features: the red line and two pieces are wanted", len(features))
	}
	shapes := s.get(path+"/pieces.zip?encoding=GBK", s.bearer())
	if archive, err := zip.NewReader(bytes.NewReader(shapes.body), int64(len(shapes.body))); err != nil || len(archive.File) != 5 {
		t.Errorf("%v", err)
	}
	list := s.json(s.get("/api/v1/compliance", s.bearer()), http.StatusOK)
	if in(t, list, "checks", 0, "id") != first["id"] || in(t, list, "checks", 0, "reason") != "预审" {
		t.Errorf("%v", list)
	}
	s.wantProblem(s.get("/api/v1/compliance"), http.StatusUnauthorized, "unauthenticated")
	s.wantProblem(s.get(path), http.StatusNotFound, "unknown-check")
	s.wantProblem(s.get(path+"/pieces.zip?encoding=latin1", s.bearer()), http.StatusBadRequest, "bad-encoding")
	anonymous := s.do(http.MethodPost, "/api/v1/compliance?rule_set=ponds", siteGeoJSON)
	shut := s.json(anonymous, http.StatusCreated)
	if in(t, shut, "findings", 1, "finding") != "unchecked" || in(t, shut, "verdict") != "restricted" {
		t.Errorf("who may not read a layer gets no finding of it: %v", in(t, shut, "findings", 1))
	}
	if in(t, s.json(s.get(anonymous.header.Get("Location")+"?again=true"), 200), "repeated", "same") != true {
		t.Error("a check of nobody in particular can be repeated by its id")
	}
	if sets := s.json(s.get("/api/v1/rule-sets"), 200); in(t, sets, "rule_sets", 0, "id") != "ponds" {
		t.Errorf("%v", sets)
	}
	s.wantProblem(s.get("/api/v1/rule-sets/none"), http.StatusNotFound, "unknown-rule-set")
}

func TestRedLinesThatAreRefusedSayWhy(t *testing.T) {
	s := newService(t)
	ring := func(n int) string {
		var out strings.Builder
		out.WriteString(`{"type":"Polygon","coordinates":[[`)
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n-1))
			if i > 0 {
				out.WriteByte(',')
			}
			fmt.Fprintf(&out, "[%.5f,%.5f]", 112+0.1*cos, 22.9+0.1*sin)
		}
		return out.String() + "]]}"
	}
	const path = "/api/v1/compliance?rule_set=ponds"
	for sentence, c := range map[string]struct {
		path, body string
		status     int
		code       string
		field      string
		says       string
	}{
		"a bow-tie":               {path, `{"type":"Polygon","coordinates":[[[112,22],[112.2,22.2],[112.2,22],[112,22.2],[112,22]]]}`, 422, "shape-not-usable", "redline", "经度 112.1"},
		"NaN":                     {path, `{"type":"Polygon","coordinates":[[[NaN,22],[112.2,22.2],[112.2,22],[112,22.2]]]}`, 400, "bad-request", "(body)", "JSON"},
		"NaN in points":           {path + "&crs=4490", "112 NaN\n112.1 22\n112 22.1\n", 422, "no-outline", "redline", "不是界址点"},
		"91 degrees":              {path, `{"type":"Polygon","coordinates":[[[112,91],[112.2,91],[112.2,92],[112,91]]]}`, 422, "", "redline", "90"},
		"91 degrees further on":   {path, `{"type":"Polygon","coordinates":[[[112,22],[112.2,91],[112.2,92],[112,22]]]}`, 422, "shape-not-usable", "redline", "-90 至 90"},
		"swapped axes":            {path, `{"type":"Polygon","coordinates":[[[22.9,112],[22.9,112.2],[23,112.2],[22.9,112]]]}`, 422, "axes-swapped", "redline", "经纬度颠倒"},
		"a million vertices":      {path, ring(1_000_000)[:16<<20-10], 400, "bad-request", "(body)", "JSON"},
		"too many vertices":       {path, ring(400_000), 422, "shape-not-usable", "redline", "超过上限 100000"},
		"20 MB":                   {path, strings.Repeat(" ", 20<<20), 413, "body-too-large", "", "16 MiB"},
		"an unknown CRS":          {path + "&crs=EPSG:2154", siteGeoJSON, 422, "crs-not-supported", "crs", "crs="},
		"an older datum":          {path + "&crs=EPSG:2361", siteGeoJSON, 422, "crs-needs-parameters", "crs", "西安"},
		"degrees called metres":   {path + "&crs=EPSG:4525", siteGeoJSON, 422, "crs-implausible", "redline", "crs=EPSG:4490"},
		"an unknown rule set":     {"/api/v1/compliance?rule_set=x", siteGeoJSON, 404, "unknown-rule-set", "rule_set", "/api/v1/rule-sets"},
		"no rule set":             {"/api/v1/compliance", siteGeoJSON, 400, "bad-request", "rule_set", "/api/v1/rule-sets"},
		"an unknown parameter":    {path + "&ruleset=x", siteGeoJSON, 400, "bad-request", "ruleset", "未知参数"},
		"an unknown member":       {path, `{"redline": ` + siteGeoJSON + `, "buffer": 5}`, 400, "bad-request", "buffer", "未知成员"},
		"a NUL in the name":       {path + "&name=a%00b", siteGeoJSON, 400, "bad-request", "name", "空字符"},
		"a NUL in the points":     {path + "&crs=4490", "{\"points\": \"112 22\\u0000\"}", 422, "no-outline", "redline", "NUL"},
		"a line":                  {path, `{"type":"LineString","coordinates":[[112,22],[113,23]]}`, 422, "no-outline", "redline", "LineString"},
		"one number":              {path, `{"type":"Polygon","coordinates":[[[112],[113],[114],[112]]]}`, 422, "no-outline", "redline", "只有 1 个数"},
		"words for numbers":       {path, `{"type":"Polygon","coordinates":[[["a","b"]]]}`, 422, "no-outline", "redline", "coordinates"},
		"nothing":                 {path, ``, 400, "bad-request", "(body)", "正文为空"},
		"an empty collection":     {path, `{"type":"FeatureCollection","features":[]}`, 422, "no-outline", "redline", "没有面"},
		"deep nesting":            {path, strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 20000), 400, "bad-request", "(body)", "JSON"},
		"a member crs":            {path, `{"type":"Polygon","crs":{"type":"name"},"coordinates":[` + siteRing + `]}`, 422, "no-outline", "redline", "参数 crs"},
		"a text without its crs":  {path, "112.095 22.905\n112.105 22.905\n112.105 22.925\n", 422, "crs-unknown", "crs", "crs="},
		"a ZIP that is none":      {path + "&filename=a.zip", "PK\x03\x04xxxx", 422, "archive-damaged", "redline", ""},
		"a picture":               {path + "&filename=a.png", "\x89PNG\r\n\x1a\n\x00\x00", 422, "format-not-supported", "redline", "不认识"},
		"a hostile name":          {path + "&filename=..%2F..%2Fetc%2Fpasswd", "root:x:0:0", 422, "format-not-supported", "redline", ""},
		"a negative stated area":  {path + "&stated_m2=-5", siteGeoJSON, 400, "bad-request", "stated_m2", "平方米"},
		"an infinite stated area": {path + "&stated_m2=inf", siteGeoJSON, 400, "bad-request", "stated_m2", ""},
		"a time that is none":     {path + "&datetime=yesterday", siteGeoJSON, 400, "bad-request", "datetime", "RFC 3339"},
	} {
		got := s.do(http.MethodPost, c.path, c.body, s.bearer())
		p := s.json(got, c.status)
		if c.code != "" && p["code"] != c.code || c.field != "" && p["field"] != c.field || !strings.Contains(fmt.Sprint(p["detail"]), c.says) {
			t.Errorf("%s: %s", sentence, got.body)
		}
		if strings.Contains(string(got.body), "--") {
			t.Errorf("%s: speaks of flags of the command line: %s", sentence, got.body)
		}
	}
	bow := s.json(s.do(http.MethodPost, path, `{"type":"Polygon","coordinates":[[[112,22],[112.2,22.2],[112.2,22],[112,22.2],[112,22]]]}`), 422)
	if lon := in(t, bow, "place", "lon").(float64); math.Abs(lon-112.1) > 1e-9 {
		t.Errorf("the crossing is at %v", bow["place"])
	}
}

// halfGlobe has edges for which there is no shortest way.
const halfGlobe = `{"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]}`

func TestQuestionsAboutPlacesAndShapes(t *testing.T) {
	s := newService(t)
	here := s.json(s.get("/api/v1/identify?lon=112.09&lat=22.91", s.bearer()), 200)
	if results := in(t, here, "results").([]any); len(results) != 2 {
		t.Errorf("all layers are asked without layers=: %v", results)
	}
	if anonymous := in(t, s.json(s.get("/api/v1/identify?lon=112.09&lat=22.91"), 200), "results").([]any); len(anonymous) != 1 {
		t.Errorf("nobody is shown the internal layer: %v", anonymous)
	}
	shifted := s.json(s.get("/api/v1/identify?lon=37611825.2&lat=2535227.5&crs=4525&layers=pond"), 200)
	if lon := in(t, shifted, "lon").(float64); math.Abs(lon-112.09) > 0.001 {
		t.Errorf("%v", shifted)
	}
	near := s.json(s.get("/api/v1/nearest?lon=112.05&lat=22.91&layer=pond&count=2"), 200)
	if d := in(t, near, "features", 0, "distance_m").(float64); math.Abs(d-3079) > 5 || math.Abs(in(t, near, "features", 0, "bearing_deg").(float64)-90) > 0.1 {
		t.Errorf("%v", near)
	}
	within := s.json(s.get("/api/v1/within?lon=112.05&lat=22.91&radius=4000&layers=pond"), 200)
	if in(t, within, "results", 0, "total") != 1.0 {
		t.Errorf("%v", within)
	}
	inside := s.json(s.do(http.MethodPost, "/api/v1/within", `{"layers": "pond", "geometry": `+siteGeoJSON+`}`), 200)
	if in(t, inside, "results", 0, "total") != 2.0 || in(t, inside, "results", 0, "features", 0, "wholly") != false {
		t.Errorf("%v", inside)
	}
	cut := s.json(s.do(http.MethodPost, "/api/v1/overlay", `{"layer": "pond", "by": "name", "pieces": true, "geometry": `+siteGeoJSON+`}`), 200)
	sum := in(t, cut, "area_m2").(float64) + in(t, cut, "uncovered_m2").(float64)
	if math.Abs(sum-in(t, cut, "shape_m2").(float64)) > 0.001 || len(in(t, cut, "groups").([]any)) != 2 || len(in(t, cut, "pieces").([]any)) != 2 {
		t.Errorf("%v", cut)
	}
	both := s.json(s.do(http.MethodPost, "/api/v1/overlay", `{"layer": "pond", "with": "pond", "by": "name", "with_by": "name", "geometry": `+siteGeoJSON+`}`), 200)
	if math.Abs(in(t, both, "area_m2").(float64)-in(t, cut, "area_m2").(float64)) > 0.001 {
		t.Errorf("a layer with itself: %v", both)
	}
	for sentence, c := range map[string]struct {
		method, path, body string
		status             int
		field              string
	}{
		"swapped":               {"GET", "/api/v1/identify?lon=22.91&lat=112.09", "", 400, "lon"},
		"91 degrees":            {"GET", "/api/v1/nearest?lon=112&lat=91&layer=pond", "", 400, "lat"},
		"not a number":          {"GET", "/api/v1/within?lon=NaN&lat=22&radius=5", "", 400, "lon"},
		"infinite":              {"GET", "/api/v1/within?lon=112&lat=inf&radius=5", "", 400, "lat"},
		"no radius":             {"GET", "/api/v1/within?lon=112&lat=22", "", 400, "radius"},
		"a radius of NaN":       {"GET", "/api/v1/within?lon=112&lat=22&radius=NaN", "", 400, "radius"},
		"an unknown CRS":        {"GET", "/api/v1/nearest?lon=112&lat=22&crs=EPSG:1&layer=pond", "", 400, "crs"},
		"an unknown layer":      {"GET", "/api/v1/nearest?lon=112&lat=22&layer=nope", "", 404, "layer"},
		"a NUL in a layer":      {"GET", "/api/v1/identify?lon=112&lat=22&layers=a%00", "", 400, "layers"},
		"too many":              {"GET", "/api/v1/nearest?lon=112&lat=22&layer=pond&count=1000", "", 400, "count"},
		"an unknown field":      {"POST", "/api/v1/overlay", `{"layer": "pond", "by": "x", "geometry": ` + siteGeoJSON + `}`, 400, "by"},
		"a NUL in a field":      {"POST", "/api/v1/overlay", `{"layer": "pond", "by": "x\u0000", "geometry": ` + siteGeoJSON + `}`, 400, "by"},
		"no shape":              {"POST", "/api/v1/overlay", `{"layer": "pond"}`, 400, "geometry"},
		"two shapes":            {"POST", "/api/v1/within", `{"layers": "pond", "division": "445302", "geometry": ` + siteGeoJSON + `}`, 400, "geometry"},
		"an unknown member":     {"POST", "/api/v1/within", `{"layer": "pond"}`, 400, "layer"},
		"a crossing":            {"POST", "/api/v1/overlay", `{"layer": "pond", "geometry": {"type":"Polygon","coordinates":[[[112,22],[112.2,22.2],[112.2,22],[112,22.2],[112,22]]]}}`, 422, "geometry"},
		"half the globe":        {"POST", "/api/v1/overlay", `{"layer": "pond", "geometry": ` + halfGlobe + `}`, 422, "geometry"},
		"within half of it":     {"POST", "/api/v1/within", `{"layers": "pond", "geometry": ` + halfGlobe + `}`, 422, "geometry"},
		"a text for a system":   {"POST", "/api/v1/within", `{"layers": "pond", "crs": 4490, "geometry": ` + siteGeoJSON + `}`, 400, "crs"},
		"a division that isn't": {"POST", "/api/v1/overlay", `{"layer": "pond", "division": "44"}`, 404, "division"},
		"a level that isn't":    {"GET", "/api/v1/summarize?layer=pond&level=street", "", 400, "level"},
		"lines of what":         {"POST", "/api/v1/overlay", `{"layer": "well", "with": "pond", "geometry": ` + siteGeoJSON + `}`, 400, ""},
		"a limit below nothing": {"POST", "/api/v1/within", `{"layers": "pond", "limit": -1, "geometry": ` + siteGeoJSON + `}`, 400, "limit"},
	} {
		got := s.do(c.method, c.path, c.body, s.bearer())
		if p := s.json(got, c.status); c.field != "" && p["field"] != c.field {
			t.Errorf("%s: %s", sentence, got.body)
		}
	}
	if said := s.get("/api/v1/identify?lon=22.91&lat=112.09"); !bytes.Contains(said.body, []byte("云浮")) {
		t.Errorf("where it would be with its axes exchanged is not said: %s", said.body)
	}
}
