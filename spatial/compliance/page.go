package compliance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"onemap/spatial/area"
)

//go:embed page.html
var pageText string

// chinaTime is the zone that reports tell times in.
func chinaTime() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// pageTemplate is parsed for each page: pages are few.
func pageTemplate() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"when":    func(t time.Time) string { return t.In(chinaTime()).Format("2006-01-02 15:04:05") },
		"m2":      func(v float64) string { return grouped(v, 2) },
		"mu":      func(v float64) string { return grouped(v, 4) },
		"ha":      func(v float64) string { return grouped(v, 4) },
		"muOf":    func(m2 float64) string { return grouped(m2/area.SquareMetresPerMu, 4) },
		"haOf":    func(m2 float64) string { return grouped(m2/area.SquareMetresPerHectare, 4) },
		"percent": func(v float64) string { return fmt.Sprintf("%.4f %%", v*100) },
		"sketch":  sketch,
		"words":   words,
		"first":   func(pieces []Piece) []Piece { return pieces[:min(len(pieces), mostListed)] },
		"more":    func(pieces []Piece) int { return max(len(pieces)-mostListed, 0) },
	}).Parse(pageText)
}

// mostListed is how many pieces of a rule a page lists; the workbook has all.
const mostListed = 100

// grouped writes a number with commas between thousands.
func grouped(v float64, decimals int) string {
	text := fmt.Sprintf("%.*f", decimals, v)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + fraction
}

// words are a piece's properties as a line of text, in the layer's order.
func words(p Piece) string {
	text, err := json.Marshal(p.Properties)
	if err != nil {
		return ""
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var parts []string
	name, isValue := "", false
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if _, bracket := token.(json.Delim); bracket {
			continue
		}
		if isValue && token != nil {
			parts = append(parts, fmt.Sprintf("%s=%v", name, token))
		} else if !isValue {
			name, _ = token.(string)
		}
		isValue = !isValue
	}
	return strings.Join(parts, "，")
}

// WritePage writes the check as a page that stands alone, for the screen and for
// paper: no script, nothing from elsewhere. Texts from outside are escaped.
func (a Answer) WritePage(to io.Writer) error {
	t, err := pageTemplate()
	if err != nil {
		return fmt.Errorf("compliance: the page: %w", err)
	}
	if err := t.Execute(to, a); err != nil {
		return fmt.Errorf("compliance: writing the page: %w", err)
	}
	return nil
}
