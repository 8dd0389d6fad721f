package web

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
	"onemap/tiles/grid"
	tilejobs "onemap/tiles/jobs"
)

// node starts another server on the same database and folder of archives, which
// hears of changes as a server does. keep has it fold edits in.
func (s *service) node(folder string, keep bool) *service {
	s.t.Helper()
	archives, err := tiles.NewArchives(s.parts.DB, folder, grid.Mercator, grid.Geographic)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	wake := func() {}
	ended := make(chan error, 1)
	ended <- nil
	if keep {
		if err := postgis.PrepareRiver(ctx, s.parts.DB, tilejobs.Schema); err != nil {
			s.t.Fatal(err)
		}
		keeper, err := tilejobs.NewKeeper(s.parts.DB, archives, tilejobs.Options{Workers: 1, Quiet: 8 * time.Second, Latest: time.Minute})
		if err != nil {
			s.t.Fatal(err)
		}
		wake = keeper.Wake
		<-ended
		go func() { ended <- keeper.Run(ctx) }()
	}
	if err := archives.Reload(ctx); err != nil {
		s.t.Fatal(err)
	}
	watcher, err := layers.NewWatcher(ctx, s.parts.DB, func(err error) {
		if err == nil {
			_ = archives.ReloadEdits(ctx) // at the end of the test
			_ = archives.Reload(ctx)
			wake()
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { watcher.Watch(ctx); close(done) }()
	other := *s
	other.parts.Catalogue, other.parts.Archives = watcher, archives
	builder := tiles.NewBuilder(s.parts.DB, archives, nil)
	cache, err := tiles.NewCache(1<<24, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	builder.UseCache(cache)
	other.parts.Tiles = builder
	handler, err := New(Config{Name: "云浮一张图", NameEN: "Yunfu one map", Version: "test"}, other.parts)
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	s.t.Cleanup(func() {
		server.Close()
		stop()
		<-done
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	other.url = server.URL
	return &other
}

// tileAt is the address of the tile of WebMercatorQuad that has a place.
func tileAt(list string, zoom int, lon, lat float64) string {
	t := maptile.At(orb.Point{lon, lat}, maptile.Zoom(zoom))
	return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", list, t.Z, t.X, t.Y)
}

// drawn lists the features of a tile, by layer.
func (s *service) drawn(address string) map[string][]int {
	s.t.Helper()
	a := s.get(address)
	found := map[string][]int{}
	if a.status == http.StatusNoContent {
		return found
	}
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", address, a.status, a.body)
	}
	all, err := mvt.Unmarshal(a.body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range all {
		ids := map[int]bool{}
		for _, f := range l.Features {
			ids[int(f.ID.(float64))] = true
		}
		found[l.Name] = slices.Sorted(maps.Keys(ids))
	}
	return found
}

// change makes an edit, which must succeed.
func (s *service) change(method, address, body string) {
	s.t.Helper()
	if a := s.do(method, address, body, s.bearer()); a.status >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, address, a.status, a.body)
	}
}

// waiting is how many edits no archive holds.
func (s *service) waiting() int {
	archives := s.parts.Archives.(*tiles.Archives)
	n := 0
	for _, one := range archives.Stale(s.parts.Catalogue.Catalogue()) {
		n += one.Edits
	}
	return n
}

var zooms = []int{7, 9, 11, 13, 14, 16}

// promptly is how long the tests wait for what is promised within a second: a
// machine that does other work must not fail them.
const promptly = 10 * time.Second

// TestAnEditIsSeenInItsTilesWithinASecond moves, creates, deletes and restyles
// features in an archived layer, while two servers serve it.
func TestAnEditIsSeenInItsTilesWithinASecond(t *testing.T) {
	s := newService(t)
	s.withPlots()
	folder := filepath.Join(t.TempDir(), "archives")
	first, second := s.node(folder, true), s.node(folder, false)
	built := func(s *service) func() bool {
		return func() bool {
			archives := s.parts.Archives.(*tiles.Archives)
			return len(archives.Missing(s.parts.Catalogue.Catalogue())) == 0
		}
	}
	first.within(30*time.Second, "the archives are built", built(first))
	second.within(promptly, "the second server has them", built(second))

	const here, there = 112.015, 112.305 // plot 2 is moved from here to there; plot 3 at 112.405 stays
	const lat = 22.906
	both := []*service{first, second}
	elsewhere := map[string]kept{}
	for _, z := range zooms[2:] {
		for _, list := range []string{"plot", "pond,plot"} {
			address := tileAt(list, z, 112.408, lat)
			if z == 16 || z == 14 { // what is there, and an empty one
				far := first.get(tileAt(list, z, 112.7, lat))
				elsewhere[tileAt(list, z, 112.7, lat)] = kept{far.header.Get("ETag"), far.body}
			}
			a := first.get(address)
			elsewhere[address] = kept{a.header.Get("ETag"), a.body}
		}
	}
	tagged := func(s *service) string {
		return s.json(s.get("/tiles/plot.json"), 200)["tiles"].([]any)[0].(string)
	}
	held := tagged(first)
	heldTile := strings.NewReplacer("{z}/{x}/{y}", strings.TrimSuffix(strings.TrimPrefix(tileAt("", 14, here, lat), "/tiles//"), ".mvt")).Replace(held)
	if a := first.get(heldTile); !strings.Contains(a.header.Get("Cache-Control"), "immutable") || !strings.Contains(string(a.body), "A2") {
		t.Fatalf("before: %s %q", a.header.Get("Cache-Control"), a.body)
	}

	before := strings.ReplaceAll(time.Now().Format(time.RFC3339Nano), "+", "%2B")
	time.Sleep(5 * time.Millisecond)
	s.change("PATCH", "/api/v1/layers/plot/features/2", `{"type": "Feature", "geometry": `+square(there-0.005, lat-0.005, 0.01)+`}`)
	at := time.Now()
	for _, node := range both {
		for _, z := range zooms {
			node.within(time.Until(at.Add(promptly)), fmt.Sprintf("the moved plot is where it went to, z%d", z), func() bool {
				return slices.Contains(node.drawn(tileAt("plot", z, there, lat))["plot"], 2)
			})
			if z >= 13 && slices.Contains(node.drawn(tileAt("plot", z, here, lat))["plot"], 2) {
				t.Errorf("z%d: the moved plot is where it was, too", z)
			}
			if z == 14 && !slices.Contains(node.drawn(tileAt("pond,plot", z, there, lat))["plot"], 2) {
				t.Error("the tile of two layers lacks the edit")
			}
			if got := node.drawn(tileAt("plot", z, there, lat)); z >= 13 && !slices.Contains(got["plot_label"], 2) {
				t.Errorf("z%d: the moved plot has no name: %v", z, got)
			}
		}
		// In the other grid as well.
		c := grid.TiandituC()
		z := 14
		side := 360 / math.Pow(2, float64(z))
		if got := node.drawn(fmt.Sprintf("/tiles/c/plot/%d/%d/%d.mvt", z, int((there+180)/side), int((90-lat)/side))); c.ID != "c" || !slices.Contains(got["plot"], 2) {
			t.Errorf("in longitude and latitude: %v", got)
		}
		// A browser that loads the map again asks for other addresses.
		now := tagged(node)
		if now == held {
			t.Error("the tiles' addresses are the same after the edit")
		}
		if a := node.get(heldTile); strings.Contains(a.header.Get("Cache-Control"), "immutable") || slices.Contains(node.drawn(heldTile)["plot"], 2) {
			t.Errorf("the old address: %s", a.header.Get("Cache-Control"))
		}
		node.unchanged(elsewhere, "after the edit")
	}
	if tagged(first) != tagged(second) {
		t.Error("two servers name the same content differently")
	}

	// What was made is there, what was deleted is gone, and a name is another.
	s.change("POST", "/api/v1/layers/plot/features", `{"type": "Feature", "properties": {"code": "NEW"}, "geometry": `+square(112.1, lat-0.005, 0.01)+`}`)
	s.change("DELETE", "/api/v1/layers/plot/features/1", "")
	s.change("PATCH", "/api/v1/layers/plot/features/2", `{"type": "Feature", "properties": {"code": "A2b"}}`)
	at = time.Now()
	for _, node := range both {
		for _, z := range zooms {
			node.within(time.Until(at.Add(promptly)), fmt.Sprintf("the new plot, z%d", z), func() bool {
				return slices.Contains(node.drawn(tileAt("plot", z, 112.105, lat))["plot"], 4)
			})
			node.within(time.Until(at.Add(promptly)), fmt.Sprintf("no deleted plot, z%d", z), func() bool {
				return !slices.Contains(node.drawn(tileAt("plot", z, 112.006, lat))["plot"], 1)
			})
			node.within(time.Until(at.Add(promptly)), fmt.Sprintf("the new name, z%d", z), func() bool {
				return strings.Contains(string(node.get(tileAt("plot", z, there, lat)).body), "A2b")
			})
		}
		node.unchanged(elsewhere, "after more edits")
	}
	if n := first.waiting(); n != 2*4 {
		t.Errorf("%d edits wait to be folded in, want 4 in each grid", n)
	}
	report := first.json(first.get("/tiles/plot/report.json"), 200)["layers"].([]any)[0].(map[string]any)
	if report["edits_waiting"] != 4.0 {
		t.Errorf("the report of tiles: %v", report)
	}
	live := first.pictures(there, lat)
	first.wasHere(before, here, there, lat)

	// Folded in: nothing waits, and the tiles are what they were.
	for _, node := range both {
		node.within(30*time.Second, "the edits are folded in", func() bool { return node.waiting() == 0 })
	}
	if folded := first.pictures(there, lat); fmt.Sprint(folded) != fmt.Sprint(live) {
		t.Errorf("folded in: %v, want %v", folded, live)
	}
	for _, node := range both {
		node.unchanged(elsewhere, "after folding")
		node.wasHere(before, here, there, lat)
		l, _ := node.parts.Catalogue.Catalogue().PublishedLayer("plot")
		set := node.parts.Tiles.SetIn(grid.Mercator, []layers.Layer{l})
		found, err := node.parts.Tiles.Find(set, maptile.At(orb.Point{there, lat}, 14))
		if err != nil || found.Live() {
			t.Errorf("the edited tile is live still: %v", err)
		}
	}
}

// kept is a tile as it was.
type kept struct {
	etag string
	body []byte
}

// unchanged checks that tiles have the bytes and validators that they had.
func (s *service) unchanged(were map[string]kept, when string) {
	s.t.Helper()
	for address, was := range were {
		a := s.get(address)
		if a.header.Get("ETag") != was.etag || !bytes.Equal(a.body, was.body) {
			s.t.Errorf("%s %s: %s and %d bytes, was %s and %d", address, when, a.header.Get("ETag"), len(a.body), was.etag, len(was.body))
		}
		if again := s.get(address, "If-None-Match: "+was.etag); again.status != http.StatusNotModified {
			s.t.Errorf("%s %s: asked again it is %d", address, when, again.status)
		}
	}
}

// wasHere checks that tiles of a time before show plot 2 where it was then.
func (s *service) wasHere(before string, here, there, lat float64) {
	s.t.Helper()
	for _, z := range zooms {
		if got := s.drawn(tileAt("plot", z, here, lat) + "?datetime=" + before); !slices.Contains(got["plot"], 2) || slices.Contains(got["plot"], 4) {
			s.t.Errorf("z%d as it was: %v", z, got)
		}
		if got := s.drawn(tileAt("plot", z, there, lat) + "?datetime=" + before); z >= 13 && slices.Contains(got["plot"], 2) {
			s.t.Errorf("z%d as it was, where plot 2 was not: %v", z, got)
		}
	}
	described := s.json(s.get("/tiles/plot.json?datetime="+before), 200)["tiles"].([]any)[0].(string)
	place := strings.TrimSuffix(strings.TrimPrefix(tileAt("", 14, here, lat), "/tiles//"), ".mvt")
	if got := s.drawn(strings.Replace(described, "{z}/{x}/{y}", place, 1)); !slices.Contains(got["plot"], 2) {
		s.t.Errorf("%s shows %v", described, got)
	}
}

// pictures are the features of the tiles round a place, by zoom.
func (s *service) pictures(lon, lat float64) map[int]map[string][]int {
	s.t.Helper()
	all := map[int]map[string][]int{}
	for _, z := range zooms[1:] { // at zoom 7 small plots stand for those round them, and which do depends on all
		all[z] = s.drawn(tileAt("plot", z, lon, lat))
	}
	return all
}
