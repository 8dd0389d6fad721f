package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"onemap/access"
	"onemap/styles/versions"
)

// pondLook is a look of the ponds with one colour for the water.
const pondLook = `{"default_visible": true, "colours": {"screen": {"pond.water": "%s"}}, "layers": [
	{"id": "fill", "order": 140, "type": "fill", "paint": {"fill-color": "@pond.water"}},
	{"id": "label", "order": 790, "type": "symbol", "layout": {"text-field": ["get", "name"], "text-font": ["Yunfu Sans"], "text-size": 12},
	 "paint": {"text-color": "#1d3f67", "text-halo-color": "#ffffff", "text-halo-width": 1.4}}]}`

func (s *service) putStyle(body string, status int) map[string]any {
	s.t.Helper()
	return s.json(s.do(http.MethodPut, "/api/v1/styles/pond", body, s.bearer()), status)
}

func (s *service) styleText(query string) string {
	s.t.Helper()
	text, err := json.Marshal(s.json(s.get("/api/v1/style.json"+query), http.StatusOK))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func TestALookIsEditedAndRestored(t *testing.T) {
	s := newService(t)
	if before := s.styleText(""); !strings.Contains(before, "#5f6b7a") {
		t.Fatalf("a layer without a look of its own isn't grey: %s", before)
	}
	made := s.putStyle(`{"fragment": `+fmt.Sprintf(pondLook, "#123456")+`, "note": "深水", "based_on": 0}`, http.StatusCreated)
	if made["number"] != 1.0 || made["note"] != "深水" {
		t.Errorf("made %v", made)
	}
	for _, palette := range []string{"", "?palette=print", "?palette=safe", "?layers=pond"} {
		if !strings.Contains(s.styleText(palette), "#123456") {
			t.Errorf("style.json%s doesn't have the edit", palette)
		}
	}
	s.putStyle(`{"controls": {"colour:pond.water": {"print": "#abcdef"}, "number:label/text-size": 15, "shown:label": true}, "based_on": 1}`, http.StatusCreated)
	if s.styleText("") == s.styleText("?palette=print") || !strings.Contains(s.styleText("?palette=print"), "#abcdef") || !strings.Contains(s.styleText("?palette=safe"), "#123456") {
		t.Error("a colour of the print palette is not its alone")
	}
	s.wantProblem(s.do(http.MethodPut, "/api/v1/styles/pond", `{"controls": {"default_visible": false}, "based_on": 1}`, s.bearer()), http.StatusConflict, "style-changed")

	s.json(s.do(http.MethodPost, "/api/v1/styles/pond/versions/1/restore", `{"note": "回去"}`, s.bearer()), http.StatusCreated)
	if strings.Contains(s.styleText("?palette=print"), "#abcdef") {
		t.Error("the restored look has what came after it")
	}
	s.json(s.do(http.MethodPost, "/api/v1/styles/pond/versions/0/restore", "", s.bearer()), http.StatusCreated)
	if !strings.Contains(s.styleText(""), "#5f6b7a") {
		t.Error("version 0 isn't what the layer comes with")
	}
	list := s.json(s.get("/api/v1/styles/pond/versions", s.bearer()), http.StatusOK)
	var numbers []any
	for _, v := range list["versions"].([]any) {
		numbers = append(numbers, v.(map[string]any)["number"])
	}
	if !slices.Equal(numbers, []any{4.0, 3.0, 2.0, 1.0, 0.0}) || list["current"] != 4.0 {
		t.Errorf("versions %v, current %v: none may be lost", numbers, list["current"])
	}
	old := s.json(s.get("/api/v1/styles/pond/versions/2"), http.StatusOK)
	if text, _ := json.Marshal(old["fragment"]); !bytes.Contains(text, []byte("#abcdef")) {
		t.Errorf("version 2 reads %s", text)
	}
	if text := s.get("/api/v1/styles/pond/versions").body; strings.Contains(string(text), "token:") || strings.Contains(string(text), "深水") {
		t.Errorf("anybody is told who made a look and why: %s", text)
	}
}

func TestLooksThatBreakTheRulesAreRefused(t *testing.T) {
	s := newService(t)
	for sentence, c := range map[string]struct {
		body   string
		status int
		code   string
		field  string
	}{
		"no JSON":                       {`{`, 400, "bad-request", "(body)"},
		"neither controls nor fragment": {`{}`, 400, "bad-request", "fragment"},
		"both":                          {`{"fragment": {}, "controls": {}}`, 400, "bad-request", "fragment"},
		"an unknown member":             {`{"fragment": {"layers": [], "colour": 1}}`, 422, "bad-style", "fragment"},
		"a fill among the lines":        {`{"fragment": {"layers": [{"id": "fill", "order": 300, "type": "fill"}]}}`, 422, "bad-style", "fill.order"},
		"a look without style layers":   {`{"fragment": {"layers": []}}`, 422, "style-breaks-rules", "layers"},
		"nothing for a look":            {`{"fragment": null, "controls": null}`, 400, "bad-request", "fragment"},
		"a field that tiles don't have": {`{"fragment": {"layers": [{"id": "fill", "order": 140, "type": "fill", "filter": ["==", ["get", "depth"], "1"]}]}}`, 422, "style-breaks-rules", "fill.filter"},
		"a property that isn't drawn":   {`{"fragment": {"layers": [{"id": "fill", "order": 140, "type": "fill", "paint": {"fill-glow": 3}}]}}`, 422, "style-breaks-rules", "fill.fill-glow"},
		"a role of nobody":              {`{"fragment": {"layers": [{"id": "fill", "order": 140, "type": "fill", "paint": {"fill-color": "@nothing"}}]}}`, 422, "style-breaks-rules", "fill.paint.fill-color"},
		"an unknown control":            {`{"controls": {"number:fill/blur": 3}}`, 422, "bad-control", "controls.number:fill/blur"},
		"a width out of range":          {`{"controls": {"number:line/line-width": 300}}`, 422, "bad-control", "controls.number:line/line-width"},
		"a colour that is none":         {`{"controls": {"colour:plain": {"screen": "red"}}}`, 422, "bad-control", "controls.colour:plain"},
		"a note that is too long":       {`{"controls": {"default_visible": true}, "note": "` + strings.Repeat("长", 501) + `"}`, 422, "bad-note", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := s.do(http.MethodPut, "/api/v1/styles/pond", c.body, s.bearer())
			s.wantProblem(got, c.status, c.code)
			if field, _ := s.json(got, c.status)["field"].(string); field != c.field {
				t.Errorf("field %q, want %q: %s", field, c.field, got.body)
			}
		})
	}
	faint := strings.Replace(fmt.Sprintf(pondLook, "#123456"), "#1d3f67", "#cccccc", 1)
	p := s.json(s.do(http.MethodPut, "/api/v1/styles/pond?check=true", `{"fragment": `+faint+`}`, s.bearer()), http.StatusUnprocessableEntity)
	if faults, _ := p["faults"].([]any); len(faults) < 2 || !strings.Contains(fmt.Sprint(p["detail"]), "对比度") {
		t.Errorf("a text that can't be read: %v", p)
	}
	s.putStyleCheckKeepsNothing()
	s.wantProblem(s.get("/api/v1/style.json?palette=neon"), http.StatusBadRequest, "unknown-palette")
	s.wantProblem(s.get("/api/v1/style.json?theme=moon"), http.StatusBadRequest, "unknown-theme")
	s.wantProblem(s.get("/api/v1/style.json?layers=pond,pond"), http.StatusBadRequest, "bad-layer-list")
	s.wantProblem(s.get("/api/v1/style.json?layers=well"), http.StatusUnauthorized, "unauthenticated")
	s.wantProblem(s.get("/api/v1/styles/well"), http.StatusUnauthorized, "unauthenticated")
	s.wantProblem(s.get("/api/v1/styles/pond/versions/9"), http.StatusNotFound, "unknown-version")
	s.wantProblem(s.do(http.MethodPut, "/api/v1/styles/pond", `{}`), http.StatusUnauthorized, "unauthenticated")
}

