package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"onemap/spatial/cells"
)

// appendText writes a string as JSON.
func appendText(b []byte, text string) []byte {
	if !standsAsIs(text) {
		quoted, err := json.Marshal(text)
		if err != nil {
			quoted = []byte(`""`) // a string is always written
		}
		return append(b, quoted...)
	}
	return append(append(append(b, '"'), text...), '"')
}

// standsAsIs tells whether a string stands in JSON as it is: it has no control
// character, quotation mark or backslash. Eight bytes are looked at together.
func standsAsIs(text string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	none := func(x uint64) uint64 { return (x - each) & ^x } // has top bits set if a byte of x is 0
	for ; len(text) >= 8; text = text[8:] {
		x := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56 // one load
		control := (x - ' '*each) & ^x
		if (control|none(x^'"'*each)|none(x^'\\'*each)|none(x^0x7f*each))&top != 0 {
			return false
		}
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			return false
		}
	}
	return true
}

// appendVersions writes the versions that an index is made of, in order of layer.
func appendVersions(b []byte, versions map[string]int) []byte {
	var sorted [16]string
	layers := sorted[:0]
	for layer := range versions {
		layers = append(layers, layer)
	}
	slices.Sort(layers)
	b = append(b, '{')
	for i, layer := range layers {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, layer), ':')
		b = strconv.AppendInt(b, int64(versions[layer]), 10)
	}
	return append(b, '}')
}

// appendLineProblem writes the problem with one line of a body.
func appendLineProblem(b, id []byte, err error) []byte {
	p := problemOf(err)
	line := struct {
		ID    json.RawMessage `json:"id,omitempty"`
		Error problem         `json:"error"`
	}{id, p}
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(`{"error":{}}`) // an id that was read is JSON
	}
	return append(append(b, text...), '\n')
}

// appendPlace writes a place as encoding/json would, in a tenth of the time; a
// test holds the two together.
func appendPlace(b []byte, p *cells.Place) []byte {
	b = append(b, `{"position":[`...)
	b = append(appendFloat(b, p.Position[0]), ',')
	b = append(appendFloat(b, p.Position[1]), `],"cell":`...)
	b = append(appendNamed(b, p.Cell), `,"chain":[`...)
	for i, above := range p.Chain {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendNamed(b, above)
	}
	b = appendCount(append(b, `],"population":`...), p.Population)
	b = appendCount(append(b, `,"households":`...), p.Households)
	b = append(b, `,"duty":[`...)
	for i, d := range p.Duty {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"role":`...), d.Role)
		b = appendText(append(b, `,"title":`...), d.Title)
		b = appendText(append(b, `,"cell":`...), d.Cell)
		b = appendText(append(b, `,"name":`...), d.Name)
		if d.Phone != "" {
			b = appendText(append(b, `,"phone":`...), d.Phone)
		}
		b = append(strconv.AppendBool(append(b, `,"masked":`...), d.Masked), '}')
	}
	b = appendText(append(b, `],"beidou":`...), p.BeiDou)
	b = appendFloat(append(b, `,"border_m":`...), p.BorderM)
	b = appendVersions(append(b, `,"versions":`...), p.Versions)
	if d := p.Doubt; d != nil {
		b = appendFloat(append(b, `,"accuracy_m":`...), d.AccuracyM)
		b = appendFloat(append(b, `,"probability":`...), d.Probability)
		b = append(b, `,"candidates":[`...)
		for i, c := range d.Candidates {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(append(b, `{"code":`...), c.Code)
			b = appendText(append(b, `,"name":`...), c.Name)
			b = append(appendFloat(append(b, `,"probability":`...), c.Probability), '}')
		}
		b = appendFloat(append(b, `],"elsewhere":`...), d.Elsewhere)
	}
	return append(b, '}')
}

func appendNamed(b []byte, n cells.Named) []byte {
	b = appendText(append(b, `{"code":`...), n.Code)
	b = appendText(append(b, `,"name":`...), n.Name)
	b = appendText(append(b, `,"layer":`...), n.Layer)
	b = appendText(append(b, `,"tier":`...), n.Tier)
	return append(appendText(append(b, `,"tier_en":`...), n.TierEN), '}')
}

func appendFloat(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'f', -1, 64) }

func appendCount(b []byte, n *int64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, *n, 10)
}

// writeOnce answers with JSON that no client keeps: it is of this moment, and a
// validator would cost more than the answer.
func writeOnce(w http.ResponseWriter, r *http.Request, text []byte) error {
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Cache-Control"] = []string{"no-store"}
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	_, err := w.Write(text)
	return ignoreGone(r, err)
}
