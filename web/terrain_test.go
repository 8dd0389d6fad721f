package web

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/layers"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
	"onemap/tiles/terrain"
)

// slope rises to the east by 1,000 m a degree, in waves from south to north.
type slope struct{ resolution float64 }

func (slope) Bounds() [4]float64 { return [4]float64{111.9, 22.7, 112.3, 23.1} }

func (s slope) Resolution() float64 { return s.resolution }

func (slope) Warp(ctx context.Context, box orb.Bound, side int, heights []float32) error {
	const radius = 6378137
	pixel := (box.Max[0] - box.Min[0]) / float64(side)
	for i := range heights {
		lon := (box.Min[0] + (float64(i%side)+0.5)*pixel) / radius * 180 / math.Pi
		lat := math.Atan(math.Sinh((box.Max[1]-(float64(i/side)+0.5)*pixel)/radius)) * 180 / math.Pi
		heights[i] = float32(1000*(lon-111.9) + 200*math.Sin(lat*200))
	}
	return ctx.Err()
}

// onSlope gives the service an elevation model of a grid in metres.
func (s *service) onSlope(resolution float64) {
	s.t.Helper()
	ctx := access.With(s.t.Context(), access.Operator("test"))
	store, err := terrain.NewStore(s.parts.DB, s.t.TempDir())
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := store.Load(ctx, slope{resolution}, terrain.About{ID: "ground", Title: "坡地", Source: "test", Synthetic: true}, nil); err != nil {
		s.t.Fatal(err)
	}
	watcher, err := terrain.NewWatcher(ctx, store, func(err error) { s.t.Error(err) })
	if err != nil {
		s.t.Fatal(err)
	}
	archives := s.parts.Archives.(*tiles.Archives)
	s.parts.Ground = watcher
	s.parts.Services.OnGround = func(shown []layers.Layer, v terrain.View) render.Source {
		return stored.New(s.parts.DB, archives, shown).OnGround(v)
	}
	s.restart()
}

