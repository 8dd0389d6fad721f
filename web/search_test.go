package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/names"
	"onemap/spatial/search"
)

// searching is a service that has names to search.
func searching(t *testing.T) *service {
	t.Helper()
	s := newService(t)
	table, err := names.NewTable(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	watcher := s.parts.Catalogue.(*layers.Watcher)
	index := follow.New(watcher, search.Layers(watcher.Catalogue()), func(ctx context.Context, c *layers.Catalogue, last *search.Index) (*search.Index, error) {
		return search.Load(ctx, s.parts.DB, table, c, last)
	}, nil)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { index.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	<-index.Tried()
	s.parts.Search = index
	handler, err := New(Config{Name: "云浮一张图", NameEN: "Yunfu one map", Version: "test"}, s.parts)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *service) found(values url.Values, headers ...string) []any {
	s.t.Helper()
	return s.json(s.get("/api/v1/search?"+values.Encode(), headers...), http.StatusOK)["results"].([]any)
}

func TestSearch(t *testing.T) {
	s := searching(t)
	for sentence, q := range map[string]string{
		"characters": "榃滨", "pinyin": "tanbin", "initials": "tb", "mixed": "榃bin", "traditional": "榃濱", "a code": "P2", "a slip": "tanbni",
	} {
		all := s.found(url.Values{"q": {q}})
		if len(all) == 0 {
			t.Errorf("%s: nothing found for %s", sentence, q)
			continue
		}
		if one := all[0].(map[string]any); one["label"] != "榃滨" || one["layer"] != "pond" || one["kind"] != "feature" {
			t.Errorf("%s: %v", sentence, one)
		}
	}
	one := s.found(url.Values{"q": {"榃滨"}, "crs": {"4546"}})[0].(map[string]any)
	if lon := one["lon"].(float64); lon < 600_000 || lon > 620_000 {
		t.Errorf("the easting is %v", lon)
	}
	typed := s.found(url.Values{"q": {"22.91,112.09"}})
	if len(typed) != 1 || typed[0].(map[string]any)["kind"] != "coordinate" || typed[0].(map[string]any)["lon"] != 112.09 {
		t.Errorf("a position with the latitude first: %v", typed)
	}
	if got := s.found(url.Values{"q": {"榃滨"}, "bbox": {"112,22,112.05,23"}}); len(got) != 0 {
		t.Errorf("outside of the box: %v", got)
	}
	if got := s.found(url.Values{"q": {"榃滨"}, "kinds": {"place,division"}}); len(got) != 0 {
		t.Errorf("of other kinds: %v", got)
	}
}

func TestSearchShowsWhatIsOpen(t *testing.T) {
	s := searching(t)
	for _, q := range []string{"W1", "w1"} {
		if got := s.found(url.Values{"q": {q}}); len(got) != 0 {
			t.Errorf("anybody finds what is internal: %v", got)
		}
		if got := s.found(url.Values{"q": {q}}, s.bearer()); len(got) != 1 {
			t.Errorf("with every right: %v", got)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	s := searching(t)
	for sentence, c := range map[string]struct{ query, field string }{
		"nothing":                  {"", "q"},
		"a NUL":                    {"q=%00", "q"},
		"a long query":             {"q=" + strings.Repeat("a", 10_000), "q"},
		"a lone surrogate":         {"q=%ED%A0%80", "q"},
		"broken text":              {"q=%FF", "q"},
		"an unknown kind":          {"q=a&kinds=place,castle", "kinds"},
		"an empty kind":            {"q=a&kinds=,", "kinds"},
		"no answers":               {"q=a&limit=0", "limit"},
		"too many answers":         {"q=a&limit=101", "limit"},
		"a longitude alone":        {"q=a&lon=112", "lat"},
		"a latitude of 91":         {"q=a&lon=112&lat=91", "lat"},
		"not a number":             {"q=a&lon=NaN&lat=22", "lon"},
		"turned round":             {"q=a&lon=22.9&lat=112", "lon"},
		"an unknown system":        {"q=a&crs=1234", "crs"},
		"three numbers of a box":   {"q=a&bbox=1,2,3", "bbox"},
		"a box turned round":       {"q=a&bbox=113,22,112,23", "bbox"},
		"a box of another system":  {"q=a&bbox=1,2,3,4&crs=4546", "bbox"},
		"a parameter nobody knows": {"q=a&name=b", "name"},
		"a query twice":            {"q=a&q=b", "q"},
	} {
		a := s.get("/api/v1/search?" + c.query)
		if p := s.json(a, http.StatusBadRequest); p["field"] != c.field {
			t.Errorf("%s: field %v, want %s: %s", sentence, p["field"], c.field, a.body)
		}
	}
	for _, q := range []string{"%", "_", `\`, "%%%%%", "a.*b", "(((", "[a-z]", "🏔", "'; DROP TABLE x; --", "👨‍👩‍👧"} {
		if got := s.found(url.Values{"q": {q}}); len(got) != 0 {
			t.Errorf("%s finds %v", q, got)
		}
	}
}

// What is published is found, within a second as a rule.
func TestSearchFollows(t *testing.T) {
	s := searching(t)
	operator := access.With(t.Context(), access.Operator("test"))
	file := filepath.Join(t.TempDir(), "pond.geojson")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(ponds, "金银河", "泷江")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: "pond", Publish: true}); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(promptly); ; time.Sleep(10 * time.Millisecond) {
		if len(s.found(url.Values{"q": {"shuangjiang"}})) == 1 && len(s.found(url.Values{"q": {"金银河"}})) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatal("the new version isn't found")
		}
	}
}