func (s *service) putStyleCheckKeepsNothing() {
	s.t.Helper()
	s.json(s.do(http.MethodPut, "/api/v1/styles/pond?check=true", `{"fragment": `+fmt.Sprintf(pondLook, "#123456")+`}`, s.bearer()), http.StatusOK)
	if got := s.json(s.get("/api/v1/styles/pond"), http.StatusOK); got["number"] != 0.0 {
		s.t.Errorf("a check was kept as version %v", got["number"])
	}
}

// Another server on the same database shows an edit as soon as it hears of it.
func TestAnEditShowsOnEveryServer(t *testing.T) {
	s := newService(t)
	other := s.parts
	operator := access.With(context.Background(), access.Operator("test"))
	looks, err := versions.NewWatcher(operator, versions.NewStore(s.parts.DB), s.parts.Catalogue, nil)
	if err != nil {
		t.Fatal(err)
	}
	following, stop := context.WithCancel(operator)
	go looks.Run(following)
	t.Cleanup(func() { stop(); <-looks.Ended() })
	other.Styles = looks
	second := &service{t: t, parts: other}
	second.restart()
	s.putStyle(`{"fragment": `+fmt.Sprintf(pondLook, "#654321")+`}`, http.StatusCreated)
	s.within(30*time.Second, "the other server to show the edit", func() bool { return strings.Contains(second.styleText(""), "#654321") })
}

func TestTheListOfLooks(t *testing.T) {
	s := newService(t)
	list := s.json(s.get("/api/v1/styles"), http.StatusOK)
	if palettes := list["palettes"].([]any); len(palettes) != 3 {
		t.Errorf("%d palettes, want 3", len(palettes))
	}
	if looks := list["styles"].([]any); len(looks) != 1 {
		t.Errorf("anybody is told of %d looks, want that of the one open layer", len(looks))
	}
	for _, c := range s.json(s.get("/api/v1/styles/pond"), http.StatusOK)["controls"].([]any) {
		one := c.(map[string]any)
		for _, member := range []string{"id", "group", "kind", "label", "label_en"} {
			if text, _ := one[member].(string); text == "" {
				t.Errorf("control %v has no %s", one, member)
			}
		}
		if one["kind"] == "number" && (one["min"] == nil || one["max"] == nil) {
			t.Errorf("control %v has no range", one)
		}
	}
}
