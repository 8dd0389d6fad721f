package web

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"

	"onemap/access"
	"onemap/products/gateway"
	"onemap/products/pictures"
	"onemap/spatial/crs"
	"onemap/styles/render"
)

const wellMap = `{"id": "wells", "content": {"title": "水井图", "title_en": "Wells", "theme": "water", "department": "水务局",
	"text": "水井。", "source": "演示数据", "data_date": "2025", "layers": [{"id": "pond", "filter": ["==", ["get", "code"], "P1"]}, {"id": "well", "title": "水井"}], "extent": [112.0, 22.8, 112.2, 23.0], "secrecy": "internal", "share": "conditional", "conditions": "须申请", "tags": ["水"]}}`

// release makes a product and publishes it.
func (s *service) release(id, content string) {
	s.t.Helper()
	if got := s.do(http.MethodPost, "/api/v1/products", content, s.bearer()); got.status != http.StatusCreated {
		s.t.Fatalf("%d %s", got.status, got.body)
	}
	for i, to := range []string{"checked", "approved", "published"} {
		if got := s.do(http.MethodPost, "/api/v1/products/"+id+"/transitions", `{"to": "`+to+`"}`, s.bearer(), `If-Match: "r`+strconv.Itoa(i+1)+`"`); got.status != http.StatusOK {
			s.t.Fatalf("%s: %d %s", to, got.status, got.body)
		}
	}
}

func (s *service) picture(a answer) image.Image {
	s.t.Helper()
	if a.status != http.StatusOK {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	p, err := png.Decode(bytes.NewReader(a.body))
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

const pondPicture = "/services/ponds/wmts/ponds/default/w/12/1780/3323.png"

func TestTilesOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	described := s.json(s.get("/services/ponds/tiles.json"), http.StatusOK)
	address := strings.NewReplacer("{z}", "12", "{x}", "3323", "{y}", "1780").Replace(described["tiles"].([]any)[0].(string))
	if got := s.get(address); got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s: %d %v", address, got.status, got.header)
	} else if decoded, err := mvt.Unmarshal(got.body); err != nil || len(decoded) != 2 || len(decoded[0].Features) != 2 {
		t.Errorf("%v, %v", decoded, err)
	}
	if described["name"] != "坑塘分布图" || !strings.Contains(described["attribution"].(string), "水务局") {
		t.Errorf("%v", described)
	}
	style := s.json(s.get("/services/ponds/style.json"), http.StatusOK)
	if sources := style["sources"].(map[string]any); sources["pond"] == nil {
		t.Errorf("%v", sources)
	}
	drawn := s.get(pondPicture)
	if p := s.picture(drawn); p.Bounds().Dx() != 256 || p.Bounds().Dy() != 256 || drawn.header.Get("Content-Type") != "image/png" {
		t.Errorf("%v %v", p.Bounds(), drawn.header)
	}
	etag := drawn.header.Get("ETag")
	if again := s.get(pondPicture, "If-None-Match: "+etag); again.status != http.StatusNotModified || strings.HasPrefix(etag, "W/") {
		t.Errorf("with %s: %d", etag, again.status)
	}
	if jpeg := s.get(strings.Replace(pondPicture, ".png", ".jpg", 1)); jpeg.header.Get("Content-Type") != "image/jpeg" || !bytes.HasPrefix(jpeg.body, []byte{0xff, 0xd8}) {
		t.Errorf("%v", jpeg.header)
	}
	// What a KVP client gets is the same bytes.
	kvp := s.get("/services/ponds/wmts?service=WMTS&request=GetTile&layer=ponds&tilematrixset=w&tilematrix=12&tilerow=1780&tilecol=3323&format=tiles&tk=of-another-service")
	if !bytes.Equal(kvp.body, drawn.body) || kvp.header.Get("ETag") != etag {
		t.Errorf("%d %s", kvp.status, kvp.header)
	}
	vector := s.get(strings.Replace(pondPicture, ".png", ".mvt", 1))
	if decoded, err := mvt.Unmarshal(vector.body); err != nil || vector.status != http.StatusOK || len(decoded) == 0 {
		t.Errorf("%d, %v", vector.status, err)
	}
	if thumb := s.picture(s.get("/services/ponds/thumbnail.png")); thumb.Bounds().Dx() != 480 {
		t.Errorf("%v", thumb.Bounds())
	}
}

