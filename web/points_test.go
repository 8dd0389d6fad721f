package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestPointsThatCannotBeRead(t *testing.T) {
	for sentence, c := range map[string]struct{ body, field string }{
		"nothing":              {``, "[0]"},
		"no array":             {`{"lon": 1, "lat": 2}`, "[0]"},
		"one number":           {`[[1]]`, "[0]"},
		"three numbers":        {`[[1, 2, 3]]`, "[0]"},
		"a text for a number":  {`[[1, 2], ["1", 2]]`, "[1].lon"},
		"not a number":         {`[[NaN, 2]]`, "[0].lon"},
		"infinite":             {`[[1, 1e999]]`, "[0].lat"},
		"a leading nought":     {`[[01, 2]]`, "[0].lon"},
		"a plus":               {`[[+1, 2]]`, "[0].lon"},
		"no latitude":          {`[{"lon": 1}]`, "[0].lat"},
		"no longitude":         {`[{"lat": 1}]`, "[0].lon"},
		"a longitude twice":    {`[{"lon": 1, "lon": 1, "lat": 2}]`, "[0].lon"},
		"an unknown member":    {`[[1,2],{"lng": 1, "lat": 2}]`, "[1].lng"},
		"an object for an id":  {`[{"lon": 1, "lat": 2, "id": {}}]`, "[0].id"},
		"a broken string":      {`[{"lon": 1, "lat": 2, "id": "a}]`, "[0].id"},
		"a NUL in a string":    {"[{\"lon\": 1, \"lat\": 2, \"id\": \"a\x00\"}]", "[0].id"},
		"no UTF-8":             {"[{\"lon\": 1, \"lat\": 2, \"id\": \"\xff\"}]", "[0].id"},
		"a bad escape":         {`[{"lon": 1, "lat": 2, "id": "\x"}]`, "[0].id"},
		"a comma too many":     {`[[1, 2],]`, "[1]"},
		"a comma too few":      {`[[1, 2] [1, 2]]`, "[0]"},
		"something behind it":  {`[[1, 2]] x`, "[0]"},
		"cut off":              {`[[1, 2], [1`, "[1]"},
		"a comma in an object": {`[{"lon": 1 "lat": 2}]`, "[0]"},
		"too many":             {"[" + strings.Repeat("[1,2],", maxPoints) + "[1,2]]", "[10000]"},
	} {
		err := readPoints([]byte(c.body), func(int, givenPoint) error { return nil })
		var wrong *pointError
		if !errors.As(err, &wrong) || wrong.param("").Name != c.field {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

// What we read, encoding/json reads too, and the same.
func FuzzReadPoints(f *testing.F) {
	for _, text := range []string{`[]`, `[[112.04, 22.92]]`, ` [ {"lon":1e2,"lat":-0.5,"id":"a\u00e9"} , [0,0]]`, `[{"id":7,"lat":1,"lon":2}]`, `[[1,2],]`, `[{}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var ours []givenPoint
		err := readPoints([]byte(text), func(_ int, p givenPoint) error { ours = append(ours, p); return nil })
		if err != nil {
			return
		}
		var theirs []any
		if err := json.Unmarshal([]byte(text), &theirs); err != nil || len(theirs) != len(ours) {
			t.Fatalf("%q: %d points, but %v, %d", text, len(ours), err, len(theirs))
		}
		for i, one := range theirs {
			switch one := one.(type) {
			case []any:
				if one[0] != ours[i].x || one[1] != ours[i].y {
					t.Fatalf("%q: %v, want %v", text, ours[i], one)
				}
			case map[string]any:
				if one["lon"] != ours[i].x || one["lat"] != ours[i].y {
					t.Fatalf("%q: %v, want %v", text, ours[i], one)
				}
			}
		}
	})
}
