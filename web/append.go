package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"onemap/spatial/cells"
)

// appendText writes a string as JSON.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c == '\u007f' {
			quoted, err := json.Marshal(text)
			if err != nil {
				quoted = []byte(`""`) // a string is always written
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendVersions writes the versions that an index is made of, in order of layer.
func appendVersions(b []byte, x *cells.Index) []byte {
	versions := x.Versions()
	b = append(b, '{')
	for i, layer := range slices.Sorted(maps.Keys(versions)) {
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

// writeOnce answers with a value that no client keeps: it is of this moment, and
// a validator would cost more than the answer.
func writeOnce(w http.ResponseWriter, r *http.Request, value any) error {
	return writeOnceAs(w, r, http.StatusOK, value)
}

// writeOnceAs is [writeOnce] with another status.
func writeOnceAs(w http.ResponseWriter, r *http.Request, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)+1))
	if status != http.StatusOK {
		w.WriteHeader(status)
	}
	_, err = w.Write(append(text, '\n'))
	return ignoreGone(r, err)
}
