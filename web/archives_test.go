package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"

	"onemap/access"
	"onemap/tiles"
	"onemap/tiles/grid"
)

// archived builds the archives of the service's layers.
func (s *service) archived() {
	s.t.Helper()
	archives := s.parts.Archives.(*tiles.Archives)
	for _, id := range []string{"pond", "well"} {
		l, err := s.parts.Catalogue.Catalogue().PublishedLayer(id)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := archives.Build(access.With(s.t.Context(), access.Operator("test")), l, tiles.PyramidOptions{Workers: 1}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *service) tag(layers string) string {
	s.t.Helper()
	address := s.json(s.get("/tiles/"+layers+".json", s.bearer()), http.StatusOK)["tiles"].([]any)[0].(string)
	_, tag, _ := strings.Cut(address, "?v=")
	return tag
}

const archivedTile = "/12/3323/1780.mvt"

func TestTilesComeFromTheArchiveOnceItIsThere(t *testing.T) {
	s := newService(t)
	live, liveTag := s.get("/tiles/pond"+archivedTile), s.tag("pond")
	s.archived()
	tag := s.tag("pond")
	if tag == liveTag {
		t.Error("the address of the tiles is the same: browsers would keep the live ones")
	}
	got := s.get("/tiles/pond"+archivedTile+"?v="+tag, "Accept-Encoding: gzip")
	if got.status != http.StatusOK || !strings.Contains(got.header.Get("Cache-Control"), "immutable") || got.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%d %v", got.status, got.header)
	}
	if etag := got.header.Get("ETag"); etag == live.header.Get("ETag") || strings.HasPrefix(etag, "W/") {
		t.Errorf("ETag %s, live %s", etag, live.header.Get("ETag"))
	}
	if again := s.get("/tiles/pond"+archivedTile, "Accept-Encoding: gzip", "If-None-Match: "+got.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("status %d, want 304", again.status)
	}
	if head := s.do("HEAD", "/tiles/pond"+archivedTile, ""); head.status != http.StatusOK || len(head.body) != 0 || head.header.Get("ETag") == "" {
		t.Errorf("HEAD: %d, %d bytes", head.status, len(head.body))
	}
	if empty := s.get("/tiles/pond/12/0/0.mvt"); empty.status != http.StatusNoContent {
		t.Errorf("an empty tile: %d", empty.status)
	}
	plain, err := mvt.Unmarshal(s.get("/tiles/pond" + archivedTile).body)
	if err != nil || len(plain) == 0 || plain[0].Name != "pond" || len(plain[0].Features) != 2 {
		t.Errorf("%d layers, %v", len(plain), err)
	}
}

func TestLayersOfSeveralArchivesAreOneTile(t *testing.T) {
	s := newService(t)
	s.archived()
	joined, err := mvt.Unmarshal(s.get("/tiles/well,pond"+archivedTile, s.bearer()).body)
	if err != nil || len(joined) < 2 || joined[0].Name != "well" || joined[1].Name != "pond" {
		t.Errorf("%d layers, %v", len(joined), err)
	}
	s.wantProblem(s.get("/tiles/well,pond"+archivedTile), http.StatusUnauthorized, "unauthenticated")
	// Above the archives' zooms, and the layers' own, both are live.
	above, err := grid.WebMercatorQuad().At(15, 112.09, 22.91)
	if err != nil {
		t.Fatal(err)
	}
	joined, err = mvt.Unmarshal(s.get(fmt.Sprintf("/tiles/well,pond/15/%d/%d.mvt", above.X, above.Y), s.bearer()).body)
	if err != nil || len(joined) < 2 || joined[0].Name != "well" || joined[1].Name != "pond" {
		t.Errorf("%d layers above their zooms, %v", len(joined), err)
	}
}

func TestTheArchiveIsServedWholeAndInRanges(t *testing.T) {
	s := newService(t)
	s.wantProblem(s.get("/tiles/pond.pmtiles"), http.StatusNotFound, "no-archive")
	s.archived()
	whole := s.get("/tiles/pond.pmtiles")
	part := s.get("/tiles/pond.pmtiles", "Range: bytes=0-126")
	if whole.status != http.StatusOK || part.status != http.StatusPartialContent || string(whole.body[:127]) != string(part.body) || !strings.HasPrefix(string(part.body), "PMTiles\x03") {
		t.Errorf("%d with %d bytes, %d with %d bytes", whole.status, len(whole.body), part.status, len(part.body))
	}
	if strings.Contains(whole.header.Get("Cache-Control"), "immutable") {
		t.Error("an address without a version must not be kept for ever")
	}
	if over := s.get("/tiles/pond.pmtiles", "Range: bytes=99999999-"); over.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range behind the end: %d", over.status)
	}
	s.wantProblem(s.get("/tiles/well.pmtiles"), http.StatusUnauthorized, "unauthenticated")
}

func TestTheArchiveOfEachGridIsServed(t *testing.T) {
	s := newService(t)
	s.archived()
	s.wantProblem(s.get("/tiles/c/pond.pmtiles"), http.StatusNotFound, "no-archive")
	s.wantProblem(s.get("/tiles/d/pond.pmtiles"), http.StatusNotFound, "unknown-grid")
	l, err := s.parts.Catalogue.Catalogue().PublishedLayer("pond")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.parts.Archives.(*tiles.Archives).Build(t.Context(), l, tiles.PyramidOptions{Square: grid.Geographic, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	plain, mercator := s.get("/tiles/pond.pmtiles"), s.get("/tiles/WebMercatorQuad/pond.pmtiles")
	if string(plain.body) != string(mercator.body) || plain.header.Get("ETag") != mercator.header.Get("ETag") {
		t.Error("WebMercatorQuad with its name and without are two archives")
	}
	geographic := s.get("/tiles/c/pond.pmtiles")
	if geographic.status != http.StatusOK || geographic.header.Get("ETag") == plain.header.Get("ETag") || string(geographic.body) == string(plain.body) {
		t.Errorf("c: %d, %s", geographic.status, geographic.header.Get("ETag"))
	}
	if other := s.get("/tiles/CGCS2000Quad/pond.pmtiles", "Range: bytes=0-126"); other.status != http.StatusPartialContent || string(other.body) != string(geographic.body[:127]) {
		t.Errorf("CGCS2000Quad, of the same square: %d, %d bytes", other.status, len(other.body))
	}
	s.wantProblem(s.get("/tiles/c/well.pmtiles"), http.StatusUnauthorized, "unauthenticated")
}

func TestTheReportTellsWhatTilesLeaveOut(t *testing.T) {
	s := newService(t)
	before := s.json(s.get("/tiles/pond/report.json"), http.StatusOK)["layers"].([]any)[0].(map[string]any)
	if before["archive"] != nil || len(before["zooms"].([]any)) != 0 {
		t.Errorf("before the archive: %v", before)
	}
	s.archived()
	after := s.json(s.get("/tiles/pond/report.json"), http.StatusOK)["layers"].([]any)[0].(map[string]any)
	zooms := after["zooms"].([]any)
	top := zooms[len(zooms)-1].(map[string]any)
	if after["archive"] == nil || top["zoom"] != 14.0 || top["features"] != 2.0 || top["dropped"] != 0.0 {
		t.Errorf("%v", after)
	}
	for address, want := range map[string]any{"w": after["archive"], "c": nil} { // c is of a square that is not built ahead here
		report := s.json(s.get("/tiles/"+address+"/pond/report.json"), http.StatusOK)
		if got := report["layers"].([]any)[0].(map[string]any); got["archive"] != want {
			t.Errorf("grid %s: %v", address, report)
		}
	}
}
