package styles

import (
	"context"

	"onemap/layers"
)

// OfCatalogue returns the style of all published layers that whoever asks may
// read. base is put before the paths of their tiles: the service's public
// address, or "" for addresses from the root.
func OfCatalogue(ctx context.Context, catalogue *layers.Catalogue, base string) ([]byte, error) {
	var shown []Source
	for _, l := range catalogue.Readable(ctx) {
		if l.Published == nil {
			continue
		}
		shown = append(shown, Source{Layer: l.Definition, TileJSON: base + "/tiles/" + l.Definition.ID + ".json", Bounds: l.Published.Bounds})
	}
	dictionaries := make([]layers.Dictionary, 0, len(catalogue.Dictionaries))
	for _, d := range catalogue.Dictionaries {
		dictionaries = append(dictionaries, d)
	}
	return Document(shown, dictionaries)
}
