package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

const pondMap = `{"id": "ponds", "why": "年度更新", "content": {"title": "坑塘分布图", "title_en": "Ponds", "theme": "water", "department": "水务局",
	"text": "坑塘。", "source": "演示数据", "data_date": "2025", "layers": [{"id": "pond"}], "secrecy": "public", "share": "unconditional", "tags": ["水"]}}`

func problemIn(t *testing.T, got answer) (p problem) {
	t.Helper()
	if err := json.Unmarshal(got.body, &p); err != nil {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	return p
}

// productOf reads a product out of an answer.
func productOf(t *testing.T, got answer) (p struct {
	ID, State string
	Version   int
	Revision  int
	Shows     map[string]int
	History   []json.RawMessage
	Next      []struct{ To string }
}) {
	t.Helper()
	if err := json.Unmarshal(got.body, &p); err != nil {
		t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	return p
}

func TestAProductOverHTTP(t *testing.T) {
	s := newService(t)
	token := "Authorization: Bearer " + s.token
	got := s.do(http.MethodPost, "/api/v1/products", pondMap, token)
	if got.status != http.StatusCreated || got.header.Get("ETag") != `"r1"` || !strings.HasSuffix(got.header.Get("Location"), "/api/v1/products/ponds") {
		t.Fatalf("created: %d %s %s", got.status, got.header.Get("ETag"), got.body)
	}
	if p := productOf(t, got); p.State != "draft" || len(p.Next) != 1 || p.Next[0].To != "checked" {
		t.Errorf("created %+v", p)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/ponds", ""); got.status != http.StatusNotFound || problemIn(t, got).Code != "unknown-product" {
		t.Errorf("a draft, to anybody: %d %s", got.status, got.body)
	}
	move := func(to, reason, etag string) answer {
		return s.do(http.MethodPost, "/api/v1/products/ponds/transitions", `{"to": "`+to+`", "reason": "`+reason+`"}`, token, "If-Match: "+etag)
	}
	if got := move("published", "", `"r1"`); got.status != http.StatusConflict || !strings.Contains(problemIn(t, got).Detail, "checked（质检通过）") {
		t.Errorf("published at once: %d %s", got.status, got.body)
	}
	for i, to := range []string{"checked", "approved", "published"} {
		if got := move(to, "", `"r`+string(rune('1'+i))+`"`); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", to, got.status, got.body)
		}
	}
	if got := move("retired", "过时", `"r1"`); got.status != http.StatusPreconditionFailed || problemIn(t, got).Code != "product-changed" {
		t.Errorf("with an old ETag: %d %s", got.status, got.body)
	}
	got = s.do(http.MethodGet, "/api/v1/products/ponds", "")
	if p := productOf(t, got); got.status != http.StatusOK || p.Shows["pond"] != 1 || len(p.History) != 0 {
		t.Errorf("published, to anybody: %d %s", got.status, got.body)
	}
	changed := strings.Replace(pondMap, "坑塘分布图", "全市坑塘分布图", 1)
	if got := s.do(http.MethodPut, "/api/v1/products/ponds", changed, token); got.status != http.StatusUnprocessableEntity || problemIn(t, got).Field != "revision" {
		t.Errorf("changed without a revision: %d %s", got.status, got.body)
	}
	if p := productOf(t, s.do(http.MethodPut, "/api/v1/products/ponds", changed, token, `If-Match: "r4"`)); p.Version != 2 || p.Revision != 5 {
		t.Errorf("changed: %+v", p)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/ponds/versions", ""); !strings.Contains(string(got.body), `"version":2`) || !strings.Contains(string(got.body), `"version":1`) {
		t.Errorf("versions: %s", got.body)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/ponds/versions/1", ""); !strings.Contains(string(got.body), `"坑塘分布图"`) {
		t.Errorf("version 1: %s", got.body)
	}
	for _, number := range []string{"0", "3", "x", "99999999999"} {
		if got := s.do(http.MethodGet, "/api/v1/products/ponds/versions/"+number, ""); got.status != http.StatusNotFound {
			t.Errorf("version %s: %d", number, got.status)
		}
	}
	if got := s.do(http.MethodGet, "/api/v1/products?theme=water&q="+"%E5%9D%91%E5%A1%98", ""); !strings.Contains(string(got.body), `"ponds"`) {
		t.Errorf("list: %s", got.body)
	}
	if got := s.do(http.MethodGet, "/api/v1/products?state=lost", ""); got.status != http.StatusBadRequest {
		t.Errorf("an unknown state: %d", got.status)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/indicator", ""); !strings.Contains(string(got.body), `"count":1,"target":150`) {
		t.Errorf("indicator: %s", got.body)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/ponds/statistics?from=2026-01-01&to=2026-01-31", ""); got.status != http.StatusOK || !strings.Contains(string(got.body), `"calls":0`) {
		t.Errorf("statistics: %d %s", got.status, got.body)
	}
	if got := s.do(http.MethodDelete, "/api/v1/products/ponds", "", token, `If-Match: "r5"`); got.status != http.StatusConflict {
		t.Errorf("deleting what is published: %d", got.status)
	}
	if got := move("retired", "过时", `"r5"`); got.status != http.StatusOK {
		t.Errorf("retired: %d %s", got.status, got.body)
	}
	if got := s.do(http.MethodGet, "/api/v1/products/ponds", ""); got.status != http.StatusGone || problemIn(t, got).Code != "product-retired" {
		t.Errorf("retired, to anybody: %d %s", got.status, got.body)
	}
}

func TestAProductThatIsRefusedSaysWhyInBothLanguages(t *testing.T) {
	s := newService(t)
	token := "Authorization: Bearer " + s.token
	for sentence, one := range map[string]struct{ from, to, field string }{
		"a layer that isn't there":  {`"pond"`, `"sea"`, "layers[0].id"},
		"an internal layer":         {`"pond"`, `"well"`, "secrecy"},
		"a filter by no field":      {`{"id": "pond"}`, `{"id": "pond", "filter": ["has", "depth"]}`, "layers[0].filter"},
		"a member that isn't known": {`"why"`, `"because"`, "because"},
	} {
		got := s.do(http.MethodPost, "/api/v1/products", strings.Replace(pondMap, one.from, one.to, 1), token)
		if p := problemIn(t, got); got.status != http.StatusUnprocessableEntity || p.Code != "bad-product" || p.Field != one.field || !strings.Contains(p.DetailEN, one.field) {
			t.Errorf("%s: %d %s", sentence, got.status, got.body)
		}
	}
	if got := s.do(http.MethodPost, "/api/v1/products", strings.Repeat(" ", 300<<10), token); got.status != http.StatusRequestEntityTooLarge && got.status != http.StatusUnprocessableEntity {
		t.Errorf("a large body: %d", got.status)
	}
}
