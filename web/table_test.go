package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type tableAnswer struct {
	Rows []struct {
		ID         int64
		Properties map[string]any
		BBox       []float64
		Geometry   map[string]any
	}
	Total   int64
	Version int
}

func (s *service) tableOf(address string) tableAnswer {
	s.t.Helper()
	got := s.do(http.MethodGet, address, "")
	if got.status != http.StatusOK {
		s.t.Fatalf("GET %s: %d %s", address, got.status, got.body)
	}
	var answer tableAnswer
	if err := json.Unmarshal(got.body, &answer); err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func where(conditions string) string { return "where=" + url.QueryEscape(conditions) }

func TestTable(t *testing.T) {
	s := newService(t)
	const table = "/api/v1/layers/pond/table"
	codes := func(address string) string {
		t.Helper()
		var all []string
		for _, row := range s.tableOf(address).Rows {
			all = append(all, row.Properties["code"].(string))
		}
		return strings.Join(all, " ")
	}
	for sentence, one := range map[string]struct{ query, want string }{
		"all":                         {"", "P1 P2"},
		"the largest first":           {"?sort=-code", "P2 P1"},
		"a page further on":           {"?limit=1&offset=1", "P2"},
		"beyond the last":             {"?offset=10", ""},
		"equal":                       {"?" + where(`[["code","=","P2"]]`), "P2"},
		"other than":                  {"?" + where(`[["code","!=","P2"]]`), "P1"},
		"one of several":              {"?sort=-code&" + where(`[["code","in",["P2","P1","x"]]]`), "P2 P1"},
		"a part, whatever the case":   {"?" + where(`[["code","contains","p1"]]`), "P1"},
		"a beginning":                 {"?" + where(`[["name","begins","榃"]]`), "P2"},
		"all conditions":              {"?" + where(`[["code","<=","P2"],["name","=","金银河"]]`), "P1"},
		"a quote is a value":          {"?" + where(`[["name","=","' OR true --"]]`), ""},
		"only where there is nothing": {"?" + where(`[["name","empty"]]`), ""},
		"within a rectangle":          {"?bbox=112.11,22.9,112.12,22.91", "P2"},
	} {
		if got := codes(table + one.query); got != one.want {
			t.Errorf("%s: %q, want %q", sentence, got, one.want)
		}
	}
	first := s.tableOf(table + "?limit=1&shapes=true")
	if first.Total != 2 || first.Version != 1 || first.Rows[0].BBox[0] != 112.08 || first.Rows[0].Geometry["type"] != "MultiPolygon" {
		t.Errorf("with shapes: %+v", first)
	}
	if s.tableOf(table).Rows[0].Geometry != nil {
		t.Error("a shape that nobody asked for")
	}
	for sentence, address := range map[string]string{
		"no such field":        table + "?" + where(`[["nothing","=","x"]]`),
		"no such test":         table + "?" + where(`[["code","~","x"]]`),
		"no such field sorted": table + "?sort=code;DROP",
		"too many rows":        table + "?limit=1001",
		"no JSON":              table + "?where=code",
		"statistics of what":   table + "/statistics",
	} {
		if got := s.do(http.MethodGet, address, ""); got.status != http.StatusBadRequest || !strings.Contains(string(got.body), `"bad-request"`) && !strings.Contains(string(got.body), "参数") {
			t.Errorf("%s: %d %s", sentence, got.status, got.body)
		}
	}
	if got := s.do(http.MethodGet, "/api/v1/layers/well/table", ""); got.status != http.StatusUnauthorized {
		t.Errorf("a table of an internal layer: %d", got.status)
	}
}

func TestTableStatistics(t *testing.T) {
	s := newService(t)
	got := s.do(http.MethodGet, "/api/v1/layers/pond/table/statistics?field=code", "")
	var answer struct {
		Count, Empty, Distinct int64
		Min, Max               string
		Values                 []struct {
			Value string
			Count int64
		}
	}
	if err := json.Unmarshal(got.body, &answer); err != nil {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if answer.Count != 2 || answer.Empty != 0 || answer.Distinct != 2 || answer.Min != "P1" || answer.Max != "P2" || len(answer.Values) != 2 || answer.Values[0].Count != 1 {
		t.Errorf("got %s", got.body)
	}
}

// spelled reads two characters, as a names.Table reads all.
type spelled struct{}

func (spelled) Read(r rune) []string {
	return map[rune][]string{'坑': {"keng"}, '塘': {"tang"}, '水': {"shui"}}[r]
}

func TestLayersAreSpelled(t *testing.T) {
	s := newService(t)
	s.parts.Names = spelled{}
	s.restart()
	if got := s.do(http.MethodGet, "/api/v1/layers", ""); !strings.Contains(string(got.body), `"pinyin":["kengtang","kt","shui","s"]`) {
		t.Errorf("got %s", got.body)
	}
}