func TestAThumbnailIsOfAScaleOfTheProduct(t *testing.T) {
	wide := [4]float64{111, 22.3, 112.6, 23.4}
	const zoom0 = 559082264.0287178 / 2
	for _, coarsest := range []float64{0, 5_000_000, 500_000, 20_000} {
		f := thumbnailFrame(wide, coarsest)
		if shown := zoom0 / math.Exp2(f.Zoom()); coarsest > 0 && shown > coarsest || f.DPI < 24 || f.Width != 480 {
			t.Errorf("1:%g is drawn at 1:%g, %g dpi", coarsest, shown, f.DPI)
		}
	}
}

func TestExceptionsOfServices(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	for sentence, c := range map[string]struct {
		address string
		status  int
		says    []string
	}{
		"a tile outside":       {strings.Replace(pondPicture, "3323", "1", 1), 400, []string{"ows:ExceptionReport", "TileOutOfRange", "TileCol"}},
		"no style":             {"/services/ponds/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=ponds&FORMAT=image/png", 400, []string{"MissingParameterValue", "Style"}},
		"a question of WMTS":   {strings.TrimSuffix(pondPicture, ".png") + "/256/0.json", 400, []string{"PointIJOutOfRange", "J"}},
		"no such product":      {"/services/nothing/wmts?SERVICE=WMTS&REQUEST=GetCapabilities", 404, []string{"NoApplicableCode", "没有这个产品"}},
		"no such product, WMS": {"/services/nothing/wms?SERVICE=WMS&REQUEST=GetCapabilities", 404, []string{"ServiceExceptionReport", "没有这个产品"}},
		"no such version":      {"/services/ponds/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&product_version=9", 404, []string{"没有这个版本"}},
		"40,000 pixels":        {"/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=ponds&STYLES=&CRS=CRS:84&BBOX=112,22,113,23&WIDTH=40000&HEIGHT=40000&FORMAT=image/png", 400, []string{"4096", "WIDTH"}},
		"no such layer, 1.1.1": {"/services/ponds/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=well&STYLES=&SRS=EPSG:4490&BBOX=112,22,113,23&WIDTH=40&HEIGHT=40&FORMAT=image/png", 400, []string{"LayerNotDefined", `version="1.1.1"`}},
		"a style of one's own": {"/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&SLD=http://127.0.0.1:1/", 501, []string{"OperationNotSupported"}},
		"no such time":         {"/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=ponds&STYLES=&CRS=CRS:84&BBOX=112,22,113,23&WIDTH=40&HEIGHT=40&FORMAT=image/png&TIME=1999-01-01", 400, []string{"InvalidDimensionValue"}},
		"markup as a layer":    {"/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=%3Cscript%3E&WIDTH=40&HEIGHT=40&FORMAT=image/png", 400, []string{"&lt;script&gt;"}},
	} {
		got := s.get(c.address)
		if got.status != c.status {
			t.Errorf("%s: %d %s", sentence, got.status, got.body)
		}
		for _, word := range c.says {
			if !strings.Contains(string(got.body), word) {
				t.Errorf("%s: no %q in %s", sentence, word, got.body)
			}
		}
	}
	p := s.picture(s.get("/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=well&STYLES=&CRS=CRS:84&BBOX=112,22,113,23&WIDTH=300&HEIGHT=200&FORMAT=image/png&EXCEPTIONS=INIMAGE"))
	if p.Bounds().Dx() != 300 || p.Bounds().Dy() != 200 {
		t.Errorf("an exception in a picture of %v", p.Bounds())
	}
	if got := s.do(http.MethodPost, "/api/v1/products/ponds/transitions", `{"to": "retired", "reason": "停用"}`, s.bearer(), `If-Match: "r4"`); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := s.get("/services/ponds/wms?SERVICE=WMS&REQUEST=GetCapabilities"); got.status != http.StatusGone || !strings.Contains(string(got.body), "已下线") {
		t.Errorf("a retired product: %d %s", got.status, got.body)
	}
}

func TestMapsOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	const map13 = "/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&STYLES=&WIDTH=200&HEIGHT=100&FORMAT=image/png"
	at := func(query string, x, y int) [4]uint32 {
		r, g, b, a := s.picture(s.get(map13+query)).At(x, y).RGBA()
		return [4]uint32{r >> 8, g >> 8, b >> 8, a >> 8}
	}
	// The ponds fill 112.08–112.12, 22.90–22.92; beyond is paper.
	box := "&CRS=EPSG:4490&BBOX=22.88,112.06,22.94,112.18"
	paper, pond := at("&LAYERS=ponds"+box, 190, 10), at("&LAYERS=ponds"+box, 60, 50)
	if paper == pond {
		t.Errorf("nothing is drawn: %v", paper)
	}
	if got := at("&LAYERS=ponds&CRS=CRS:84&BBOX=112.06,22.88,112.18,22.94", 60, 50); got != pond {
		t.Errorf("CRS:84 has %v, EPSG:4490 has %v", got, pond)
	}
	if got := at("&LAYERS=pond"+box, 190, 10); got != [4]uint32{255, 255, 255, 255} {
		t.Errorf("a layer by itself is on %v", got)
	}
	if got := at("&LAYERS=pond&TRANSPARENT=TRUE"+box, 190, 10); got[3] != 0 {
		t.Errorf("transparent: %v", got)
	}
	if got := at("&LAYERS=ponds&BGCOLOR=0x102030"+box, 190, 10); got != [4]uint32{16, 32, 48, 255} {
		t.Errorf("a colour of one's own: %v", got)
	}
	if got := at("&LAYERS=ponds&TRANSPARENT=TRUE&CRS=EPSG:4490&BBOX=-180,-360,180,360", 1, 1); got[3] != 0 {
		t.Errorf("beyond the world: %v", got)
	}
	for format, begins := range map[string]string{"image/svg%2Bxml": "<svg", "application/pdf": "%PDF", "image/jpeg": "\xff\xd8"} {
		got := s.get(strings.Replace(map13, "image/png", format, 1) + "&LAYERS=ponds" + box)
		if got.status != http.StatusOK || !bytes.Contains(got.body[:min(200, len(got.body))], []byte(begins)) {
			t.Errorf("%s: %d %.80q", format, got.status, got.body)
		}
	}
	legend := s.picture(s.get("/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=pond&FORMAT=image/png"))
	capabilities := string(s.get("/services/ponds/wms?SERVICE=WMS&REQUEST=GetCapabilities").body)
	if want := fmt.Sprintf(`<LegendURL width="%d" height="%d">`, legend.Bounds().Dx(), legend.Bounds().Dy()); !strings.Contains(capabilities, want) {
		t.Errorf("the capabilities have no %s", want)
	}
	if !strings.Contains(capabilities, `<Dimension name="time"`) || !strings.Contains(capabilities, s.url+"/services/ponds/wms?") {
		t.Errorf("%s", capabilities)
	}
}

func TestQuestionsOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("wells", wellMap)
	token := "&tk=" + s.token
	info := "/services/wells/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetFeatureInfo&LAYERS=wells&QUERY_LAYERS=wells&STYLES=&CRS=EPSG:4490&WIDTH=400&HEIGHT=200&FORMAT=image/png&FEATURE_COUNT=5"
	ask := func(query string) []any {
		return s.json(s.get(info+query+token), http.StatusOK)["features"].([]any)
	}
	// The well at 112.09, 22.91 and the pond P1 around it; the pond P2 is filtered out.
	if got := ask("&BBOX=22.90,112.08,22.92,112.12&I=100&J=100"); len(got) != 2 {
		t.Errorf("%v", got)
	}
	if got := ask("&BBOX=22.90,112.08,22.92,112.12&I=350&J=50"); len(got) != 0 {
		t.Errorf("a pond that the product doesn't show: %v", got)
	}
	if got := ask("&BBOX=80,112.08,120,112.12&I=100&J=10"); len(got) != 0 {
		t.Errorf("outside the world: %v", got)
	}
	// WMTS answers the same, by path and by key: tile and pixel of the well in the grid c.
	const level, pixel = 14, 360.0 / (1 << 14) / 256
	x, y := (112.09+180)/pixel, (90-22.91)/pixel
	col, row, i, j := int(x)/256, int(y)/256, int(x)%256, int(y)%256
	path := fmt.Sprintf("/services/wells/wmts/wells/default/c/%d/%d/%d/%d/%d.", level, row, col, j, i)
	found := s.get(path + "json?" + token[1:])
	if got := s.json(found, http.StatusOK)["features"].([]any); len(got) != 2 || found.header.Get("Cache-Control") != "no-store" {
		t.Errorf("by path: %v", got)
	}
	key := fmt.Sprintf("/services/wells/wmts?SERVICE=WMTS&REQUEST=GetFeatureInfo&VERSION=1.0.0&LAYER=wells&STYLE=default&FORMAT=image/png&TILEMATRIXSET=c&TILEMATRIX=%d&TILEROW=%d&TILECOL=%d&J=%d&I=%d&INFOFORMAT=text/plain", level, row, col, j, i)
	if got := string(s.get(key + token).body); !strings.Contains(got, "金银河") || got != string(s.get(path+"txt?"+token[1:]).body) {
		t.Errorf("by key: %s", got)
	}
	if got := s.get(path + "json"); got.status != http.StatusUnauthorized {
		t.Errorf("without a key: %d %s", got.status, got.body)
	}
	page := s.get(info + "&BBOX=22.90,112.08,22.92,112.12&I=100&J=100&INFO_FORMAT=text/html" + token)
	if !strings.Contains(string(page.body), "金银河") || !strings.Contains(page.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s", page.body)
	}
}

func TestThePlaceOfAPixel(t *testing.T) {
	f := render.Frame{System: crs.CGCS2000, Extent: orb.Bound{Min: orb.Point{112, 22.9}, Max: orb.Point{112.2, 23}}, Width: 400, Height: 200, DPI: 192}
	at, reach, ok := pixel{f, 0, 0}.place()
	if !ok || math.Abs(at[0]-112.00025) > 1e-9 || math.Abs(at[1]-22.99975) > 1e-9 || math.Abs(reach-2*infoReach*0.0005*111319.49) > 0.1 {
		t.Errorf("%v, %v m, %v", at, reach, ok)
	}
	f.Extent = orb.Bound{Min: orb.Point{-400, 80}, Max: orb.Point{400, 200}}
	if at, _, ok := (pixel{f, 0, 0}).place(); ok {
		t.Errorf("a place outside the world: %v", at)
	}
}

func TestAProductIsShutToThoseWhoMayNotSeeIt(t *testing.T) {
	s := newService(t)
	s.release("wells", wellMap)
	for _, path := range []string{"/", "/style.json", "/tiles.json", "/thumbnail.png", "/wmts?SERVICE=WMTS&REQUEST=GetCapabilities", "/wms?SERVICE=WMS&REQUEST=GetCapabilities", "/wmts/wells/default/w/12/1780/3323.png", "/wmts/wells/default/w/12/1780/3323.mvt", "/tiles/12/3323/1780.mvt"} {
		address := "/services/wells" + path
		if got := s.get(address); got.status != http.StatusUnauthorized || strings.Contains(string(got.body), "水井") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		got := s.get(address, s.bearer())
		if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") {
			t.Errorf("%s with a token: %d %s", path, got.status, got.header.Get("Cache-Control"))
		}
	}
	// The key is carried on in addresses, and a wrong one is refused rather than ignored.
	capabilities := s.get("/services/wells/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&tk=" + s.token)
	if capabilities.status != http.StatusOK || strings.Count(string(capabilities.body), "tk="+s.token) < 4 {
		t.Errorf("%d %s", capabilities.status, capabilities.body)
	}
	if got := s.get("/services/wells/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&tk=onemap_wrong"); got.status != http.StatusUnauthorized {
		t.Errorf("a wrong key: %d", got.status)
	}
	if got := s.get("/api/v1/layers/well?tk=" + s.token); got.status == http.StatusOK {
		t.Error("a key in an address opens more than services")
	}
}

func TestThePageOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("ponds", strings.Replace(pondMap, "坑塘分布图", `坑塘 <b>\"图\"`, 1))
	page := s.get("/services/ponds/", "Host: evil.example")
	text := string(page.body)
	if page.status != http.StatusOK || strings.Contains(text, "<b>") || strings.Contains(text, "evil") || strings.Contains(text, "onclick") {
		t.Errorf("%d %s", page.status, text)
	}
	for _, want := range []string{s.url + "/services/ponds/wmts?SERVICE=WMTS&amp;REQUEST=GetCapabilities", `value="` + s.url + `/services/ponds/wms"`, "data-copy=", "FORMAT=tiles", "registration.zip"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	if script := s.get("/services/page.js"); script.status != http.StatusOK || !strings.HasPrefix(script.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%d", script.status)
	}
}

func TestRegistrationOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	record := s.json(s.get("/api/v1/products/ponds/registration.json"), http.StatusOK)
	if record["theme_name"] != "水利" || record["share"] != "无条件共享" || record["state"] != "published" || len(record["services"].([]any)) != 3 {
		t.Errorf("%v", record)
	}
	got := s.get("/api/v1/products/ponds/registration.zip")
	z, err := zip.NewReader(bytes.NewReader(got.body), int64(len(got.body)))
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, f := range z.File {
		names += f.Name + " "
	}
	if names != "registration.json registration.xlsx wmts-1.0.0.xml wms-1.1.1.xml wms-1.3.0.xml style.json tiles.json thumbnail.png " {
		t.Errorf("%s", names)
	}
	if book := s.get("/api/v1/products/ponds/registration.xlsx"); !bytes.HasPrefix(book.body, []byte("PK")) || !strings.Contains(book.header.Get("Content-Disposition"), "ponds-registration.xlsx") {
		t.Errorf("%v", book.header)
	}
}

// busy is a studio that has too much to do.
type busy struct{}

func (busy) Draw(context.Context, pictures.Picture) ([]byte, error) { return nil, pictures.ErrBusy }

// counted counts calls.
type counted map[string]int

func (c counted) Record(product, service string, caller access.Principal) {
	c[product+" "+service+" "+caller.Name]++
}

func TestABusyStudioSaysSo(t *testing.T) {
	s := newService(t)
	calls := counted{}
	s.parts.Services.Studio, s.parts.ProductCalls = busy{}, calls
	s.restart()
	s.release("ponds", pondMap)
	if got := s.get(pondPicture); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(string(got.body), "ExceptionReport") || got.header.Get("ETag") != "" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if calls["ponds wmts anonymous"] != 1 {
		t.Errorf("%v", calls)
	}
}

func TestSignedCalls(t *testing.T) {
	s := newService(t)
	s.release("wells", wellMap)
	seal, err := gateway.MakeSeal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	calls := counted{}
	systems := gateway.NewSystems(s.parts.DB, seal)
	s.parts.Services.Gateway, s.parts.ProductCalls = systems, calls
	s.restart()
	operator := access.With(t.Context(), access.Operator("test"))
	id, token, err := systems.Add(operator, "", "一网统管", "", []access.Right{access.ReadStatus, access.ReadPublic, access.ReadInternal})
	if err != nil {
		t.Fatal(err)
	}
	const address = "/services/wells/style.json"
	call := gateway.Sign(id, token, time.Now()).Lines()
	if got := s.get(address, call...); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	if calls["wells style system:一网统管"] != 1 {
		t.Errorf("%v", calls)
	}
	s.wantProblem(s.get(address, call...), http.StatusUnauthorized, "bad-signature")
	s.wantProblem(s.get(address, append(gateway.Sign(id, token, time.Now()).Lines(), s.bearer())...), http.StatusUnauthorized, "bad-signature")
	s.wantProblem(s.get("/api/v1/layers", "X-Tif-Signature: 00"), http.StatusUnauthorized, "bad-signature")
	s.wantProblem(s.do(http.MethodPost, "/api/v1/layers/pond/rollback", "", gateway.Sign(id, token, time.Now()).Lines()...), http.StatusForbidden, "forbidden")
}

