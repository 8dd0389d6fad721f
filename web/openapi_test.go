package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/klauspost/compress/gzip"
)

// described is the description of the service, read once.
var described = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(openAPI) })

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := described()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestTheDescriptionIsValid holds /openapi.json to OpenAPI 3.
func TestTheDescriptionIsValid(t *testing.T) {
	if err := description(t).Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
}

// TestEveryOperationHasAnExample wants one of every body in JSON, but for those of
// imports and versions, whose schemas say it all. Each example must be as its
// schema says, and has no member that the schema doesn't name.
func TestEveryOperationHasAnExample(t *testing.T) {
	for path, item := range description(t).Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			if operation.RequestBody != nil {
				for kind, media := range operation.RequestBody.Value.Content {
					wantExample(t, name+", body of "+kind, kind, media)
				}
			}
			for status, response := range operation.Responses.Map() {
				if !strings.HasPrefix(status, "2") {
					continue
				}
				for kind, media := range response.Value.Content {
					wantExample(t, name+", answer of "+kind, kind, media)
				}
			}
		}
	}
}

func wantExample(t *testing.T, name, kind string, media *openapi3.MediaType) {
	t.Helper()
	if !strings.HasSuffix(kind, "json") || strings.Contains(kind, "ndjson") || strings.Contains(kind, "openapi") {
		return
	}
	examples := []any{media.Example}
	for _, one := range media.Examples {
		examples = append(examples, one.Value.Value)
	}
	examples = slices.DeleteFunc(examples, func(one any) bool { return one == nil })
	if len(examples) == 0 && !strings.Contains(name, "/api/v1/imports") && !strings.Contains(name, "/api/v1/layers/{layer}/") {
		t.Errorf("%s: there is no example", name)
	}
	for _, one := range examples {
		for _, wrong := range unlike(media.Schema, one) {
			t.Errorf("%s: the example: %s", name, wrong)
		}
	}
}

// unlike tells in what a value is not as its schema has it.
func unlike(schema *openapi3.SchemaRef, value any) (wrong []string) {
	if schema == nil {
		return []string{"there is no schema"}
	}
	if err := schema.Value.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		var all openapi3.MultiError
		if !errors.As(err, &all) {
			all = openapi3.MultiError{err}
		}
		for _, one := range all {
			var schemaErr *openapi3.SchemaError
			if errors.As(one, &schemaErr) {
				wrong = append(wrong, "/"+strings.Join(schemaErr.JSONPointer(), "/")+": "+schemaErr.Reason)
			} else {
				wrong = append(wrong, one.Error())
			}
		}
	}
	for _, member := range unnamed(schema, value, "") {
		wrong = append(wrong, member+" isn't named by the schema")
	}
	return wrong
}

// unnamed lists the members of a value that its schema has no name for.
func unnamed(schema *openapi3.SchemaRef, value any, at string) (members []string) {
	if schema == nil || schema.Value == nil || len(schema.Value.OneOf)+len(schema.Value.AnyOf) > 0 {
		return nil
	}
	switch value := value.(type) {
	case []any:
		for i, one := range value {
			members = append(members, unnamed(schema.Value.Items, one, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		named := openapi3.Schemas{}
		free := gather(schema.Value, named)
		for name, one := range value {
			if inner, ok := named[name]; ok {
				members = append(members, unnamed(inner, one, at+"."+name)...)
			} else if !free {
				members = append(members, at+"."+name)
			}
		}
	}
	return members
}

// gather collects the properties of a schema; it is free where any name may stand.
func gather(schema *openapi3.Schema, into openapi3.Schemas) (free bool) {
	for name, one := range schema.Properties {
		into[name] = one
	}
	for _, part := range schema.AllOf {
		gather(part.Value, into)
	}
	extra := schema.AdditionalProperties
	return len(into) == 0 || extra.Schema != nil || extra.Has != nil && *extra.Has
}

// operationOf finds what the description says of a request, or nil.
func operationOf(doc *openapi3.T, method, path string) *openapi3.Operation {
	path, _, _ = strings.Cut(path, "?")
	var found *openapi3.PathItem
	best := ""
	for template, item := range doc.Paths.Map() {
		pattern := regexp.MustCompile(`\\\{[^/]*?\\\}`).ReplaceAllString(regexp.QuoteMeta(template), `[^/]+`)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(path) {
			continue
		}
		// the more literal one: that with fewer variable parts, then the longer
		if found == nil || cmp.Or(cmp.Compare(strings.Count(template, "{"), strings.Count(best, "{")), cmp.Compare(len(best), len(template))) < 0 {
			found, best = item, template
		}
	}
	if found == nil {
		return nil
	}
	return found.GetOperation(method)
}

// asDescribed checks an answer in JSON against the description.
func (s *service) asDescribed(method, path string, a answer) {
	s.t.Helper()
	operation := operationOf(description(s.t), method, path)
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if operation == nil || err != nil || !strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "ndjson") || len(a.body) == 0 {
		return
	}
	name := method + " " + path
	response := operation.Responses.Value(strconv.Itoa(a.status))
	if response == nil && a.status >= http.StatusBadRequest {
		response = operation.Responses.Default()
	}
	if response == nil {
		s.t.Errorf("%s: an answer %d isn't described", name, a.status)
		return
	}
	media := response.Value.Content.Get(kind)
	if media == nil || media.Schema == nil {
		s.t.Errorf("%s: an answer %d of %s isn't described", name, a.status, kind)
		return
	}
	text := a.body
	if a.header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(text)))
		if err != nil {
			s.t.Fatal(err)
		}
		if text, err = io.ReadAll(z); err != nil {
			s.t.Fatal(err)
		}
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		s.t.Errorf("%s: %v", name, err)
		return
	}
	for _, wrong := range unlike(media.Schema, value) {
		s.t.Errorf("%s: %d isn't as described: %s", name, a.status, wrong)
	}
}
