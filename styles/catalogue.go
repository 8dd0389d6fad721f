package styles

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

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

// ErrLayerList reports a list of layers that can't be read.
var ErrLayerList = errors.New("styles: bad list of layers")

// maxListed is how many layers a list may name.
const maxListed = 64

// LayerList reads ids with commas between them; "" is none. The same one twice and
// more than 64 are an [ErrLayerList].
func LayerList(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	ids := strings.Split(text, ",")
	if len(ids) > maxListed {
		return nil, fmt.Errorf("%w: it names %d, the most is %d", ErrLayerList, len(ids), maxListed)
	}
	for i := range ids {
		ids[i] = strings.TrimSpace(ids[i])
		if ids[i] == "" || slices.Contains(ids[:i], ids[i]) {
			return nil, fmt.Errorf("%w: %.60q is empty or given twice", ErrLayerList, ids[i])
		}
	}
	return ids, nil
}
