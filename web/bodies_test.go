package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestObjectsThatCannotBeRead(t *testing.T) {
	type inner struct {
		CRS string `json:"crs"`
	}
	for sentence, c := range map[string]struct{ text, field, says string }{
		"nothing":               {" \n", "(body)", "empty"},
		"null":                  {"null", "(body)", "no JSON object"},
		"a list":                {"[1]", "(body)", "crs, name, count, shape"},
		"a number":              {"1", "(body)", "no JSON object"},
		"half":                  {`{"name": `, "(body)", "unexpected EOF"},
		"two":                   {`{"name": "a"} {}`, "(body)", "follows"},
		"too deep":              {`{"shape":` + strings.Repeat("[", 100_000), "(body)", "depth"},
		"NaN":                   {`{"count": NaN}`, "(body)", "invalid character"},
		"another encoding":      {"{\"name\": \"\xd4\xc6\"}", "(body)", "UTF-8"},
		"an unknown member":     {`{"nom": "a"}`, "nom", "known are: crs, name, count, shape"},
		"a number for a text":   {`{"name": 1}`, "name", "must be a text"},
		"a text for a number":   {`{"count": "1"}`, "count", "must be a whole number"},
		"a fraction":            {`{"count": 1.5}`, "count", "must be a whole number"},
		"endless":               {`{"count": 1e999}`, "count", "must be a whole number"},
		"NUL":                   {`{"name": "a\u0000"}`, "name", "NUL"},
		"NUL in a part":         {`{"shape": [1, ["\\\u0000"]]}`, "shape[1]", "NUL"},
		"of the embedded":       {`{"crs": {}}`, "crs", "must be a text"},
		"a bare NUL":            {"{\"name\": \"\x00\"}", "(body)", "invalid character"},
		"letters, and no NUL":   {`{"name": "\\u0000"}`, "", ""},
		"all that there may be": {`{"crs": "4490", "name": "云", "count": 2, "shape": [1]}`, "", ""},
		"a member that is null": {` {"name": null} `, "", ""},
	} {
		var into struct {
			inner
			Name  string `json:"name"`
			Count *int   `json:"count"`
			Shape []any  `json:"shape"`
			Kept  string `json:"-"`
		}
		err := decodeObject([]byte(c.text), &into)
		var wrong *paramError
		switch {
		case c.field == "" && err != nil:
			t.Errorf("%s: %v", sentence, err)
		case c.field != "" && !errors.As(err, &wrong):
			t.Errorf("%s: %v is no error of a parameter", sentence, err)
		case c.field != "" && (wrong.Name != c.field || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: %v of %s, want %s and %q", sentence, err, wrong.Name, c.field, c.says)
		}
	}
}

// The database keeps neither NUL nor what is no UTF-8: who sends it is told so.
func TestTextsThatCannotBeKept(t *testing.T) {
	s := newService(t)
	for _, address := range []string{
		"/api/v1/imports?layer=%00", "/api/v1/imports?layer=%ff", "/api/v1/imports?state=%00", "/api/v1/imports?state=resting",
		"/api/v1/search?q=%00", "/api/v1/warnings?crs=%00", "/api/v1/warnings?crs=mars", "/api/v1/layers?theme=water", "/api/v1/info?x=1",
	} {
		got := s.get(address, s.bearer())
		s.wantProblem(got, http.StatusBadRequest, "bad-request")
		if name, _, _ := strings.Cut(address[strings.Index(address, "?")+1:], "="); s.json(got, http.StatusBadRequest)["field"] != name {
			t.Errorf("%s: %s", address, got.body)
		}
	}
	for _, address := range []string{"/api/v1/layers/%00", "/api/v1/links/%ff", "/api/v1/grid/cells/%00", "/tiles/pond%00/1/1/1.mvt", "/%00"} {
		got := s.get(address)
		s.wantProblem(got, http.StatusBadRequest, "bad-request")
		if s.json(got, http.StatusBadRequest)["field"] != "(path)" {
			t.Errorf("%s: %s", address, got.body)
		}
	}
}

func TestHowDeepATextIs(t *testing.T) {
	for text, want := range map[string]int{`1`: 0, `[]`: 1, `{"a": [[1], [{}]]}`: 4, `["[[[", "\"[["]`: 1, `[[`: 2, `"\\" []`: 1} {
		if got := nested([]byte(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// PostgreSQL says of a statement that ran out of time that it was canceled, no more.
func TestAStoppedQuestionTookTooLong(t *testing.T) {
	s := &server{config: Config{QueryTimeout: time.Millisecond}}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	err := s.answer(w, r, route{right: "read:status", handle: func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return errors.New("canceling statement due to user request")
	}})
	if p := problemOf(err); p.Status != http.StatusGatewayTimeout || p.Code != "took-too-long" || strings.Contains(p.DetailEN, "statement") {
		t.Errorf("%+v", p)
	}
}