func TestHeightsAreToldAndServed(t *testing.T) {
	s := newService(t)
	if models := s.json(s.get("/api/v1/terrain"), 200)["models"].([]any); len(models) != 0 {
		t.Errorf("before one is loaded: %v", models)
	}
	if at := s.json(s.get("/api/v1/elevation?lon=112.1&lat=22.9"), 200); at["elevation_m"] != nil {
		t.Errorf("before one is loaded: %v", at)
	}
	s.onSlope(250)
	want := 200 + 200*math.Sin(22.9*200)
	for _, address := range []string{"/api/v1/elevation?lon=112.1&lat=22.9", "/api/v1/elevation?lon=12478914.92&lat=2619929.80&crs=EPSG:3857"} {
		at := s.json(s.get(address), 200)
		if h, ok := at["elevation_m"].(float64); !ok || math.Abs(h-want) > 3 || at["resolution_m"] != 250.0 || at["model"] != "ground" || at["synthetic"] != true {
			t.Errorf("%s: %v, want %.1f m", address, at, want)
		}
	}
	if at := s.json(s.get("/api/v1/elevation?lon=111&lat=22.9"), 200); at["elevation_m"] != nil {
		t.Errorf("beyond the model: %v", at)
	}
	described := s.json(s.get("/terrain/ground.json"), 200)
	if described["encoding"] != "terrarium" || described["tileSize"] != 512.0 || described["maxzoom"] != 9.0 {
		t.Errorf("%v", described)
	}
	address := strings.NewReplacer("{z}", "9", "{x}", "415", "{y}", "222").Replace(described["tiles"].([]any)[0].(string))
	tile := s.get(address)
	if _, err := png.Decode(bytes.NewReader(tile.body)); err != nil || tile.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || tile.header.Get("Content-Type") != "image/png" {
		t.Errorf("%s: %d %v, %v", address, tile.status, tile.header, err)
	}
	etag := tile.header.Get("ETag")
	if again := s.get(address, "If-None-Match: "+etag); again.status != http.StatusNotModified || strings.HasPrefix(etag, "W/") {
		t.Errorf("with %s: %d", etag, again.status)
	}
	if old := s.get(strings.Split(address, "?")[0] + "?v=0"); old.header.Get("Cache-Control") != "public, no-cache" {
		t.Errorf("under an old tag: %v", old.header)
	}
	for _, path := range []string{"/terrain/other.json", "/terrain/ground/10/830/445.png", "/terrain/ground/3/6/3.png", "/terrain/ground/9/512/1.png", "/terrain/ground/99/1/1.png", "/terrain/ground/x/1/1.png"} {
		if got := s.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestProfilesAreBounded(t *testing.T) {
	s := newService(t)
	s.onSlope(250)
	profile := s.json(s.do("POST", "/api/v1/elevation/profile", `{"geometry": {"type": "LineString", "coordinates": [[112.0, 22.9], [112.2, 22.9]]}, "samples": 11}`), 200)
	samples := profile["samples"].([]any)
	if len(samples) != 11 || math.Abs(profile["climb_m"].(float64)-200) > 10 || math.Abs(profile["length_m"].(float64)-20_523) > 30 || profile["unknown"] != 0.0 {
		t.Errorf("%v", profile)
	}
	grid := s.json(s.do("POST", "/api/v1/elevation/profile", `{"geometry": {"type": "LineString", "coordinates": [[602560, 2533700], [623080, 2533850]]}, "crs": "EPSG:4546", "samples": 5}`), 200)
	if math.Abs(grid["climb_m"].(float64)-200) > 30 {
		t.Errorf("in metres: %v", grid)
	}
	long := strings.Repeat("[112, 22.9],", 10_001)
	for sentence, body := range map[string]string{
		"no line":             `{}`,
		"a point":             `{"geometry": {"type": "Point", "coordinates": [112, 22]}}`,
		"one vertex":          `{"geometry": {"type": "LineString", "coordinates": [[112, 22]]}}`,
		"a flood of vertices": `{"geometry": {"type": "LineString", "coordinates": [` + long + `[112, 23]]}}`,
		"a flood of samples":  `{"geometry": {"type": "LineString", "coordinates": [[112, 22], [112, 23]]}, "samples": 100000}`,
		"a third of the way":  `{"geometry": {"type": "LineString", "coordinates": [[0, 0], [112, 23]]}}`,
		"axes turned round":   `{"geometry": {"type": "LineString", "coordinates": [[22, 112], [23, 112]]}}`,
		"an unknown system":   `{"geometry": {"type": "LineString", "coordinates": [[112, 22], [112, 23]]}, "crs": "EPSG:1"}`,
		"an unknown member":   `{"geometry": {"type": "LineString", "coordinates": [[112, 22], [112, 23]]}, "step": 1}`,
	} {
		if got := s.do("POST", "/api/v1/elevation/profile", body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", sentence, got.status, got.body)
		}
	}
}

func TestFineHeightsNeedARight(t *testing.T) {
	s := newService(t)
	s.onSlope(20)
	for sentence, one := range map[string]struct {
		headers []string
		zoom    float64
		cache   string
	}{"anybody": {nil, 9, "private"}, "staff": {[]string{s.bearer()}, 12, "private"}} {
		described := s.json(s.get("/terrain/ground.json", one.headers...), 200)
		if described["maxzoom"] != one.zoom {
			t.Errorf("%s: zoom %v", sentence, described["maxzoom"])
		}
		at := s.json(s.get("/api/v1/elevation?lon=112.1&lat=22.9", one.headers...), 200)
		if fine := at["resolution_m"] == 20.0; fine != (one.zoom == 12) {
			t.Errorf("%s: %v", sentence, at)
		}
		tile := s.get(fmt.Sprintf("/terrain/ground/12/%d/%d.png", 3323, 1781), one.headers...)
		if allowed := tile.status == http.StatusOK; allowed != (one.zoom == 12) {
			t.Errorf("%s: the finest tile: %d", sentence, tile.status)
		}
		if shown := s.get("/terrain/ground/9/415/222.png", one.headers...); !strings.HasPrefix(shown.header.Get("Cache-Control"), one.cache) {
			t.Errorf("%s: %v", sentence, shown.header)
		}
	}
}

func TestTheStyleAndProductsAreShaded(t *testing.T) {
	s := newService(t)
	s.release("ponds", pondMap)
	s.release("hills", strings.NewReplacer(`"id": "ponds"`, `"id": "hills"`, `"source":`, `"relief": true, "source":`).Replace(pondMap))
	ids := func(address string) (all []string) {
		for _, l := range s.json(s.get(address), 200)["layers"].([]any) {
			all = append(all, l.(map[string]any)["id"].(string))
		}
		return all
	}
	const picture = "/services/hills/wmts/hills/default/w/12/1780/3323.png"
	flat := s.get(picture)
	if before := ids("/api/v1/style.json"); slices.Contains(before, "onemap:hillshade") {
		t.Errorf("without a model: %v", before)
	}
	s.onSlope(250)
	if shaded := ids("/api/v1/style.json"); slices.Index(shaded, "onemap:hillshade") != 1 || shaded[0] != "background" {
		t.Errorf("with a model: %v", shaded)
	}
	if bare := ids("/api/v1/style.json?hillshade=false"); slices.Contains(bare, "onemap:hillshade") {
		t.Errorf("hillshade=false: %v", bare)
	}
	if got := s.get("/api/v1/style.json?hillshade=maybe"); got.status != http.StatusBadRequest {
		t.Errorf("hillshade=maybe: %d", got.status)
	}
	if plain, shaded := ids("/services/ponds/style.json"), ids("/services/hills/style.json"); slices.Contains(plain, "onemap:hillshade") || !slices.Contains(shaded, "onemap:hillshade") {
		t.Errorf("products: %v and %v", plain, shaded)
	}
	lit := s.get(picture)
	if lit.status != 200 || bytes.Equal(lit.body, flat.body) || lit.header.Get("ETag") == flat.header.Get("ETag") {
		t.Errorf("the picture stays as it was: %d %v", lit.status, lit.header)
	}
	if flat, lit := shadesOf(s.picture(flat)), shadesOf(s.picture(lit)); lit < flat+20 {
		t.Errorf("%d colours without and %d with the ground", flat, lit)
	}
	for _, address := range []string{
		"/services/hills/thumbnail.png",
		"/services/hills/wms?service=WMS&version=1.3.0&request=GetMap&layers=hills&styles=&crs=EPSG:4490&bbox=22.8,112.0,23.0,112.2&width=200&height=200&format=image/png",
		"/services/hills/wms?service=WMS&version=1.3.0&request=GetMap&layers=hills&styles=&crs=EPSG:3857&bbox=12467782,2604000,12490000,2630000&width=200&height=200&format=image/png&transparent=true",
		"/services/hills/wms?service=WMS&version=1.3.0&request=GetLegendGraphic&layer=hills&format=image/png",
	} {
		s.picture(s.get(address))
	}
}

// shadesOf is how many colours a picture has.
func shadesOf(p image.Image) int {
	seen := map[color.Color]bool{}
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			seen[p.At(x, y)] = true
		}
	}
	return len(seen)
}
