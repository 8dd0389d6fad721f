// Package info writes the answers of WMS and WMTS to what is at a place of a map: as
// GeoJSON, as text and as a page.
//
// It comes after web has asked the layers, and knows neither them nor HTTP: what was
// found is given to it. What is found at a place, and what of it may be seen, is decided
// before.
package info

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"
)

// Format is a media type of answers.
type Format string

// The formats.
const (
	GeoJSON Format = "application/geo+json"
	JSON    Format = "application/json" // the same under the name that more clients know
	Text    Format = "text/plain"
	HTML    Format = "text/html"
)

// Formats lists them, the usual one first.
func Formats() []Format { return []Format{JSON, GeoJSON, Text, HTML} }

// Named reads a format, whose parameters are left out of account.
func Named(text string) (f Format, ok bool) {
	kind, _, _ := strings.Cut(strings.ToLower(text), ";")
	f = Format(strings.TrimSpace(kind))
	return f, slices.Contains(Formats(), f)
}

// Names are the formats in a sentence that tells which there are, in Chinese and English.
func Names() (zh, en string) {
	return "应为 application/json、application/geo+json、text/plain 或 text/html", "must be application/json, application/geo+json, text/plain or text/html"
}

// Layer is what was found at a place in one layer.
type Layer struct {
	ID       string
	Title    string
	Labels   []Label // of the properties, in the order to show them
	Features []Feature
}

// Label is what a property is called.
type Label struct{ Name, Title string }

// Feature is one that was found.
type Feature struct {
	ID         int64
	Geometry   json.RawMessage // GeoJSON, longitude first
	Properties map[string]any
}

// Write writes an answer about a place, and its media type.
func Write(f Format, found []Layer) (body []byte, mediaType string, err error) {
	switch f {
	case Text:
		return []byte(infoText(found)), "text/plain; charset=utf-8", nil
	case HTML:
		var b bytes.Buffer
		if err := infoPage.Execute(&b, rowsOf(found)); err != nil {
			return nil, "", fmt.Errorf("info: writing an answer: %w", err)
		}
		return b.Bytes(), "text/html; charset=utf-8", nil
	default:
		body, err := infoJSON(found)
		return body, string(f), err
	}
}

type geoFeature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"` // layer.fid: unique in the answer
	Layer      string          `json:"layer"`
	LayerTitle string          `json:"layer_title"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

func infoJSON(found []Layer) ([]byte, error) {
	all := []geoFeature{}
	for _, l := range found {
		for _, f := range l.Features {
			all = append(all, geoFeature{"Feature", fmt.Sprintf("%s.%d", l.ID, f.ID), l.ID, l.Title, f.Geometry, f.Properties})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any{"type": "FeatureCollection", "features": all, "numberReturned": len(all)}); err != nil {
		return nil, fmt.Errorf("info: writing an answer: %w", err)
	}
	return b.Bytes(), nil
}

// shownFeature is a feature in words.
type shownFeature struct {
	Title string
	ID    int64
	Rows  []shownRow
}

type shownRow struct{ Title, Value string }

func rowsOf(found []Layer) []shownFeature {
	var shown []shownFeature
	for _, l := range found {
		for _, f := range l.Features {
			one := shownFeature{Title: l.Title, ID: f.ID}
			for _, label := range l.Labels {
				if v, ok := f.Properties[label.Name]; ok && v != nil {
					one.Rows = append(one.Rows, shownRow{label.Title, fmt.Sprint(v)})
				}
			}
			shown = append(shown, one)
		}
	}
	return shown
}

func infoText(found []Layer) string {
	all := rowsOf(found)
	if len(all) == 0 {
		return "此处没有要素 / nothing is here\n"
	}
	var b strings.Builder
	oneLine := strings.NewReplacer("\r", " ", "\n", " ")
	for _, f := range all {
		fmt.Fprintf(&b, "%s #%d\n", f.Title, f.ID)
		for _, row := range f.Rows {
			fmt.Fprintf(&b, "  %s = %s\n", row.Title, oneLine.Replace(row.Value))
		}
	}
	return b.String()
}

var infoPage = template.Must(template.New("info").Parse(`<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>查询结果 / What is here</title>
<style>body{font:14px sans-serif;margin:8px}table{border-collapse:collapse;margin:0 0 12px}th,td{border:1px solid #ccc;padding:2px 6px;text-align:left}caption{font-weight:bold;text-align:left}</style></head><body>
{{range .}}<table><caption>{{.Title}} #{{.ID}}</caption>
{{range .Rows}}<tr><th>{{.Title}}</th><td>{{.Value}}</td></tr>
{{end}}</table>
{{else}}<p>此处没有要素 / nothing is here</p>
{{end}}</body></html>
`))
