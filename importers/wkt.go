package importers

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
)

// readWKT reads well-known text, with SRID=…; before it or not.
func readWKT(text string) (_ orb.Geometry, code int, err error) {
	defer func() {
		if what := recover(); what != nil { // text from outside must not end the program
			err = fmt.Errorf("importers: well-known text: %v", what)
		}
	}()
	if strings.HasPrefix(strings.ToUpper(text), "SRID=") {
		srid, rest, ok := strings.Cut(text[len("SRID="):], ";")
		if code, err = strconv.Atoi(strings.TrimSpace(srid)); err != nil || !ok {
			return nil, 0, errors.New("importers: no SRID")
		}
		text = strings.TrimSpace(rest)
	}
	g, err := wkt.Unmarshal(flatWKT(text))
	return g, code, err
}

// flatWKT leaves of well-known text x and y: heights and measures go, and with
// them the Z, M or ZM behind the kind.
func flatWKT(text string) string {
	kind, rest, ok := strings.Cut(text, "(")
	words := strings.Fields(strings.ToUpper(kind))
	if !ok && len(words) > 2 || len(words) == 0 { // POLYGON Z EMPTY
		return text
	}
	last := words[len(words)-1]
	switch {
	case len(words) == 2 && (last == "Z" || last == "M" || last == "ZM"):
		words = words[:1]
	case len(words) == 1 && ok: // POINTZ, as some write it
		words[0] = strings.TrimRight(words[0], "ZM")
	}
	if !ok {
		return text
	}
	var b strings.Builder
	b.WriteString(words[0] + "(")
	for part := range splitAfterAny(rest, ",()") {
		end := len(part)
		if end > 0 && strings.IndexByte(",()", part[end-1]) >= 0 {
			end--
		}
		figures := strings.Fields(part[:end])
		most := 2
		if len(figures) > 0 && figures[0][0] >= 'A' { // a kind within a collection
			figures[0], most = strings.TrimRight(strings.ToUpper(figures[0]), "ZM"), 1
		}
		b.WriteString(strings.Join(figures[:min(len(figures), most)], " ") + part[end:])
	}
	return b.String()
}

// splitAfterAny yields the pieces of a text, each up to and with one of the marks.
func splitAfterAny(text, marks string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			n := strings.IndexAny(text, marks) + 1
			if n == 0 {
				n = len(text)
			}
			if !yield(text[:n]) {
				return
			}
			text = text[n:]
		}
	}
}
