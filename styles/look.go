package styles

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"onemap/layers"
)

// Look is what a document is a function of, beside its layers. The zero value is
// the whole map on a screen, with the looks that layers come with.
type Look struct {
	Palette   string              // id; "" is [Screen]
	Theme     string              // id; "" is no theme: nothing is context, and nothing muted
	Fragments map[string]Fragment // looks that were edited, by layer; the others are [Shipped]
}

// Document composes the style of these layers: version 8, one vector source a
// layer, named by the layer's id, and all their style layers in drawing order.
// Layers that are not shown at the start have visibility "none". The document
// names no glyphs and no sprite: the font is [Font], images are drawn by the
// viewer from their names ("hatch:45:#2a7d2a"). The same input gives the same
// bytes. A fragment that cannot be used is an [ErrInvalidFragment].
func Document(shown []Source, dictionaries []layers.Dictionary) ([]byte, error) {
	return Look{}.Document(shown, dictionaries)
}

// Document composes the style of these layers with this look; see [Document].
// A palette that there isn't is an [ErrUnknownPalette], a theme an [ErrUnknownTheme].
func (k Look) Document(shown []Source, dictionaries []layers.Dictionary) ([]byte, error) {
	palette, err := PaletteNamed(k.Palette)
	if err != nil {
		return nil, err
	}
	theme, err := themeNamed(k.Theme)
	if err != nil {
		return nil, err
	}
	doc := document{
		Version:  8,
		Name:     "云浮一张图 Yunfu one map",
		Metadata: documentMetadata{DefaultVisible: []string{}, Palette: palette.ID, Theme: k.Theme},
		Sources:  map[string]vectorSource{},
		Layers:   []documentLayer{{ID: "background", Type: "background", Paint: map[string]any{"background-color": palette.Roles[paper]}, order: -1}},
	}
	for _, source := range shown {
		f, err := k.fragment(source.Layer)
		if err != nil {
			return nil, err
		}
		f.DefaultVisible = source.Shown || theme.shows(source.Layer.ID, f.DefaultVisible)
		added, err := f.compose(source.Layer, dictionaries, palette, theme.mutes(source.Layer.ID))
		if err != nil {
			return nil, err
		}
		id := source.Layer.ID
		doc.Layers = append(doc.Layers, added...)
		doc.Sources[id] = vectorSource{Type: "vector", URL: source.TileJSON, MinZoom: source.Layer.MinZoom, MaxZoom: source.Layer.MaxZoom, Bounds: source.Bounds}
		if f.DefaultVisible {
			doc.Metadata.DefaultVisible = append(doc.Metadata.DefaultVisible, id)
		}
	}
	slices.SortFunc(doc.Layers, func(a, b documentLayer) int {
		return cmp.Or(a.order-b.order, cmp.Compare(a.ID, b.ID))
	})
	return doc.text()
}

// fragment is the layer's look: as edited, or as shipped.
func (k Look) fragment(layer layers.Definition) (Fragment, error) {
	if f, ok := k.Fragments[layer.ID]; ok {
		return f, nil
	}
	return Shipped(layer)
}

func (d document) text() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("styles: writing the document: %w", err)
	}
	return text.Bytes(), nil
}
