package info

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAnswersAboutAPlace(t *testing.T) {
	found := []Layer{{"dltb", "地类图斑", []Label{{"dlmc", "地类名称"}, {"none", "没有"}}, []Feature{{
		7, json.RawMessage(`{"type":"Point","coordinates":[112,23]}`), map[string]any{"dlmc": "水田 <script>alert(1)</script>\nx", "hidden": 1},
	}}}}
	for f, want := range map[Format]string{
		JSON: `"id":"dltb.7"`, GeoJSON: `"coordinates":[112,23]`, Text: "地类名称 = 水田 <script>alert(1)</script> x", HTML: "&lt;script&gt;",
	} {
		body, kind, err := Write(f, found)
		if err != nil || !strings.Contains(string(body), want) || !strings.HasPrefix(kind, string(f)) {
			t.Errorf("%s: %v, %s: %s", f, err, kind, body)
		}
		if f == HTML && strings.Contains(string(body), "<script>") {
			t.Error("a value became markup")
		}
		if _, _, err := Write(f, nil); err != nil {
			t.Errorf("%s of nothing: %v", f, err)
		}
	}
}

func TestFormatsAreReadWithTheirParameters(t *testing.T) {
	if f, ok := Named("Text/HTML; charset=utf-8"); f != HTML || !ok {
		t.Errorf("%q, %v", f, ok)
	}
	if f, ok := Named("text/xml"); ok {
		t.Errorf("%q is a format", f)
	}
}
