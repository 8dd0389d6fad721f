package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onemap/layers"
)

// writeJSON answers with a value, compressed where the client takes that, with
// a validator made from the bytes.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, contentType string, value any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("web: writing an answer: %w", err)
	}
	return writeBody(w, r, status, contentType, body.Bytes())
}

// writeFresh answers with a value that no client keeps: who may see it, and what it
// is, is of this moment.
func writeFresh(w http.ResponseWriter, r *http.Request, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("web: writing an answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)+1))
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return ignoreGone(r, err)
}

// writeFeature answers with a feature and its strong validator.
func writeFeature(w http.ResponseWriter, r *http.Request, status int, l layers.Layer, f layers.Feature, shown any) error {
	etag := `"` + f.ETag(l) + `"`
	if acceptsGzip(r) { // another representation than the plain one, whether or not it is long enough to be packed
		etag = `"` + f.ETag(l) + `-gzip"`
	}
	w.Header().Set("ETag", etag)
	return writeJSON(w, r, status, geoJSON, shown)
}

// writeBody answers with bytes. A validator that was set before stays.
func writeBody(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	etag := `W/"` + hex.EncodeToString(sum[:12]) + `"` // weak: it stands for both encodings
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Vary", "Accept-Encoding")
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if given := h.Get("ETag"); given != "" {
			etag = given
		}
		h.Set("ETag", etag)
		h.Set("Cache-Control", "no-cache")
		if noneMatch(r, etag) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	send := func(body []byte) error {
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		_, err := w.Write(body)
		return ignoreGone(r, err)
	}
	if len(body) > 1024 && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		return packersOf(w).pack(body, send)
	}
	return send(body)
}

// ignoreGone drops the error of writing to a client that has left.
func ignoreGone(r *http.Request, err error) error {
	if r.Context().Err() != nil {
		return nil
	}
	return err
}

// noneMatch tells whether the client already has what the validator stands for
// (RFC 9110 §13.1.2, weak comparison).
func noneMatch(r *http.Request, etag string) bool {
	for one := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// acceptsGzip tells whether a request's answer may be compressed.
func acceptsGzip(r *http.Request) bool { return takesGzip(r.Header.Get("Accept-Encoding")) }

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3).
func takesGzip(codings string) bool {
	for one := range strings.SplitSeq(codings, ",") {
		coding, weight, _ := strings.Cut(one, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		if weight == "" {
			return true
		}
		q := strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
		value, err := strconv.ParseFloat(q, 64)
		return err != nil || value > 0
	}
	return false
}

// query reads a request's parameters and refuses the ones it does not know:
// a misspelt filter must not silently answer another question.
func query(r *http.Request, known ...string) (url.Values, error) {
	return parseQuery(r.URL.RawQuery, known...)
}

func parseQuery(text string, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, &paramError{"(query)", text, "查询串无法解析", "the query string cannot be read"}
	}
	for name, all := range values {
		switch {
		case !slices.Contains(known, name):
			return nil, &paramError{
				name, all[0], "未知参数；可用参数：" + strings.Join(known, "、"),
				"unknown parameter; known are: " + strings.Join(known, ", "),
			}
		case len(all) > 1:
			return nil, &paramError{name, all[1], "同一参数只能出现一次", "given more than once"}
		case !utf8.ValidString(all[0]) || strings.ContainsRune(all[0], 0):
			return nil, &paramError{name, all[0], "应为 UTF-8 文字，不得含空字符", "must be a text in UTF-8 without NUL"}
		}
	}
	return values, nil
}

// number reads a decimal parameter; "" gives the fallback.
func number(values url.Values, name string, fallback float64) (float64, error) {
	text := values.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n {
		return 0, &paramError{name, text, "应为十进制数", "must be a decimal number"}
	}
	return n, nil
}

// whole reads an integer between low and high; "" gives the fallback.
func whole(values url.Values, name string, low, high, fallback int64) (int64, error) {
	text := values.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		return 0, &paramError{
			name, text, fmt.Sprintf("应为 %d 至 %d 的整数", low, high),
			fmt.Sprintf("must be a whole number from %d to %d", low, high),
		}
	}
	return n, nil
}

// flag reads a true or false; "" is false.
func flag(values url.Values, name string) (bool, error) {
	switch text := values.Get(name); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, &paramError{name, text, "应为 true 或 false", "must be true or false"}
	}
}
