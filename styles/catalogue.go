package styles

import (
	"context"
	"maps"
	"slices"

	"onemap/layers"
)

// OfCatalogue returns the style of all published layers that whoever asks may
// read. base is put before the paths of their tiles: the service's public
// address, or "" for addresses from the root.
func OfCatalogue(ctx context.Context, catalogue *layers.Catalogue, base string) ([]byte, error) {
	return Look{}.OfCatalogue(ctx, catalogue, base, nil)
}

// OfCatalogue returns the style, with this look, of the published layers that
// whoever asks may read: of a theme those that its map has, and where ids are
// given these alone, which are then all shown. An id that can't be shown is an
// error of [layers.Catalogue.Open].
func (k Look) OfCatalogue(ctx context.Context, catalogue *layers.Catalogue, base string, ids []string) ([]byte, error) {
	theme, err := themeNamed(k.Theme)
	if err != nil {
		return nil, err
	}
	var chosen []layers.Layer
	for _, id := range ids {
		l, err := catalogue.Open(ctx, id)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, l)
	}
	if len(ids) == 0 {
		for _, l := range catalogue.Readable(ctx) {
			if l.Published != nil && theme.has(l.Definition.ID) {
				chosen = append(chosen, l)
			}
		}
	}
	shown := make([]Source, len(chosen))
	for i, l := range chosen {
		shown[i] = Source{Layer: l.Definition, TileJSON: base + "/tiles/" + l.Definition.ID + ".json", Bounds: l.Published.Bounds, Shown: len(ids) > 0}
	}
	return k.Document(shown, DictionariesOf(catalogue))
}

// DictionariesOf are the catalogue's dictionaries, by id.
func DictionariesOf(catalogue *layers.Catalogue) []layers.Dictionary {
	dictionaries := make([]layers.Dictionary, 0, len(catalogue.Dictionaries))
	for _, id := range slices.Sorted(maps.Keys(catalogue.Dictionaries)) {
		dictionaries = append(dictionaries, catalogue.Dictionaries[id])
	}
	return dictionaries
}
