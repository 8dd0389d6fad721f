// Package kvp reads the key-value requests of OGC services: names in any case
// and order, each once, all bounded.
//
// It comes before products/wmts and products/wms, which know what the names mean.
// It reads no XML: requests by POST are not offered.
package kvp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The limits of a request.
const (
	MaxQuery = 16 << 10 // bytes
	maxNames = 64
)

// ErrQuery reports a query that can't be read.
var ErrQuery = errors.New("kvp: the query can't be read")

// Error says which parameter of a query can't be read, and why; it is an [ErrQuery].
// Name is "" where the query as a whole can't.
type Error struct {
	Name   string // as it was written
	Reason string
}

func (e *Error) Error() string {
	if e.Name == "" {
		return "kvp: " + e.Reason
	}
	return fmt.Sprintf("kvp: parameter %.40q: %s", e.Name, e.Reason)
}

// Unwrap makes an Error an [ErrQuery].
func (e *Error) Unwrap() error { return ErrQuery }

// Params are a request's parameters. The zero Params has none.
type Params struct {
	values map[string]string // by lower-case name
}

// Parse reads a query as it stands behind "?". A name that is given twice must have the same value
// both times. What is wrong is an [Error].
func Parse(raw string) (Params, error) {
	if len(raw) > MaxQuery {
		return Params{}, &Error{"", fmt.Sprintf("the query has %d bytes; the most is %d", len(raw), MaxQuery)}
	}
	p := Params{values: map[string]string{}}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		if err != nil || !plain(n) {
			return Params{}, &Error{"", "a name is not UTF-8 text in percent encoding"}
		}
		v, err := url.QueryUnescape(value)
		if err != nil || !plain(v) {
			return Params{}, &Error{n, "the value is not UTF-8 text in percent encoding"}
		}
		key := strings.ToLower(n)
		if before, given := p.values[key]; given && before != v {
			return Params{}, &Error{n, "it is given twice, with different values"}
		}
		if p.values[key] = v; len(p.values) > maxNames {
			return Params{}, &Error{"", fmt.Sprintf("there are more than %d parameters", maxNames)}
		}
	}
	return p, nil
}

// plain tells whether a text is UTF-8 without control characters.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// Get returns a parameter's value, without blanks around it; "" is none or empty.
func (p Params) Get(name string) string { return strings.TrimSpace(p.values[strings.ToLower(name)]) }

// Has tells whether a parameter is there, if only an empty one.
func (p Params) Has(name string) bool {
	_, ok := p.values[strings.ToLower(name)]
	return ok
}

// List returns the comma-separated values of a parameter, at most so many; "" has none.
func (p Params) List(name string, most int) ([]string, error) {
	text := p.Get(name)
	if text == "" {
		return nil, nil
	}
	if strings.Count(text, ",") >= most {
		return nil, &Error{name, fmt.Sprintf("it has more than %d values", most)}
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list, nil
}