// TestGDALPlacesTheMap lets GDAL read the services as its users do, and looks where
// the well is in the picture that it makes: within half a pixel of where it is.
func TestGDALPlacesTheMap(t *testing.T) {
	for _, tool := range []string{"gdal_translate", "gdalinfo"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
	}
	s := newService(t)
	s.release("wells", strings.Replace(wellMap, `{"id": "pond", "filter": ["==", ["get", "code"], "P1"]}, `, "", 1))
	well := orb.Point{112.09, 22.91}
	grid, err := crs.FromEPSG(4546)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, dataset string
		system        crs.System
		pixel         float64
	}{
		{"WMTS c", "WMTS:%s/services/wells/wmts/1.0.0/WMTSCapabilities.xml?tk=%s,layer=wells,tilematrixset=c,tilematrix=14", crs.CGCS2000, 360. / 256 / 16384},
		{"WMTS EPSG:4490", "WMTS:%s/services/wells/wmts/1.0.0/WMTSCapabilities.xml?tk=%s,layer=wells,tilematrixset=EPSG:4490,tilematrix=13", crs.CGCS2000, 360. / 256 / 16384},
		{"WMTS w", "WMTS:%s/services/wells/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&tk=%s,layer=wells,tilematrixset=w,tilematrix=14", crs.WebMercator, 40075016.68557849 / 256 / 16384},
		{"WMTS WebMercatorQuad", "WMTS:%s/services/wells/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&tk=%s,layer=wells,tilematrixset=WebMercatorQuad,tilematrix=14", crs.WebMercator, 40075016.68557849 / 256 / 16384},
		{"WMS 1.3.0 EPSG:4490", "130", crs.CGCS2000, 360. / 256 / 16384},
		{"WMS 1.1.1 EPSG:4546", "111", grid, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			there, err := crs.NewProjector(c.system)
			if err != nil {
				t.Fatal(err)
			}
			want, err := there.Point(well)
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			out := filepath.Join(folder, "out.png")
			dataset := fmt.Sprintf(c.dataset, s.url, s.token)
			if !strings.HasPrefix(c.dataset, "WMTS") {
				dataset = filepath.Join(folder, "wms.xml")
				if err := os.WriteFile(dataset, []byte(s.gdalWMS(c.dataset, want, c.pixel*400)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			reach := c.pixel * 100.3
			number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
			command := exec.CommandContext(t.Context(), "gdal_translate", "-q", "-of", "PNG", "-co", "WORLDFILE=YES", "-b", "1", "-b", "2", "-b", "3",
				"-projwin", number(want[0]-reach), number(want[1]+reach), number(want[0]+reach), number(want[1]-reach), dataset, out)
			command.Env = append(os.Environ(), "GDAL_DEFAULT_WMS_CACHE_PATH="+folder, "HOME="+folder, "no_proxy=127.0.0.1")
			if text, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			got, size := centreOf(t, out)
			dx, dy := (got[0]-want[0])/size, (got[1]-want[1])/size
			t.Logf("%.3f, %.3f pixels off", dx, dy)
			if dx > 0.5 || dx < -0.5 || dy > 0.5 || dy < -0.5 {
				t.Errorf("the well is at %v, %g and %g pixels from %v", got, dx, dy, want)
			}
		})
	}
	info := exec.CommandContext(t.Context(), "gdalinfo", "WMS:"+s.url+"/services/wells/wms?tk="+s.token)
	if text, err := info.CombinedOutput(); err != nil || !strings.Contains(string(text), "SUBDATASET_1_NAME") {
		t.Errorf("GDAL reads no layers from the WMS: %v %s", err, text)
	}
}

// gdalWMS describes a WMS to GDAL: a window of the product, so wide on each side of a place.
func (s *service) gdalWMS(version string, at orb.Point, reach float64) string {
	name, system, order := "1.3.0", "<CRS>EPSG:4490</CRS><BBoxOrder>yxYX</BBoxOrder>", "EPSG:4490"
	if version == "111" {
		name, system, order = "1.1.1", "<SRS>EPSG:4546</SRS>", "EPSG:4546"
	}
	return fmt.Sprintf(`<GDAL_WMS><Service name="WMS"><Version>%s</Version><ServerUrl>%s/services/wells/wms?tk=%s&amp;</ServerUrl>%s<ImageFormat>image/png</ImageFormat><Layers>wells</Layers><Styles></Styles></Service>
		<DataWindow><UpperLeftX>%f</UpperLeftX><UpperLeftY>%f</UpperLeftY><LowerRightX>%f</LowerRightX><LowerRightY>%f</LowerRightY><SizeX>800</SizeX><SizeY>800</SizeY></DataWindow>
		<Projection>%s</Projection><BandsCount>3</BandsCount></GDAL_WMS>`, name, s.url, s.token, system, at[0]-reach, at[1]+reach, at[0]+reach, at[1]-reach, order)
}

// centreOf is the place of the one mark in a picture, by the picture's world file, and
// the size of a pixel.
func centreOf(t *testing.T, file string) (at orb.Point, pixel float64) {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(file, ".png") + ".wld")
	if err != nil {
		t.Fatal(err)
	}
	var world [6]float64
	for i, word := range strings.Fields(string(text)) {
		if world[i], err = strconv.ParseFloat(word, 64); err != nil {
			t.Fatal(err)
		}
	}
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	light := func(x, y int) float64 {
		r, g, b, _ := p.At(x, y).RGBA()
		return float64(r+g+b) / 3 / 257
	}
	paper := light(p.Bounds().Min.X, p.Bounds().Min.Y)
	var sum, sx, sy float64
	for y := p.Bounds().Min.Y; y < p.Bounds().Max.Y; y++ {
		for x := p.Bounds().Min.X; x < p.Bounds().Max.X; x++ {
			if d := paper - light(x, y); d > 8 { // the mark is darker than the paper
				sum, sx, sy = sum+d, sx+d*float64(x), sy+d*float64(y)
			}
		}
	}
	if sum == 0 {
		t.Fatalf("there is no mark in %s", file)
	}
	// A world file has the middle of the first pixel.
	return orb.Point{world[4] + sx/sum*world[0], world[5] + sy/sum*world[3]}, world[0]
}

func TestOlderVersionsOfAProduct(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	var content map[string]any
	if err := json.Unmarshal([]byte(pondMap), &content); err != nil {
		t.Fatal(err)
	}
	inner := content["content"].(map[string]any)
	inner["title"] = "坑塘新图"
	text, err := json.Marshal(map[string]any{"content": inner, "why": "改名"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.do(http.MethodPut, "/api/v1/products/ponds", string(text), s.bearer(), `If-Match: "r4"`); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for query, title := range map[string]string{"": "坑塘新图", "?version=1": "坑塘分布图", "?product_version=1": "坑塘分布图"} {
		if got := s.json(s.get("/services/ponds/tiles.json"+query), http.StatusOK); got["name"] != title {
			t.Errorf("%q: %v", query, got["name"])
		}
	}
	old := string(s.get("/services/ponds/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetCapabilities&product_version=1").body)
	if !strings.Contains(old, "坑塘分布图") || !regexp.MustCompile(`product_version=1&amp;"`).MatchString(old) {
		t.Errorf("%s", old)
	}
	if got := s.get("/services/ponds/style.json?version=x"); got.status != http.StatusBadRequest {
		t.Errorf("%d", got.status)
	}
}
