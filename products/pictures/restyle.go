package pictures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Paper is what is under a map.
type Paper struct {
	None   bool   // nothing: the picture is transparent
	Colour string // as "#ffffff"; "" is the style's own
}

// Shown says which sources of a style document are drawn.
type Shown struct {
	Sources []string // nil is all
	Ordered bool     // in the order of Sources, the lowest first, each with its style layers in the document's order
}

// Restyle makes a style document show only some sources, on another paper.
// The same input gives the same bytes.
func Restyle(document []byte, shown Shown, paper Paper) ([]byte, error) {
	sources := shown.Sources
	if sources == nil && paper == (Paper{}) {
		return document, nil
	}
	var d map[string]any
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("pictures: reading a style: %w", err)
	}
	all, _ := d["layers"].([]any)
	of := func(one any) string {
		members, _ := one.(map[string]any)
		source, _ := members["source"].(string)
		return source
	}
	var under, over []any
	for _, one := range all {
		if of(one) == "" {
			under = append(under, one)
		} else if sources == nil || (!shown.Ordered && slices.Contains(sources, of(one))) {
			over = append(over, one)
		}
	}
	for _, source := range sources {
		if !shown.Ordered {
			break
		}
		for _, one := range all {
			if of(one) == source {
				over = append(over, one)
			}
		}
	}
	switch {
	case paper.None:
		under = nil
	case paper.Colour != "":
		under = []any{map[string]any{"id": "background", "type": "background", "paint": map[string]any{"background-color": paper.Colour}}}
	}
	d["layers"] = slices.Concat([]any{}, under, over)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return nil, fmt.Errorf("pictures: writing a style: %w", err)
	}
	return b.Bytes(), nil
}
