package render

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func filterOf(t *testing.T, text string) (*Filter, error) {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return ParseFilter(value)
}

func TestFilterMatches(t *testing.T) {
	paddy := map[string]any{"dlbm": "0101", "area": 12.5}
	for text, want := range map[string]bool{
		`["==", ["get", "dlbm"], "0101"]`:                                                     true,
		`["==", ["get", "dlbm"], "0301"]`:                                                     false,
		`["in", ["slice", ["get", "dlbm"], 0, 2], ["literal", ["01", "02"]]]`:                 true,
		`["all", [">", ["get", "area"], 10], ["!=", ["get", "dlbm"], "0301"]]`:                true,
		`["==", ["get", "missing"], "x"]`:                                                     false,
		`["match", ["get", "dlbm"], ["0101", "0102", "0103"], true, false]`:                   true,
		`["all", ["==", ["geometry-type"], "Polygon"], ["has", "dlbm"], ["!", ["has", "x"]]]`: true,
	} {
		f, err := filterOf(t, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := f.Matches(1, "Polygon", func(name string) any { return paddy[name] }); got != want {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
}

func TestFilterTellsItsFields(t *testing.T) {
	f, err := filterOf(t, `["any", ["==", ["get", "a"], 1], ["has", "b"], ["==", ["get", "a"], 2]]`)
	if err != nil || !slices.Equal(f.Fields(), []string{"a", "b"}) {
		t.Errorf("fields %v, %v", f, err)
	}
}

func TestParseFilterRefuses(t *testing.T) {
	for sentence, text := range map[string]string{
		"the legacy language":    `["==", "dlbm", "0101"]`,
		"a legacy list":          `["in", "dlbm", "0101", "0102"]`,
		"the zoom":               `["all", ["has", "dlbm"], [">", ["zoom"], 12]]`,
		"what is no list":        `"dlbm"`,
		"an empty list":          `[]`,
		"a number for a boolean": `["+", 1, 2]`,
		"nesting without an end": strings.Repeat(`["!",`, 300) + "true" + strings.Repeat("]", 300),
		"an object":              `["==", {"a": 1}, 2]`,
	} {
		if _, err := filterOf(t, text); !errors.Is(err, ErrInvalidStyle) {
			t.Errorf("%s: got %v, want ErrInvalidStyle", sentence, err)
		}
	}
	var unsupported *UnsupportedError
	if _, err := filterOf(t, `["within", {"type": "Point", "coordinates": [0, 0]}]`); !errors.As(err, &unsupported) {
		t.Errorf("within: got %v, want UnsupportedError", err)
	}
}
