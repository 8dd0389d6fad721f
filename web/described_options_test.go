package web

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"onemap/importers"
	"onemap/importers/jobs"
)

// TestImportOptionsAreDescribed holds the description to what a request may say.
func TestImportOptionsAreDescribed(t *testing.T) {
	type schema struct {
		Properties map[string]struct {
			Items struct {
				Properties map[string]any `json:"properties"`
			} `json:"items"`
		} `json:"properties"`
	}
	var described struct {
		Components struct {
			Schemas struct{ ImportOptions, Manifest schema }
		} `json:"components"`
	}
	if err := json.Unmarshal(openAPI, &described); err != nil {
		t.Fatal(err)
	}
	s := described.Components.Schemas
	for _, c := range []struct {
		is, described []string
	}{
		{members(reflect.TypeFor[jobs.Options]()), slices.Collect(maps.Keys(s.ImportOptions.Properties))},
		{members(reflect.TypeFor[importers.Delivery]()), slices.Collect(maps.Keys(s.Manifest.Properties["deliveries"].Items.Properties))},
	} {
		slices.Sort(c.is)
		slices.Sort(c.described)
		if !slices.Equal(c.is, c.described) {
			t.Errorf("a request may say %q, the description has %q", c.is, c.described)
		}
	}
}

// members are the names of a struct's fields in JSON.
func members(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
